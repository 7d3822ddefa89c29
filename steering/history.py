"""What a customer's events say until a moment: WITH queries that read each event once, and an expression a feature.

`cells` counts events by customer, kind, medium and way; everything else is made of its few rows. The windows are days
before the moment.
"""

from datetime import datetime, timedelta
from typing import Any

from campaigns import events, journey
from campaigns.models import EventKind, JourneyStage
from channels import registry

WINDOWS = (7, 30, 90, 365)  # days
SHOPS = ("web", "store", "phone")  # media on which people buy
ANSWERED = ("opened", "clicked", "shown", "redeemed")

CELLS = """
    SELECT ev.customer_id, ev.kind, ev.medium, ev.is_online, count(*)::int AS n, max(ev.occurred_at) AS last_at,
           date_part('epoch', %(as_of)s - max(ev.occurred_at)) / 86400 AS days_ago,
           sum(ev.value_cents::float8) AS cents, {windows},
           sum(ev.value_cents::float8) FILTER (WHERE ev.occurred_at > %(since_365)s) AS cents_365
    FROM campaigns_event ev JOIN audience ON audience.id = ev.customer_id
    WHERE ev.customer_id BETWEEN %(first)s AND %(last)s AND ev.occurred_at < %(as_of)s AND {by_a_person}
    GROUP BY ev.customer_id, ev.kind, ev.medium, ev.is_online
"""
HISTORY = """
    SELECT *, coalesce({stage}, 'inspiration') AS stage
    FROM (SELECT customer_id, {aggregates} FROM cells GROUP BY customer_id) j
"""
BOUGHT = "SELECT customer_id, {aggregates} FROM cells WHERE kind = 'purchased' GROUP BY customer_id"
# By medium, so that one definition serves every channel.
REACHED = """
    SELECT customer_id, medium, {aggregates}
    FROM (SELECT *, kind = 'contacted' AS is_contact FROM cells WHERE kind = 'contacted' OR kind = ANY(%(answered)s)) c
    GROUP BY customer_id, medium
"""
REACHED_AT_ALL = "SELECT customer_id, {aggregates} FROM reached GROUP BY customer_id"


def params(as_of_at: datetime) -> dict[str, Any]:
    moments = {f"since_{days}": as_of_at - timedelta(days=days) for days in WINDOWS}
    return journey.params(as_of_at) | moments | {"answered": list(ANSWERED)}


def ctes() -> dict[str, str]:
    return {
        "cells": CELLS.format(by_a_person=events.by_a_person("ev"), windows=_named({f"n_{days}": f"(count(*) FILTER (WHERE ev.occurred_at > %(since_{days})s))::int" for days in WINDOWS})),
        "history": HISTORY.format(aggregates=_named(_aggregates()), stage=journey.STAGE.format(a="j")),
        "bought": BOUGHT.format(aggregates=_named(_purchases())),
        "reached": REACHED.format(aggregates=_named(_contacts())),
        "reached_at_all": REACHED_AT_ALL.format(aggregates=_named(_contacts_at_all())),
    }  # fmt: skip


def joins() -> dict[str, str]:
    """To customers `d`, by their short names."""
    of_channel = {
        f"r_{channel}": f"LEFT JOIN reached r_{channel} ON r_{channel}.customer_id = d.customer_id AND r_{channel}.medium = '{channel}'"
        for channel in registry.CHANNELS
    }
    return {
        "e": "LEFT JOIN history e ON e.customer_id = d.customer_id",
        "b": "LEFT JOIN bought b ON b.customer_id = d.customer_id",
        "r": "LEFT JOIN reached_at_all r ON r.customer_id = d.customer_id",
    } | of_channel


def expressions() -> dict[str, str]:
    """By the name of the feature."""
    return _recency() | _purchased() | _online_and_offline() | _done() | _fatigue()


def _recency() -> dict[str, str]:
    """Days since the last time."""
    named = {"activity": "e.activity", "purchase": "b.ago", "view": "e.view", "store": "e.store"}
    named |= {"contact": "r.contact", "answer": "r.answer"}
    return {
        **{f"days_since_{name}": ago for name, ago in named.items()},
        **{f"days_since:{kind}": f"e.{kind}" for kind in EventKind.values},
        **{f"days_since_purchase:{shop}": f"b.ago_{shop}" for shop in SHOPS},
    }


def _purchased() -> dict[str, str]:
    return {
        **{f"purchases_{days}": _counted(f"b.n_{days}") for days in WINDOWS},
        "purchases": _counted("b.n"),
        "value_365": _money("b.cents_365"),
        "value": _money("greatest(b.cents, 0)"),
        "basket": "b.cents / 100.0 / nullif(b.n, 0)",
        **{f"purchases:{shop}": _counted(f"b.n_{shop}") for shop in SHOPS},
        **{f"value:{shop}": _money(f"greatest(b.cents_{shop}, 0)") for shop in SHOPS},
    }


