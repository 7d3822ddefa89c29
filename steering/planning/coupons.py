"""What the coupons of an option are expected to cost: how often they are redeemed, times what one redemption costs.

The rate is that of past waves of the offer whose goal days are over, on the channel, shrunk towards the offer on all
channels, and that towards the rate that staff expect: as if STRENGTH messages had been seen to be redeemed at it. The
basket, of which a share is given away, is the mean of those that tills told, shrunk towards the expected one likewise.
Whoever would have bought anyway redeems too, so this is a cost of the contact, and not a part of what it adds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from campaigns.models import Campaign, Offer
from campaigns.offers import showing
from channels.ledger.sql import rows
from steering import wave_offers

STRENGTH = 200.0  # messages
BASKETS = 20.0  # redemptions
LEFT = ("sent", "delivered", "handed_over", "uncertain")
SEEN = """
    WITH past AS (
        SELECT o.wave_id, o.option_id, o.variant, o.offer_id
        FROM campaigns_waveoffer o JOIN campaigns_wave w ON w.id = o.wave_id
        JOIN campaigns_campaign c ON c.id = w.campaign_id
        WHERE o.offer_id = ANY(%(offers)s) AND coalesce(w.arrives_at, w.started_at) + c.goal_days * interval '1 day' <= now()
    )
    SELECT p.offer_id, d.channel, count(*),
           count(*) FILTER (WHERE EXISTS (
               SELECT FROM campaigns_couponuse u WHERE u.offer_id = p.offer_id AND u.dispatch_id = d.id))
    FROM past p JOIN channels_dispatch d
      ON d.wave_id = p.wave_id AND d.option_id = p.option_id AND d.variant = p.variant AND d.state = ANY(%(left)s)
    GROUP BY p.offer_id, d.channel
"""
BASKET = """
    SELECT offer_id, count(value_cents), coalesce(sum(value_cents), 0)::bigint FROM campaigns_couponuse
    WHERE offer_id = ANY(%(offers)s) GROUP BY offer_id
"""


@dataclass(frozen=True)
class Coupon:
    """One offer in an option: how likely it is redeemed by whom gets it, and what that costs, in cents."""

    offer: str  # slug
    name: str
    rate: float
    cost_cents: float

    @property
    def expected_cents(self) -> float:
        return self.rate * self.cost_cents

    def told(self) -> dict[str, Any]:
        """JSON."""
        return asdict(self)


def total(coupons: Iterable[Coupon]) -> float:
    return sum(coupon.expected_cents for coupon in coupons)


def of_campaign(campaign: Campaign) -> dict[int, tuple[Coupon, ...]]:
    """Of each option that shows offers. Of variants, each counts with its share."""
    wanted = [
        (one.option_id, one.channel, slug, share)
        for one, share in wave_offers.shown(campaign)
        for slug in showing.slugs(one.blocks, one.channel)
    ]
    if not wanted:
        return {}
    known = {offer.slug: offer for offer in Offer.objects.filter(slug__in={slug for _, _, slug, _ in wanted})}
    learned = Learned.of(known.values())
    costs: dict[int, dict[str, Coupon]] = {}
    for option_id, channel, slug, share in wanted:
        if slug in known:
            mine = costs.setdefault(option_id, {})
            before = mine[slug].rate if slug in mine else 0.0
            rate = before + share * learned.rate(known[slug], channel)
            mine[slug] = Coupon(slug, known[slug].name, round(rate, 6), round(learned.cost(known[slug]), 2))
    return {option_id: tuple(mine.values()) for option_id, mine in costs.items()}


@dataclass(frozen=True)
class Learned:
    """What past waves have shown of some offers."""

    seen: Mapping[tuple[int, str], tuple[int, int]]  # by offer and channel: messages, and those that were redeemed
    baskets: Mapping[int, tuple[int, int]]  # by offer: how many, and their sum in cents

    @classmethod
    def of(cls, offers: Iterable[Offer]) -> "Learned":
        params = {"offers": [offer.pk for offer in offers], "left": list(LEFT)}
        return cls(
            {(offer, channel): (sent, redeemed) for offer, channel, sent, redeemed in rows(SEEN, params)},
            {offer: (count, int(sum_)) for offer, count, sum_ in rows(BASKET, params)},
        )

    def rate(self, offer: Offer, channel: str) -> float:
        everywhere = [counts for (id_, _), counts in self.seen.items() if id_ == offer.pk]
        sent, redeemed = (sum(part) for part in zip(*everywhere, strict=True)) if everywhere else (0, 0)
        of_offer = _shrunk(redeemed, sent, towards=float(offer.expected_rate), strength=STRENGTH)
        sent, redeemed = self.seen.get((offer.pk, channel), (0, 0))
        return _shrunk(redeemed, sent, towards=of_offer, strength=STRENGTH)

    def cost(self, offer: Offer) -> float:
        """Of one redemption, in cents."""
        count, sum_ = self.baskets.get(offer.pk, (0, 0))
        basket = _shrunk(sum_, count, towards=float(offer.expected_basket_cents), strength=BASKETS)
        return offer.cost_cents + float(offer.cost_share) * basket


def _shrunk(sum_: float, count: float, *, towards: float, strength: float) -> float:
    return (sum_ + strength * towards) / (count + strength)
