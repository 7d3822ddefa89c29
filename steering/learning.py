"""Learn from what past waves did: the log as arrays, a new model version, and which version decides.

Every decision of a started wave is one row: the customer's features as they were when it was planned, the channel (or no
contact, holdout included), the probability of that choice, and what the goal events of the goal window brought.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from threadpoolctl import threadpool_limits

from campaigns.models import Wave
from channels import registry

from . import features, people, priors, streaming
from .judging import judge
from .models import ModelVersion, Plan
from .targeting import UpliftModel, dumps

LEAST_ROWS = 200
FEW_ROWS = 50_000
MOST_ROWS = 500_000  # of the newest waves; more say hardly more, and memory must end somewhere
LEAST_ELAPSED = 0.5  # of the goal window: an outcome that has hardly begun says little


class LearningError(ValueError):
    """There is nothing to learn from, or no such version; the message is for people."""


@dataclass(frozen=True, eq=False)
class Log:
    """n decisions; see UpliftModel.fit for the coding of `treatment`."""

    features: np.ndarray  # (n, f) float32
    treatment: np.ndarray  # (n,) 0: no contact, j + 1: the j-th channel
    outcome: np.ndarray  # (n,) cents of sales
    propensity: np.ndarray  # (n,) of the channel
    eligible: np.ndarray  # (n, channels)
    wave_ids: tuple[int, ...]


def train(*, as_of_at: datetime | None = None, by: User | None = None, promote: bool = False) -> ModelVersion:
    """A new version from all waves with outcomes until `as_of_at` (now). Raises LearningError."""
    as_of_at = as_of_at or timezone.now()
    names, channels = features.known(), list(registry.CHANNELS)
    log = read_log(names, channels, as_of_at=as_of_at)
    # Few rows are learned from fastest on one thread: several would mostly wait for each other.
    with threadpool_limits(1 if len(log.outcome) < FEW_ROWS else None, user_api="openmp"):
        model = new_model(channels).fit(log.features, log.treatment, log.outcome, log.propensity, eligible=log.eligible)
        metrics = judge(log, channels, new_model=lambda: new_model(channels))
    version = _save(model, log, names=names, channels=channels, metrics=metrics)
    return _promote(version, by=by) if promote else version


def new_model(channels: Sequence[str]) -> UpliftModel:
    return UpliftModel(
        priors=[priors.uplift_cents(channel) for channel in channels], prior_strength=priors.STRENGTH, random_state=1
    )


def champion() -> ModelVersion | None:
    """The version that decides; None: the priors do."""
    return ModelVersion.objects.filter(is_champion=True).first()


def promote(version_id: int, *, by: User | None) -> ModelVersion:
    """Let this version decide from the next simulation on."""
    version = ModelVersion.objects.filter(pk=version_id).first()
    if version is None:
        raise LearningError("there is no such version")
    return _promote(version, by=by)


@transaction.atomic
def roll_back(*, by: User | None) -> ModelVersion:
    """Back to the version that decided before the present one."""
    present = champion()
    if present is None:
        raise LearningError("no version decides now, so there is nothing to roll back")
    earlier = ModelVersion.objects.filter(promoted_at__lt=present.promoted_at).order_by("-promoted_at").first()
    if earlier is None:
        raise LearningError("no other version has ever decided")
    ModelVersion.objects.filter(pk=present.pk).update(promoted_at=None)  # it no longer counts as an earlier one
    return _promote(earlier, by=by, promoted_at=earlier.promoted_at)


@transaction.atomic
def _promote(version: ModelVersion, *, by: User | None, promoted_at: datetime | None = None) -> ModelVersion:
    # Locked in the order of ids, so that of two at once the second waits.
    list(ModelVersion.objects.select_for_update().order_by("id").values_list("id", flat=True))
    ModelVersion.objects.filter(is_champion=True).update(is_champion=False)
    version.is_champion, version.promoted_at, version.promoted_by = True, promoted_at or timezone.now(), by
    version.save(update_fields=["is_champion", "promoted_at", "promoted_by"])
    return version


OUTCOMES = """
    WITH brought AS (
        SELECT customer_id, sum(coalesce(nullif(value_cents, 0), %(goal_value)s)) AS cents
        FROM campaigns_event
        WHERE kind = %(goal)s AND occurred_at > %(from)s AND occurred_at <= %(until)s
        GROUP BY customer_id
    )
    SELECT a.customer_id, coalesce(array_position(%(channels)s::text[], a.channel::text), 0) AS treatment,
           coalesce(a.channel_propensity, 'NaN') AS propensity, coalesce(b.cents, 0) AS outcome, {eligible}
    FROM steering_assignment a LEFT JOIN brought b ON b.customer_id = a.customer_id
    WHERE a.wave_id = %(wave)s ORDER BY a.customer_id
