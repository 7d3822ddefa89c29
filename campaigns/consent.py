"""What a person agreed to or refused, and addresses that must not be used. Sole writer of those three.

Nothing is overwritten: a withdrawal closes a consent, a new consent is a new row. An objection beats every consent.
Every function may be called twice.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from . import identity, sets
from .models import Consent, Ground, Objection, Suppression, SuppressionReason

# Each reason stands for itself: lifting one, or the end of a list, leaves the others. Of two who suppress the same, in
# whatever order, none waits for the other twice.
SUPPRESS = """
    INSERT INTO campaigns_suppression (kind, digest, reason, source)
    SELECT kind, digest, reason, source
    FROM unnest(%s::text[], %s::bytea[], %s::text[], %s::text[]) WITH ORDINALITY AS told(kind, digest, reason, source, n)
    ORDER BY digest, reason, n
    ON CONFLICT (digest, reason) DO NOTHING
"""
OBJECT = """
    INSERT INTO campaigns_objection (customer_id, channel, source, note, received_at)
    SELECT customer_id, channel, source, note, received_at
    FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::timestamptz[])
        WITH ORDINALITY AS told(customer_id, channel, source, note, received_at, n)
    ORDER BY n
    ON CONFLICT DO NOTHING
"""


# Not for staff to lift.
NEVER_LIFTED = frozenset({SuppressionReason.ERASURE, SuppressionReason.OPT_OUT_LIST})


class ConsentError(ValueError):
    """A consent that must not be recorded."""


class Refusal(NamedTuple):
    """An objection to be recorded, to a channel or (empty) to every channel."""

    customer_id: int
    channel: str
    source: str
    note: str
    received_at: datetime


class Suppressed(NamedTuple):
    """An identifier (its normalised value) that must not be used again."""

    kind: str
    value: str
    reason: str
    source: str


@transaction.atomic
def grant(
    *,
    customer_id: int,
    channel: str,
    source: str,
    given_at: datetime | None = None,
    ground: str = Ground.CONSENT,
    purpose: str = "advertising",
    text_version: str = "",
    proof: Mapping[str, Any] | None = None,
) -> Consent:
    """Record a consent; a valid one stays as it is. Raises ConsentError for one that was withdrawn afterwards."""
    given_at = given_at or timezone.now()
    of_kind = Consent.objects.filter(customer_id=customer_id, channel=channel, purpose=purpose)
    if of_kind.filter(withdrawn_at__gte=given_at).exists():
        raise ConsentError(f"customer {customer_id} withdrew this consent later than it was given")
    new = Consent(
        customer_id=customer_id,
        channel=channel,
        purpose=purpose,
        ground=ground,
        text_version=text_version,
        proof=dict(proof or {}),
        source=source,
        given_at=given_at,
    )
    Consent.objects.bulk_create([new], ignore_conflicts=True)  # two at once: the first stays
    return of_kind.get(withdrawn_at=None)


def withdraw(*, customer_id: int, channel: str, source: str, at: datetime | None = None) -> int:
    """Close the valid consents of a channel (empty: of all channels), for every purpose; returns how many."""
    consents = Consent.objects.filter(customer_id=customer_id, withdrawn_at=None)
    if channel:
        consents = consents.filter(channel=channel)
    return consents.update(withdrawn_at=at or timezone.now(), withdrawn_source=source)


@transaction.atomic
def object_to(
    *,
    customer_id: int,
    channel: str = "",
    campaign_id: int | None = None,
    source: str,
    at: datetime | None = None,
    note: str = "",
) -> Objection:
    """Record an objection to a channel (empty: to every channel), or to one campaign on every channel.

    One that stands already stays as it is.
    """
    scope = {"customer_id": customer_id, "channel": channel, "campaign_id": campaign_id}
    new = Objection(**scope, source=source, note=note, received_at=at or timezone.now())
    Objection.objects.bulk_create([new], ignore_conflicts=True)
    return Objection.objects.get(**scope, lifted_at=None)


def object_to_many(refusals: Sequence[Refusal]) -> None:
    """The same for any number of customers in one statement."""
    sets.run(OBJECT, refusals)


def lift(*, customer_id: int, channel: str = "", campaign_id: int | None = None, at: datetime | None = None) -> int:
    """The person asked for advertising again; only the objection of exactly this scope is lifted."""
    standing = Objection.objects.filter(
        customer_id=customer_id, channel=channel, campaign_id=campaign_id, lifted_at=None
    )
    return standing.update(lifted_at=at or timezone.now())


@transaction.atomic
def undo(*, customer_id: int, source: str, since: datetime) -> int:
    """What this source refused and withdrew since then was a mistake; returns how many objections are lifted.

    Withdrawn consents stay withdrawn; the person gives the same ones again, at this moment.
    """
    now = timezone.now()
    standing = Objection.objects.filter(customer_id=customer_id, source=source, received_at__gte=since, lifted_at=None)
    lifted = standing.update(lifted_at=now)
    for one in Consent.objects.filter(customer_id=customer_id, withdrawn_source=source, withdrawn_at__gte=since):
        if lifted and one.withdrawn_at < now:
            grant(
                customer_id=customer_id,
                channel=one.channel,
                purpose=one.purpose,
                ground=one.ground,
                text_version=one.text_version,
                proof=one.proof,
                source=f"{source}, undone"[:80],
                given_at=now,
            )
    return lifted


def suppress(*, kind: str, value: str, reason: str, source: str) -> None:
    """Never use this identifier (its normalised value) again; only its keyed hash is kept."""
    suppress_many([Suppressed(kind, value, reason, source)])


def suppress_many(suppressed: Iterable[Suppressed]) -> None:
    """The same for any number in one statement."""
    sets.run(
        SUPPRESS,
        [(str(kind), identity.digest(kind, value), str(reason), source) for kind, value, reason, source in suppressed],
    )


def lift_suppressions(digests: Sequence[bytes]) -> int:
    """Use these addresses again; returns how many were lifted. Those of NEVER_LIFTED stay."""
    liftable = Suppression.objects.filter(digest__in=list(digests)).exclude(reason__in=NEVER_LIFTED)
    return liftable.delete()[0]
