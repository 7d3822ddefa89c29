"""What the model sees of a customer at a point in time: named numbers, each an expression of one SQL query.

A feature's name says how it is computed, so the names that a model version keeps are enough to score with it later:

    purchases_90            one of the declared ones, see `declared`
    days_since:clicked      since the last event of a kind; likewise for each kind
    contacts_30:email       in so many days and on one channel; also answers, over 7, 30, 90 and 365 days
    value:store             what was bought on one medium
    attribute:size          a number or truth value in Customer.attributes
    attribute:zone=Urban    1 where a text attribute has this value, else 0
    region:Bayern           1 where the customer lives there, else 0

Events count until right before the point in time, consents and cases are as they stood then, so training never sees the
future. Attributes, identifiers, regions, addresses and neighbourhoods have no history and are today's. Missing is NaN.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from campaigns.models import IdentifierKind
from channels import registry
from channels.ledger.sql import rows

from . import history

LOOKED_AT = 20_000  # customers who are asked which attributes and regions there are
MOST_VALUES = 20  # of a text attribute; one with more tells persons apart rather than kinds of persons
LEAST_SHARE = 0.01  # of those looked at who have the value
NAN = "'NaN'::float4"

SERVICE = """
    SELECT s.customer_id, count(*) FILTER (WHERE s.opened_at > %(since_365)s) AS cases,
           count(*) FILTER (WHERE s.opened_at > %(since_365)s AND s.kind = 'complaint') AS complaints,
           count(*) FILTER (WHERE s.closed_at IS NULL OR s.closed_at > %(as_of)s) AS open, max(s.opened_at) AS last_at
    FROM campaigns_servicecase s JOIN audience ON audience.id = s.customer_id
    WHERE s.opened_at <= %(as_of)s
    GROUP BY s.customer_id
"""
IDENTIFIERS = """
    SELECT i.customer_id, {has}
    FROM campaigns_identifier i GROUP BY i.customer_id
"""
CONSENTS = """
    SELECT c.customer_id, {has}
    FROM campaigns_consent c
    WHERE c.purpose = 'advertising' AND c.given_at <= %(as_of)s
      AND (c.withdrawn_at IS NULL OR c.withdrawn_at > %(as_of)s)
    GROUP BY c.customer_id
"""
HOUSEHOLDS = """
    SELECT c.household_id, count(*) AS members FROM campaigns_customer c
    WHERE c.household_id IN (SELECT household_id FROM theirs) GROUP BY c.household_id
