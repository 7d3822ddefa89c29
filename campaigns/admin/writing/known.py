"""What is known of customers, for texts and conditions to pick from: declared fields, and the attributes in use."""

from dataclasses import dataclass

from django.db import connection

from campaigns import conditions, placeholders

LOOKED_AT = 2_000  # customers, the newest; whatever else is called by its name
MOST = 60
IN_USE = """
    SELECT DISTINCT jsonb_object_keys(attributes) AS name
    FROM (SELECT attributes FROM campaigns_customer
          WHERE jsonb_typeof(attributes) = 'object' ORDER BY id DESC LIMIT %s) AS newest
    ORDER BY name LIMIT %s
"""


@dataclass(frozen=True)
class Pick:
    """A field for a text; one that may be empty needs a text that stands in for it."""

    name: str
    label: str
    may_be_empty: bool


def attributes() -> list[str]:
    """As texts and conditions name them."""
    with connection.cursor() as cursor:
        cursor.execute(IN_USE, [LOOKED_AT, MOST])
        names = [f"{placeholders.ATTRIBUTE}{name}" for (name,) in cursor.fetchall()]
    return [name for name in names if conditions.ATTRIBUTE.fullmatch(name)]


def for_texts() -> list[Pick]:
    declared = [Pick(name, _said(field), field.may_be_empty) for name, field in placeholders.FIELDS.items()]
    own = [name for name in attributes() if placeholders.PLACEHOLDER.fullmatch(f'{{{{ {name} | fallback("") }}}}')]
    return declared + [Pick(name, "attribute of the customer", may_be_empty=True) for name in own]


def _said(field: placeholders.Field) -> str:
    return f"{field.label}, such as {field.example}" if field.example else field.label


def for_conditions() -> list[tuple[str, str]]:
    return [*conditions.FIELDS.items(), *((name, _spoken(name)) for name in attributes())]


def _spoken(name: str) -> str:
    return name.removeprefix(placeholders.ATTRIBUTE).replace("_", " ")
