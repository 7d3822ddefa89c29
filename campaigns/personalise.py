"""What texts may say about customers: the fields that fill their placeholders, in the person's language."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection

from . import catalogue, memberships, past, products, salutation
from .placeholders import ATTRIBUTE, spoken_language
from .preview_people import Example, examples

__all__ = ["Example", "Person", "examples", "fields_for", "fields_of", "in_language", "sample_fields"]

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
