"""Learn from what past waves did: a new model version.

A new version is the challenger. It becomes the champion, which decides, when staff promote it, or when the schedule trained
it and it did better than the champion beyond noise (steering.contest).
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from threadpoolctl import threadpool_limits

from campaigns.models import Wave

from . import champion, contest, features, judging, logbook, priors, trainings
from .contest import Contest
from .logbook import LearningError, Log
from .models import ModelVersion
from .targeting import UpliftModel, apart, dumps
from .targeting.stability import Reference
from .treatments import channel_of

__all__ = ["LearningError", "retrain", "train"]
ROWS_OF_REFERENCE = 50_000  # shares of tenths are known well enough by then


def train(
    *,
    as_of_at: datetime | None = None,
    by: User | None = None,
    promote: bool = False,
    judged_by: int | None = None,
) -> ModelVersion:
    """A new version from all waves with outcomes until `as_of_at` (now). Raises LearningError.

    `judged_by`: most decisions that the models learn from by which this kind of model is judged (judging.MOST_LEARNED);
    fewer are faster, and make it look worse than it is.
    """
    with trainings.recorded():
        version, _ = _train(as_of_at or timezone.now(), by=by, judged_by=judged_by)
    return champion.decide(version, by=by, reason=champion.by_hand(version)) if promote else version


def retrain(*, as_of_at: datetime | None = None) -> ModelVersion:
    """What the schedule does: a new version, which decides at once where it is better beyond noise.

    Raises LearningError also where nothing has happened since the newest version was trained.
    """
    as_of_at = as_of_at or timezone.now()
    newest = ModelVersion.objects.order_by("-number").first()
    if newest is not None and not logbook.has_news(newest.known_until_at, as_of_at=as_of_at):
        raise LearningError(f"nothing has come of any wave since {newest} was trained")
    with trainings.recorded():
        version, against = _train(as_of_at, by=None)
    return champion.decide(version, by=None, reason=version.reason) if against.is_better else version


def new_model(log: Log) -> UpliftModel:
    return UpliftModel(
        priors=[priors.uplift_cents(channel_of(name)) for name in log.treatments],
        groups=log.groups,
        group_priors=[priors.uplift_cents(channel) for channel in log.channels],
        prior_strength=priors.STRENGTH,
        random_state=1,
    )


def _train(as_of_at: datetime, *, by: User | None, judged_by: int | None = None) -> tuple[ModelVersion, Contest]:
    decides = champion.present()
    names = features.known()
    of_champion = [name for name in (decides.features if decides else []) if name not in names]
    log = logbook.read([*names, *of_champion], as_of_at=as_of_at)
    model, held = judging.learned_and_held_out(log, names, new_model=new_model, most=judged_by)
    # Few rows are scored fastest on one thread: several would mostly wait for each other.
    with threadpool_limits(1 if len(log.outcome) < apart.MANY else None, user_api="openmp"):
        metrics = judging.judge(held)
        against = contest.hold(held, decides)
        reference = _reference(model, log, names)
    metrics |= {"contest": against.figures, "treatments": _told(model, log), "learners": _chosen(model, log)}
    fields = {
        "trained_by": by,
        "known_until_at": as_of_at,
        "trained_on_rows": len(log.outcome),
        "fingerprint": _fingerprint(log, len(names)),
        "treatments": list(log.treatments),
        "features": list(names),
        "parameters": _parameters(model, log),
        "metrics": metrics,
        "reference": reference,
        "model": dumps(model),
        "reason": against.reason,
    }
    return _save(log.wave_ids, fields), against


@transaction.atomic
def _save(wave_ids: Sequence[int], fields: dict[str, Any]) -> ModelVersion:
    champion.lock()
    waves = Wave.objects.filter(pk__in=wave_ids).order_by("started_at")
    ModelVersion.objects.filter(is_challenger=True).update(is_challenger=False)
    return ModelVersion.objects.create(
        number=(ModelVersion.objects.aggregate(last=Max("number"))["last"] or 0) + 1,
        window_from_at=waves.first().started_at,
        window_to_at=waves.last().started_at,
        is_challenger=True,
        **fields,
    )


def _parameters(model: UpliftModel, log: Log) -> dict[str, Any]:
    given = {
        name: value for name, value in model.get_params().items() if name not in ("priors", "groups", "group_priors")
    }
    of_channels = {channel: priors.uplift_cents(channel) for channel in log.channels}
    return given | {"priors": of_channels, "waves": list(log.wave_ids)}


def _told(model: UpliftModel, log: Log) -> dict[str, dict[str, Any]]:
    """By treatment: how often it was given, and what it adds in the mean, shrunk to what was expected beforehand."""
    return {
        name: {
            "contacted": int(model.counts_[1 + column]),
            "pooled_cents": judging.number(model.pooled_[column]),
            "believed": judging.number(model.believed_[column]),
        }
        for column, name in enumerate(log.treatments)
    }


def _chosen(model: UpliftModel, log: Log) -> dict[str, Any]:
    """By channel: what each way to learn was worth out of fold, and its weight."""
    return {log.channels[int(group)]: report for group, report in model.chosen_.items()}


def _reference(model: UpliftModel, log: Log, names: Sequence[str]) -> dict[str, Any]:
    """How features and scores are spread where the model learned, for `planning.watching`."""
    step = max(1, -(-len(log.outcome) // ROWS_OF_REFERENCE))
    matrix = log.features[::step, : len(names)]
    scores = dict(zip(log.treatments, model.predict(matrix).T, strict=True))
    of_channels = dict(zip(log.channels, model.predict_groups(matrix).T, strict=True))
    return {
        "features": Reference.of(matrix, names).state,
        "scores": {
            name: Reference.of(column[:, None], [name]).state for name, column in (of_channels | scores).items()
        },
    }


def _fingerprint(log: Log, n_features: int) -> str:
    digest = hashlib.sha256(repr((log.names[:n_features], log.treatments)).encode())
    learned_from = (log.features[:, :n_features], log.treatment, log.outcome, log.propensity, log.eligible)
    for array in learned_from:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
