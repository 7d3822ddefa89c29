"""What a person does with a message that we sent: opens, clicks, sees it, scans its code."""

from datetime import datetime, timedelta

from django.utils import timezone

from campaigns.models import EventKind

from . import feedback
from .base import Feedback
from .sent import Sent


def note(kind: EventKind, sent: Sent, *, block: str = "", **attributes: str) -> int:
    """Record an answer; returns whether it was new."""
    return feedback.record([answer(kind, sent, block=block, **attributes)])


def answer(kind: EventKind, sent: Sent, *, block: str = "", **attributes: str | bool) -> Feedback:
    """An answer to a message, once a second: mail programs and browsers fetch the same thing several times at once.

    The time is the end of that second, so that an answer never precedes the contact it answers. Attributes that are
    empty are left out.
    """
    said = {"block": block, **attributes}
    return Feedback(
        kind=kind,
        dispatch_id=sent.dispatch_id,
        occurred_at=_end_of_second(timezone.now()),
        source="tracking",
        source_key=f"{kind}-{sent.dispatch_id}-{block}"[:80],
        attributes={name: value for name, value in said.items() if value},
    )


def _end_of_second(at: datetime) -> datetime:
    return at.replace(microsecond=0) + timedelta(seconds=1)