def _online_and_offline() -> dict[str, str]:
    """Research online, purchase offline: looked on the web within a month, and buys in stores."""
    share = "b.online::float8 / nullif(b.n, 0)"
    return {
        "online_purchase_share": share,
        "online_activity_share": "e.online_activities::float8 / nullif(e.activities, 0)",
        "researches_for_store": f"{_counted('e.views_30')} * (1 - coalesce({share}, 0.5))",
        # The last look was before the last purchase offline, and this long before.
        "days_from_view_to_store": "CASE WHEN e.view >= b.ago_offline THEN e.view - b.ago_offline END",
        "views_since_store": "coalesce(CASE WHEN e.view >= b.ago_offline THEN 0 ELSE e.views_30 END, 0)",
    }


def _done() -> dict[str, str]:
    names = ("views_30", "views_90", "carts_left_90", "store_visits_90", "redemptions", "service_calls_365", "products")
    return {
        **{name: _counted(f"e.{name}") for name in names},
        **{f"stage:{stage}": f"(coalesce(e.stage, 'inspiration') = '{stage}')::int" for stage in JourneyStage.values},
    }


def _fatigue() -> dict[str, str]:
    """Contacts and answers, over all media and by channel."""
    found = {f"{what}_{days}": _counted(f"r.{what}_{days}") for what in ("contacts", "answers") for days in WINDOWS}
    for channel in registry.CHANNELS:
        of = f"r_{channel}"
        found |= {f"contacts_{days}:{channel}": _counted(f"{of}.contacts_{days}") for days in WINDOWS}
        found |= {f"answers_{days}:{channel}": _counted(f"{of}.answers_{days}") for days in WINDOWS}
        found[f"answers:{channel}"] = f"{of}.answers::float8 / nullif({of}.contacts, 0)"
        found[f"days_since_contact:{channel}"] = f"{of}.contact"
        found[f"days_since_answer:{channel}"] = f"{of}.answer"
    return found


def _aggregates() -> dict[str, str]:
    """Over the cells of a customer; those of the journey are its own."""
    viewed = "kind IN ('page_viewed', 'product_viewed')"
    return {
        **journey.aggregates(at="last_at", in_a_year="n_365"),
        **{kind: f"min(days_ago) FILTER (WHERE kind = '{kind}')" for kind in EventKind.values},
        "activity": f"min(days_ago) FILTER (WHERE {journey.THEIRS})",
        "view": f"min(days_ago) FILTER (WHERE {viewed})",
        "store": "min(days_ago) FILTER (WHERE medium = 'store')",
        "activities": f"sum(n) FILTER (WHERE {journey.THEIRS})",
        "online_activities": f"coalesce(sum(n) FILTER (WHERE {journey.THEIRS} AND is_online), 0)",
        "views_30": f"sum(n_30) FILTER (WHERE {viewed})",
        "views_90": f"sum(n_90) FILTER (WHERE {viewed})",
        "carts_left_90": "sum(n_90) FILTER (WHERE kind = 'cart_left')",
        "store_visits_90": "sum(n_90) FILTER (WHERE kind = 'store_visited')",
        "redemptions": "sum(n) FILTER (WHERE kind = 'redeemed')",
        "service_calls_365": "sum(n_365) FILTER (WHERE kind = 'service_called')",
        "products": "sum(n) FILTER (WHERE kind = 'product_registered')",
    }


def _purchases() -> dict[str, str]:
    return {
        "n": "sum(n)", "cents": "sum(cents)", "cents_365": "sum(cents_365)",
        **{f"n_{days}": f"sum(n_{days})" for days in WINDOWS},
        "online": "coalesce(sum(n) FILTER (WHERE is_online), 0)",
        "ago": "min(days_ago)",
        "ago_offline": "min(days_ago) FILTER (WHERE NOT is_online)",
        **{f"ago_{shop}": f"min(days_ago) FILTER (WHERE medium = '{shop}')" for shop in SHOPS},
        **{f"n_{shop}": f"sum(n) FILTER (WHERE medium = '{shop}')" for shop in SHOPS},
        **{f"cents_{shop}": f"sum(cents) FILTER (WHERE medium = '{shop}')" for shop in SHOPS},
    }  # fmt: skip


def _contacts() -> dict[str, str]:
    kinds = {"contacts": "is_contact", "answers": "NOT is_contact"}
    return {
        **{f"{what}_{days}": f"coalesce(sum(n_{days}) FILTER (WHERE {is_it}), 0)::int" for what, is_it in kinds.items() for days in WINDOWS},
        **{what: f"coalesce(sum(n) FILTER (WHERE {is_it}), 0)::int" for what, is_it in kinds.items()},
        "contact": "min(days_ago) FILTER (WHERE is_contact)",
        "answer": "min(days_ago) FILTER (WHERE NOT is_contact)",
    }  # fmt: skip


def _contacts_at_all() -> dict[str, str]:
    counts = {f"{what}_{days}": f"sum({what}_{days})" for what in ("contacts", "answers") for days in WINDOWS}
    return counts | {"contact": "min(contact)", "answer": "min(answer)"}


def _money(cents: str) -> str:
    return f"ln(1 + coalesce({cents}, 0) / 100.0)"


def _counted(count: str) -> str:
    """Nothing happened is 0, not missing."""
    return f"coalesce({count}, 0)"


def _named(expressions: dict[str, str]) -> str:
    return ", ".join(f"{sql} AS {name}" for name, sql in expressions.items())
