"""Where each customer is on the journey, derived from events. The first rule that holds decides:

1. dormant: did something once, but nothing in the last 365 days
2. loyalty: three purchases or more in the last 365 days
3. purchase: bought in the last 14 days
4. selection: looked at a product, left a cart or visited a store in the last 60 days, and has not bought since
5. use: bought, registered a product, or a product of theirs sent a signal, in the last 365 days
6. inspiration: everybody else, and so everybody of whom nothing is known yet

What the company did (contacted, delivered, shown) or what came back by itself (bounced, returned) is no activity.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from .models import EventKind

NOT_THEIRS = (EventKind.CONTACTED, EventKind.DELIVERED, EventKind.SHOWN, EventKind.BOUNCED, EventKind.RETURNED)
LOOKED = (EventKind.PRODUCT_VIEWED, EventKind.CART_LEFT, EventKind.STORE_VISITED)
USED = (EventKind.PURCHASED, EventKind.PRODUCT_REGISTERED, EventKind.PRODUCT_SIGNALLED)

# What the stage is derived from, as aggregates over one customer's events until %(as_of)s. `at` is when, and `in_a_year`
# how often, the events of a row were: of rows that stand for several, the last time and a sum.
THEIRS = "kind <> ALL(%(not_theirs)s)"
AGGREGATES = {
    "last_at": f"max({{at}}) FILTER (WHERE {THEIRS})",
    "bought_at": "max({at}) FILTER (WHERE kind = 'purchased')",
    "bought": "sum({in_a_year}) FILTER (WHERE kind = 'purchased')",
    "looked_at": "max({at}) FILTER (WHERE kind = ANY(%(looked)s))",
    "used_at": "max({at}) FILTER (WHERE kind = ANY(%(used)s))",
}
STAGE = """CASE
    WHEN {a}.last_at <= %(as_of)s - interval '365 days' THEN 'dormant'
    WHEN {a}.bought >= 3 THEN 'loyalty'
    WHEN {a}.bought_at > %(as_of)s - interval '14 days' THEN 'purchase'
    WHEN {a}.looked_at > %(as_of)s - interval '60 days'
         AND {a}.looked_at > coalesce({a}.bought_at, '-infinity') THEN 'selection'
    WHEN {a}.used_at > %(as_of)s - interval '365 days' THEN 'use'
    ELSE 'inspiration' END"""

IN_A_YEAR = "occurred_at > %(as_of)s - interval '365 days'"

# {of_customers} bounds both sides, so that a few customers are found by index.
REFRESH = """
    WITH activity AS (
        SELECT customer_id, {aggregates} FROM campaigns_event
        WHERE occurred_at <= %(as_of)s AND {theirs} {of_customers_in_events}
        GROUP BY customer_id
    ), stage AS (
        SELECT c.id, {stage} AS is_now
        FROM campaigns_customer c LEFT JOIN activity a ON a.customer_id = c.id
        {of_customers}
    )
    UPDATE campaigns_customer c SET journey_stage = stage.is_now
    FROM stage WHERE stage.id = c.id AND c.journey_stage <> stage.is_now
"""


def aggregates(*, at: str, in_a_year: str) -> dict[str, str]:
    return {name: sql.format(at=at, in_a_year=in_a_year) for name, sql in AGGREGATES.items()}


def params(as_of_at: datetime) -> dict[str, Any]:
    """Of the aggregates and the stage."""
    return {
        "as_of": as_of_at,
        "not_theirs": [str(kind) for kind in NOT_THEIRS],
        "looked": [str(kind) for kind in LOOKED],
        "used": [str(kind) for kind in USED],
    }


def refresh(*, as_of_at: datetime | None = None, customer_ids: Sequence[int] | None = None) -> int:
    """Bring the stage of all customers (or of these) up to date; returns how many moved."""
    some = customer_ids is not None
    over_events = aggregates(at="occurred_at", in_a_year=f"({IN_A_YEAR})::int")
    sql = REFRESH.format(
        aggregates=", ".join(f"{sql} AS {name}" for name, sql in over_events.items()),
        theirs=THEIRS,
        stage=STAGE.format(a="a"),
        of_customers_in_events="AND customer_id = ANY(%(ids)s)" if some else "",
        of_customers="WHERE c.id = ANY(%(ids)s)" if some else "",
    )
    bound = params(as_of_at or timezone.now()) | {"ids": list(customer_ids or ())}
    with connection.cursor() as cursor:
        cursor.execute(sql, bound)
        return cursor.rowcount
