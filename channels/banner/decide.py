"""Which banner a visitor gets now: of the live assignments of the customer whom we recognise, the first in order.

That is the one with the highest priority, and of equal ones the newest, among those that this person has not seen often
enough and whose flight is not ahead of its pace. One prepared statement finds it with the person, for all who ask at the
moment; nothing is kept but content, so that an objection, a pause or a cap holds from the next question on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings

from campaigns import conditions, memberships, personalise, placeholders
from campaigns.blocks import references

from .. import prepared, recipients, registry, sent, tracking, words
from ..compiled import Brand, brand, spoken_to
from ..permission import barred
from . import limits, pacing, render

SLOTS = tuple(size.name for size in render.SIZES)  # of pages; players ask for render.VIDEO

BY_COOKIE = "SELECT customer_id FROM campaigns_identifier WHERE kind = 'cookie' AND value = asked.known_by"
BY_HASH = (
    "SELECT customer_id FROM campaigns_identifier"
    " WHERE kind = 'email' AND sha256_of(value) = decode(asked.known_by, 'hex')"
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
    SELECT asked.place, first.*
    FROM unnest(%(known_by)s::text[]) WITH ORDINALITY AS asked(known_by, place) CROSS JOIN LATERAL (
    SELECT d.id, d.customer_id, d.coupon_code, content.version_id, {person}
    FROM ({who}) known
    JOIN channels_dispatch d ON d.customer_id = known.customer_id
    JOIN campaigns_customer c ON c.id = d.customer_id
    LEFT JOIN campaigns_household h ON h.id = c.household_id
    JOIN campaigns_wave w ON w.id = d.wave_id
    JOIN campaigns_campaign p ON p.id = w.campaign_id
    JOIN campaigns_option o ON o.id = d.option_id
    JOIN campaigns_wavecontent content
      ON content.wave_id = d.wave_id AND content.option_id = d.option_id AND content.variant = d.variant
    WHERE d.channel = 'banner' AND d.state IN ('sent', 'delivered') AND w.state IN ('running', 'completed')
      AND now() < coalesce(w.arrives_at, w.started_at) + p.goal_days * interval '1 day'
      AND {seldom_enough} AND {in_pace} AND {barred} IS NULL
    ORDER BY coalesce({priority}, 0) DESC, d.id DESC LIMIT 1
    ) first
"""


@dataclass(frozen=True)
class Visitor:
    """How a visitor may be recognised; empty: not that way."""

    cookie: str = ""
    email_sha256: str = ""  # of the normalised address, in hexadecimal


@dataclass(frozen=True)
class Question:
    visitor: Visitor
    slot: str  # of SLOTS, or render.VIDEO


@dataclass(frozen=True)
class Decision:
    dispatch_id: int
    slot: str
    html: str  # for a player the XML of VAST
    click_url: str
    impression_url: str


@dataclass(frozen=True)
class Found:
    """A row of FIRST_LIVE."""

    dispatch_id: int
    customer_id: int
    coupon_code: str
    version_id: int
    person: Sequence[str]  # of personalise.PERSON


def decide(visitor: Visitor, *, slot: str) -> Decision | None:
    """The banner for this visitor, or None for somebody unknown, or for whom there is nothing."""
    return decide_all([Question(visitor, slot)])[0]


def decide_all(questions: Sequence[Question]) -> list[Decision | None]:
    """The same for many at once.

    The hash of an address is no secret, so whoever is recognised by it alone sees nothing personal.
    """
    found = _first_live(BY_COOKIE, {n: one.visitor.cookie for n, one in enumerate(questions)})
    hashes = {n: one.visitor.email_sha256 for n, one in enumerate(questions) if n not in found}
    decided = {n: _show(one, _own_fields(one), slot=questions[n].slot) for n, one in found.items()}
    for n, one in _first_live(BY_HASH, hashes).items():
        decided[n] = _show(one, dict.fromkeys(placeholders.FIELDS, ""), slot=questions[n].slot)
    return [decided.get(n) for n in range(len(questions))]


def _own_fields(found: Found) -> dict[str, Any]:
    return personalise.fields_of(found.person) | {"coupon_code": found.coupon_code} | _audiences(found)


def _audiences(found: Found) -> dict[str, frozenset[int]]:
    """Those of the person that the content's conditions name; mostly it names none."""
    named = conditions.audiences(sent.version_blocks(found.version_id))
    inside = memberships.read([found.customer_id], named)[found.customer_id] if named else frozenset()
    return {"audiences": inside, "audiences_gone": memberships.gone(named)}


def _first_live(who: str, known_by: Mapping[int, str]) -> dict[int, Found]:
    """By the same keys; who is not known that way, or for whom there is nothing, is left out."""
    asked = [(key, value) for key, value in known_by.items() if value]
    if not asked:
        return {}
    gate = barred(registry.get("banner"), campaign="w.campaign_id")
    params = gate.params | {"known_by": [value for _, value in asked], "time_zone": settings.TIME_ZONE}
    rows = prepared.rows(_statement(who, gate.sql), params)
    return {asked[place - 1][0]: Found(*row[:4], person=row[4:]) for place, *row in rows}


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


def _show(found: Found, person: Mapping[str, Any], *, slot: str) -> Decision | None:
    """None where the content has nothing for this slot."""
    blocks = sent.version_blocks(found.version_id)
    person = spoken_to(person, blocks)
    linked, banner = _content(found.version_id, brand(), words.language(person), references.told(blocks))
    links = {block_id: tracking.link_url(found.dispatch_id, block_id) for block_id in linked}
    link = next(iter(links.values()), None) or tracking.landing_url(found.dispatch_id)
    if slot not in banner.creatives:
        return None
    shown = tracking.shown_url(found.dispatch_id)
    html = banner.creatives[slot].fill({**person, "link": link, "links": links, "impression_url": shown})
    return Decision(found.dispatch_id, slot, html, link, shown)


@lru_cache(maxsize=256)
def _content(version_id: int, own: Brand, language: str, told: references.Told) -> tuple[list[str], render.Banner]:
    """What a version leads to, and its creatives, as long as what it names (`told`) says the same."""
    blocks = sent.version_blocks(version_id)
    return recipients.linked_blocks(blocks, "banner"), render.compile_banner(blocks, language)
