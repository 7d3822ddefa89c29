"""A piece of addressed post came back: what that says about the address, the person, and what they want.

Only print stops. E-mail and everything else go on, but for the deceased.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import connection, transaction

from campaigns import consent, identity
from campaigns.models import Identifier, IdentifierKind, PostalReport, SuppressionReason

from . import known, reasons
from .errors import PostalError
from .known import Resident
from .reasons import ReturnReason

ADDRESSED_POST = "print_mailing"  # the channel that a refusal is about, unless the report says otherwise
SECOND_WITHIN = timedelta(days=365)
IDENTIFIERS = """
    SELECT value FROM campaigns_identifier
    WHERE customer_id = ANY(%(ids)s) AND kind = 'postal_address' AND right(value, length(%(key)s) + 1) = '|' || %(key)s
"""
# Suppressions are found by a customer's identifiers, so whoever has none for their address gets one.
NAMED = """
    INSERT INTO campaigns_identifier (customer_id, kind, value, digest, source)
    SELECT id, 'postal_address', %(value)s, %(digest)s, %(source)s FROM campaigns_customer
    WHERE id = %(id)s AND household_id = %(household)s AND NOT EXISTS (
        SELECT 1 FROM campaigns_identifier i
        WHERE i.customer_id = %(id)s AND i.kind = 'postal_address' AND right(i.value, length(%(key)s) + 1) = '|' || %(key)s)
    ON CONFLICT (kind, value) DO NOTHING
"""


@transaction.atomic
def returned(
    customer_id: int,
    *,
    reason: str,
    at: datetime,
    source: str,
    key: str,
    sent_at: datetime | None = None,
    channel: str = ADDRESSED_POST,
    dispatch_id: int | None = None,
) -> bool:
    """A piece came back. Returns whether this is new: the same `source` and `key` are one return.

    `reason` is one of ReturnReason; raises PostalError for any other. `at` is when it came back, `sent_at` when it went
    out: it says something about the address of that day, not about the one to which the person moved meanwhile.
    `channel` is what a refusal objects to. `dispatch_id`: the message, which may have been written to another record of
    this person before both were merged. Customers who were erased are left out.
    """
    if reason not in reasons.CODES:
        raise PostalError("reason", f"must be one of {', '.join(reasons.CODES)}")
    person = known.lock(customer_id)
    if person is None:
        return False
    to = known.addressed(customer_id, at=sent_at or at, dispatch_id=dispatch_id)
    report = PostalReport(
        customer_id=person.pk, kind=PostalReport.Kind.RETURNED, reason=reason, household_id=to and to.household_id,
        reported_at=at, source=source[:80], source_key=key[:80],
    )  # fmt: skip
    if not known.record(report):
        return False
    _conclude(ReturnReason(reason), person.pk, to, report, channel)
    return True


def _conclude(reason: ReturnReason, customer_id: int, to: Resident | None, report: PostalReport, channel: str) -> None:
    if reason == ReturnReason.REFUSED:
        note = "refused a letter"
        consent.object_to(
            customer_id=customer_id, channel=channel, source=report.source, at=report.reported_at, note=note
        )
    if reason == ReturnReason.DECEASED:
        _let_rest(customer_id, report)
    if to is None:
        return
    if reason in reasons.OF_ADDRESS:
        _suppress({to, *known.living_there(to)}, customer_id, report.source)
    elif reason in reasons.OF_PERSON or (reason == ReturnReason.NOT_COLLECTED and _is_second(report)):
        _suppress({to}, customer_id, report.source)
    if to.customer_id != customer_id:
        known.leave_behind(to, customer_id)


def _is_second(report: PostalReport) -> bool:
    """Whoever fetches nothing twice within a year does not live there, or does not want it."""
    same = PostalReport.objects.filter(
        customer_id=report.customer_id, reason=report.reason, household_id=report.household_id
    )
    within = (report.reported_at - SECOND_WITHIN, report.reported_at + SECOND_WITHIN)
    return same.filter(reported_at__range=within).count() > 1


def _suppress(people: Collection[Resident], customer_id: int, source: str) -> None:
    """For print: an address with a name is used by nothing else. The customer may know it from a former record."""
    for one in people:
        if one.identifier:
            _name(one, source)
            consent.suppress(
                kind=IdentifierKind.POSTAL_ADDRESS,
                value=one.identifier,
                reason=SuppressionReason.RETURNED_LETTER,
                source=source,
            )
    ids = [customer_id, *(one.customer_id for one in people)]
    for key in {one.address_key for one in people}:
        with connection.cursor() as cursor:
            cursor.execute(IDENTIFIERS, {"ids": ids, "key": key})
            values = [value for (value,) in cursor.fetchall()]
        for value in values:
            consent.suppress(
                kind=IdentifierKind.POSTAL_ADDRESS, value=value, reason=SuppressionReason.RETURNED_LETTER, source=source
            )


def _name(one: Resident, source: str) -> None:
    """Of two of one name at one address, as father and son, the other may have the identifier: this one gets another."""
    params = {"id": one.customer_id, "household": one.household_id, "key": one.address_key, "source": source}
    with connection.cursor() as cursor:
        for value in filter(None, (one.identifier, one.identifier_of_namesake)):
            digest = identity.digest(IdentifierKind.POSTAL_ADDRESS, value)
            cursor.execute(NAMED, params | {"value": value, "digest": digest})


def _let_rest(customer_id: int, report: PostalReport) -> None:
    """Nothing reaches the deceased by any channel, nor under another customer number."""
    consent.object_to(
        customer_id=customer_id, source=report.source, at=report.reported_at, note="reported deceased by post"
    )
    for kind, value in Identifier.objects.filter(customer_id=customer_id).values_list("kind", "value"):
        consent.suppress(kind=kind, value=value, reason=SuppressionReason.DECEASED, source=report.source)
