"""Failed deliveries of an address: counted, and after some soft ones without a success between, it is not used again.

A success is an answer of the person by this channel, a delivery that was reported, or a message that left and did not
come back for `QUIET_DAYS`, in which mail servers give up.
"""

from collections.abc import Iterable

from django.conf import settings
from django.db import connection, transaction

from campaigns import consent
from campaigns.models import EventKind, Suppression, SuppressionReason

from . import recipients, registry
from .base import Feedback
from .models import Bounce

QUIET_DAYS = 5
FORGOTTEN_AFTER_DAYS = 180
Severity = Bounce.Severity
SUCCESSES = (EventKind.DELIVERED, EventKind.OPENED, EventKind.CLICKED, EventKind.REDEEMED)

# Told again, only what is worse changes it: providers retry what bounced softly.
NOTE = """
    INSERT INTO channels_bounce AS known (dispatch_id, kind, digest, domain, severity, reason, code, occurred_at)
    SELECT %(dispatch)s, i.kind, i.digest, CASE WHEN i.kind = 'email' THEN split_part(i.value, '@', 2) ELSE '' END,
           %(severity)s, %(reason)s, %(code)s, %(at)s
    FROM campaigns_identifier i WHERE i.kind = %(kind)s AND i.value = %(value)s
    ON CONFLICT (dispatch_id) DO UPDATE
    SET severity = excluded.severity, reason = excluded.reason, code = excluded.code, occurred_at = excluded.occurred_at
    WHERE excluded.severity = 'hard' AND known.severity <> 'hard'
"""
IS_WORN_OUT = """
    WITH success AS (
        SELECT max(at) AS at FROM (
            SELECT max(e.occurred_at) AS at FROM campaigns_event e
            WHERE e.customer_id = %(customer)s AND e.medium = %(channel)s AND e.kind = ANY(%(successes)s)
            UNION ALL
            SELECT max(d.claimed_at) FROM channels_dispatch d
            WHERE d.customer_id = %(customer)s AND d.channel = %(channel)s AND d.state IN ('sent', 'delivered')
              AND d.claimed_at < now() - %(quiet)s * interval '1 day'
              AND NOT EXISTS (SELECT 1 FROM channels_bounce b WHERE b.dispatch_id = d.id)
        ) known
    ), soft AS (
        SELECT b.occurred_at FROM channels_bounce own JOIN channels_bounce b ON b.digest = own.digest, success
        WHERE own.dispatch_id = %(dispatch)s AND b.severity = 'soft'
          AND b.occurred_at > coalesce(success.at, '-infinity')
          AND b.occurred_at > own.occurred_at - %(forgotten)s * interval '1 day'
    )
    SELECT count(*) >= %(most)s AND max(occurred_at) - min(occurred_at) >= %(days)s * interval '1 day' FROM soft
"""


class LiftError(ValueError):
    """A suppression that stays, whoever asks; the message says why."""


def note(item: Feedback, *, customer_id: int, channel: str) -> None:
    """Count a failed delivery for the address that it went to; one soft bounce too many suppresses the address."""
    used = recipients.address_used(item.dispatch_id, registry.get(channel))
    if used is None:
        return
    kind, value = used
    severity = severity_of(item)
    params = {
        "dispatch": item.dispatch_id,
        "kind": kind,
        "value": value,
        "severity": severity,
        "reason": str(item.attributes.get("reason", ""))[:80],
        "code": str(item.attributes.get("code", ""))[:20],
        "at": item.occurred_at,
    }
    with connection.cursor() as cursor:
        cursor.execute(NOTE, params)
    if severity == Severity.SOFT and _is_worn_out(item.dispatch_id, customer_id, channel):
        consent.suppress(kind=kind, value=value, reason=SuppressionReason.SOFT_BOUNCES, source=item.source)


def severity_of(item: Feedback) -> str:
    """As the report says; one that says only whether it is hard is taken at its word."""
    said = item.attributes.get("severity")
    if said in Severity.values:
        return str(said)
    return Severity.HARD if item.attributes.get("is_hard", True) else Severity.SOFT


def _is_worn_out(dispatch_id: int, customer_id: int, channel: str) -> bool:
    params = {
        "dispatch": dispatch_id,
        "customer": customer_id,
        "channel": channel,
        "successes": [str(kind) for kind in SUCCESSES],
        "quiet": QUIET_DAYS,
        "forgotten": FORGOTTEN_AFTER_DAYS,
        "most": settings.SOFT_BOUNCES,
        "days": settings.SOFT_BOUNCE_DAYS,
    }
    with connection.cursor() as cursor:
        cursor.execute(IS_WORN_OUT, params)
        return bool(cursor.fetchone()[0])


@transaction.atomic
def lift(suppressions: Iterable[Suppression]) -> int:
    """Use addresses again, with a clean slate; returns how many. Raises LiftError for one that staff cannot lift."""
    chosen = list(suppressions)
    if any(one.reason in consent.NEVER_LIFTED for one in chosen):
        raise LiftError("An erased person stays erased, and a national opt-out list is not ours to change.")
    digests = [bytes(one.digest) for one in chosen]
    Bounce.objects.filter(digest__in=digests).exclude(severity=Severity.HARD).delete()
    return consent.lift_suppressions(digests)
