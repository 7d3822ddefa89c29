"""Make the plan of a wave: read, score, decide, write."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from django.db import transaction

from campaigns import audiences
from campaigns.models import Campaign, Exploration, Wave
from steering import people
from steering.areas import pairing
from steering.models import ModelVersion, Plan

from . import area_table, options, pricing, problem, rules, scoring, shards, words, writing
from .candidates import Candidates, Excluded
from .options import Offer, PlanningError
from .pricing import Question
from .scene import Asked
from .scoring import Scorer

SEEDS_PER_CAMPAIGN = 1000
BY_RULE = "campaign rule"
FEWER_EXPLORERS = "; it could be kept if fewer customers were drawn at random"


@dataclass(frozen=True, eq=False)
class Draft:
    """A wave that is about to be planned: what is known before anything is decided."""

    wave: Wave
    offers: list[Offer]
    found: Candidates
    excluded: Excluded
    scorer: Scorer

    @property
    def campaign(self) -> Campaign:
        return self.wave.campaign

    @property
    def share(self) -> float:
        return exploring(self.wave)

    @property
    def seed(self) -> int:
        return self.campaign.seed * SEEDS_PER_CAMPAIGN + self.wave.number

    @property
    def errors(self) -> np.ndarray | None:
        """(m,) cents of margin, where the campaign explores by promise."""
        if self.campaign.exploration != Exploration.THOMPSON:
            return None
        errors = self.scorer.standard_errors([offer.treatment for offer in self.offers])
        return errors * float(self.campaign.margin_share)

    def plan(self, *, version: ModelVersion | None, as_of_at: datetime, **told: Any) -> Plan:
        stability = self.scorer.stability()
        return Plan(
            wave=self.wave, model_version=version, as_of_at=as_of_at, seed=self.seed, stability=stability, **told
        )


def exploring(wave: Wave) -> float:
    """Share of the customers who explore: the wave's own, or else the campaign's."""
    own = wave.exploration_share
    return float(wave.campaign.exploration_share if own is None else own)


@transaction.atomic
def make(wave: Wave, *, version: ModelVersion | None, as_of_at: datetime) -> Plan:
    """Write the wave's plan and assignments in the place of earlier ones. Raises PlanningError."""
    draft = read(wave, version=version, as_of_at=as_of_at)
    posed = problem.build(wave.campaign, draft.offers, draft.found, as_of_at=as_of_at)
    question = Question(
        problem=posed,
        offers=draft.offers,
        customer_ids=draft.found.customer_ids,
        postcodes=[area.postcode for area in draft.found.areas],
        asked=[_asked(draft, draft.share)],
        channels=[offer.channel for offer in draft.offers],
    )
    answer, in_force = pricing.decide(question), rules.in_force([wave.campaign])
    (decision,) = answer.decisions
    if decision.unmet:
        reason = words.lacking(decision.unmet, draft.offers, in_force, wave.campaign.currency)
        sure = replace(question, asked=[_asked(draft, 0.0)])
        is_within_reach = draft.share and not pricing.decide(sure).decisions[0].unmet
        raise PlanningError(f"{reason}{FEWER_EXPLORERS if is_within_reach else ''}")
    draft = open_to(replace(draft, offers=answer.offers), answer.eligible)
    plan = draft.plan(version=version, as_of_at=as_of_at, rules=words.rule_rows(in_force, answer.problem, [decision]))
    return writing.write(plan, offers=draft.offers, found=draft.found, excluded=draft.excluded, decision=decision)


def _asked(draft: Draft, share: float) -> Asked:
    everything = np.ones(len(draft.offers), dtype=bool)
    holdout_share = float(draft.campaign.holdout_share)
    return Asked(everything, np.asarray(draft.found.is_holdout, bool), holdout_share, share, draft.seed, draft.errors)


def read(wave: Wave, *, version: ModelVersion | None, as_of_at: datetime) -> Draft:
    """Raises PlanningError where there is nobody to decide about."""
    campaign = wave.campaign
    offers = options.of_wave(wave)
    prepare_areas(campaign, offers, as_of_at=as_of_at)
    who = people.in_audience(audiences.query(campaign.audience, as_of_at=as_of_at))
    scorer = scoring.scorer(version)
    found, excluded = shards.read(who, wave=wave, version=version, offers=offers, scorer=scorer, as_of_at=as_of_at)
    if not len(found.customer_ids):
        raise PlanningError(nobody(excluded))
    return Draft(wave, offers, found, excluded, scorer)


def prepare_areas(campaign: Campaign, offers: list[Offer], *, as_of_at: datetime) -> None:
    """Where leaflets are bought by area, areas are held out in pairs, which are matched before anything is decided."""
    if options.area_column(offers) is not None:
        area_table.refuse_spread(offers, goal_days=campaign.goal_days)
        pairing.ensure(campaign, as_of_at=as_of_at)


def open_to(draft: Draft, eligible: np.ndarray) -> Draft:
    """The same with these options (n, m) open, once rules have closed options to customers; who is left out for a rule is counted as such."""
    reasons = {channel: dict(counts) for channel, counts in draft.excluded.reasons.items()}
    for channel, counts in reasons.items():
        columns = [column for column, offer in enumerate(draft.offers) if offer.channel == channel]
        before, after = (open_[:, columns].any(axis=1).sum() for open_ in (draft.found.eligible, eligible))
        if before > after:
            counts[BY_RULE] = int(before - after)
    excluded = replace(draft.excluded, reasons=reasons)
    return replace(draft, found=replace(draft.found, eligible=eligible), excluded=excluded)


def nobody(excluded: Excluded) -> str:
    if not excluded.customers:
        return "the audience is empty: nobody matches its rule now"
    return f"none of the {excluded.customers} customers of the audience may get any of the options"
