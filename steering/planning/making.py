"""Make the plan of a wave: read, score, decide, write. Replay it later from what was written."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

import numpy as np
from django.db import transaction

from campaigns import audiences
from campaigns.models import Campaign, Exploration, Option, Wave
from steering import people, streaming
from steering.allocation import Problem
from steering.models import ModelVersion, Plan

from . import candidates, deciding, options, problem, rules, scoring, shards, words, writing
from .candidates import Candidates, Excluded
from .options import Offer, PlanningError
from .scoring import Scorer
from .zones import places

SEEDS_PER_CAMPAIGN = 1000
BY_RULE = "campaign rule"
FEWER_EXPLORERS = "; it could be kept if fewer customers were drawn at random"


@dataclass(frozen=True, eq=False)
class Planned:
    """A simulated wave as arrays, the holdout left out."""

    customer_ids: np.ndarray  # (n,)
    options: list[Option]  # (m,)
    problem: Problem
    choice: np.ndarray  # (n,) index of the option, -1 for no contact
    is_exploration: np.ndarray  # (n,)


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
        """Of the customers, who explore."""
        own = self.wave.exploration_share
        return float(self.campaign.exploration_share if own is None else own)

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


@transaction.atomic
def make(wave: Wave, *, version: ModelVersion | None, as_of_at: datetime) -> Plan:
    """Write the wave's plan and assignments in the place of earlier ones. Raises PlanningError."""
    draft = read(wave, version=version, as_of_at=as_of_at)
    posed = problem.build(wave.campaign, draft.offers, draft.found, as_of_at=as_of_at)
    draft = open_to(draft, posed.values > -np.inf)
    decide = partial(
        deciding.decide,
        posed,
        is_holdout=draft.found.is_holdout,
        holdout_share=float(wave.campaign.holdout_share),
        seed=draft.seed,
        channels=[offer.channel for offer in draft.offers],
        errors=draft.errors,
    )
    decision, in_force = decide(share=draft.share), rules.in_force([wave.campaign])
    if decision.unmet:
        reason = words.lacking(decision.unmet, draft.offers, in_force, wave.campaign.currency)
        is_within_reach = draft.share and not decide(share=0.0).unmet
        raise PlanningError(f"{reason}{FEWER_EXPLORERS if is_within_reach else ''}")
    plan = draft.plan(version=version, as_of_at=as_of_at, rules=words.rule_rows(in_force, posed, [decision]))
    return writing.write(plan, offers=draft.offers, found=draft.found, excluded=draft.excluded, decision=decision)


def read(wave: Wave, *, version: ModelVersion | None, as_of_at: datetime) -> Draft:
    """Raises PlanningError where there is nobody to decide about."""
    campaign = wave.campaign
    offers = options.of_campaign(campaign)
    who = people.in_audience(audiences.query(campaign.audience, as_of_at=as_of_at))
    scorer = scoring.scorer(version)
    found, excluded = shards.read(who, wave=wave, version=version, offers=offers, scorer=scorer, as_of_at=as_of_at)
    if not len(found.customer_ids):
        raise PlanningError(nobody(excluded))
    return Draft(wave, offers, found, excluded, scorer)


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


ASSIGNMENTS = """
    SELECT a.customer_id, coalesce(array_position(%(options)s::bigint[], a.option_id), 0) - 1 AS choice,
           a.is_holdout::int AS is_holdout, a.is_exploration::int AS is_exploration, {eligible}
    FROM steering_assignment a WHERE a.wave_id = %(wave)s ORDER BY a.customer_id
"""


TAKEN = """
    SELECT customer_id FROM steering_assignment
    WHERE wave_id = ANY(%(waves)s) AND wave_id <> %(wave)s AND option_id IS NOT NULL
    GROUP BY customer_id HAVING count(*) >= %(most)s
"""


def problem_of(wave_id: int) -> Planned:
    """The decision of a simulated wave once more, from its plan: scored by the same model on the same features."""
    plan = Plan.objects.select_related("wave__campaign", "model_version").get(wave_id=wave_id)
    campaign: Campaign = plan.wave.campaign
    offers = options.of_campaign(campaign)
    written = _assignments(wave_id, [offer.option_id for offer in offers])
    scorer = scoring.scorer(plan.model_version)
    treatments = [offer.treatment for offer in offers]
    chunks = list(people.read(people.assigned(wave_id), names=scorer.names, as_of_at=plan.as_of_at))
    uplift = np.concatenate([scorer.score(chunk.features, treatments) for chunk in chunks])
    found = candidates.arranged(
        candidates.joined(chunks),
        eligible=np.column_stack([written[f"eligible_{column}"] for column in range(len(offers))]).astype(bool),
        uplift=uplift * float(campaign.margin_share),
        campaign=campaign,
        offers=offers,
    )
    steered = np.flatnonzero(written["is_holdout"] == 0)
    by_id = Option.objects.in_bulk([offer.option_id for offer in offers])
    return Planned(
        customer_ids=found.customer_ids[steered],
        options=[by_id[offer.option_id] for offer in offers],
        problem=problem.only(
            _beside_others(plan, found, problem.build(campaign, offers, found, as_of_at=plan.as_of_at)), steered
        ),
        choice=written["choice"][steered].astype(np.int64),
        is_exploration=written["is_exploration"][steered] == 1,
    )


def _beside_others(plan: Plan, found: Candidates, posed: Problem) -> Problem:
    """Where campaigns were planned together: nothing is open to whom the others contact as often as is allowed."""
    if not plan.together:
        return posed
    params = {"waves": plan.together["waves"], "wave": plan.wave_id, "most": plan.together["most"]}
    is_taken = np.zeros(found.customer_ids.size, dtype=bool)
    for rows in streaming.stream(TAKEN, params, {"customer_id": "i8"}):
        place, is_there = places(rows["customer_id"].astype(np.int64), found.customer_ids)
        is_taken[place[is_there]] = True
    return problem.without(posed, is_taken)


def _assignments(wave_id: int, option_ids: list[int]) -> np.ndarray:
    """One row a customer, in the order of their ids."""
    columns = {"choice": "i2", "is_holdout": "i2", "is_exploration": "i2"}
    eligible = {
        f"eligible_{column}": f"(%(option_{column})s = ANY(a.eligible))::int" for column in range(len(option_ids))
    }
    params = {"wave": wave_id, "options": option_ids} | {f"option_{n}": id_ for n, id_ in enumerate(option_ids)}
    sql = ASSIGNMENTS.format(eligible=", ".join(f"{sql} AS {name}" for name, sql in eligible.items()))
    chunks = list(streaming.stream(sql, params, columns | dict.fromkeys(eligible, "i2")))
    if not chunks:
        raise PlanningError("the wave has no assignments")
    return np.concatenate(chunks)
