"""Placeholders in texts: which there are and how they are written; pure.

    {{ first_name | fallback("Kunde") }}      {{ salutation_line }}      {{ attribute_size | fallback("") }}

That is the whole language: a field, and a text for customers of whom it is empty. It is parsed here and filled by
joining strings; what staff write never reaches a template engine, so there is nothing to break out of. Values are cut at
LONGEST_VALUE characters and a text has at most MOST_PLACEHOLDERS, so what comes out is bounded, and so is the time.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from . import languages, plain_text, salutation
from .content_error import ContentError

ATTRIBUTE = "attribute_"
PLACEHOLDER = re.compile(
    r"\{\{\s*(?P<field>[a-z][a-z0-9_]*)\s*(?:\|\s*fallback\(\s*\"(?P<fallback>[^\"\\{}\r\n]*)\"\s*\)\s*)?\}\}"
)
STRAY = re.compile(r"\{\{.{0,40}|\}\}|\{%.{0,40}|%\}|\{#.{0,40}|#\}")
LONGEST_VALUE = 200
MOST_PLACEHOLDERS = 50


@dataclass(frozen=True)
class Field:
    """Something known about a customer that a text may mention."""

    label: str
    example: str
    may_be_empty: bool = True
    unaddressed: Mapping[str, str] = field(default_factory=dict)  # what a text for everybody says instead, by language


FIELDS: Mapping[str, Field] = {
    "salutation_line": Field(
        "first line of a letter",
        "Sehr geehrte Frau Dr. Weber",
        may_be_empty=False,
        unaddressed={language: phrases.nobody for language, phrases in salutation.SPOKEN.items()},
    ),
    "salutation": Field("Frau or Herr", "Frau"),
    "title": Field("academic title", "Dr."),
    "first_name": Field("first name", "Anna"),
    "last_name": Field("last name", "Weber"),
    "full_name": Field("title, first and last name", "Dr. Anna Weber"),
    "customer_number": Field("customer number", "K-10482", may_be_empty=False),
    "city": Field("city of the postal address", "Bremen"),
    "postcode": Field("postcode of the postal address", "28195"),
    "region": Field("region", "Bremen"),
    "customer_since_year": Field("year since when a customer", "2014"),
    "coupon_code": Field("personal coupon code of this message", "SOMMER-7K4M-92QX"),
}
ANY_ATTRIBUTE = Field("attribute of the customer", "")


@dataclass(frozen=True)
class Placeholder:
    field: str
    fallback: str | None = None

    @property
    def says_something_to_everybody(self) -> bool:
        return self.fallback is not None or bool(field_of(self.field).unaddressed)

    def fill(self, fields: Mapping[str, Any]) -> str:
        """The customer's value on one line, or what stands in for it."""
        value = clean(str(fields.get(self.field) or ""))
        return value or self.fallback or self._unaddressed(fields)

    def _unaddressed(self, fields: Mapping[str, Any]) -> str:
        said = field_of(self.field).unaddressed
        return said[spoken_language(fields)] if said else ""


@dataclass(frozen=True)
class Text:
    """A text with placeholders, parsed."""

    parts: tuple[str | Placeholder, ...]

    @property
    def placeholders(self) -> tuple[Placeholder, ...]:
        return tuple(part for part in self.parts if isinstance(part, Placeholder))

    def fill(self, fields: Mapping[str, Any], *, escape: Callable[[str], str] = str) -> str:
        """The text for one customer. `escape` is applied to all of it, as the medium needs."""
        return "".join(escape(part if isinstance(part, str) else part.fill(fields)) for part in self.parts)


def field_of(name: str) -> Field:
    return ANY_ATTRIBUTE if name.startswith(ATTRIBUTE) else FIELDS[name]


@lru_cache(maxsize=4096)
def parse(text: str, *, path: str = "") -> Text:
    """Raises ContentError for anything but known placeholders, with fall-backs where the field may be empty."""
    parts: list[str | Placeholder] = []
    end = 0
    for found in PLACEHOLDER.finditer(text):
        parts += [_literal(text[end : found.start()], path), _placeholder(found, path)]
        end = found.end()
    parts.append(_literal(text[end:], path))
    if sum(isinstance(part, Placeholder) for part in parts) > MOST_PLACEHOLDERS:
        raise ContentError(path, f"holds more than {MOST_PLACEHOLDERS} placeholders")
    return Text(tuple(part for part in parts if part != ""))


def _literal(text: str, path: str) -> str:
    if stray := STRAY.search(text):
        raise ContentError(
            path,
            f"{stray[0]!r} is not a placeholder; write {{{{ first_name }}}} or"
            ' {{ first_name | fallback("text") }}, with straight quotes',
        )
    return text


def _placeholder(found: re.Match[str], path: str) -> Placeholder:
    name, fallback = found["field"], found["fallback"]
    if not (name in FIELDS or (name.startswith(ATTRIBUTE) and name != ATTRIBUTE)):
        raise ContentError(path, f"there is no field {name!r}; known: {', '.join(FIELDS)}, {ATTRIBUTE}<name>")
    if field_of(name).may_be_empty and fallback is None:
        raise ContentError(path, f'{name} may be empty; say what stands then: {{{{ {name} | fallback("…") }}}}')
    return Placeholder(name, fallback)


def clean(value: str) -> str:
    """On one line, bounded, without control characters or marks that turn the reading direction around."""
    if len(value) <= LONGEST_VALUE and value.isprintable():
        return value.strip()
    return plain_text.one_line(value, longest=LONGEST_VALUE)


def spoken_language(fields: Mapping[str, Any]) -> str:
    """The language of what a message says to a person, see in_language."""
    return languages.chosen(fields.get("spoken") or fields.get("language"))
