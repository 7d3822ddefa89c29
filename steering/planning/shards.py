"""Large audiences are scored in shards by all workers at once; small ones by the planner alone, with the same result.

The planner writes down the shards, wakes the workers and takes part itself. Whoever wants to score locks a free shard's
row, and writes the scores and that the shard is done in one transaction: who dies leaves the shard as it was, and a
message that comes twice finds nothing to do. At the end the planner waits for the locks of those still at work. So it
gets along with any number of workers, even none.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache, partial
from typing import Any

import numpy as np
from django.conf import settings
from django.db import OperationalError, connection, connections, transaction
from django.db.models import QuerySet
from django.utils import timezone
from psycopg.errors import LockNotAvailable
from threadpoolctl import threadpool_limits

from campaigns.models import Wave
from channels import calls
from steering import filling, people
from steering.filling import Repeated
from steering.models import ModelVersion, Scoring, Shard
from steering.people import People, Who
from steering.targeting.stability import Counts

from . import candidates, parts, scoring
from .candidates import Candidates, Excluded
from .options import Offer, PlanningError
from .parts import Scored
from .scoring import Scorer
from .watching import Watch

WAIT_SECONDS = 600  # for a shard that somebody else scores; a worker's task is ended before
SCORE = "steering.tasks.score_shard"
DECIDE = "steering.tasks.decide_shard"
MESSAGE_SECONDS = 600  # then a worker need not be told any more
KEPT_FOR = timedelta(days=1)  # what a planner that was killed has left

KINDS = {"customer_ids": "<i8", "household": "<i8", "area": "<i8", "reasons": "<i2", "uplift": "<f8"}
FORGET = (
    "WITH gone AS (DELETE FROM steering_apart WHERE scoring_id = ANY(%(ids)s) RETURNING room_id)"
    " DELETE FROM steering_room WHERE id IN (SELECT room_id FROM gone)",
    "DELETE FROM steering_portion WHERE shard_id IN (SELECT id FROM steering_shard WHERE scoring_id = ANY(%(ids)s))",
    "DELETE FROM steering_score WHERE shard_id IN (SELECT id FROM steering_shard WHERE scoring_id = ANY(%(ids)s))",
    "DELETE FROM steering_shard WHERE scoring_id = ANY(%(ids)s)",
    "DELETE FROM steering_scoring WHERE id = ANY(%(ids)s)",
)


def read(
    who: Who, *, wave: Wave, version: ModelVersion | None, offers: list[Offer], scorer: Scorer, as_of_at: datetime
) -> tuple[Candidates, Excluded]:
    """Everybody of the audience who may get something, scored. Raises PlanningError where a shard is not done in time."""
    how = parts.PartScorer.of(offers, scorer, as_of_at=as_of_at, campaign_id=wave.campaign_id)
    split = people.parts(people.ids(who))
    if sum(map(len, split)) < settings.PLANNING_SHARDED_FROM:
        scored = [how.score(ids) for ids in split]
    else:
        scored = _apart(split, how, wave=wave, version=version)
    return candidates.gathered(scored, campaign=wave.campaign, offers=offers, as_of_at=as_of_at)


def read_these(
    ids: np.ndarray, *, wave: Wave, offers: list[Offer], scorer: Scorer, as_of_at: datetime
) -> tuple[Candidates, Excluded]:
    """The same of a few customers (n,), whose ids rise, by whoever asks."""
    how = parts.PartScorer.of(offers, scorer, as_of_at=as_of_at, campaign_id=wave.campaign_id)
    return candidates.gathered(
        [how.score(part) for part in people.parts(ids)], campaign=wave.campaign, offers=offers, as_of_at=as_of_at
    )


def score_one(scoring_id: int, how: parts.PartScorer | None = None, *, waits: bool = False) -> bool:
    """Score a shard that nobody is scoring; False where there is none. `waits`: until one is free or all are done."""
    with transaction.atomic():
        free = Shard.objects.filter(scoring_id=scoring_id, done_at=None).order_by("number")
        shard = locked(free, waits=waits)
        if shard is not None:
            _score(shard, how or how_of(scoring_id))
    return shard is not None


def locked(free: QuerySet, *, waits: bool) -> Any:
    """The first of these rows that nobody holds, held until the transaction ends; `waits`: the first of all, in time."""
    if waits:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{WAIT_SECONDS}s"])
    return free.select_for_update(skip_locked=not waits, of=("self",)).first()


def forget_old() -> int:
    """What planners that were killed have left; returns how many scorings."""
    old = list(Scoring.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).values_list("id", flat=True))
    forget(*old)
    return len(old)


def _apart(split: list[np.ndarray], how: parts.PartScorer, *, wave: Wave, version: ModelVersion | None) -> list[Scored]:
    """This connection is in the transaction of the plan, so shards are written down and scored by one in a thread."""
    with ThreadPoolExecutor(max_workers=1) as apart:
        try:
            made = apart.submit(begin, split, how, wave=wave, version=version).result()
            try:
                wake(made.pk, len(split))
                apart.submit(work, made.pk, how).result()
                return _scored(made, how)
            finally:
                apart.submit(forget, made.pk).result()
        finally:
            apart.submit(connections.close_all).result()


@transaction.atomic
def begin(split: list[np.ndarray], how: parts.PartScorer, *, wave: Wave, version: ModelVersion | None) -> Scoring:
    forget_old()
    made = Scoring.objects.create(
        wave_id=wave.pk,
        model_version=version,
        as_of_at=how.as_of_at,
        channels=list(how.channels),
        treatments=list(how.treatments),
    )
    Shard.objects.bulk_create(
        Shard(scoring=made, number=number, customer_ids=ids.astype("<i8").tobytes()) for number, ids in enumerate(split)
    )
    return made


def wake(scoring_id: int, shards: int, *, task: str = SCORE) -> None:
    """A message for each shard; where the broker is away the planner works alone."""
    for _ in range(shards):
        if not calls.call(task, scoring_id, expires=MESSAGE_SECONDS):
            return


def work(scoring_id: int, how: parts.PartScorer) -> None:
    finish(partial(score_one, scoring_id, how), Shard.objects.filter(scoring_id=scoring_id, done_at=None), "scored")


def finish(step: Callable[..., bool], waiting: QuerySet, done: str) -> None:
    """The planner's own part: whatever is free, then whatever those at work do not finish."""
    while step():
        pass
    try:
        while waiting.all().exists():
            step(waits=True)
    except OperationalError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise
        raise PlanningError(
            f"{waiting.all().count()} parts of the audience were not {done} in time:"
            f" a worker has held one for {WAIT_SECONDS} seconds"
        ) from error


