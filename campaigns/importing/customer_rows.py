"""A row of a file of customers becomes rows of the staging tables, checked and normalised."""

from collections.abc import Callable, Iterator
from typing import Any
from zoneinfo import available_timezones

from campaigns import identity
from campaigns.identity import Address, IdentityError
from campaigns.models import Salutation

from .convert import Notation
from .errors import RowError
from .reading import (
    DEGREES,
    Identifiers,
    Reading,
    Staged,
    Who,
    attributes_of,
    notation_of,
    read_attributes,
    read_degrees,
    staged_identifiers,
)
from .values import Cells, Getter, compiled

# A customer without a number of the company's own gets one of ours, made of the row's id.
OUR_NUMBER = "auto-"
TYPES = {"born_on": "date", "customer_since_on": "date", "contact_is_made_up": "boolean"}
LONGEST = {
    "salutation": 8,
    "title": 40,
    "first_name": 80,
    "last_name": 80,
    "language": 8,
    "time_zone": 40,
    "region": 80,
}
FIELDS = (*LONGEST, *TYPES)  # in the order of their staging columns
ALLOWED = {"salutation": frozenset(Salutation.values), "time_zone": available_timezones()}


class CustomerRows:
    """Checks rows of customers by a mapping."""

    def __init__(self, definition: dict[str, Any]) -> None:
        notation = notation_of(definition)
        fields = definition.get("fields", {})
        self.who = Who(definition, notation)
        self.fields = [(name, _field(name, fields.get(name), notation)) for name in FIELDS]
        self.attributes = attributes_of(definition, notation)
        self.address = {
            name: compiled(value, as_="text", notation=notation)
            for name, value in definition.get("address", {}).items()
            if name not in DEGREES
        }
        self.degrees = {name: _degrees(definition.get("address", {}).get(name), notation) for name in DEGREES}
        self.consents = [_consent(item, notation) for item in definition.get("consents", ())]
        self.objections = [
            (item.get("channel", ""), compiled(item["if"], as_="boolean", notation=notation))
            for item in definition.get("objections", ())
        ]

    def check(self, row: int, cells: Cells) -> Staged:
        """What to stage for a row. Raises RowError with everything that is wrong with it."""
        reading = Reading(row, cells)
        number, identifiers = self.who.read(reading)
        fields = self._fields(reading)
        address = self._address(reading)
        if address and fields["last_name"]:
            _add_postal_identifier(reading, fields, address, identifiers)
        if not number and not identifiers and not reading.problems:
            reading.refuse("customer_number", "is missing, and there is no identifier either")
        attributes = read_attributes(reading, self.attributes, "attributes")
        house = read_degrees(reading, self.degrees if address else dict.fromkeys(DEGREES)).values()
        staged = [("import_row", (row, row, number, *fields.values(), attributes, *_written(address), *house))]
        staged += staged_identifiers(row, identifiers)
        staged += self._permissions(reading)
        if reading.problems:
            raise RowError(reading.problems)
        return staged

    def _fields(self, reading: Reading) -> dict[str, Any]:
        found = {name: reading.value(name, getter) for name, getter in self.fields}
        if found["salutation"]:
            found["salutation"] = found["salutation"].lower()
        for name, allowed in ALLOWED.items():
            if found[name] and found[name] not in allowed:
                forms = ", ".join(value for value in Salutation.values if value)
                reading.refuse(name, f"must be one of {forms}" if name == "salutation" else "is not a known time zone")
        return found

    def _address(self, reading: Reading) -> Address | None:
        if not self.address:
            return None
        known = len(reading.problems)
        parts = {name: reading.value(name, getter) or "" for name, getter in self.address.items()}
        country = parts.pop("country", "") or self.who.country
        if len(reading.problems) > known or not any(parts.values()):
            return None
        try:
            return identity.address(**parts, country=country)
        except IdentityError as error:
            reading.refuse(error.field, error.reason)
            return None

    def _permissions(self, reading: Reading) -> Iterator[tuple[str, tuple]]:
        for consent in self.consents:
            if row := consent(reading):
                yield "import_consent", row
        for channel, getter in self.objections:
            if reading.value(f"objections.{channel or 'all'}", getter):
                yield "import_objection", (reading.row, channel)


def _field(name: str, spec: Any, notation: Notation) -> Getter | None:
    if spec is None:
        return None
    return compiled(spec, as_=TYPES.get(name, "text"), notation=notation, longest=LONGEST.get(name, 0))


def _degrees(spec: Any, notation: Notation) -> Getter | None:
    return None if spec is None else compiled(spec, as_="number", notation=notation)


def _consent(spec: dict[str, Any], notation: Notation) -> Callable[[Reading], tuple | None]:
    """A function from a reading to a row of consent, or None where there is none."""
    channel, purpose = spec["channel"], spec.get("purpose", "advertising")
    name = f"consents.{channel}"
    condition = compiled(spec["if"], as_="boolean", notation=notation) if "if" in spec else None
    given_at = compiled(spec["given_at"], as_="datetime", notation=notation)
    version = spec.get("text_version")
    text_version = compiled(version, as_="text", notation=notation, longest=40) if version else None
    ground, proof = spec.get("ground", "consent"), spec.get("proof", {})

    def read(reading: Reading) -> tuple | None:
        if condition is not None and not reading.value(name, condition):
            return None
        moment = reading.value(f"{name}.given_at", given_at)
        if moment is None and condition is None:
            return None  # the time of the consent says by itself whether there is one
        if moment is None:
            reading.refuse(f"{name}.given_at", "is missing")
        return reading.row, channel, purpose, ground, moment, reading.value(name, text_version) or "", proof

    return read


def _written(address: Address | None) -> tuple:
    if address is None:
        return (None,) * 5
    return address.street, address.postcode, address.city, address.country, address.key


def _add_postal_identifier(
    reading: Reading, fields: dict[str, Any], address: Address, identifiers: Identifiers
) -> None:
    name = identity.name_key(fields["first_name"] or "", fields["last_name"])
    try:
        identifiers["postal_address", identity.postal_identifier(name, address.key)] = None
    except IdentityError as error:
        reading.refuse(error.field, error.reason)
