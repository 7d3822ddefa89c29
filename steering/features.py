"""What the model sees of a customer at a point in time: named numbers, each an expression of one SQL query.

A feature's name says how it is computed, so the names that a model version keeps are enough to score with it later:

    purchases_90            one of the declared ones, see `declared`
    contacts_30:email       the same for one channel
    attribute:size          a number or truth value in Customer.attributes
    attribute:zone=Urban    1 where a text attribute has this value, else 0
    region:Bayern           1 where the customer lives there, else 0

Events count until right before the point in time, so training never sees the future. Attributes, regions and addresses have no
history and are today's. Missing is NaN.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from campaigns import journey
from campaigns.models import IdentifierKind, JourneyStage
from channels import registry

LOOKED_AT = 20_000  # customers who are asked which attributes and regions there are
MOST_VALUES = 20  # of a text attribute; one with more tells persons apart rather than kinds of persons
LEAST_SHARE = 0.01  # of those looked at who have the value
NAN = "'NaN'::float4"

VIEWED = "kind IN ('page_viewed', 'product_viewed')"
ANSWERED = "kind IN ('opened', 'clicked', 'shown', 'redeemed')"

# One row per customer with any event. What a window is: days before the point in time.
HISTORY = """
    SELECT ev.customer_id, {aggregates}
    FROM campaigns_event ev JOIN audience ON audience.id = ev.customer_id
    WHERE ev.occurred_at < %(as_of)s
    GROUP BY ev.customer_id
"""
SERVICE = """
    SELECT s.customer_id, count(*) AS cases, count(*) FILTER (WHERE s.kind = 'complaint') AS complaints
    FROM campaigns_servicecase s JOIN audience ON audience.id = s.customer_id
    WHERE s.opened_at <= %(as_of)s AND s.opened_at > %(as_of)s - interval '365 days'
    GROUP BY s.customer_id
"""
IDENTIFIERS = """
    SELECT i.customer_id, {has}
    FROM campaigns_identifier i JOIN audience ON audience.id = i.customer_id
    GROUP BY i.customer_id
"""
CONSENTS = """
    SELECT c.customer_id, {has}
    FROM campaigns_consent c JOIN audience ON audience.id = c.customer_id
    WHERE c.purpose = 'advertising' AND c.given_at <= %(as_of)s
      AND (c.withdrawn_at IS NULL OR c.withdrawn_at > %(as_of)s)
    GROUP BY c.customer_id
"""
HOUSEHOLDS = """
    SELECT c.household_id, count(*) AS members FROM campaigns_customer c
    WHERE c.household_id IS NOT NULL GROUP BY c.household_id
