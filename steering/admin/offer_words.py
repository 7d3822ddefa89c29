"""The offers of a plan in a table: codes that it needs and has, and what their redemptions are expected to cost."""

from collections import Counter
from typing import Any

from campaigns import offers
from campaigns.models import OfferKind, Wave, WaveOffer
from campaigns.money import shown
from steering.models import Plan

from .plan_words import table

HEADERS = ["Offer", "Customers", "Codes reserved", "Codes missing", "Expected to be redeemed by", "Each costs"]
NOTE = (
    "Codes are reserved with the plan and given with its messages; a plan that lacks codes cannot be approved. What"
    " redemptions are expected to cost was taken off the margin of the options that give them."
)


def of(wave: Wave, plan: Plan) -> dict[str, Any] | None:
    """None for a wave that shows no offers."""
    shown_offers = WaveOffer.objects.filter(wave=wave).select_related("offer")
    by_offer = {one.offer_id: one.offer for one in shown_offers}
    if not by_offer:
        return None
    planned = {row["option"]: row["planned"] for row in plan.options}
    pairs = {(one.offer_id, one.option_id) for one in shown_offers}
    needed = Counter[int]()
    for offer_id, option_id in pairs:
        needed[offer_id] += planned.get(option_id, 0)
    reserved = offers.reserved(wave.pk)
    rows = [
        [
            offer.name,
            f"{needed[id_]:,}",
            *_codes(offer.kind == OfferKind.UNIQUE and wave.started_at is None, needed[id_], reserved.get(id_, 0)),
            *_expected(plan, offer.slug, wave.campaign.currency),
        ]
        for id_, offer in by_offer.items()
    ]
    return table("Offers", HEADERS, rows, note=NOTE)


def _codes(are_counted: bool, needed: int, reserved: int) -> list[str]:
    return [f"{reserved:,}", f"{max(0, needed - reserved):,}"] if are_counted else ["", ""]


def _expected(plan: Plan, slug: str, currency: str) -> list[str]:
    """Of the option by which most redeem it."""
    told = [one for row in plan.options for one in row.get("coupons", ()) if one["offer"] == slug]
    if not told:
        return ["", ""]
    most = max(told, key=lambda one: one["rate"])
    return [f"{100 * most['rate']:.1f} %", shown(most["cost_cents"], currency)]
