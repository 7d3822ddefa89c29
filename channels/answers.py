"""What a person does with a message that we sent: opens, clicks, sees it, scans its code."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from campaigns.models import EventKind

from . import feedback
from .base import Feedback
from .sent import Sent


def note(kind: EventKind, sent: Sent, *, block_id: str = "", **attributes: Any) -> int:
    """Record an answer, once a second: mail programs and browsers fetch the same thing several times at once.

    The time is the end of that second, so that an answer never precedes the contact it answers.
    """
    if block_id:
        attributes["block"] = block_id
    answer = Feedback(
        kind=kind,
        dispatch_id=sent.dispatch_id,
        occurred_at=_end_of_second(timezone.now()),
        source="tracking",
        source_key=f"{kind}-{sent.dispatch_id}-{block_id}"[:80],
        attributes=attributes,
    )
    return feedback.record([answer])


def _end_of_second(at: datetime) -> datetime:
    return at.replace(microsecond=0) + timedelta(seconds=1)