"""


@dataclass(frozen=True)
class FeatureQuery:
    """The parts of a query over `audience(id)` and customers `d`: WITH queries, joins to `d`, and an expression a name."""

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
    params: dict[str, Any] = {
        "as_of": as_of_at,
        "not_theirs": [str(kind) for kind in journey.NOT_THEIRS],
        "looked": [str(kind) for kind in journey.LOOKED],
        "used": [str(kind) for kind in journey.USED],
    }
    expressions = [
        of_name.get(name) or _dynamic(name, key=f"feature{position}", params=params)
        for position, name in enumerate(names)
    ]
    return FeatureQuery(
        ctes={
            "history": HISTORY.format(aggregates=", ".join(f"{sql} AS {name}" for name, sql in _aggregates().items())),
            "service": SERVICE,
            "identifiers": IDENTIFIERS.format(has=_has("i.kind", IdentifierKind.values)),
            "consents": CONSENTS.format(has=_has("c.channel", registry.CHANNELS)),
            "households": HOUSEHOLDS,
        },
        joins=(
            "LEFT JOIN history e ON e.customer_id = d.customer_id",
            "LEFT JOIN service s ON s.customer_id = d.customer_id",
            "LEFT JOIN identifiers i ON i.customer_id = d.customer_id",
            "LEFT JOIN consents a ON a.customer_id = d.customer_id",
            "LEFT JOIN households m ON m.household_id = d.household_id",
        ),
        expressions=[f"coalesce(({sql})::float4, {NAN})" for sql in expressions],
        params=params,
    )


def declared() -> dict[str, str]:
    """Expression by name."""
    return {
        "days_since_activity": _days_since("e.last_at"),
        "days_since_purchase": _days_since("e.bought_at"),
        **{f"days_since_{name}": _days_since(f"e.{name}_at") for name in ("view", "store", "contact", "answer")},
        **{f"purchases_{days}": _counted(f"purchases_{days}") for days in (30, 90, 365)},
        "purchases": _counted("purchases"),
        "value_365": "ln(1 + coalesce(e.value_365, 0) / 100.0)",
        "value": "ln(1 + greatest(coalesce(e.value, 0), 0) / 100.0)",
        "basket": "e.value / 100.0 / nullif(e.purchases, 0)",
        "online_purchase_share": "e.online_purchases::float8 / nullif(e.purchases, 0)",
        "online_activity_share": "e.online_activities::float8 / nullif(e.activities, 0)",
        "views_30": _counted("views_30"),
        "views_90": _counted("views_90"),
        "carts_left_90": _counted("carts_left_90"),
        "store_visits_90": _counted("store_visits_90"),
        # Research online, purchase offline: looked on the web within a month, and buys in stores.
        "researches_for_store": "coalesce(e.views_30, 0) * (1 - coalesce(e.online_purchases::float8 / nullif(e.purchases, 0), 0.5))",
        "redemptions": _counted("redemptions"),
        "service_calls_365": _counted("service_calls_365"),
        "products": _counted("products"),
        "cases_365": "coalesce(s.cases, 0)",
        "complaints_365": "coalesce(s.complaints, 0)",
        "contacts_30": _counted("contacts_30"),
        **{f"contacts_{days}:{channel}": _counted(f"contacts_{days}_{channel}") for channel in registry.CHANNELS for days in (30, 365)},
        **{f"answers:{channel}": f"e.answers_{channel}::float8 / nullif(e.contacts_{channel}, 0)" for channel in registry.CHANNELS},
        **{f"has:{kind}": f"coalesce(i.has_{kind}, false)::int" for kind in IdentifierKind.values},
        **{f"consent:{channel}": f"coalesce(a.has_{channel}, false)::int" for channel in registry.CHANNELS},
        **{f"stage:{stage}": f"({_stage()} = '{stage}')::int" for stage in JourneyStage.values},
        "age": "date_part('year', age(%(as_of)s, d.born_on))",
        "tenure_days": "date_part('epoch', %(as_of)s - d.customer_since_on) / 86400",
        "household_members": "coalesce(m.members, 1)",
        "is_addressed_frau": "(d.salutation = 'frau')::int",
        "is_addressed_herr": "(d.salutation = 'herr')::int",
        "speaks_german": "starts_with(d.language, 'de')::int",
    }  # fmt: skip


def _aggregates() -> dict[str, str]:
    """Aggregate over a customer's events by the name that `declared` uses."""
    return {
        **journey.AGGREGATES,
        "view_at": _last(VIEWED),
        "store_at": _last("medium = 'store'"),
        "contact_at": _last("kind = 'contacted'"),
        "answer_at": _last(ANSWERED),
        "activities": _count(journey.THEIRS),
        "online_activities": _count(f"{journey.THEIRS} AND is_online"),
        "purchases": _count("kind = 'purchased'"),
        **{f"purchases_{days}": _count("kind = 'purchased'", days) for days in (30, 90, 365)},
        "online_purchases": _count("kind = 'purchased' AND is_online"),
        "value": "sum(value_cents) FILTER (WHERE kind = 'purchased')",
        "value_365": f"sum(value_cents) FILTER (WHERE kind = 'purchased' AND {_within(365)})",
        "views_30": _count(VIEWED, 30),
        "views_90": _count(VIEWED, 90),
        "carts_left_90": _count("kind = 'cart_left'", 90),
        "store_visits_90": _count("kind = 'store_visited'", 90),
        "redemptions": _count("kind = 'redeemed'"),
        "service_calls_365": _count("kind = 'service_called'", 365),
        "products": _count("kind = 'product_registered'"),
        "contacts_30": _count("kind = 'contacted'", 30),
        **{f"contacts_{channel}": _count(f"kind = 'contacted' AND medium = '{channel}'") for channel in registry.CHANNELS},
        **{f"contacts_{days}_{channel}": _count(f"kind = 'contacted' AND medium = '{channel}'", days) for channel in registry.CHANNELS for days in (30, 365)},
        **{f"answers_{channel}": _count(f"{ANSWERED} AND medium = '{channel}'") for channel in registry.CHANNELS},
    }  # fmt: skip


def _within(days: int) -> str:
    return f"occurred_at > %(as_of)s - interval '{days} days'"


def _count(condition: str, days: int | None = None) -> str:
    return f"count(*) FILTER (WHERE {condition}{f' AND {_within(days)}' if days else ''})"


def _last(condition: str) -> str:
    return f"max(occurred_at) FILTER (WHERE {condition})"


def _days_since(moment: str) -> str:
    return f"date_part('epoch', %(as_of)s - {moment}) / 86400"


def _counted(name: str) -> str:
    """Nothing happened is 0, not missing."""
    return f"coalesce(e.{name}, 0)"


def _has(column: str, values: Sequence[str]) -> str:
    return ", ".join(f"bool_or({column} = '{value}') AS has_{value}" for value in values)


def _stage() -> str:
    return f"coalesce({journey.STAGE.format(a='e')}, 'inspiration')"


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
    for key, kind, value, count in _rows(ATTRIBUTES, most=LOOKED_AT):
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
    return [f"region:{region}" for (region,) in _rows(REGIONS, most=LOOKED_AT, least=LEAST_SHARE)]


def _rows(sql: str, **params: Any) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
