"""One shard of a wave that is decided apart: what it asks for at the common prices, and its decision within its part.

Whoever wants to work on a shard locks its row, as in shards.py. A shard's decision is that of a wave of its own, whose
limits are its part; so chance, the holdout and propensities are those of deciding.py.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from django.db import transaction
from threadpoolctl import threadpool_limits

from campaigns.models import Wave
from steering import filling
from steering.allocation import Problem, checked
from steering.allocation.amounts import used_by
from steering.allocation.parts import with_room
from steering.allocation.shards import wanted
from steering.models import Apart, Portion

from . import area_table, candidates, options, problem, reserving, rules, shards, words, writing
from .deciding import Deciding, Decision
from .making import Draft, open_to
from .options import PlanningError
from .parts import PartScorer, Scored
from .scene import Asked

MOST_SHARDS = 1_000_000  # so that every shard has a seed of its own


@dataclass(frozen=True, eq=False)
class Part:
    """Some shards of a wave, with the limits of the whole."""

    draft: Draft
    posed: Problem  # everybody, held out or not

    @property
    def steered(self) -> Problem:
        return problem.without(self.posed, self.draft.found.is_holdout)


def of(wave: Wave, scored: list[Scored], how: PartScorer) -> Part:
    offers = options.of_campaign(wave.campaign)
    found, excluded = candidates.gathered(scored, campaign=wave.campaign, offers=offers, as_of_at=how.as_of_at)
    posed = checked(problem.build(wave.campaign, offers, found, as_of_at=how.as_of_at))
    draft = Draft(wave, offers, found, excluded, how.scorer)
    return Part(open_to(draft, posed.values > -np.inf), posed)


def work_one(scoring_id: int, how: PartScorer | None = None, wave: Wave | None = None, *, waits: bool = False) -> bool:
    """Ask or decide for a shard that nobody is at work on; False where there is none. `how`, `wave`: the planner's own."""
    with transaction.atomic():
        portion = shards.locked(waiting(scoring_id).order_by("shard__number"), waits=waits)
        if portion is None:
            return False
        how, wave = how or shards.how_of(scoring_id), wave or _wave(scoring_id)
        part = of(wave, [shards.scored_in(portion.shard, how)], how)
        with threadpool_limits(1, user_api="openmp"):
            _work(portion, part)
    return True


def waiting(scoring_id: int):
    """Portions on which there is something to do now."""
    mine = Portion.objects.filter(shard__scoring_id=scoring_id).defer("rows").select_related("shard__score")
    return mine.filter(asked__isnull=True) | mine.filter(allotted__isnull=False, told__isnull=True)


@lru_cache(maxsize=1)
def _wave(scoring_id: int) -> Wave:
    wave_id = Apart.objects.values_list("scoring__wave_id", flat=True).get(pk=scoring_id)
    return Wave.objects.select_related("campaign__audience").get(pk=wave_id)


def _work(portion: Portion, part: Part) -> None:
    apart = Apart.objects.select_related("room").get(pk=portion.shard.scoring_id)
    prices = np.array(apart.prices)
    if portion.asked is None:
        portion.asked = wanted(part.steered, prices).tolist()
        portion.save(update_fields=["asked"])
        return
    _decide(portion, part, apart)


def _decide(portion: Portion, part: Part, apart: Apart) -> None:
    decision, bounds = _decided(part, np.array(portion.allotted), np.array(apart.prices), portion.shard.number)
    used = used_by(part.posed, _chosen(part.posed, decision))
    portion.told = _told(part, decision) | {"bounds": bounds, "used": used.tolist()}
    draft = part.draft
    columns = writing.columns(draft.wave.pk, draft.offers, draft.found, decision)
    portion.rows = b"".join(filling.blocks(list(columns.values())))
    # Last, as others wait for the room until this transaction ends.
    if not reserving.take(apart.room_id, used):
        raise PlanningError("a part of the audience would use more than is left of a limit")
    portion.save(update_fields=["told", "rows"])


def _decided(part: Part, allotted: np.ndarray, prices: np.ndarray, number: int) -> tuple[Decision, list[float]]:
    """And what no plan is worth more than, at these prices, and at none, which is less where most was drawn."""
    draft = part.draft
    asked = Asked(
        options=np.ones(part.posed.n_options, dtype=bool),
        is_holdout=draft.found.is_holdout,
        holdout_share=float(draft.campaign.holdout_share),
        share=draft.share,
        seed=draft.seed * MOST_SHARDS + number,
        errors=draft.errors,
    )
    deciding = Deciding(with_room(part.posed, allotted), [asked], [offer.channel for offer in draft.offers])
    [decision], bounds = deciding.decisions_and_bounds([prices, np.zeros_like(prices)])
    return decision, bounds


def _chosen(posed: Problem, decision: Decision) -> np.ndarray:
    """(n, m)"""
    chosen = np.zeros(posed.values.shape, dtype=bool)
    some = np.flatnonzero(decision.choice >= 0)
    chosen[some, decision.choice[some]] = True
    if decision.leaflet is not None and decision.reached.any():
        chosen[decision.reached, posed.area_options[decision.leaflet]] = True
    return chosen


def _told(part: Part, decision: Decision) -> dict[str, Any]:
    """What the plan says of it, in sums."""
    draft = part.draft
    in_force = rules.in_force([draft.campaign])
    return {
        "customers": draft.excluded.customers,
        "excluded": draft.excluded.reasons,
        "eligible": len(draft.found.customer_ids),
        "holdout": int(draft.found.is_holdout.sum()),
        "value": decision.value,
        "cost": float(decision.cost.sum()),
        "options": writing.option_rows(draft.offers, draft.found, decision),
        "areas": writing.area_rows(draft.offers, draft.found, decision),
        "area_table": area_table.told(draft.offers, draft.found, decision),
        "counted": words.counted(in_force, part.posed, [decision]),
    }
