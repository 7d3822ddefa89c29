"""What is in a pool, and codes and offers that are taken back."""

from collections.abc import Collection
from datetime import date

from django.db import transaction
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from campaigns.models import Coupon, CouponUse, Offer
from campaigns.models.offers import CouponState, OfferKind

from .errors import OfferError

OPEN = (CouponState.FREE, CouponState.GIVEN)  # what a plan has reserved is withdrawn with the plan


def counts(offer: Offer) -> dict[str, int]:
    """Codes by state, those of no code included."""
    found = dict(offer.coupons.values_list("state").annotate(number=Count("id")).order_by())
    return {state: found.get(state, 0) for state in CouponState.values}


def reserved(wave_id: int) -> dict[int, int]:
    """How many codes are reserved for a wave, by offer."""
    found = Coupon.objects.filter(wave_id=wave_id, state=CouponState.RESERVED).values_list("offer_id")
    return dict(found.annotate(number=Count("id")).order_by())


def with_counts(found: QuerySet[Offer]) -> QuerySet[Offer]:
    """Offers with `free_codes` and `times_redeemed`, for lists."""
    return found.annotate(
        free_codes=_number_of(Coupon.objects.filter(state=CouponState.FREE)),
        times_redeemed=_number_of(CouponUse.objects.all()),
    )


def _number_of(rows: QuerySet) -> Coalesce:
    counted = rows.filter(offer=OuterRef("pk")).values("offer").annotate(number=Count("id")).values("number")
    return Coalesce(Subquery(counted), 0)


def ends(slugs: Collection[str]) -> dict[str, date | None]:
    """The last day of each of these offers, as it is now; no query where there are none."""
    return dict(Offer.objects.filter(slug__in=slugs).values_list("slug", "valid_until_on")) if slugs else {}


def is_over(offer: Offer) -> bool:
    """Whether its last day has passed."""
    return offer.valid_until_on is not None and offer.valid_until_on < timezone.localdate()


def free(offer: Offer, *, campaigns: Collection[int] = ()) -> int | None:
    """How many codes plans can still reserve; None: as many as wanted. What waves of `campaigns` have reserved, these have."""
    if offer.kind == OfferKind.SHARED:
        return None
    theirs = Q(state=CouponState.RESERVED, wave__campaign__in=campaigns)
    return offer.coupons.filter(Q(state=CouponState.FREE) | theirs).count()


@transaction.atomic
def withdraw(offer: Offer) -> int:
    """Nothing of the offer is redeemed any more; returns how many codes were still open. Plans lose what they reserved."""
    if not Offer.objects.filter(pk=offer.pk, withdrawn_at=None).update(withdrawn_at=timezone.now()):
        raise OfferError("it is withdrawn already")
    reserved = offer.coupons.filter(state=CouponState.RESERVED)
    reserved.update(state=CouponState.FREE, wave=None, customer=None)
    return offer.coupons.filter(state__in=OPEN).update(state=CouponState.WITHDRAWN)


def withdraw_code(offer: Offer, key: str) -> None:
    """One code, lost or misused."""
    found = Coupon.objects.filter(offer=offer, key=key)
    if found.filter(state__in=OPEN).update(state=CouponState.WITHDRAWN):
        return
    state = found.values_list("state", flat=True).first()
    raise OfferError(f"a code that is {state} cannot be withdrawn" if state else "this pool has no such code")
