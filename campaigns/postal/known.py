"""What is known of a customer when a report arrives: who they are today, and where they lived when a piece went out."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from campaigns import identity, past
from campaigns.identity import IdentityError
from campaigns.models import Customer, PostalReport

NOW = """
    SELECT coalesce(merged_into_id, id) FROM campaigns_customer WHERE id = %s
"""
ADDRESSED = f"""
    SELECT today.id, h.id, h.address_key, c.first_name, c.last_name FROM {past.PEOPLE}
    WHERE today.id = %(customer)s AND h.id IS NOT NULL
"""  # noqa: S608 - our own
# A message that went over in a merge was written to the record that is no more, as long as the merge can be undone.
BEFORE_A_MERGE = """
    SELECT m.merged_id, h.id, h.address_key, m.before -> 'merged' ->> 'first_name', m.before -> 'merged' ->> 'last_name'
    FROM campaigns_customermerge m
    LEFT JOIN campaigns_household h ON h.id = (m.before -> 'merged' ->> 'household_id')::bigint
    WHERE m.kept_id IN (SELECT id FROM campaigns_customer WHERE id = %(customer)s OR merged_into_id = %(customer)s)
      AND m.undone_at IS NULL AND m.merged_at > %(at)s
      AND m.moved -> 'channels.Dispatch.customer' @> to_jsonb(%(dispatch)s::bigint)
    ORDER BY m.id LIMIT 1
"""
# The address of a former record bars nobody who lives elsewhere.
LEAVE_BEHIND = """
    UPDATE campaigns_identifier i SET customer_id = %(former)s FROM campaigns_customer c
    WHERE c.id = %(customer)s AND i.customer_id = c.id AND c.household_id IS DISTINCT FROM %(household)s
      AND i.kind = 'postal_address' AND right(i.value, length(%(key)s) + 1) = '|' || %(key)s
"""
LIVING_THERE = """
    SELECT id, household_id, %(key)s, first_name, last_name FROM campaigns_customer WHERE household_id = %(household)s
"""
RECORD = """
    INSERT INTO campaigns_postalreport (customer_id, kind, reason, household_id, reported_at, source, source_key, is_applied)
    SELECT %(customer_id)s, %(kind)s, %(reason)s, (SELECT id FROM campaigns_household WHERE id = %(household_id)s),
           %(reported_at)s, %(source)s, %(source_key)s, %(is_applied)s
    ON CONFLICT (source, source_key) DO NOTHING
"""


@dataclass(frozen=True)
class Resident:
    """A person at an address; `household_id` may be of a household that is no more."""

    customer_id: int
    household_id: int
    address_key: str
    first_name: str
    last_name: str

    @property
    def identifier(self) -> str:
        """As imports make it; empty where the name is not known, or too long to be one."""
        try:
            return identity.postal_identifier(identity.name_key(self.first_name, self.last_name), self.address_key)
        except IdentityError:
            return ""

    @property
    def identifier_of_namesake(self) -> str:
        """Where somebody else has theirs."""
        try:
            return identity.of_namesake(self.identifier, str(self.customer_id)) if self.identifier else ""
        except IdentityError:
            return ""


def lock(customer_id: int) -> Customer | None:
    """The customer who this is today, locked; None for somebody who was erased. Within a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(NOW, [customer_id])
        row = cursor.fetchone()
    return Customer.objects.select_for_update(of=("self",)).filter(pk=row[0]).first() if row else None


def addressed(customer_id: int, *, at: datetime, dispatch_id: int | None = None) -> Resident | None:
    """Who a piece that went out at that moment was addressed to, and where; perhaps a record that was merged since."""
    params = {"customer": customer_id, "at": at, "dispatch": dispatch_id}
    with connection.cursor() as cursor:
        cursor.execute(BEFORE_A_MERGE, params)
        if former := cursor.fetchone():
            return Resident(*former) if former[1] else None
        cursor.execute(ADDRESSED, params)
        row = cursor.fetchone()
    return Resident(*row) if row else None


def leave_behind(former: Resident, customer_id: int) -> None:
    """The address of a record that was merged into this customer is not theirs, unless they live there."""
    params = {"former": former.customer_id, "household": former.household_id, "key": former.address_key}
    with connection.cursor() as cursor:
        cursor.execute(LEAVE_BEHIND, params | {"customer": customer_id})


def living_there(of: Resident) -> list[Resident]:
    with connection.cursor() as cursor:
        cursor.execute(LIVING_THERE, {"key": of.address_key, "household": of.household_id})
        return [Resident(*row) for row in cursor.fetchall()]


def record(report: PostalReport) -> bool:
    """Whether it is new; the same source and key come again as often as they like."""
    values = {
        "customer_id": report.customer_id,
        "kind": report.kind,
        "reason": report.reason,
        "household_id": report.household_id,
        "reported_at": report.reported_at,
        "source": report.source,
        "source_key": report.source_key,
        "is_applied": report.is_applied,
    }
    with connection.cursor() as cursor:
        cursor.execute(RECORD, values)
        return cursor.rowcount == 1
