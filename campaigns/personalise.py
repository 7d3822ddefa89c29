"""Placeholders in texts: which there are, how they are written, and what they say about a customer.

    {{ first_name | fallback("Kunde") }}      {{ salutation_line }}      {{ attribute_size | fallback("") }}

That is the whole language: a field, and a text for customers of whom it is empty. It is parsed here and filled by
joining strings; what staff write never reaches a template engine, so there is nothing to break out of. Values are cut at
LONGEST_VALUE characters and a text has at most MOST_PLACEHOLDERS, so what comes out is bounded, and so is the time.
"""

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db import connection

from . import languages, memberships, past, plain_text, products, salutation
from .content_error import ContentError

if TYPE_CHECKING:
    from .preview_people import Example

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


# The columns of a Person, of a customer `c` with a household `h`.
PERSON = """
    c.customer_number, c.salutation, c.title, c.first_name, c.last_name, c.language, c.region,
    coalesce(extract(year FROM c.customer_since_on)::int::text, '') AS customer_since_year,
    coalesce(h.city, '') AS city, coalesce(h.postcode, '') AS postcode, c.attributes::text, c.journey_stage
"""
CUSTOMERS = f"""
    SELECT c.id, {PERSON}
    FROM campaigns_customer c LEFT JOIN campaigns_household h ON h.id = c.household_id
    WHERE c.id = ANY(%(ids)s)
"""  # noqa: S608
CUSTOMERS_THEN = f"SELECT c.id, {PERSON} FROM {past.PEOPLE} WHERE today.id = ANY(%(ids)s)"  # noqa: S608


@dataclass(frozen=True)
class Person:
    """What a row of PERSON says."""

    customer_number: str
    form: str  # campaigns.models.Salutation
    title: str
    first_name: str
    last_name: str
    language: str
    region: str
    customer_since_year: str
    city: str
    postcode: str
    attributes: str = "{}"
    journey_stage: str = ""


# Rather long values, for previews without a customer and to see what fits.
SAMPLE = Person(
    customer_number="K-1048576",
    form="frau",
    title="Prof. Dr.",
    first_name="Maximiliane",
    last_name="Oberhauser-Lindner",
    language="de",
    region="Mecklenburg-Vorpommern",
    customer_since_year="2014",
    city="Bad Neuenahr-Ahrweiler",
    postcode="53474",
)


def fields_for(
    customer_ids: Sequence[int],
    *,
    audiences: Collection[int] = (),
    lists: Collection[str] = (),
    at: datetime | None = None,
) -> dict[int, dict[str, Any]]:
    """What texts may say about these customers and conditions ask of them; the message adds its coupon code.

    One query, and three more where `audiences` names some: `fields["audiences"]` says in which of them a customer is. Of
    attributes that are `lists` of products, ids are looked up, see campaigns.catalogue. With `at`, what was true at that
    moment of customers who had got something by then; audiences are always those of now.
    """
    with connection.cursor() as cursor:
        cursor.execute(CUSTOMERS if at is None else CUSTOMERS_THEN, {"ids": list(customer_ids), "at": at})
        found = {id_: fields_of(row) for id_, *row in cursor.fetchall()}
    gone = memberships.gone(audiences)
    for id_, inside in memberships.read(list(found), audiences).items():
        found[id_] |= {"audiences": inside, "audiences_gone": gone}
    if lists:
        _look_up(found, lists, at)
    return found


def _look_up(found: dict[int, dict[str, Any]], lists: Collection[str], at: datetime | None) -> None:
    from . import catalogue  # texts are parsed where no models are

    attributes = {id_: fields["attributes"] for id_, fields in found.items()}
    for id_, shown in catalogue.own_lists(attributes, lists, at=at).items():
        fields = found[id_]
        fields["products"] = shown
        fields |= {f"{ATTRIBUTE}{name}": _named(products.of(fields, name)) for name in shown}


def fields_of(row: Sequence[str]) -> dict[str, Any]:
    """The same from a row of PERSON, for statements that read more than the person."""
    return _fields(Person(*row))


def sample_fields(language: str = "de") -> dict[str, Any]:
    """Of a made-up customer with rather long values, who speaks this language."""
    return _fields(replace(SAMPLE, language=language)) | {"coupon_code": "SOMMER-7K4M-92QX"}


def examples(kind: str = "random", *, text: str = "", most: int = 10) -> list["Example"]:
    """Customers to try a content with: `random`, `longest` name, `missing` everything, or `search` by a text."""
    from . import preview_people  # texts are parsed where no models are

    return preview_people.examples(kind, text=text, most=most)


def spoken_language(fields: Mapping[str, Any]) -> str:
    """The language of what a message says to a person, see in_language."""
    return languages.chosen(fields.get("spoken") or fields.get("language"))


def in_language(fields: Mapping[str, Any], language: str) -> Mapping[str, Any]:
    """Fields of which phrases and salutations are in this language, whatever the person's own is (`language` stays)."""
    if spoken_language(fields) == language:
        return fields
    said: dict[str, Any] = {"spoken": language}
    if fields.get("salutation_line"):
        name = {part: str(fields.get(part) or "") for part in ("title", "first_name", "last_name")}
        form = str(fields.get("form") or "")
        said["salutation_line"] = salutation.line(form, **name, language=language)
        said["salutation"] = salutation.word(form, language=language)
    return {**fields, **said}


def _fields(person: Person) -> dict[str, Any]:
    said: dict[str, Any] = dict(vars(person))
    attributes = json.loads(person.attributes)
    name = {"title": person.title, "first_name": person.first_name, "last_name": person.last_name}
    return said | {
        "salutation_line": salutation.line(person.form, **name, language=person.language),
        "salutation": salutation.word(person.form, language=person.language),
        "full_name": " ".join(filter(None, name.values())),
        "coupon_code": "",
        "attributes": attributes,
        **{f"{ATTRIBUTE}{key}": _said(value) for key, value in attributes.items()},
    }


def _said(value: Any) -> str:
    """An attribute in words. Truth values and objects say nothing in a text; a list of products says their names."""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, list):
        return _named(products.read(value))
    return str(value) if type(value) is int else ""


def _named(found: Iterable[products.Product]) -> str:
    return ", ".join(f"{one.name} ({one.price})" if one.price else one.name for one in found)
