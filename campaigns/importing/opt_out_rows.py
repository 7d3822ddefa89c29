"""A row of an opt-out list becomes hashes: of e-mail, phone, or name and address, as they are or as the list hashed them."""

import re
from hashlib import sha256
from typing import Any

from django.conf import settings

from campaigns import identity
from campaigns.identity import IdentityError
from campaigns.models import IdentifierKind

from .errors import RowError
from .reading import Reading, Staged, notation_of
from .values import Cells, compiled

KINDS = (IdentifierKind.EMAIL, IdentifierKind.PHONE, IdentifierKind.POSTAL_ADDRESS)
NAMES = ("first_name", "last_name")
LONGEST = 80
HASH = re.compile(r"[0-9a-f]{64}")


class OptOutRows:
    """Checks rows of opt-out lists by a mapping."""

    def __init__(self, definition: dict[str, Any]) -> None:
        notation = notation_of(definition)
        self.country = definition.get("country", settings.CUSTOMER_COUNTRY)
        longest = identity.LONGEST_IDENTIFIER
        self.plain = [
            (one["kind"], compiled(one["value"], as_="text", notation=notation, longest=longest))
            for one in definition.get("identifiers", ())
        ]
        self.hashed = [
            (one["kind"], compiled(one["value"], as_="text", notation=notation)) for one in definition.get("hashes", ())
        ]
        fields, address = definition.get("fields", {}), definition.get("address", {})
        self.names = {
            name: compiled(fields[name], as_="text", notation=notation, longest=LONGEST)
            for name in NAMES
            if name in fields
        }
        self.address = {name: compiled(spec, as_="text", notation=notation) for name, spec in address.items()}

    def check(self, row: int, cells: Cells) -> Staged:
        """What to stage for a row. Raises RowError with everything that is wrong with it."""
        reading = Reading(row, cells)
        found = {(kind, hashed(value)) for kind, value in self._identifiers(reading)} | set(self._hashes(reading))
        if not found and not reading.problems:
            reading.refuse("row", "names neither an identifier nor a name with an address nor a hash")
        if reading.problems:
            raise RowError(reading.problems)
        return [("import_opt_out", (row, str(kind), digest)) for kind, digest in sorted(found)]

    def _identifiers(self, reading: Reading) -> list[tuple[str, str]]:
        found = []
        for kind, getter in self.plain:
            if value := reading.value(kind, getter):
                try:
                    found.append((kind, identity.normalise(kind, value, country=self.country)))
                except IdentityError as error:
                    reading.refuse(kind, error.reason)
        return found + self._postal(reading)

    def _postal(self, reading: Reading) -> list[tuple[str, str]]:
        names = {name: reading.value(name, getter) or "" for name, getter in self.names.items()}
        parts = {name: reading.value(name, getter) or "" for name, getter in self.address.items()}
        if not any([*names.values(), *(value for name, value in parts.items() if name != "country")]):
            return []
        if not names.get("last_name"):
            reading.refuse("last_name", "is missing")
            return []
        country = parts.pop("country", "") or self.country
        try:
            key = identity.address_key(**parts, country=country)
            name = identity.name_key(names.get("first_name", ""), names["last_name"])
            return [(IdentifierKind.POSTAL_ADDRESS, identity.postal_identifier(name, key))]
        except IdentityError as error:
            reading.refuse(error.field, error.reason)
            return []

    def _hashes(self, reading: Reading) -> list[tuple[str, bytes]]:
        found = []
        for kind, getter in self.hashed:
            value = (reading.value(kind, getter) or "").lower()
            if value and not HASH.fullmatch(value):
                reading.refuse(kind, "must be a SHA-256 in 64 hexadecimal digits")
            elif value:
                found.append((kind, bytes.fromhex(value)))
        return found


def hashed(value: str) -> bytes:
    """As lists are hashed: the plain SHA-256 of the normal form in UTF-8."""
    return sha256(value.encode()).digest()
