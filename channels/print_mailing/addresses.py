"""Address lines after DIN 5008, from customers and their households."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection

from campaigns import past
from campaigns.postal import lines as address_lines
from campaigns.postal.lines import Place, Recipient

LINES = address_lines.MOST_LINES  # of the address window


@dataclass(frozen=True)
class Address:
    lines: tuple[str, ...]
    postcode: str
    city: str
    country: str
    street: str = ""
    name: str = ""  # last name first, for sorting


ADDRESS = (
    "c.id, c.salutation, c.title, c.first_name, c.last_name, h.street, h.postcode, h.city, h.country, "
    + ", ".join(f"coalesce(c.attributes ->> '{name}', '')" for name in ("company", "care_of", "district"))
)
ADDRESSES = f"""
    SELECT {ADDRESS} FROM campaigns_customer c JOIN campaigns_household h ON h.id = c.household_id
    WHERE c.id = ANY(%(ids)s)
"""  # noqa: S608
ADDRESSES_THEN = f"SELECT {ADDRESS} FROM {past.PEOPLE} WHERE today.id = ANY(%(ids)s) AND h.id IS NOT NULL"  # noqa: S608


def of_customers(customer_ids: Sequence[int], *, at: datetime | None = None) -> dict[int, Address]:
    """One query; who has no household is left out. With `at`, as it was at that moment."""
    with connection.cursor() as cursor:
        cursor.execute(ADDRESSES if at is None else ADDRESSES_THEN, {"ids": list(customer_ids), "at": at})
        return {row[0]: _address(*row[1:]) for row in cursor.fetchall()}


def of_place(name: str, street: str, postcode: str, city: str, country: str) -> Address:
    """Of somebody who is no customer."""
    first_name, _, last_name = name.rpartition(" ")
    return _address("", "", first_name, last_name, street, postcode, city, country, "", "", "")


def _address(
    form: str, title: str, first_name: str, last_name: str, street: str, postcode: str, city: str, country: str,
    company: str, care_of: str, district: str,
) -> Address:  # fmt: skip
    to = Recipient(form, title, first_name, last_name, company, care_of)
    at = Place(street, postcode, city, country, district)
    lines = address_lines.lines(to, at, sent_from=settings.CUSTOMER_COUNTRY)
    return Address(lines, postcode, city, country, street, _joined(last_name, first_name))


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)
