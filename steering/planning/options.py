"""The options of a campaign as planning sees them, in a fixed order: the columns of every array of a plan."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from math import inf
from types import MappingProxyType
from typing import Any

from django.utils import timezone

from campaigns.areas import living
from campaigns.models import Campaign, Option, Wave
from channels import registry
from channels.direct_post.spread import Spread
from channels.direct_post.spread import of as spread_of
from steering import print_terms, timetable, treatments
from steering.models import Plan

from . import coupons, price_steps
from .coupons import Coupon
from .price_steps import PriceStep


class PlanningError(ValueError):
    """A wave that cannot be planned; the message is for people."""


@dataclass(frozen=True)
class Offer:
    """One option with what deciding needs of it."""

    option_id: int
    channel: str
    treatment: str  # the channel with the content, as models know it
    label: str
    unit_cost_cents: float
    capacity: float  # pieces; inf: no limit
    by_area: bool
    one_per_household: bool
    minimum_run: float = 0.0  # pieces: none, or at least as many
    zone_costs: Mapping[str, float] = field(
        default_factory=dict
    )  # cents by the beginning of the postcode, as zones.py says
    coupons: tuple[Coupon, ...] = ()  # that its content gives
    spread: Spread = field(default_factory=Spread)  # over weeks, where it is bought by area
    carrier: str = ""  # whose areas; empty: of the first carrier that has a household
    product: str = ""  # of whose price table it costs
    country: str = "DE"  # of delivery areas
    steps: tuple[PriceStep, ...] = ()  # of price, while none is settled: then a piece costs nothing yet
    step: PriceStep | None = None  # the one that was settled
    step_most: float = inf  # pieces at this step
    terms: Mapping[str, Any] = field(default_factory=dict)  # of print: what it is ordered by
    is_closed: bool = False  # no run earns its price

    @property
    def coupon_cents(self) -> float:
        """What its coupons are expected to cost for each customer who gets it."""
        return coupons.total(self.coupons)

    @property
    def setup_cents(self) -> float:
        """What a run costs once, beside its pieces."""
        return self.step.setup if self.step and not self.is_closed else 0.0

    @property
    def is_run(self) -> bool:
        """Made as a whole or not at all, so not for single customers."""
        return bool(self.minimum_run or self.setup_cents or self.steps)

    def at(self, number: int) -> "Offer":
        """With this step settled. What the option says itself of its zones and least pieces still counts."""
        step, later = self.steps[number], self.steps[number + 1 :]
        return self.settled(step, most=later[0].least - 1 if later else inf)

    @property
    def most_pieces(self) -> float:
        return min(self.capacity, self.step_most)

    def settled(self, step: PriceStep, *, most: float) -> "Offer":
        by_zone = {zone: step.production + cents for zone, cents in step.postage.items()}
        return replace(
            self,
            unit_cost_cents=by_zone.pop("", inf),
            zone_costs=by_zone | dict(self.zone_costs),
            minimum_run=max(self.minimum_run, float(step.least) if step.least > 1 else 0.0),
            step_most=float(most),
            steps=(),
            step=step,
        )


def of_wave(wave: Wave) -> list[Offer]:
    """With the prices of the days on which the wave is handed over. Raises PlanningError, as of_campaign."""
    try:
        due = {stop.option.pk: timezone.localdate(stop.due_at) for stop in timetable.of_wave(wave).stops}
    except timetable.TimetableError as error:
        raise PlanningError(str(error)) from error
    return of_campaign(wave.campaign, on=due)


def of_campaign(campaign: Campaign, *, on: Mapping[int, date] = MappingProxyType({})) -> list[Offer]:
    """`on`: by option the day whose prices count (today). Raises PlanningError where there is nothing to decide, or more than can be decided."""
    options = campaign.options.select_related("content", "campaign", "comparison").order_by("id")
    given = coupons.of_campaign(campaign)
    offers = [_offer(option, given.get(option.pk, ()), on.get(option.pk)) for option in options]
    if not offers:
        raise PlanningError(f"{campaign} has no options: add at least one channel")
    if sum(offer.by_area for offer in offers) > 1:
        raise PlanningError("at most one option may be bought by delivery area")
    return offers


def as_planned(plan: Plan) -> list[Offer]:
    """The same, at the prices of the plan, and with what it expected of coupons: that is learned anew with every redemption."""
    told = {row["option"]: row for row in plan.options}
    return [_as_told(offer, told.get(offer.option_id, {})) for offer in of_campaign(plan.wave.campaign)]


def _as_told(offer: Offer, row: Mapping[str, Any]) -> Offer:
    offer = replace(offer, coupons=tuple(Coupon(**one) for one in row.get("coupons", ())))
    if price := row.get("price"):
        step = PriceStep(**price["step"])
        most = inf if price["most"] is None else price["most"]
        offer = replace(offer.settled(step, most=most), is_closed=not row["pieces"])
    elif offer.steps:
        offer = offer.at(0)
    return replace(offer, minimum_run=max(offer.minimum_run, 1.0)) if offer.is_closed else offer


def area_column(offers: list[Offer]) -> int | None:
    """The option that is bought by delivery area."""
    return next((column for column, offer in enumerate(offers) if offer.by_area), None)


def letter_columns(offers: list[Offer]) -> tuple[int, ...]:
    """Options of which a household gets at most one piece."""
    return tuple(column for column, offer in enumerate(offers) if offer.one_per_household)


def _offer(option: Option, given: tuple[Coupon, ...], on: date | None) -> Offer:
    channel = registry.get(option.channel)
    cost = channel.unit_cost_cents if option.unit_cost_cents is None else option.unit_cost_cents
    made = Offer(
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
        carrier=living.carrier_of(option.settings) if channel.reach.decided_by_area else "",
        terms=print_terms.of(option.settings),
    )
    return _priced(made, option, on)


def _priced(offer: Offer, option: Option, on: date | None) -> Offer:
    """At the prices of the product that the option names; one with a single step of price is settled."""
    try:
        priced = price_steps.of_option(option, on=on)
    except ValueError as error:
        raise PlanningError(f"{offer.label}: {error}") from error
    if priced is None:
        return offer
    if priced.currency != option.campaign.currency:
        reason = f"its prices are in {priced.currency}, and the campaign's budget is in {option.campaign.currency}"
        raise PlanningError(f"{offer.label}: {reason}")
    offer = replace(offer, unit_cost_cents=0, product=priced.product, country=priced.country, steps=priced.steps)
    return offer.at(0) if len(priced.steps) == 1 and not priced.steps[0].setup else offer


def _spread(option: Option) -> Spread:
    try:
        return spread_of(option.settings)
    except ValueError as error:
        raise PlanningError(f"{registry.get(option.channel).label}: {error}") from error