"""


def read_log(names: Sequence[str], channels: Sequence[str], *, as_of_at: datetime) -> Log:
    """The newest waves first, until MOST_ROWS. Raises LearningError."""
    parts, rows = [], 0
    for plan in _plans(as_of_at):
        if rows and rows + plan.eligible > MOST_ROWS:
            break
        if part := _read_wave(plan, names, channels, as_of_at=as_of_at):
            parts.append(part)
            rows += len(part.outcome)
    if rows < LEAST_ROWS:
        raise LearningError(
            f"only {rows} decisions have an outcome yet, at least {LEAST_ROWS} are needed: start a wave, and wait for"
            " half of its goal days"
        )
    arrays = ("features", "treatment", "outcome", "propensity", "eligible")
    whole = {name: np.concatenate([getattr(part, name) for part in parts]) for name in arrays}
    return Log(**whole, wave_ids=tuple(id_ for part in parts for id_ in part.wave_ids))


def _plans(as_of_at: datetime) -> list[Plan]:
    plans = Plan.objects.select_related("wave__campaign").filter(wave__started_at__lt=as_of_at)
    return [
        plan for plan in plans.order_by("-wave__started_at", "-id") if _elapsed(plan.wave, as_of_at) >= LEAST_ELAPSED
    ]


def _elapsed(wave: Wave, as_of_at: datetime) -> float:
    """Which share of the goal window is over."""
    return (as_of_at - wave.started_at) / timedelta(days=max(wave.campaign.goal_days, 1))


def _read_wave(plan: Plan, names: Sequence[str], channels: Sequence[str], *, as_of_at: datetime) -> Log | None:
    wave, campaign = plan.wave, plan.wave.campaign
    options = list(campaign.options.values_list("channel", "id"))
    columns = {"customer_id": "i8", "treatment": "i2", "propensity": "f8", "outcome": "f8"}
    params: dict[str, Any] = {
        "wave": wave.pk,
        "goal": campaign.goal_event,
        "goal_value": campaign.goal_value_cents,
        "from": wave.started_at,
        "until": min(wave.started_at + timedelta(days=campaign.goal_days), as_of_at),
        "channels": list(channels),
    }
    eligible = {}
    for column, channel in enumerate(channels):
        params[f"options_{column}"] = [id_ for name, id_ in options if name == channel]
        eligible[f"eligible_{column}"] = f"(a.eligible && %(options_{column})s::bigint[])::int"
    sql = OUTCOMES.format(eligible=", ".join(f"{sql} AS {name}" for name, sql in eligible.items()))
    rows = np.concatenate(list(streaming.stream(sql, params, columns | dict.fromkeys(eligible, "i2"))))
    if not len(rows):
        return None
    chunks = list(people.read(people.assigned(wave.pk), names=names, as_of_at=plan.as_of_at))
    if not np.array_equal(np.concatenate([chunk.customer_ids for chunk in chunks]), rows["customer_id"]):
        raise LearningError("the assignments changed while they were read; try again")
    known = ~np.isnan(rows["propensity"])
    return Log(
        features=np.concatenate([chunk.features for chunk in chunks])[known],
        treatment=rows["treatment"][known].astype(np.int64),
        outcome=rows["outcome"][known].astype(float),
        propensity=np.clip(rows["propensity"][known].astype(float), 1e-6, 1.0),
        eligible=np.column_stack([rows[name][known] for name in eligible]).astype(bool),
        wave_ids=(wave.pk,),
    )


@transaction.atomic
def _save(
    model: UpliftModel, log: Log, *, names: Sequence[str], channels: Sequence[str], metrics: dict[str, Any]
) -> ModelVersion:
    waves = Wave.objects.filter(pk__in=log.wave_ids).order_by("started_at")
    number = (ModelVersion.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    return ModelVersion.objects.create(
        number=number,
        trained_on_rows=len(log.outcome),
        window_from_at=waves.first().started_at,
        window_to_at=waves.last().started_at,
        fingerprint=_fingerprint(log),
        channels=list(channels),
        features=list(names),
        parameters={name: value for name, value in model.get_params().items() if name != "priors"}
        | {"priors": dict(zip(channels, model.priors, strict=True)), "waves": list(log.wave_ids)},
        metrics=metrics,
        model=dumps(model),
    )


def _fingerprint(log: Log) -> str:
    digest = hashlib.sha256()
    for name in ("features", "treatment", "outcome", "propensity", "eligible"):
        digest.update(np.ascontiguousarray(getattr(log, name)).tobytes())
    return digest.hexdigest()