@lru_cache(maxsize=1)
def how_of(scoring_id: int) -> parts.PartScorer:
    """For a worker, which scores several shards of an audience: its model is loaded once."""
    made = Scoring.objects.select_related("model_version", "wave").get(pk=scoring_id)
    scorer = scoring.scorer(made.model_version)
    return parts.PartScorer(scorer, made.channels, made.treatments, made.as_of_at, made.wave.campaign_id)


def _score(shard: Shard, how: parts.PartScorer) -> None:
    watch = _fresh(how.scorer.watch)
    how = replace(how, scorer=replace(how.scorer, watch=watch))
    # The workers share the processors already.
    with threadpool_limits(1, user_api="openmp"):
        scored = how.score(np.frombuffer(shard.customer_ids, dtype="<i8"))
    found = {name: getattr(scored.people, name) for name in KINDS if name != "uplift"} | {"uplift": scored.uplift}
    once = np.zeros(1, dtype=np.int64)
    packed = {name: Repeated([found[name].astype(kind).tobytes()], once) for name, kind in KINDS.items()}
    filling.fill("steering_score", {"shard_id": np.array([shard.pk]), **packed})
    shard.done_at, shard.counted = timezone.now(), scored.counted.tolist()
    shard.watched = watch and watch.state
    shard.save(update_fields=["done_at", "counted", "watched"])


def _fresh(watch: Watch | None) -> Watch | None:
    if watch is None:
        return None
    scores = {name: Counts(counts.reference) for name, counts in watch.scores.items()}
    return Watch(Counts(watch.features.reference), scores)


def _scored(made: Scoring, how: parts.PartScorer) -> list[Scored]:
    """What all have found, in the order of the customers' ids."""
    scored = []
    for shard in made.shards.order_by("number").select_related("score").defer("customer_ids").iterator(chunk_size=8):
        if how.scorer.watch is not None:
            how.scorer.watch.join(shard.watched)
        scored.append(scored_in(shard, how))
    return scored


def scored_in(shard: Shard, how: parts.PartScorer) -> Scored:
    """What was found in one."""
    found = {name: np.frombuffer(getattr(shard.score, name), kind) for name, kind in KINDS.items()}
    nothing = np.empty((0, 0), dtype=np.float32)
    some = People(
        found["customer_ids"], found["household"], found["area"],
        found["reasons"].reshape(-1, len(how.channels)), nothing,
    )  # fmt: skip
    return Scored(some, found["uplift"].reshape(-1, len(how.treatments)), np.array(shard.counted))


def forget(*scoring_ids: int) -> None:
    with connection.cursor() as cursor:
        for statement in FORGET:
            cursor.execute(statement, {"ids": list(scoring_ids)})
