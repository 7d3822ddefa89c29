"""The options of a campaign as planning sees them, in a fixed order: the columns of every array of a plan."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from campaigns.models import Campaign, Option
from channels import registry
from channels.direct_post.spread import Spread
from channels.direct_post.spread import of as spread_of
from steering import treatments
from steering.models import Plan

from . import coupons
from .coupons import Coupon


class PlanningError(ValueError):
    """A wave that cannot be planned; the message is for people."""


@dataclass(frozen=True)
class Offer:
    """One option with what deciding needs of it."""

    option_id: int
    channel: str
    treatment: str  # the channel with the content, as models know it
    label: str
    unit_cost_cents: int
    capacity: float  # pieces; inf: no limit
    by_area: bool
    one_per_household: bool
    minimum_run: float = 0.0  # pieces: none, or at least as many
    zone_costs: Mapping[str, int] = field(default_factory=dict)  # cents by the beginning of the postcode
    coupons: tuple[Coupon, ...] = ()  # that its content gives
    spread: Spread = field(default_factory=Spread)  # over weeks, where it is bought by area

    @property
    def coupon_cents(self) -> float:
        """What its coupons are expected to cost for each customer who gets it."""
        return coupons.total(self.coupons)


def of_campaign(campaign: Campaign) -> list[Offer]:
    """Raises PlanningError where there is nothing to decide, or more than can be decided."""
    options = campaign.options.select_related("content", "campaign", "comparison").order_by("id")
    given = coupons.of_campaign(campaign)
    offers = [_offer(option, given.get(option.pk, ())) for option in options]
    if not offers:
        raise PlanningError(f"{campaign} has no options: add at least one channel")
    if sum(offer.by_area for offer in offers) > 1:
        raise PlanningError("at most one option may be bought by delivery area")
    return offers


def as_planned(plan: Plan) -> list[Offer]:
    """The same, with what the plan expected of coupons: that is learned anew with every redemption."""
    told = {row["option"]: row.get("coupons", ()) for row in plan.options}
    return [
        replace(offer, coupons=tuple(Coupon(**one) for one in told.get(offer.option_id, ())))
        for offer in of_campaign(plan.wave.campaign)
    ]


def area_column(offers: list[Offer]) -> int | None:
    """The option that is bought by delivery area."""
    return next((column for column, offer in enumerate(offers) if offer.by_area), None)


def letter_columns(offers: list[Offer]) -> tuple[int, ...]:
    """Options of which a household gets at most one piece."""
    return tuple(column for column, offer in enumerate(offers) if offer.one_per_household)


def _offer(option: Option, given: tuple[Coupon, ...]) -> Offer:
    channel = registry.get(option.channel)
    cost = channel.unit_cost_cents if option.unit_cost_cents is None else option.unit_cost_cents
    return Offer(
        option_id=option.pk,
        channel=channel.name,
        treatment=treatments.of_option(option),
        label=f"{channel.label}: {option.content}" if option.content else channel.label,
        unit_cost_cents=cost,
        capacity=float("inf") if option.capacity is None else float(option.capacity),
        by_area=channel.reach.decided_by_area,
        one_per_household=channel.reach.one_per_household,
        minimum_run=float(option.minimum_run or 0),
        zone_costs=option.zone_costs,
        coupons=given,
        spread=_spread(option) if channel.reach.decided_by_area else Spread(),
    )


def _spread(option: Option) -> Spread:
    try:
        return spread_of(option.settings)
    except ValueError as error:
        raise PlanningError(f"{option}: {error}") from error
