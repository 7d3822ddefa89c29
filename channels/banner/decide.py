"""Which banner a visitor gets now: of the live assignments of the customer whom we recognise, the first in order.

That is the one with the highest priority, and of equal ones the newest, among those that this person has not seen often
enough and whose flight is not ahead of its pace. One prepared statement finds it with the person; nothing is kept but
content, so that an objection, a pause or a cap holds from the next question on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings

from campaigns import personalise

from .. import prepared, recipients, registry, sent, tracking
from ..compiled import Brand, brand
from ..permission import barred
from . import limits, pacing, render

SLOTS = ("300x250", "728x90", "160x600")

BY_COOKIE = "SELECT customer_id FROM campaigns_identifier WHERE kind = 'cookie' AND value = %(cookie)s"
BY_HASH = (
    "SELECT customer_id FROM campaigns_identifier"
    " WHERE kind = 'email' AND sha256_of(value) = decode(%(email_sha256)s, 'hex')"
)
SEEN = "SELECT count(*) FROM campaigns_event e WHERE e.dispatch_id = d.id AND e.kind = 'shown'"
TODAY = "date_trunc('day', now() AT TIME ZONE %(time_zone)s) AT TIME ZONE %(time_zone)s"
# What one person may still see. An impression carries the end of its second, so today's may lie a little ahead.
SELDOM_ENOUGH = f"""
    coalesce(({SEEN}) < {limits.sql("per_person")}, true)
    AND coalesce(({SEEN} AND e.occurred_at >= {TODAY}) < {limits.sql("per_day")}, true)
"""
# Live: sent, its wave neither paused nor cancelled, within its flight, and nothing speaks against it at this moment.
FIRST_LIVE = """
    SELECT d.id, d.coupon_code, content.version_id, {person}
    FROM ({who}) known
    JOIN channels_dispatch d ON d.customer_id = known.customer_id
    JOIN campaigns_customer c ON c.id = d.customer_id
    LEFT JOIN campaigns_household h ON h.id = c.household_id
    JOIN campaigns_wave w ON w.id = d.wave_id
    JOIN campaigns_campaign p ON p.id = w.campaign_id
    JOIN campaigns_option o ON o.id = d.option_id
    JOIN campaigns_wavecontent content ON content.wave_id = d.wave_id AND content.option_id = d.option_id
    WHERE d.channel = 'banner' AND d.state IN ('sent', 'delivered') AND w.state IN ('running', 'completed')
      AND now() < w.started_at + p.goal_days * interval '1 day'
      AND {seldom_enough} AND {in_pace} AND {barred} IS NULL
    ORDER BY coalesce({priority}, 0) DESC, d.id DESC LIMIT 1
"""


@dataclass(frozen=True)
class Visitor:
    """How a visitor may be recognised; empty: not that way."""

    cookie: str = ""
    email_sha256: str = ""  # of the normalised address, in hexadecimal


@dataclass(frozen=True)
class Decision:
    dispatch_id: int
    html: str
    click_url: str
    impression_url: str


@dataclass(frozen=True)
class Found:
    """A row of FIRST_LIVE."""

    dispatch_id: int
    coupon_code: str
    version_id: int
    person: Sequence[str]  # of personalise.PERSON


def decide(visitor: Visitor, *, slot: str) -> Decision | None:
    """The banner for this visitor, or None for somebody unknown, or for whom there is nothing.

    The hash of an address is no secret, so whoever is recognised by it alone sees nothing personal.
    """
    if visitor.cookie and (found := _first_live(BY_COOKIE, cookie=visitor.cookie)):
        return _show(found, personalise.fields_of(found.person) | {"coupon_code": found.coupon_code}, slot=slot)
    if visitor.email_sha256 and (found := _first_live(BY_HASH, email_sha256=visitor.email_sha256)):
        return _show(found, dict.fromkeys(personalise.FIELDS, ""), slot=slot)
    return None


def _first_live(who: str, **known_by: str) -> Found | None:
    gate = barred(registry.get("banner"), campaign="w.campaign_id")
    found = prepared.rows(_statement(who, gate.sql), gate.params | known_by | {"time_zone": settings.TIME_ZONE})
    return Found(*found[0][:3], person=found[0][3:]) if found else None


@lru_cache
def _statement(who: str, gate: str) -> str:
    return FIRST_LIVE.format(
        who=who,
        person=personalise.PERSON,
        seldom_enough=SELDOM_ENOUGH,
        in_pace=pacing.IN_PACE,
        barred=gate,
        priority=limits.sql("priority"),
    )


def _show(found: Found, person: Mapping[str, Any], *, slot: str) -> Decision:
    linked, banner = _content(found.version_id, brand())
    links = {block_id: tracking.link_url(found.dispatch_id, block_id) for block_id in linked}
    link = next(iter(links.values()), None) or tracking.landing_url(found.dispatch_id)
    html = banner.creatives[slot].fill({**person, "link": link, "links": links})
    return Decision(found.dispatch_id, html, link, tracking.shown_url(found.dispatch_id))


@lru_cache(maxsize=256)
def _content(version_id: int, own: Brand) -> tuple[list[str], render.Banner]:
    """What a version leads to, and its creatives: versions never change, so every process may keep them."""
    blocks = sent.version_blocks(version_id)
    return recipients.linked_blocks(blocks, "banner"), render.compile_banner(blocks)
