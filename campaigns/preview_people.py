"""Customers with whom a content is tried out: found by search, at random, with the longest name, or missing everything."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.db import connection

from . import search
from .models import Customer

MOST = 10
LOOKED_AT = 200_000  # customers; of more, this many neighbours are looked at, so that it takes a moment only
COLUMNS = "id, customer_number, trim(concat_ws(' ', title, first_name, last_name))"
BY_LENGTH = "length(title) + length(first_name) + length(last_name) DESC"
BY_GAPS = """
    (salutation <> '')::int + (title <> '')::int + (first_name <> '')::int + (last_name <> '')::int + (region <> '')::int
    + (household_id IS NOT NULL)::int + (customer_since_on IS NOT NULL)::int + (attributes <> '{}')::int
"""
ORDERED = f"""
    SELECT {COLUMNS} FROM (SELECT * FROM campaigns_customer WHERE id >= %s ORDER BY id LIMIT {LOOKED_AT}) c
    ORDER BY {{order}}, id LIMIT %s
"""  # noqa: S608
FROM_ID = f"SELECT {COLUMNS} FROM campaigns_customer WHERE id >= %s ORDER BY id LIMIT %s"  # noqa: S608


@dataclass(frozen=True)
class Example:
    customer_id: int
    number: str
    name: str  # empty: not known


def longest(*, most: int = MOST) -> list[Example]:
    """Whose name needs most room."""
    return _rows(ORDERED.format(order=BY_LENGTH), [_lowest_id(), most])


def missing(*, most: int = MOST) -> list[Example]:
    """Of whom least is known, so that every fall-back shows."""
    return _rows(ORDERED.format(order=BY_GAPS), [_lowest_id(), most])


def at_random(*, most: int = 1, seed: int | None = None) -> list[Example]:
    drawn = random.Random(seed)  # noqa: S311
    low, high = _id_range()
    found = [_rows(FROM_ID, [drawn.randint(low, high), 1]) for _ in range(most)] if high >= low else []
    return [example for rows in found for example in rows]


def found(text: str, *, most: int = MOST) -> list[Example]:
    """By number, e-mail, phone, card or last name."""
    people = search.find(text)[:most]
    return [Example(one.pk, one.customer_number, _name(one)) for one in people]


KINDS: Mapping[str, tuple[str, Callable[..., list[Example]]]] = {
    "random": ("Somebody at random", at_random),
    "longest": ("The longest name", longest),
    "missing": ("Missing everything", missing),
}


def examples(kind: str = "random", *, text: str = "", most: int = MOST) -> list[Example]:
    """Of one of KINDS, or of `search` with a text. Raises ValueError for another kind."""
    if kind == "search":
        return found(text, most=most)
    if kind not in KINDS:
        raise ValueError(f"must be one of {', '.join(KINDS)}, search, got {kind[:40]!r}")
    return KINDS[kind][1](most=most)


def _name(one: Customer) -> str:
    return " ".join(part for part in (one.title, one.first_name, one.last_name) if part)


def _lowest_id() -> int:
    """Where to begin looking, so that at most LOOKED_AT are passed: at random in a large table."""
    low, high = _id_range()
    return low if high - low < LOOKED_AT else random.randint(low, high - LOOKED_AT)  # noqa: S311


def _id_range() -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(min(id), 1), coalesce(max(id), 0) FROM campaigns_customer")
        return cursor.fetchone()


def _rows(sql: str, params: list[int]) -> list[Example]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [Example(*row) for row in cursor.fetchall()]
