"""What follows of a mail that came back, written down once with the mail itself, in one transaction."""

import logging
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.db import connection, transaction
from django.utils import timezone

from campaigns.models import EventKind
from channels import feedback, recipients, registry, sent, unsubscribing
from channels.base import Feedback
from channels.models import FOR_A_PERSON, Dispatch, InboundMail
from channels.unsubscribing import Scope

from ..bounce_rules import Severity, Verdict
from . import addresses, dsn, origin
from .arf import COMPLAINTS, WANTS_OUT
from .message import UnreadableError
from .reading import Kind, Reading, read

log = logging.getLogger(__name__)
CHANNEL = "email"
TAKE = """
    INSERT INTO channels_inboundmail (digest, way, kind, note, size) VALUES (%s, %s, %s, '', %s)
    ON CONFLICT (digest) DO NOTHING RETURNING id
"""
Was = InboundMail.Kind


@dataclass(frozen=True)
class Outcome:
    """What became of one mail."""

    was: Was
    note: str = ""
    dispatch_id: int | None = None
    feedback: Feedback | None = None
    unsubscribes: bool = False


def receive(raw: bytes, *, way: str, recipient: str = "") -> Outcome | None:
    """Take one mail that came back; None for one that was taken before. Only errors of the database are raised.

    `recipient` is the envelope's address where it is known; `way` names how the mail came.
    """
    reading, note = _read(raw, recipient)
    digest = sha256(raw + b"\x00" + recipient.lower().encode(errors="replace")).digest()
    with transaction.atomic():
        mail_id = _take(digest, way, len(raw))
        if mail_id is None:
            return None
        outcome = _outcome(reading) if reading else Outcome(Was.UNREADABLE, note)
        _follow(outcome)
        _keep(mail_id, outcome, raw)
    if outcome.was in FOR_A_PERSON:
        log.warning("a mail that came back is for a person to see: %s, %s", outcome.was, outcome.note)
    return outcome


def _read(raw: bytes, recipient: str) -> tuple[Reading | None, str]:
    """The mail read, or why it cannot be."""
    try:
        return read(raw, recipient=recipient), ""
    except UnreadableError as error:
        return None, str(error)
    except Exception as error:
        # A mistake of ours, which must cost no mail: it is kept for a person, and the others go on.
        log.exception("a mail that came back is not understood")
        return None, f"is not understood: {type(error).__name__}"


def _take(digest: bytes, way: str, size: int) -> int | None:
    """The first of several workers goes on; the others wait here for its commit, and then have nothing to do."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [digest, way, Was.OTHER, size])
        row = cursor.fetchone()
    return row[0] if row else None


def _keep(mail_id: int, outcome: Outcome, raw: bytes) -> None:
    InboundMail.objects.filter(pk=mail_id).update(
        kind=outcome.was,
        note=outcome.note[:200],
        dispatch_id=outcome.dispatch_id,
        content=raw if outcome.was in FOR_A_PERSON else None,
    )


def _follow(outcome: Outcome) -> None:
    if outcome.feedback:
        feedback.record([outcome.feedback])
    if outcome.unsubscribes and outcome.dispatch_id and (found := sent.find(outcome.dispatch_id)):
        unsubscribing.refuse(found, Scope.CHANNEL)


def _outcome(reading: Reading) -> Outcome:
    if reading.kind == Kind.BOUNCE:
        return _bounce(reading)
    if reading.kind == Kind.COMPLAINT:
        return _complaint(reading)
    if reading.kind == Kind.UNSUBSCRIBE:
        dispatch_id = addresses.read_unsubscribe(reading.for_whom)
        return Outcome(Was.UNSUBSCRIBED, "", dispatch_id, unsubscribes=True) if dispatch_id else Outcome(Was.NOT_OURS)
    return Outcome(Was.AUTOMATIC if reading.kind == Kind.AUTOMATIC else Was.OTHER)


def _bounce(reading: Reading) -> Outcome:
    action, verdict = _judged(reading, dispatch_id := origin.of_bounce(reading))
    note = f"{verdict.reason} {verdict.code}".strip() if verdict else action
    if action == "delayed":
        return Outcome(Was.DELAY, note, dispatch_id)  # of which nothing follows: it is still being tried
    if dispatch_id is None:
        return Outcome(Was.NOT_OURS, f"bounce: {note}")
    if action == "delivered":
        return Outcome(Was.DELIVERED, note, dispatch_id, _feedback(reading, EventKind.DELIVERED, dispatch_id))
    if verdict is None:
        return Outcome(Was.NO_ACTION, note, dispatch_id)
    said = {
        "severity": str(verdict.severity),
        "is_hard": verdict.severity == Severity.HARD,
        "is_final": True,
        "reason": verdict.reason,
        "code": verdict.code,
    }
    return Outcome(Was.BOUNCE, note, dispatch_id, _feedback(reading, EventKind.BOUNCED, dispatch_id, **said))


def _judged(reading: Reading, dispatch_id: int | None) -> tuple[str, Verdict | None]:
    """The action, and the verdict of a failure."""
    if reading.plain:
        return ("delayed", None) if reading.plain.is_delay else ("failed", reading.plain.verdict)
    used = recipients.address_used(dispatch_id, registry.get(CHANNEL)) if dispatch_id else None
    return dsn.about(reading.reports, used[1] if used else "")


def _complaint(reading: Reading) -> Outcome:
    kind = reading.complaint.type if reading.complaint else ""
    dispatch_id = origin.of_complaint(reading)
    if kind not in COMPLAINTS | {WANTS_OUT}:
        return Outcome(Was.NO_ACTION, kind, dispatch_id)
    if dispatch_id is None:
        return Outcome(Was.NOT_OURS, f"complaint: {kind}")
    if kind == WANTS_OUT:
        return Outcome(Was.UNSUBSCRIBED, kind, dispatch_id, unsubscribes=True)
    complained = _feedback(reading, EventKind.COMPLAINED, dispatch_id, type=kind)
    return Outcome(Was.COMPLAINT, kind, dispatch_id, complained)


def _feedback(reading: Reading, kind: EventKind, dispatch_id: int, **attributes: object) -> Feedback:
    return Feedback(
        kind=kind,
        dispatch_id=dispatch_id,
        occurred_at=_between_leaving_and_now(reading.at, dispatch_id),
        source="returned mail",
        source_key=f"{kind}-{dispatch_id}",
        attributes=attributes,
    )


def _between_leaving_and_now(at: datetime | None, dispatch_id: int) -> datetime:
    """Clocks of others go wrong, and dates can be made up."""
    now = timezone.now()
    left_at = Dispatch.objects.values_list("claimed_at", flat=True).get(pk=dispatch_id)
    return min(max(at or now, left_at or at or now), now)
