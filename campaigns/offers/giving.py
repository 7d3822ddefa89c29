"""Which codes messages carry."""

from collections.abc import Collection

from campaigns.models import Coupon


def codes_of(dispatch_ids: Collection[int]) -> dict[int, dict[str, str]]:
    """By message and offer's slug, as they are shown; messages without codes of offers are left out. One query."""
    found: dict[int, dict[str, str]] = {}
    given = Coupon.objects.filter(dispatch_id__in=list(dispatch_ids))
    for dispatch_id, slug, code in given.values_list("dispatch_id", "offer__slug", "code"):
        found.setdefault(dispatch_id, {})[slug] = code
    return found
