"""Whether a customer may get each channel now, and if not, why: one SQL expression a channel, part of the planning query.

The legal part is the ledger's own gate (channels.permission), so planning and sending cannot disagree. Planning also
minds contact limits, open complaints, and whether a channel that is bought by area can be bought there at all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from campaigns.models import ContactLimit
from channels import registry
from channels.permission import barred

# Position + 1 is the code of a reason; 0 is eligible.
REASONS = (
    "objection",
    "no ground",
    "no usable identifier",
    "no address",
    "address suppressed",
    "no delivery area",
    "open complaint",
    "contact limit",
)
ELIGIBLE = 0
ASKED_ABOUT = "%(campaign)s::bigint"  # NULL: no campaign in particular

# The gate is stated over whole tables. Within the query these rows stand in their places, under their names, as those of
# people.OF_THESE do, so that a part of the customers is judged by what concerns them alone.
OF_THESE = {
    "campaigns_customer": "SELECT customer_id AS id, household_id FROM theirs",
    "campaigns_objection": """
        SELECT o.customer_id, o.channel, o.campaign_id, o.lifted_at FROM campaigns_objection o JOIN audience ON audience.id = o.customer_id
        WHERE o.customer_id BETWEEN %(first)s AND %(last)s""",
    "campaigns_suppression": """
        SELECT s.digest FROM campaigns_suppression s WHERE s.digest IN (SELECT digest FROM campaigns_identifier)""",
}

# Contacts that were made, and those that a running or paused wave will still make or may have made.
CONTACTS = """
    SELECT k.customer_id, {reached}
    FROM (
        SELECT customer_id, medium, occurred_at FROM campaigns_event
        WHERE kind = 'contacted' {of_these} AND occurred_at <= %(as_of)s
          AND occurred_at > %(as_of)s - %(longest)s * interval '1 day'
        UNION ALL
        SELECT customer_id, channel, %(as_of)s FROM channels_dispatch
        WHERE state IN ('queued', 'claimed', 'sending', 'uncertain') {of_these}
        {approved}
    ) k
    GROUP BY k.customer_id
"""
# What an approved wave will send once it starts. For planning only: of two approved waves the first to start goes out.
APPROVED = """
        UNION ALL
        SELECT customer_id, channel, %(as_of)s FROM steering_assignment
        WHERE wave_id IN (SELECT id FROM campaigns_wave WHERE state = 'approved') AND option_id IS NOT NULL {of_these}
"""
REACHED = (
    "count(*) FILTER (WHERE {channel} occurred_at > %(as_of)s - interval '{days} days') >= {most} AS reached_{number}"
)
COMPLAINS = """
    SELECT DISTINCT customer_id, true AS complains FROM campaigns_servicecase WHERE kind = 'complaint' AND closed_at IS NULL
"""

COMPLAINT = "CASE WHEN q.complains THEN 'open complaint' END"


@dataclass(frozen=True)
class EligibilityQuery:
    """WITH queries over `audience(id)` and `theirs`, joins to customers `d`, and a code a channel: 0, or 1 + the reason.

    The query also binds the `first` and the `last` id of the audience.
    """

    ctes: Mapping[str, str]
    joins: Sequence[str]
    codes: Mapping[str, str]  # by channel; int2
    params: Mapping[str, Any]


@dataclass(frozen=True)
class Limits:
    """Contact limits as SQL over `contacts` k, which is joined to customers."""

    limits: Sequence[ContactLimit]
    params: Mapping[str, Any]

    @property
    def contacts(self) -> str:
        """The WITH query, of everybody."""
        return self._contacts("")

    @property
    def contacts_of_these(self) -> str:
        """The same for the customers from the `first` to the `last` id, and what approved waves will send them."""
        of_these = "AND customer_id BETWEEN %(first)s AND %(last)s"
        return self._contacts(of_these, approved=APPROVED.format(of_these=of_these))

    @property
    def contacts_of_some(self) -> str:
        """The same as `contacts`, of the customers `only`."""
        return self._contacts("AND customer_id = ANY(%(only)s)")

    def _contacts(self, of_these: str, *, approved: str = "") -> str:
        reached = ", ".join(map(_reached, self.limits)) or "NULL AS nothing"
        return CONTACTS.format(reached=reached, of_these=of_these, approved=approved)

    def barred(self, channel: str) -> str:
        """The reason where a limit of this channel (an SQL text) or of all channels is reached, else NULL."""
        reached = [
            f"(k.reached_{limit.pk} AND {channel} = '{registry.get(limit.channel).name}')"
            if limit.channel
            else f"k.reached_{limit.pk}"
            for limit in self.limits
        ]
        return f"CASE WHEN {' OR '.join(reached)} THEN 'contact limit' END" if reached else "NULL::text"


def limits_as_of(as_of_at: datetime) -> Limits:
    limits = list(ContactLimit.objects.order_by("id"))
    return Limits(limits, {"as_of": as_of_at, "longest": max((limit.days for limit in limits), default=0)})


def query(channels: Sequence[str], *, as_of_at: datetime, campaign_id: int | None = None) -> EligibilityQuery:
    """For no channels there is nothing to join or to ask. A refusal of one campaign counts where that one is asked about."""
    if not channels:
        return EligibilityQuery({}, (), {}, {})
    limits = limits_as_of(as_of_at)
    codes, params = {}, {"reasons": list(REASONS), "campaign": campaign_id, **limits.params}
    for name in channels:
        gate = barred(registry.get(name), name=f"{name}_", campaign=ASKED_ABOUT)
        params |= gate.params
        reasons = (gate.sql, _no_area(name), COMPLAINT, limits.barred(f"'{name}'"))
        codes[name] = f"coalesce(array_position(%(reasons)s::text[], coalesce({', '.join(reasons)})), 0)::int2"
    return EligibilityQuery(
        ctes=OF_THESE | {"complaints": COMPLAINS, "contacts": limits.contacts_of_these},
        joins=(
            "LEFT JOIN complaints q ON q.customer_id = d.customer_id",
            "LEFT JOIN contacts k ON k.customer_id = d.customer_id",
        ),
        codes=codes,
        params=params,
    )


def _no_area(channel: str) -> str:
    if not registry.get(channel).reach.decided_by_area:
        return "NULL::text"
    return "CASE WHEN d.bought_area_id IS NULL THEN 'no delivery area' END"


def _reached(limit: ContactLimit) -> str:
    # Channel names are checked against the registry, numbers are numbers: nothing here is free text.
    channel = f"k.medium = '{registry.get(limit.channel).name}' AND" if limit.channel else ""
    return REACHED.format(channel=channel, days=int(limit.days), most=int(limit.most), number=int(limit.pk))
