"""Coupons that come back, from the web shop or a till: codes of offers, and codes that only a message knows."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from campaigns import blocks as content_blocks
from campaigns.models import CouponUse, Customer, Event, EventKind
from campaigns.offers import codes, redeeming
from campaigns.offers.redeeming import Found, RedemptionRefused, Sale

from . import feedback
from .base import Feedback
from .models import Dispatch
from .sent import version_blocks

__all__ = ["Redeemed", "Redemption", "RedemptionRefused", "redeem"]
SOURCE = "redemption"


@dataclass(frozen=True)
class Redemption:
    """One coupon handed in. A shared code, the same for everybody, may need to know whose it is."""

    code: str
    receipt: str  # the shop's own number of the sale: the same one twice is one redemption
    redeemed_at: datetime
    is_online: bool
    value_cents: int | None = None  # of the sale; None where the shop reports sales as events by itself
    customer_number: str = ""
    store: str = ""  # the shop's own code of the store

    @property
    def sale(self) -> Sale:
        return Sale(self.receipt, self.redeemed_at, self.is_online, self.store, self.value_cents)


@dataclass(frozen=True)
class Redeemed:
    dispatch_id: int | None  # the message that it answers; None: nobody knows, or the customer was erased
    is_new: bool
    offer: str = ""  # slug


@transaction.atomic
def redeem(redemption: Redemption) -> Redeemed:
    """Record a redemption. Raises RedemptionRefused, whose `kind` says why."""
    found = redeeming.find(redemption.code)
    return _of_offer(found, redemption) if found else _of_message(redemption)


def _of_offer(found: Found, redemption: Redemption) -> Redeemed:
    offer = found.offer
    shared_by = None if found.coupon else _shared(offer.code, redemption.customer_number, slug=offer.slug)
    if shared_by is not None:
        _lock(shared_by)
        _refuse_second(offer.pk, shared_by, redemption.receipt)
    use, is_new = redeeming.use(found, redemption.sale, dispatch_id=shared_by)
    is_known = use.dispatch_id is not None and Dispatch.objects.filter(pk=use.dispatch_id).exists()
    if is_new and is_known:
        _record(redemption, use.dispatch_id, key=f"use-{use.pk}", offer=offer.slug)
    return Redeemed(use.dispatch_id if is_known else None, is_new, offer.slug)


def _refuse_second(offer_id: int, dispatch_id: int, receipt: str) -> None:
    """A shared code is redeemed once with each message that showed it."""
    if CouponUse.objects.filter(offer_id=offer_id, dispatch_id=dispatch_id).exclude(receipt=receipt).exists():
        raise _redeemed_before()


def _of_message(redemption: Redemption) -> Redeemed:
    """A code that was made with the message, or stands in its text without an offer."""
    dispatch_id = _dispatch_of(redemption)
    _lock(dispatch_id)
    redeemed = Event.objects.filter(dispatch_id=dispatch_id, kind=EventKind.REDEEMED)
    earlier = redeemed.exclude(attributes__has_key="offer").first()
    if earlier and earlier.attributes.get("receipt") == redemption.receipt:
        return Redeemed(dispatch_id, is_new=False)
    if earlier:
        raise _redeemed_before()
    _record(redemption, dispatch_id, key=str(dispatch_id))
    return Redeemed(dispatch_id, is_new=True)


def _lock(dispatch_id: int) -> None:
    """Two tills with one coupon: the second waits here, and then sees the first."""
    Dispatch.objects.select_for_update().get(pk=dispatch_id)


def _redeemed_before() -> RedemptionRefused:
    return RedemptionRefused("already-redeemed", "redeemed before, on another receipt")


def _record(redemption: Redemption, dispatch_id: int, *, key: str, offer: str = "") -> None:
    kinds = [EventKind.REDEEMED] + ([EventKind.PURCHASED] if redemption.value_cents is not None else [])
    if offer and _is_told(dispatch_id, redemption.receipt):
        kinds = [EventKind.REDEEMED]  # two coupons of a message on one receipt are one purchase
    feedback.record(_feedback(redemption, kind, dispatch_id, f"{kind}-{key}", offer) for kind in kinds)


def _is_told(dispatch_id: int, receipt: str) -> bool:
    bought = Event.objects.filter(dispatch_id=dispatch_id, kind=EventKind.PURCHASED, source=SOURCE)
    return bought.filter(attributes__receipt=receipt).exists()


def _feedback(redemption: Redemption, kind: EventKind, dispatch_id: int, key: str, offer: str) -> Feedback:
    return Feedback(
        kind=kind,
        dispatch_id=dispatch_id,
        occurred_at=redemption.redeemed_at,
        source=SOURCE,
        source_key=key,
        is_online=redemption.is_online,
        medium="web" if redemption.is_online else "store",
        # The money stands on the purchase only, so that no sum counts it twice.
        value_cents=redemption.value_cents or 0 if kind == EventKind.PURCHASED else 0,
        attributes={"receipt": redemption.receipt} | ({"offer": offer} if offer else {}),
    )


def _dispatch_of(redemption: Redemption) -> int:
    code = redemption.code.strip().upper()
    personal = Dispatch.objects.filter(coupon_code=code).exclude(coupon_code="").values_list("id", flat=True).first()
    found = personal or _shared(code, redemption.customer_number)
    if found is not None:
        return found
    if codes.is_mistyped(codes.key(code)):
        raise RedemptionRefused("mistyped-code", "no such code can exist: a letter or digit of it is wrong")
    raise RedemptionRefused("unknown-code", "no message carries this code for this customer")


SHARED = """
    SELECT d.id, d.channel, wc.version_id FROM channels_dispatch d
    JOIN campaigns_wavecontent wc ON wc.wave_id = d.wave_id AND wc.option_id = d.option_id AND wc.variant = d.variant
    WHERE d.customer_id = %s AND d.state IN ('sent', 'delivered', 'handed_over', 'uncertain')
    ORDER BY d.id DESC LIMIT 50
"""


def _shared(code: str, customer_number: str, *, slug: str = "") -> int | None:
    """The customer's newest dispatch whose content shows this code, or names its offer."""
    customer = Customer.objects.filter(customer_number=customer_number).first() if customer_number else None
    if customer is None:
        return None
    for dispatch in Dispatch.objects.raw(SHARED, [customer.merged_into_id or customer.pk]):
        # A code may be shared on one channel and personal on another.
        blocks = version_blocks(dispatch.version_id)
        for language in content_blocks.languages(blocks):
            shown = content_blocks.for_channel(blocks, dispatch.channel, language)
            if any(block.get("coupon") == code or (slug and block.get("offer") == slug) for block in shown):
                return dispatch.pk
    return None
