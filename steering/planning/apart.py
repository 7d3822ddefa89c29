"""A wave of a very large audience is decided shard by shard, so that nobody ever holds all of its customers.

1. All workers score the shards (shards.py), which are whole delivery areas and households (splitting.py).
2. The planner finds prices on the first shards, a sample of units as any.
3. Every shard says what its customers would use at the prices; then the planner divides every limit by that, what is
   left over included. A part hangs on what customers want, never on what chance drew or who was faster: so the same
   wave has the same plan, and every propensity is exact.
4. Every shard decides within its part (portions.py) and takes what it uses from the room in the database.
5. The planner adds up, looks whether all rules are kept, and copies the assignments, in the transaction of the plan:
   there is a whole plan, or none.

Minimum runs hang on everybody at once: such a wave is planned in one piece, as are waves of several campaigns.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial

import numpy as np
from django.conf import settings
from django.db import connection, connections, transaction
from django.db.models import Max

from campaigns import audiences
from campaigns.models import Customer, Wave
from steering import people
from steering.allocation.shards import divided, fit_prices, room_of
from steering.models import Apart, ModelVersion, Plan, Portion, Room, Scoring
from steering.people import Who

from . import (
    area_table,
    making,
    options,
    portions,
    reserving,
    rules,
    scoring,
    shards,
    splitting,
    summing,
    words,
    writing,
)
from .options import Offer, PlanningError
from .parts import PartScorer
from .portions import Part

SHARD = 100_000  # customers
SAMPLE = 300_000  # customers of the shards from whom the prices come
SLACK = 1e-6  # relative: sums of many parts


def make(wave: Wave, *, version: ModelVersion | None, as_of_at: datetime) -> Plan:
    """Write the wave's plan and assignments in the place of earlier ones, apart or in one piece. Raises PlanningError."""
    offers = options.of_wave(wave)
    who = people.in_audience(audiences.query(wave.campaign.audience, as_of_at=as_of_at))
    making.prepare_areas(wave.campaign, offers, as_of_at=as_of_at)
    if any(offer.is_run for offer in offers) or not _is_large(who):
        return making.make(wave, version=version, as_of_at=as_of_at)
    how = PartScorer.of(offers, scoring.scorer(version), as_of_at=as_of_at, campaign_id=wave.campaign_id)
    return _make(wave, who, offers, how, version=version)


def _is_large(who: Who) -> bool:
    """Nobody is counted where there are not so many customers at all."""
    least = settings.PLANNING_APART_FROM
    if (Customer.objects.aggregate(most=Max("pk"))["most"] or 0) < least:
        return False
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({who.sql}) audience", dict(who.params))  # noqa: S608
        return cursor.fetchone()[0] >= least


@transaction.atomic
def _make(wave: Wave, who: Who, offers: list[Offer], how: PartScorer, *, version: ModelVersion | None) -> Plan:
    """This connection is in the transaction of the plan, so shards are written down by one in a thread."""
    leaflet = options.area_column(offers)
    carrier = "" if leaflet is None else offers[leaflet].carrier
    split = splitting.split(who, by_area=leaflet is not None, size=SHARD, carrier=carrier)
    if not split:
        raise PlanningError("the audience is empty: nobody matches its rule now")
    with ThreadPoolExecutor(max_workers=1) as apart:
        try:
            made = apart.submit(shards.begin, split, how, wave=wave, version=version).result()
            try:
                sample = apart.submit(_decide_all, made, wave, how, [len(ids) for ids in split]).result()
                return _write(made, sample, version=version)
            finally:
                apart.submit(shards.forget, made.pk).result()
        finally:
            apart.submit(connections.close_all).result()


def _decide_all(made: Scoring, wave: Wave, how: PartScorer, sizes: Sequence[int]) -> Part:
    """The sample, once every shard has decided."""
    shards.wake(made.pk, len(sizes))
    shards.work(made.pk, how)
    sample, share = _sample(made, wave, how, sizes)
    _begin(made, sample, fit_prices(sample.steered, share, seed=sample.draft.seed))
    _finish(made, wave, how, "asked", len(sizes))
    _allot(made, sample, np.array(sizes))
    _finish(made, wave, how, "decided", len(sizes))
    return sample


