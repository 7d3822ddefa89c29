"""Coupons that come back, from the web shop or a till."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from campaigns import blocks as content_blocks
from campaigns.models import Customer, Event, EventKind

from . import feedback
from .base import Feedback
from .models import Dispatch
from .sent import version_blocks

SOURCE = "redemption"


class UnknownCodeError(Exception):
    """No dispatch carries this code."""


class AlreadyRedeemedError(Exception):
    """The coupon was redeemed before, on another receipt."""


@dataclass(frozen=True)
class Redemption:
    """One coupon handed in. A shared code, the same for everybody, also needs to know whose it is."""

    code: str
    receipt: str  # the shop's own number of the sale: the same one twice is one redemption
    redeemed_at: datetime
    is_online: bool
    value_cents: int | None = None  # of the sale; None where the shop reports sales as events by itself
    customer_number: str = ""


@transaction.atomic
def redeem(redemption: Redemption) -> tuple[int, bool]:
    """Record a redemption; returns the dispatch that it answers, and whether it was new."""
    dispatch_id = _dispatch_of(redemption)
    # Two tills with one coupon: the second waits here, and then sees the first.
    Dispatch.objects.select_for_update().get(pk=dispatch_id)
    earlier = Event.objects.filter(dispatch_id=dispatch_id, kind=EventKind.REDEEMED).first()
    if earlier and earlier.attributes.get("receipt") == redemption.receipt:
        return dispatch_id, False
    if earlier:
        raise AlreadyRedeemedError
    feedback.record(_feedback(redemption, dispatch_id))
    return dispatch_id, True


def _feedback(redemption: Redemption, dispatch_id: int) -> list[Feedback]:
    kinds = [EventKind.REDEEMED] + ([EventKind.PURCHASED] if redemption.value_cents is not None else [])
    return [
        Feedback(
            kind=kind,
            dispatch_id=dispatch_id,
            occurred_at=redemption.redeemed_at,
            source=SOURCE,
            source_key=f"{kind}-{dispatch_id}",
            is_online=redemption.is_online,
            medium="web" if redemption.is_online else "store",
            # The money stands on the purchase only, so that no sum counts it twice.
            value_cents=redemption.value_cents or 0 if kind == EventKind.PURCHASED else 0,
            attributes={"receipt": redemption.receipt},
        )
        for kind in kinds
    ]


def _dispatch_of(redemption: Redemption) -> int:
    code = redemption.code.strip().upper()
    personal = Dispatch.objects.filter(coupon_code=code).exclude(coupon_code="").values_list("id", flat=True).first()
    found = personal or _shared(code, redemption.customer_number)
    if found is None:
        raise UnknownCodeError
    return found


SHARED = """
    SELECT d.id, d.channel, wc.version_id FROM channels_dispatch d
    JOIN campaigns_wavecontent wc ON wc.wave_id = d.wave_id AND wc.option_id = d.option_id
    WHERE d.customer_id = %s AND d.state IN ('sent', 'delivered', 'handed_over', 'uncertain')
    ORDER BY d.id DESC LIMIT 50
"""


def _shared(code: str, customer_number: str) -> int | None:
    """The customer's newest dispatch whose content shows this code."""
    customer = Customer.objects.filter(customer_number=customer_number).first() if customer_number else None
    if customer is None:
        return None
    for dispatch in Dispatch.objects.raw(SHARED, [customer.pk]):
        # A code may be shared on one channel and personal on another.
        shown = content_blocks.for_channel(version_blocks(dispatch.version_id), dispatch.channel)
        if any(block.get("coupon") == code for block in shown):  # shared codes are in capitals
            return dispatch.pk
    return None
