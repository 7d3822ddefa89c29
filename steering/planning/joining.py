"""Customers who join a wave that is open: decided as any others, within what is left of its limits.

The plan's row holds what was used so far and is locked until the decision is written, so that no two decisions take the
same money or the same piece. Every decision stands for itself: its chances are those of the room that it found. A rule
that demands at least something is no demand on a few customers, so here it is none; and what is bought by delivery area, or
made from a number of pieces on, is not for single customers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np
from django.db import transaction

from campaigns import audiences
from campaigns.models import Campaign, CampaignRule, Sense, Wave
from steering import filling, people
from steering.allocation import Problem, checked
from steering.allocation.amounts import used_by
from steering.allocation.parts import with_room
from steering.allocation.shards import room_of
from steering.models import ModelVersion, Plan

from . import deciding, options, problem, rules, scoring, shards, summing, words, writing
from .candidates import Excluded
from .deciding import Decision
from .making import Draft, open_to
from .options import Offer, PlanningError
from .scoring import Scorer

NOBODY = (
    "a trigger reaches single customers: add a channel that is neither bought by delivery area nor has a minimum run"
)
MOST_JOININGS = 1_000_000_000  # so that each has a seed of its own


@dataclass(frozen=True)
class Joined:
    """Customer ids by what was decided; whoever is in none of these may get none of the options."""

    in_audience: frozenset[int]
    contacted: frozenset[int] = frozenset()
    held_out: frozenset[int] = frozenset()
    left_alone: frozenset[int] = frozenset()


def offers_of(campaign: Campaign) -> list[Offer]:
    """The options that single customers can get. Raises PlanningError where there are none."""
    priced = [one.at(0) if one.steps and one.steps[0].is_plain else one for one in options.of_campaign(campaign)]
    offers = [one for one in priced if not one.by_area and not one.is_run]
    if not offers:
        raise PlanningError(NOBODY)
    return offers


def begin(wave: Wave, *, version: ModelVersion | None, as_of_at: datetime) -> Plan:
    """The plan of a wave that nobody has joined yet."""
    draft = Draft(wave, [], None, Excluded(0, {}), Scorer())
    plan = Plan(wave=wave, model_version=version, as_of_at=as_of_at, seed=draft.seed)
    plan.customers = plan.eligible = plan.holdout = plan.cost_cents = 0
    plan.value_cents = plan.dual_bound_cents = plan.gap = 0.0
    plan.prices, plan.options, plan.excluded = {}, [], {}
    plan.save()
    return plan


@transaction.atomic
def join(
    wave: Wave, customer_ids: Sequence[int], *, version: ModelVersion | None, as_of_at: datetime, number: int
) -> Joined:
    """Decide about customers who are not in the wave yet, and write it down. `number` is this joining's own: it seeds it.

    Raises PlanningError.
    """
    plan = Plan.objects.select_for_update().get(wave=wave)
    draft, in_audience = _read(wave, customer_ids, version=version, as_of_at=as_of_at)
    if not len(draft.found.customer_ids):
        _tell(plan, draft, None)
        return Joined(in_audience)
    posed = checked(problem.build(wave.campaign, draft.offers, draft.found, as_of_at=as_of_at))
    draft = open_to(draft, posed.values > -np.inf)
    names = ["budget", *(str(offer.option_id) for offer in draft.offers), *(rule.name for rule in posed.rules)]
    in_force = rules.in_force([wave.campaign])
    left = _room(posed, in_force) - [plan.used.get(name, 0.0) for name in names]
    decision = _decide(draft, with_room(posed, left), seed=plan.seed * MOST_JOININGS + number % MOST_JOININGS)
    if decision.unmet:
        raise PlanningError(words.lacking(decision.unmet, draft.offers, in_force, wave.campaign.currency))
    used = used_by(posed, _chosen(posed, decision))
    plan.used |= {name: plan.used.get(name, 0.0) + float(more) for name, more in zip(names, used, strict=True)}
    plan.model_version = version
    _tell(plan, draft, decision)
    filling.fill(writing.TABLE, writing.columns(wave.pk, draft.offers, draft.found, decision))
    return _joined(draft, decision, in_audience)


def _read(
    wave: Wave, customer_ids: Sequence[int], *, version: ModelVersion | None, as_of_at: datetime
) -> tuple[Draft, frozenset[int]]:
    offers, scorer = offers_of(wave.campaign), _scorer(version)
    query = audiences.among(audiences.query(wave.campaign.audience, as_of_at=as_of_at), sorted(customer_ids))
    ids = people.ids(people.in_audience(query))
    found, excluded = shards.read_these(ids, wave=wave, offers=offers, scorer=scorer, as_of_at=as_of_at)
    return Draft(wave, offers, found, excluded, scorer), frozenset(ids.tolist())


def _scorer(version: ModelVersion | None) -> Scorer:
    """Nobody watches here how stable features are: the plan of a whole wave says that."""
    if version is None:
        return Scorer()
    return _loaded(version.pk)


@lru_cache(maxsize=2)
def _loaded(version_id: int) -> Scorer:
    """A version is never changed, and loading it takes longer than deciding about somebody."""
    return replace(scoring.scorer(ModelVersion.objects.get(pk=version_id)), watch=None)


def _room(posed: Problem, in_force: Sequence[CampaignRule]) -> np.ndarray:
    """(K,) of the whole wave."""
    room = room_of(posed)
    demands = {rules.name_of(rule) for rule in in_force if rule.sense == Sense.AT_LEAST}
    is_demand = np.array([rule.name in demands for rule in posed.rules], dtype=bool)
    room[room.size - is_demand.size :][is_demand] = np.inf
    return room


def _decide(draft: Draft, posed: Problem, *, seed: int) -> Decision:
    return deciding.decide(
        posed,
        is_holdout=draft.found.is_holdout,
        holdout_share=float(draft.campaign.holdout_share),
        share=draft.share,
        seed=seed,
        channels=[offer.channel for offer in draft.offers],
        errors=draft.errors,
    )


def _chosen(posed: Problem, decision: Decision) -> np.ndarray:
    """(n, m)"""
    return decision.choice[:, None] == np.arange(posed.n_options)


def _joined(draft: Draft, decision: Decision, in_audience: frozenset[int]) -> Joined:
    ids, gets = draft.found.customer_ids, decision.choice >= 0

    def those(mask: np.ndarray) -> frozenset[int]:
        return frozenset(ids[mask].tolist())

    held = draft.found.is_holdout
    return Joined(in_audience, those(gets), those(held), those(~gets & ~held))


def _tell(plan: Plan, draft: Draft, decision: Decision | None) -> None:
    """Add up what the plan says."""
    plan.customers += draft.excluded.customers
    plan.excluded = summing.reasons_of([plan.excluded, draft.excluded.reasons])
    if decision is not None:
        _add(plan, draft, decision)
    plan.save()


def _add(plan: Plan, draft: Draft, decision: Decision) -> None:
    plan.eligible += len(draft.found.customer_ids)
    plan.holdout += int(draft.found.is_holdout.sum())
    plan.value_cents += decision.value
    plan.dual_bound_cents += max(decision.dual_bound, decision.value)
    plan.gap = (plan.dual_bound_cents - plan.value_cents) / max(abs(plan.dual_bound_cents), 1e-9)
    plan.prices = writing.prices_by_name(draft.offers, decision.rules, decision.prices)
    rows = writing.option_rows(draft.offers, draft.found, decision)
    plan.options = _options(plan.options, rows)
    plan.cost_cents = sum(row["cost_cents"] for row in plan.options)


def _options(before: Sequence[dict[str, Any]], now: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """By option; one that was added or removed meanwhile stays with what it had."""
    known = {row["option"]: row for row in before}
    for row in now:
        known[row["option"]] = summing.option_of((row, known[row["option"]])) if row["option"] in known else row
    return list(known.values())
