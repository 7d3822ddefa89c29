"""Which banner a visitor gets now: the newest live assignment of the customer whom we recognise."""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from campaigns import personalise

from .. import recipients, registry, sent, tracking
from ..permission import barred

SLOTS = ("300x250", "728x90", "160x600")

BY_COOKIE = "SELECT customer_id FROM campaigns_identifier WHERE kind = 'cookie' AND value = %(cookie)s"
BY_HASH = (
    "SELECT customer_id FROM campaigns_identifier"
    " WHERE kind = 'email' AND sha256_of(value) = decode(%(email_sha256)s, 'hex')"
)
# Live: sent, its wave neither paused nor cancelled, within its flight, and nothing speaks against it at this moment.
NEWEST_LIVE = """
    SELECT d.id
    FROM ({who}) known
    JOIN channels_dispatch d ON d.customer_id = known.customer_id
    JOIN campaigns_wave w ON w.id = d.wave_id
    JOIN campaigns_campaign c ON c.id = w.campaign_id
    WHERE d.channel = 'banner' AND d.state IN ('sent', 'delivered') AND w.state IN ('running', 'completed')
      AND now() < w.started_at + c.goal_days * interval '1 day'
      AND {barred} IS NULL
    ORDER BY d.id DESC LIMIT 1
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


def decide(visitor: Visitor, *, slot: str) -> Decision | None:
    """The banner for this visitor, or None for somebody unknown, or for whom there is nothing.

    The hash of an address is no secret, so whoever is recognised by it alone sees nothing personal.
    """
    if visitor.cookie and (dispatch_id := _newest_live(BY_COOKIE, visitor)):
        return _show(dispatch_id, slot=slot, is_personal=True)
    if visitor.email_sha256 and (dispatch_id := _newest_live(BY_HASH, visitor)):
        return _show(dispatch_id, slot=slot, is_personal=False)
    return None


def _newest_live(who: str, visitor: Visitor) -> int | None:
    gate = barred(registry.get("banner"))
    params = gate.params | {"cookie": visitor.cookie, "email_sha256": visitor.email_sha256}
    with connection.cursor() as cursor:
        cursor.execute(NEWEST_LIVE.format(who=who, barred=gate.sql), params)
        row = cursor.fetchone()
    return row[0] if row else None


def _show(dispatch_id: int, *, slot: str, is_personal: bool) -> Decision | None:
    dispatch = sent.find(dispatch_id)
    if dispatch is None:
        return None
    channel = registry.get("banner")
    blocks = sent.version_blocks(dispatch.version_id)
    linked = recipients.linked_blocks(blocks, channel.name)
    coupon = dispatch.coupon_code if is_personal else ""
    fields = _person(dispatch.customer_id, is_personal) | recipients.own_fields(channel, dispatch_id, coupon, linked)
    html = channel.render(blocks, fields).parts[f"html_{slot}"]
    return Decision(dispatch_id, str(html), fields["link"], tracking.shown_url(dispatch_id))


def _person(customer_id: int, is_personal: bool) -> dict[str, Any]:
    return personalise.fields_for([customer_id])[customer_id] if is_personal else dict.fromkeys(personalise.FIELDS, "")
