"""The record of trainings, so that staff see one that failed, or whose worker died, until a later one succeeds."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from billiard.exceptions import SoftTimeLimitExceeded
from django.db.models.functions import Now
from django.utils import timezone

from .logbook import LearningError
from .models import ModelVersion, Training

LONGEST = timedelta(hours=1)  # the time limit of the tasks
TOO_LONG = "it took longer than the time that a worker gives it"
TOO_LARGE = "the worker had too little memory"
DIED = "it has not ended: probably its worker was stopped, or the machine was"


@dataclass(frozen=True)
class Standing:
    """What the newest trainings came to; `failure` is empty where the last one that is over succeeded, or there is none."""

    under_way_since: datetime | None = None
    failed_at: datetime | None = None
    failure: str = ""


@contextmanager
def recorded() -> Iterator[None]:
    """Around a training. What it raises is passed on."""
    training = Training.objects.create()
    try:
        yield
    except Exception as error:
        _end(training, in_words(error))
        raise
    _end(training, "")


def in_words(error: Exception) -> str:
    """Only our own errors are quoted: others may quote a row, and rows are about people."""
    if isinstance(error, LearningError):
        return str(error)
    if isinstance(error, SoftTimeLimitExceeded):
        return TOO_LONG
    if isinstance(error, MemoryError):
        return TOO_LARGE
    return f"an error that nobody foresaw ({type(error).__name__}); the log of the worker says more"


def standing() -> Standing:
    since = timezone.now() - LONGEST
    newest = Training.objects.order_by("-id").first()
    if newest is None:
        return Standing()
    is_under_way = newest.ended_at is None and newest.started_at > since
    over = Training.objects.exclude(ended_at=None, started_at__gt=since).order_by("-id").first()
    under_way_since = newest.started_at if is_under_way else None
    if over is None:
        return Standing(under_way_since)
    if over.ended_at is None:
        return Standing(under_way_since, over.started_at, DIED)
    return Standing(under_way_since, over.ended_at if over.failure else None, over.failure)


def _end(training: Training, failure: str) -> None:
    Training.objects.filter(pk=training.pk).update(ended_at=Now(), failure=failure)


def is_due(*, every: timedelta, now: datetime | None = None) -> bool:
    """Is the newest version so old, or is there none?"""
    newest = ModelVersion.objects.order_by("-number").first()
    return newest is None or newest.known_until_at <= (now or timezone.now()) - every