def _sample(made: Scoring, wave: Wave, how: PartScorer, sizes: Sequence[int]) -> tuple[Part, float]:
    """The first shards in which anybody may get anything, and their share of all customers."""
    taken, scored = 0, []
    for shard, size in zip(made.shards.order_by("number").select_related("score"), sizes, strict=True):
        scored.append(shards.scored_in(shard, how))
        taken += size
        if taken >= SAMPLE and sum(len(one.people.customer_ids) for one in scored):
            break
    return portions.of(wave, scored, how), taken / sum(sizes)


@transaction.atomic
def _begin(made: Scoring, sample: Part, prices: np.ndarray) -> None:
    room = reserving.begin(made.wave_id, sample.posed)
    Apart.objects.create(scoring=made, room=room, prices=prices.tolist())
    Portion.objects.bulk_create(Portion(shard=shard) for shard in made.shards.defer("customer_ids"))


@transaction.atomic
def _allot(made: Scoring, sample: Part, sizes: np.ndarray) -> None:
    mine = list(Portion.objects.filter(shard__scoring=made).order_by("shard__number").defer("rows"))
    room, m = room_of(sample.posed), sample.posed.n_options
    allotted = divided(room, np.array([one.asked for one in mine]), sizes)
    # Pieces are whole: what the first of the shards cannot use of them, the next may.
    ends = np.floor(np.cumsum(allotted[:, 1 : 1 + m], axis=0) + SLACK)
    is_limited = np.isfinite(room[1 : 1 + m])
    whole = np.diff(np.where(is_limited, ends, 0.0), axis=0, prepend=0.0)
    allotted[:, 1 : 1 + m] = np.where(is_limited, whole, np.inf)
    for one, part in zip(mine, allotted, strict=True):
        one.allotted = part.tolist()
    Portion.objects.bulk_update(mine, ["allotted"], batch_size=1000)
    # What some give others take, in any order; whether there was enough is seen when all is added up.
    is_taken = (allotted >= 0).all(axis=0)
    Room.objects.filter(pk=made.apart.room_id).update(left=np.where(is_taken, room, np.inf).tolist())


def _finish(made: Scoring, wave: Wave, how: PartScorer, done: str, count: int) -> None:
    shards.wake(made.pk, count, task=shards.DECIDE)
    shards.finish(partial(portions.work_one, made.pk, how, wave), portions.waiting(made.pk), done)


def _write(made: Scoring, sample: Part, *, version: ModelVersion | None) -> Plan:
    told = summing.summed(made)
    draft, names = sample.draft, sample.posed.names
    if not told.eligible:
        raise PlanningError(making.nobody(told.excluded))
    in_force, prices = rules.in_force([draft.campaign]), np.array(made.apart.prices)
    _refuse_broken(told.used, sample, in_force)
    rows = words.rule_rows_of(in_force, told.counted, dict(zip(names, prices, strict=True)))
    for watched in made.shards.order_by("number").values_list("watched", flat=True):
        if draft.scorer.watch is not None:
            draft.scorer.watch.join(watched)
    plan = draft.plan(version=version, as_of_at=made.as_of_at, rules=rows)
    ruled = [rule.name for rule in sample.posed.rules]
    plan.prices = writing.prices_by_name(draft.offers, ruled, prices)
    told.fill(plan)
    writing.forget(plan.wave_id)
    plan.save()
    area_table.write(plan, draft.offers, told.area_table)
    _copy(made)
    return plan


def _refuse_broken(used: np.ndarray, sample: Part, in_force: Sequence) -> None:
    room = room_of(sample.posed)
    over = used - room
    is_broken = over > SLACK * (1 + np.where(np.isfinite(room), np.abs(room), 0.0))
    if is_broken.any():
        unmet = {name: float(over[k]) for k, name in enumerate(sample.posed.names) if is_broken[k]}
        draft = sample.draft
        raise PlanningError(words.lacking(unmet, draft.offers, in_force, draft.campaign.currency))


def _copy(made: Scoring) -> None:
    """One shard after the other; a connection that copies can read nothing meanwhile."""
    for shard_id in made.shards.order_by("number").values_list("pk", flat=True):
        writing.copy_blocks(Portion.objects.values_list("rows", flat=True).get(pk=shard_id))
    writing.analyze()
