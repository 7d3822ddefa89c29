"""What mail providers report later by django-anymail's webhooks: delivered, bounced, marked as spam, unsubscribed.

Opens and clicks are left out: our own pixel and links tell them already.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from anymail.signals import AnymailTrackingEvent, EventType, RejectReason
from django.utils import timezone

from .. import answers, feedback, sent
from ..base import Feedback

CHANNEL = "email"
METADATA = "dispatch"  # providers give it back with every event
KINDS = {
    EventType.DELIVERED: "delivered",
    EventType.BOUNCED: "bounced",
    EventType.REJECTED: "bounced",
    EventType.COMPLAINED: "complained",
}
# Reasons that speak against the address itself, so that it is not used again.
FINAL_REASONS = (None, RejectReason.BOUNCED, RejectReason.INVALID, RejectReason.BLOCKED)


def receive(sender: object, *, event: AnymailTrackingEvent, esp_name: str, **_: Any) -> None:
    """The receiver of anymail's tracking signal."""
    dispatch_id = _dispatch_id(event)
    if dispatch_id is None:
        return
    if event.event_type == EventType.UNSUBSCRIBED:
        if found := sent.find(dispatch_id):
            answers.unsubscribe(found, channel=CHANNEL)
        return
    feedback.receive(CHANNEL, _told(event, dispatch_id, esp_name))


def _dispatch_id(event: AnymailTrackingEvent) -> int | None:
    """None for mails that are not ours, such as those of another system at the same provider."""
    given = str((event.metadata or {}).get(METADATA, ""))
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 19 else None


def _told(event: AnymailTrackingEvent, dispatch_id: int, provider: str) -> dict[str, Any]:
    return {
        "event": event.event_type,
        "event_id": str(event.event_id or ""),
        "dispatch": dispatch_id,
        "at": event.timestamp or timezone.now(),
        "provider": provider,
        "is_hard": event.reject_reason in FINAL_REASONS,
    }


def interpret(answer: Mapping[str, Any]) -> Iterator[Feedback]:
    """EmailChannel.interpret: what one report says, as feedback."""
    kind = KINDS.get(answer["event"])
    if kind is None:
        return
    dispatch_id = answer["dispatch"]
    yield Feedback(
        kind=kind,
        dispatch_id=dispatch_id,
        occurred_at=answer["at"],
        source="mail provider",
        source_key=f"{kind}-{dispatch_id}-{answer['event_id']}"[:80],
        attributes={"provider": answer["provider"], "is_hard": answer["is_hard"]} if kind == "bounced" else {},
    )