"""
JOINS = {
    "s": "LEFT JOIN service s ON s.customer_id = d.customer_id",
    "i": "LEFT JOIN identifiers i ON i.customer_id = d.customer_id",
    "a": "LEFT JOIN consents a ON a.customer_id = d.customer_id",
    "m": "LEFT JOIN households m ON m.household_id = d.household_id",
    "n": "LEFT JOIN campaigns_deliveryarea n ON n.id = d.delivery_area_id",
}


@dataclass(frozen=True)
class FeatureQuery:
    """The parts of a query over `audience(id)` and customers `theirs` d: WITH queries, joins to `d`, an expression a name.

    The query also binds the `first` and the `last` id of the audience, and limits what people.OF_THESE limits.
    """

    ctes: Mapping[str, str]
    joins: Sequence[str]
    expressions: Sequence[str]  # in the order of the names, float4 and never NULL
    params: Mapping[str, Any] = field(default_factory=dict)


def known() -> list[str]:
    """Names of every feature that there is now: the declared ones, and what attributes and regions offer."""
    return [*declared(), *_attributes(), *_regions()]


def query(names: Sequence[str], *, as_of_at: datetime) -> FeatureQuery:
    """Raises ValueError for a name that is no feature."""
    of_name = declared()
    params = history.params(as_of_at)
    expressions = [
        of_name.get(name) or _dynamic(name, key=f"feature{position}", params=params)
        for position, name in enumerate(names)
    ]
    return FeatureQuery(
        ctes={
            **history.ctes(),
            "service": SERVICE,
            "identifiers": IDENTIFIERS.format(has=_has("i.kind", IdentifierKind.values)),
            "consents": CONSENTS.format(has=_has("c.channel", registry.CHANNELS)),
            "households": HOUSEHOLDS,
        },
        joins=_used(history.joins() | JOINS, expressions),
        expressions=[f"coalesce(({sql})::float4, {NAN})" for sql in expressions],
        params=params,
    )


def declared() -> dict[str, str]:
    """Expression by name."""
    return {
        **history.expressions(),
        "cases_365": "coalesce(s.cases, 0)",
        "complaints_365": "coalesce(s.complaints, 0)",
        "cases_open": "coalesce(s.open, 0)",
        "days_since_case": "date_part('epoch', %(as_of)s - s.last_at) / 86400",
        **{f"has:{kind}": f"coalesce(i.has_{kind}, false)::int" for kind in IdentifierKind.values},
        **{f"consent:{channel}": f"coalesce(a.has_{channel}, false)::int" for channel in registry.CHANNELS},
        "age": "date_part('year', age(%(as_of)s, d.born_on))",
        "tenure_days": "date_part('epoch', %(as_of)s - d.customer_since_on) / 86400",
        "household_members": "coalesce(m.members, 1)",
        # Of the neighbourhood, whose people have something in common.
        "area_age": "(%(as_of)s::date - n.mean_born_on) / 365.25",
        "area_customer_share": "n.customers::float8 / nullif(n.households, 0)",
        "customers_in_place": "ln(1 + n.customers_in_place)",
        "is_addressed_frau": "(d.salutation = 'frau')::int",
        "is_addressed_herr": "(d.salutation = 'herr')::int",
        "speaks_german": "starts_with(d.language, 'de')::int",
    }


def _used(joins: Mapping[str, str], expressions: Sequence[str]) -> list[str]:
    """What no expression asks for is not joined, and so not computed."""
    asked = set(re.findall(r"\b(\w+)\.\w", " ".join(expressions)))
    return [join for alias, join in joins.items() if alias in asked]


def _has(column: str, values: Sequence[str]) -> str:
    return ", ".join(f"bool_or({column} = '{value}') AS has_{value}" for value in values)


def _dynamic(name: str, *, key: str, params: dict[str, Any]) -> str:
    """An expression over a value that is bound, never written into the statement."""
    kind, _, what = name.partition(":")
    if kind == "region" and what:
        params[key] = what
        return f"(d.region = %({key})s)::int"
    if kind != "attribute" or not what:
        raise ValueError(f"there is no feature {name!r}")
    attribute, has_value, value = what.partition("=")
    params[key] = attribute
    if has_value:
        params[f"{key}_value"] = value
        return f"(d.attributes ->> %({key})s IS NOT DISTINCT FROM %({key}_value)s)::int"
    return (
        f"CASE jsonb_typeof(d.attributes -> %({key})s) WHEN 'number' THEN (d.attributes ->> %({key})s)::float8"
        f" WHEN 'boolean' THEN (d.attributes ->> %({key})s)::boolean::int END"
    )


ATTRIBUTES = """
    SELECT key, jsonb_typeof(value), CASE jsonb_typeof(value) WHEN 'string' THEN value #>> '{}' END, count(*)
    FROM (SELECT attributes FROM campaigns_customer ORDER BY id LIMIT %(most)s) c, jsonb_each(c.attributes)
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
REGIONS = """
    SELECT region FROM (
        SELECT region, count(*) / sum(count(*)) OVER () AS share
        FROM (SELECT region FROM campaigns_customer ORDER BY id LIMIT %(most)s) c GROUP BY region
    ) shares
    WHERE region <> '' AND share >= %(least)s ORDER BY 1
"""


def _attributes() -> list[str]:
    names: dict[str, None] = {}
    texts: dict[str, list[tuple[str, int]]] = {}
    for key, kind, value, count in rows(ATTRIBUTES, {"most": LOOKED_AT}):
        if "=" in key:  # could not be told from a value
            continue
        if kind in ("number", "boolean"):
            names[f"attribute:{key}"] = None
        elif kind == "string":
            texts.setdefault(key, []).append((value, count))
    for key, values in texts.items():
        total = sum(count for _, count in values)
        if len(values) <= MOST_VALUES:
            names |= {f"attribute:{key}={value}": None for value, count in values if count >= LEAST_SHARE * total}
    return list(names)


def _regions() -> list[str]:
    return [f"region:{region}" for (region,) in rows(REGIONS, {"most": LOOKED_AT, "least": LEAST_SHARE})]
