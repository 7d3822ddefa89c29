"""What must always be true of the ledger, each as a query that returns the ids of those that break it.

Run by `manage.py check_invariants`, after every fault and hourly. Other rooms add their own with the same class.
"""

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import connection

from . import registry

MOST_SHOWN = 20


@dataclass(frozen=True)
class Invariant:
    """A promise by name. `sql` selects one column of ids: those that break it, none when it holds."""

    name: str
    sql: str
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    name: str
    broken_by: list[int]  # the first few
    count: int

    @property
    def holds(self) -> bool:
        return self.count == 0


def check(invariants: list[Invariant]) -> list[Verdict]:
    return [_check(invariant) for invariant in invariants]


def _check(invariant: Invariant) -> Verdict:
    with connection.cursor() as cursor:
        sql = f"SELECT id, count(*) OVER () FROM ({invariant.sql}) broken(id) ORDER BY id LIMIT {MOST_SHOWN}"  # noqa: S608
        cursor.execute(sql, invariant.params)
        rows = cursor.fetchall()
    return Verdict(invariant.name, [row[0] for row in rows], rows[0][1] if rows else 0)


def ledger_invariants() -> list[Invariant]:
    return [*_about_contacts(), *_about_permission(), *_about_time(), *_about_coupons()]


def _about_contacts() -> list[Invariant]:
    return [
        Invariant(
            "nobody is contacted twice in a wave by one channel",
            "SELECT min(id) FROM channels_dispatch GROUP BY wave_id, customer_id, channel HAVING count(*) > 1",
        ),
        Invariant(
            "nothing leaves twice",
            "SELECT dispatch_id FROM channels_attempt t"
            " WHERE t.outcome IN ('sent', 'handed_over', 'uncertain')"
            " GROUP BY dispatch_id HAVING count(DISTINCT number) > 1"
            # A person may have decided that an uncertain one had not left.
            " AND NOT bool_or(EXISTS (SELECT 1 FROM channels_attempt p WHERE p.dispatch_id = t.dispatch_id"
            " AND p.outcome = 'queued' AND p.answer LIKE 'decided by user%%'))",
        ),
        Invariant(
            "whoever was contacted has the contact in the history",
            "SELECT d.id FROM channels_dispatch d WHERE d.state IN ('sent', 'handed_over', 'delivered')"
            " AND EXISTS (SELECT 1 FROM channels_attempt t WHERE t.dispatch_id = d.id)"
            " AND NOT EXISTS (SELECT 1 FROM campaigns_event e WHERE e.dispatch_id = d.id AND e.kind = 'contacted')",
        ),
    ]


def _about_permission() -> list[Invariant]:
    grounds = [(channel.name, ground) for channel in registry.every() for ground in channel.reach.grounds]
    return [
        Invariant(
            "nobody is contacted after objecting",
            "SELECT d.id FROM channels_attempt t JOIN channels_dispatch d ON d.id = t.dispatch_id"
            " JOIN campaigns_wave w ON w.id = d.wave_id"
            " JOIN campaigns_objection o ON o.customer_id = d.customer_id AND o.channel IN ('', d.channel)"
            " AND (o.campaign_id IS NULL OR o.campaign_id = w.campaign_id)"
            " WHERE t.outcome IN ('sent', 'handed_over', 'uncertain')"
            " AND t.at > o.received_at AND (o.lifted_at IS NULL OR o.lifted_at > t.at)",
        ),
        Invariant(
            "nobody is contacted without a ground",
            "SELECT d.id FROM channels_attempt t JOIN channels_dispatch d ON d.id = t.dispatch_id"
            " WHERE t.outcome IN ('sent', 'handed_over', 'uncertain')"
            " AND d.channel = ANY(%(channels)s)"
            " AND NOT EXISTS (SELECT 1 FROM campaigns_consent c"
            " JOIN unnest(%(channels)s::text[], %(grounds)s::text[]) AS may(channel, ground) USING (channel, ground)"
            " WHERE c.customer_id = d.customer_id AND c.channel = d.channel AND c.purpose = 'advertising'"
            " AND c.given_at <= t.at"
            " AND (c.withdrawn_at IS NULL OR c.withdrawn_at >= t.at))",
            {"channels": [name for name, _ in grounds], "grounds": [ground for _, ground in grounds]},
        ),
    ]


def _about_time() -> list[Invariant]:
    return [
        Invariant(
            "nothing waits past its deadline",
            "SELECT id FROM channels_dispatch WHERE state = 'queued' AND deadline_at < now() - interval '5 minutes'",
        ),
        Invariant(
            "no worker holds anything longer than its lease",
            "SELECT id FROM channels_dispatch WHERE state IN ('claimed', 'sending')"
            " AND claimed_at < now() - %(seconds)s * interval '1 second'",
            {"seconds": settings.DELIVERY_LEASE_SECONDS + 300},
        ),
    ]


def _about_coupons() -> list[Invariant]:
    return [
        Invariant(
            "a coupon belongs to one dispatch",
            "SELECT min(id) FROM channels_dispatch WHERE coupon_code <> '' GROUP BY coupon_code HAVING count(*) > 1",
        ),
        Invariant(
            "a coupon is redeemed once",
            "SELECT dispatch_id FROM campaigns_event WHERE kind = 'redeemed' AND source = 'redemption'"
            " GROUP BY dispatch_id, attributes ->> 'offer' HAVING count(*) > 1",
        ),
        Invariant(
            "no code is given twice",
            "SELECT min(id) FROM campaigns_coupon WHERE state IN ('reserved', 'given', 'redeemed')"
            " GROUP BY key HAVING count(*) > 1"
            " UNION ALL SELECT min(id) FROM campaigns_coupon WHERE dispatch_id IS NOT NULL"
            " GROUP BY dispatch_id, offer_id HAVING count(*) > 1",
        ),
        Invariant(
            # Whoever was erased took the message along; the code stays used, so that nobody else gets it.
            "every code that was given belongs to a message of its customer",
            "SELECT c.id FROM campaigns_coupon c WHERE c.state IN ('given', 'redeemed') AND c.customer_id IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM channels_dispatch d WHERE d.id = c.dispatch_id"
            " AND d.customer_id = c.customer_id AND d.wave_id = c.wave_id)",
        ),
        Invariant(
            "no code is reserved for a wave that is over",
            "SELECT c.id FROM campaigns_coupon c JOIN campaigns_wave w ON w.id = c.wave_id"
            " WHERE c.state = 'reserved' AND w.state IN ('completed', 'cancelled')",
        ),
        Invariant(
            "a code is redeemed where it says so",
            "SELECT c.id FROM campaigns_coupon c"
            " WHERE (c.state = 'redeemed') <> EXISTS (SELECT 1 FROM campaigns_couponuse u WHERE u.coupon_id = c.id)",
        ),
    ]
