"""What mail providers report later by django-anymail's webhooks: delivered, bounced, marked as spam, unsubscribed.

Opens and clicks are left out: our own pixel and links tell them already. A request may hold many events and may come
again, whole: every event is written once, and one that cannot be written must not keep the others from being taken.
"""

import logging
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from anymail.signals import AnymailTrackingEvent, EventType, RejectReason
from django.db import DataError
from django.utils import timezone

from campaigns.models import Event

from .. import feedback, sent, unsubscribing
from ..base import Feedback
from ..unsubscribing import Scope
from . import provider_words
from .bounce_rules import NOT_SAID, Severity, Verdict, judge, mildest
from .inbound import origin

log = logging.getLogger(__name__)
CHANNEL = "email"
SOURCE = "mail provider"
METADATA = "dispatch"  # providers give it back with every event
KINDS = {
    EventType.DELIVERED: "delivered",
    EventType.BOUNCED: "bounced",
    EventType.REJECTED: "bounced",
    EventType.FAILED: "bounced",
    EventType.COMPLAINED: "complained",
}
# Where neither the provider's own words nor the server's answer say more. None: bounced, and that is all.
BY_REASON = {
    None: Verdict(Severity.HARD, "bounced"),
    RejectReason.BOUNCED: Verdict(Severity.HARD, "bounced"),
    RejectReason.INVALID: Verdict(Severity.HARD, "invalid address"),
    RejectReason.TIMED_OUT: Verdict(Severity.SOFT, "server not reached in time"),
    RejectReason.BLOCKED: Verdict(Severity.BLOCK, "refused by policy"),
    RejectReason.SPAM: Verdict(Severity.BLOCK, "taken for spam"),
}
UNCLEAR = Verdict(Severity.SOFT, NOT_SAID)


def receive(sender: object, *, event: AnymailTrackingEvent, esp_name: str, **_: Any) -> None:
    """The receiver of anymail's tracking signal."""
    try:
        _take(event, esp_name)
    except DataError:
        log.exception("an event of %s cannot be written and is left out", esp_name)


def _take(event: AnymailTrackingEvent, provider: str) -> None:
    dispatch_id = _dispatch_id(event)
    if dispatch_id is None:
        return
    if event.event_type == EventType.UNSUBSCRIBED or event.reject_reason == RejectReason.UNSUBSCRIBED:
        if found := sent.find(dispatch_id):
            unsubscribing.refuse(found, Scope.CHANNEL, source=SOURCE)
        return
    feedback.receive(CHANNEL, _told(event, dispatch_id, provider))


def _dispatch_id(event: AnymailTrackingEvent) -> int | None:
    """By the metadata that we sent along, else by our Message-ID; None for mails of another system."""
    metadata = event.metadata if isinstance(event.metadata, Mapping) else {}
    given = str(metadata.get(METADATA, ""))
    if given.isascii() and given.isdecimal() and len(given) < 19:
        return int(given)
    return next(iter(origin.by_message_id(_message_id(event))), None)


def _message_id(event: AnymailTrackingEvent) -> str:
    """As the event says it; Postal gives no metadata back, and the Message-ID without its brackets."""
    raw = event.esp_event if isinstance(event.esp_event, Mapping) else {}
    message = (raw.get("payload") or {}).get("message") if isinstance(raw.get("payload"), Mapping) else None
    found = message.get("message_id") if isinstance(message, Mapping) else event.message_id
    return f"<{str(found or '').strip('<>')[:400]}>"


def _told(event: AnymailTrackingEvent, dispatch_id: int, provider: str) -> dict[str, Any]:
    kind = KINDS.get(event.event_type)
    is_refused = event.event_type in (EventType.REJECTED, EventType.FAILED)
    return {
        "kind": kind,
        "dispatch": dispatch_id,
        "at": event.timestamp or _known_since(kind, dispatch_id) or timezone.now(),
        "provider": provider,
        "verdict": _verdict(event, provider) if kind == "bounced" else None,
        "is_refused": is_refused,
    }


def _known_since(kind: str | None, dispatch_id: int) -> datetime | None:
    """An event without a time is told again as well; then it has the time at which it was first told."""
    known = Event.objects.filter(dispatch_id=dispatch_id, kind=kind, source=SOURCE)
    return known.values_list("occurred_at", flat=True).first()


def _verdict(event: AnymailTrackingEvent, provider: str) -> Verdict:
    """The milder of what the provider and what the receiving server says."""
    answered = judge("", str(event.mta_response or event.description or ""))
    found = [] if answered.reason == NOT_SAID else [answered]
    if (said := provider_words.severity(provider, event.esp_event)) is not None:
        found.append(Verdict(said, answered.reason if found else said.label, answered.code))
    if found:
        return mildest(found)
    if event.event_type == EventType.FAILED:
        return Verdict(Severity.BLOCK, "the provider could not send it")
    return BY_REASON.get(event.reject_reason, UNCLEAR)


def interpret(answer: Mapping[str, Any]) -> Iterator[Feedback]:
    """EmailChannel.interpret: what one report says, as feedback."""
    kind, dispatch_id, verdict = answer["kind"], answer["dispatch"], answer["verdict"]
    if kind is None:
        return
    yield Feedback(
        kind=kind,
        dispatch_id=dispatch_id,
        occurred_at=answer["at"],
        source=SOURCE,
        source_key=f"{kind}-{dispatch_id}",
        attributes=_said(verdict, answer) if verdict else {},
    )


def _said(verdict: Verdict, answer: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "provider": answer["provider"],
        "severity": str(verdict.severity),
        "is_hard": verdict.severity == Severity.HARD,
        # Providers may try on after a soft bounce, and then report what came of it.
        "is_final": verdict.severity != Severity.SOFT or answer["is_refused"],
        "reason": verdict.reason,
        "code": verdict.code,
    }
