"""What may still be changed once customers have an offer: what they read stays true, and it may only last longer."""

from collections.abc import Iterator

from campaigns.models import Offer, WaveOffer, WaveState

NOT_YET_OUT = (WaveState.DRAFT, WaveState.SIMULATED, WaveState.CANCELLED)
FIXED = ("slug", "kind", "code", "terms", "valid_from_on", "where", "stores")


def is_out(offer: Offer) -> bool:
    """Whether a wave that was approved gives it away, or codes of it have been given or redeemed."""
    approved = WaveOffer.objects.filter(offer=offer).exclude(wave__state__in=NOT_YET_OUT)
    return approved.exists() or offer.coupons.filter(dispatch_id__isnull=False).exists()


def refused(before: Offer, after: Offer) -> Iterator[tuple[str, str]]:
    """Field and reason of each change that cannot be made any more."""
    if before.kind != after.kind and before.coupons.exists():
        yield "kind", "its pool has codes"
    if not is_out(before):
        return
    for name in FIXED:
        if getattr(before, name) != getattr(after, name):
            yield name, "customers have it like this; make a new offer"
    if _ends_sooner(before, after):
        yield "valid_until_on", "customers were told a later day; it may only last longer"
    if after.minimum_basket_cents > before.minimum_basket_cents:
        yield "minimum_basket_cents", "customers were told less"


def _ends_sooner(before: Offer, after: Offer) -> bool:
    if after.valid_until_on is None:
        return False
    return before.valid_until_on is None or after.valid_until_on < before.valid_until_on
