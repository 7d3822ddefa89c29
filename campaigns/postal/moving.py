"""Somebody moved: they belong to another household from now on, and what barred the old address bars them no longer."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction

from campaigns import identity
from campaigns.areas.placing import ONLY_AREA
from campaigns.identity import Address, IdentityError
from campaigns.models import Customer, PostalReport

from . import known
from .errors import PostalError
from .known import Resident

# Placed where a postcode has one area; campaigns.areas looks closer, every night.
HOUSEHOLD = f"""
    WITH made AS (
        INSERT INTO campaigns_household (address_key, street, postcode, city, country, delivery_area_id)
        VALUES (%(key)s, %(street)s, %(postcode)s, %(city)s, %(country)s,
                (SELECT id FROM {ONLY_AREA} WHERE only_area.postcode = %(postcode)s AND %(country)s = %(home)s))
        ON CONFLICT (address_key) DO NOTHING RETURNING id
    )
    SELECT id FROM made UNION ALL SELECT id FROM campaigns_household WHERE address_key = %(key)s LIMIT 1
"""  # noqa: S608 - our own
MOVE = "UPDATE campaigns_customer SET household_id = %(household)s, updated_at = now() WHERE id = %(id)s"
# The suppression stays with the old address, whoever is told to live there; the person is no longer known by it.
LEAVE = """
    DELETE FROM campaigns_identifier
    WHERE customer_id = %(id)s AND kind = 'postal_address' AND right(value, length(%(key)s) + 1) <> '|' || %(key)s
"""
# Who wants no advertising wants none at the new address either; that nobody was found at the old one says nothing there.
CARRY = """
    INSERT INTO campaigns_suppression (kind, digest, reason, source)
    SELECT DISTINCT 'postal_address', %(digest)s::bytea, s.reason, 'moved with the person'
    FROM campaigns_identifier i JOIN campaigns_suppression s ON s.digest = i.digest
    WHERE i.customer_id = %(id)s AND i.kind = 'postal_address' AND s.reason <> 'returned_letter'
    ON CONFLICT (digest, reason) DO NOTHING
"""
ARRIVE = """
    INSERT INTO campaigns_identifier (customer_id, kind, value, digest, source)
    VALUES (%(id)s, 'postal_address', %(value)s, %(digest)s, %(source)s) ON CONFLICT (kind, value) DO NOTHING
"""


@dataclass(frozen=True)
class NewAddress:
    """As it was reported; `country` is an ISO 3166 code. Some countries have no postcodes, or are one town."""

    street: str
    postcode: str = ""
    city: str = ""
    country: str = ""


@dataclass(frozen=True)
class Moved:
    """`is_new`: not told before under this key. `is_applied`: nothing newer was known."""

    is_new: bool
    is_applied: bool = False


@transaction.atomic
def moved(customer_id: int, new_address: NewAddress, *, at: datetime, source: str, key: str) -> Moved:
    """The person lives at another address since `at`. The same `source` and `key` are one move.

    Raises PostalError naming the part of the address that cannot be one; nothing is changed then. Of two moves the later
    one counts, in whatever order they are told. What they got until now is still shown with the old address.
    """
    address = _checked(new_address)
    person = known.lock(customer_id)
    if person is None:
        return Moved(is_new=False)
    later = PostalReport.objects.filter(customer=person, kind=PostalReport.Kind.MOVED, reported_at__gt=at)
    report = PostalReport(
        customer_id=person.pk, kind=PostalReport.Kind.MOVED, household_id=person.household_id, reported_at=at,
        source=source[:80], source_key=key[:80], is_applied=not later.exists(),
    )  # fmt: skip
    if not known.record(report):
        return Moved(is_new=False)
    if report.is_applied:
        _move(person, address, report.source)
    return Moved(is_new=True, is_applied=report.is_applied)


def _checked(new: NewAddress) -> Address:
    country = new.country or settings.CUSTOMER_COUNTRY
    try:
        return identity.address(street=new.street, postcode=new.postcode, city=new.city, country=country)
    except IdentityError as error:
        raise PostalError(error.field, error.reason) from error


def _move(person: Customer, to: Address, source: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(HOUSEHOLD, vars(to) | {"home": settings.CUSTOMER_COUNTRY})
        (household,) = cursor.fetchone()
        cursor.execute(MOVE, {"id": person.pk, "household": household})
        value = Resident(person.pk, household, to.key, person.first_name, person.last_name).identifier
        digest = identity.digest("postal_address", value)
        if value:
            cursor.execute(CARRY, {"id": person.pk, "digest": digest})
        cursor.execute(LEAVE, {"id": person.pk, "key": to.key})
        if value:
            cursor.execute(ARRIVE, {"id": person.pk, "value": value, "digest": digest, "source": source})
