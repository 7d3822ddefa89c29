"""A code that is handed in: found, held against what its offer says, and used up, once; in the caller's transaction."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import F, Q
from django.utils import timezone

from campaigns.models import Coupon, CouponState, CouponUse, Offer, OfferKind
from campaigns.models.offers import RedeemedAt

from . import codes


class RedemptionRefused(Exception):  # noqa: N818 it is an answer
    """A code that is not taken. `kind` is for programs, the message for people at a till."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind


@dataclass(frozen=True)
class Sale:
    """Where a code was handed in."""

    receipt: str
    redeemed_at: datetime
    is_online: bool
    store: str = ""
    value_cents: int | None = None


@dataclass(frozen=True)
class Found:
    """The offer that a code belongs to; the coupon where it is one of a pool."""

    offer: Offer
    coupon: Coupon | None = None


def find(code: str) -> Found | None:
    """None where no offer knows it. A symbol that was taken for one that looks like it is read as what was meant."""
    plain = codes.key(code)
    return _find(plain) or ((read := codes.meant(plain)) and _find(read)) or None


def _find(plain: str) -> Found | None:
    coupon = Coupon.objects.select_related("offer").filter(key=plain).first()
    if coupon is not None:
        return Found(coupon.offer, coupon)
    offer = Offer.objects.filter(~Q(code=""), pk__in=_shared_as(plain)).first() if plain else None
    return Found(offer) if offer else None


def _shared_as(plain: str) -> list[int]:
    """Shared codes are few."""
    shared = Offer.objects.filter(kind=OfferKind.SHARED).values_list("pk", "code")
    return [pk for pk, code in shared if codes.key(code) == plain]


def use(found: Found, sale: Sale, *, dispatch_id: int | None = None) -> tuple[CouponUse, bool]:
    """Use it up; returns the use, and whether it is new: the same receipt again is the same use.

    Raises RedemptionRefused. Of two at the same time with one code, the second waits here, and is then told.
    """
    return _use_unique(found.coupon, sale) if found.coupon else _use_shared(found.offer, sale, dispatch_id)


def _use_unique(coupon: Coupon, sale: Sale) -> tuple[CouponUse, bool]:
    coupon = Coupon.objects.select_for_update(of=("self",)).select_related("offer").get(pk=coupon.pk)
    earlier = CouponUse.objects.filter(coupon=coupon).first()
    if earlier is not None:
        if earlier.receipt == sale.receipt:
            return earlier, False
        raise RedemptionRefused("already-redeemed", "redeemed before, on another receipt")
    if coupon.state in (CouponState.FREE, CouponState.RESERVED):
        raise RedemptionRefused("unknown-code", "nobody has been given this code")
    if coupon.state == CouponState.WITHDRAWN:
        raise RedemptionRefused("withdrawn", "this code was withdrawn")
    refuse(coupon.offer, sale)
    coupon.state = CouponState.REDEEMED
    coupon.save(update_fields=["state"])
    return _written(coupon.offer, sale, coupon.dispatch_id, coupon=coupon), True


# Waits for whoever writes the same receipt at this moment.
TAKE_SHARED = """
    INSERT INTO campaigns_couponuse (offer_id, receipt, store, is_online, value_cents, redeemed_at, dispatch_id)
    VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (offer_id, receipt) WHERE coupon_id IS NULL DO NOTHING RETURNING id
"""


def _use_shared(offer: Offer, sale: Sale, dispatch_id: int | None) -> tuple[CouponUse, bool]:
    with connection.cursor() as cursor:
        cursor.execute(TAKE_SHARED, [offer.pk, *_columns(sale), dispatch_id])
        made = cursor.fetchone()
    if made is None:
        return CouponUse.objects.get(offer=offer, receipt=sale.receipt, coupon=None), False
    refuse(offer, sale)
    if offer.most_uses is not None:
        has_room = Offer.objects.filter(pk=offer.pk, uses__lt=F("most_uses")).update(uses=F("uses") + 1)
        if not has_room:
            raise RedemptionRefused("used-up", f"this code could be used {offer.most_uses:,} times, and was")
    return CouponUse.objects.get(pk=made[0]), True


def _columns(sale: Sale) -> tuple:
    return sale.receipt, sale.store, sale.is_online, sale.value_cents, sale.redeemed_at


def _written(offer: Offer, sale: Sale, dispatch_id: int | None, *, coupon: Coupon) -> CouponUse:
    return CouponUse.objects.create(
        offer=offer,
        coupon=coupon,
        receipt=sale.receipt,
        store=sale.store,
        is_online=sale.is_online,
        value_cents=sale.value_cents,
        redeemed_at=sale.redeemed_at,
        dispatch_id=dispatch_id,
    )


def refuse(offer: Offer, sale: Sale) -> None:
    """Raise RedemptionRefused for what the offer's terms do not allow. Days are those of the platform's time zone."""
    day = timezone.localdate(sale.redeemed_at)
    if offer.withdrawn_at and sale.redeemed_at >= offer.withdrawn_at:
        raise RedemptionRefused("withdrawn", "this offer was withdrawn")
    if offer.valid_from_on and day < offer.valid_from_on:
        raise RedemptionRefused("not-yet-valid", f"valid from {offer.valid_from_on.isoformat()} on")
    if offer.valid_until_on and day > offer.valid_until_on:
        raise RedemptionRefused("expired", f"was valid until {offer.valid_until_on.isoformat()}")
    _refuse_place(offer, sale)
    if sale.value_cents is not None and sale.value_cents < offer.minimum_basket_cents:
        raise RedemptionRefused("basket-too-small", f"needs a basket of {offer.minimum_basket_cents / 100:.2f} or more")


def _refuse_place(offer: Offer, sale: Sale) -> None:
    if offer.where == RedeemedAt.ONLINE and not sale.is_online:
        raise RedemptionRefused("not-here", "this offer is for the web shop only")
    if offer.where == RedeemedAt.STORE and sale.is_online:
        raise RedemptionRefused("not-here", "this offer is for stores only")
    if offer.stores and not sale.is_online and sale.store not in offer.stores:
        raise RedemptionRefused(
            "not-here", "this offer is not for this store" if sale.store else "say which store it is"
        )
