"""What campaigns that were planned together with a wave demanded, paid and gave to the same people."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from campaigns.models import Campaign, CampaignRule, Customer
from channels import registry
from steering.models import Assignment, Plan

from . import rules
from .rule_words import option_label


@dataclass(frozen=True)
class Given:
    """What another campaign gives somebody."""

    customer_id: int
    campaign_id: int
    campaign: str
    label: str
    option_id: int
    channel: str
    cost: float  # cents, its own
    is_contact: bool  # counts towards the most contacts; a leaflet that comes on top does not

    @property
    def one_per_household(self) -> bool:
        return registry.get(self.channel).reach.one_per_household

    @property
    def by_area(self) -> bool:
        return registry.get(self.channel).reach.decided_by_area


@dataclass(frozen=True)
class Beside:
    plans: Sequence[Plan]  # its own first
    given: Sequence[Given]

    @property
    def campaigns(self) -> list[Campaign]:
        return [plan.wave.campaign for plan in self.plans]

    @property
    def rules(self) -> dict[str, Mapping[str, Any]]:
        """By key, as these plans tell them."""
        return {row["rule"]: row for plan in self.plans for row in plan.rules}

    @property
    def prices(self) -> dict[str, float]:
        """Of the plan's own limits, and of every rule."""
        of_rules = {key: plan.prices[key] for plan in self.plans for key in self.rules if key in plan.prices}
        return of_rules | self.plans[0].prices

    def in_force(self, option_ids: Iterable[int]) -> list[CampaignRule]:
        """Rules that concern these options of the first campaign."""
        own, mine = self.campaigns[0].pk, set(option_ids)
        return [
            rule
            for rule in rules.in_force(self.campaigns)
            if rule.campaign_id == own or rule.over_all_campaigns or mine & {*rule.option_ids, *rule.of_option_ids}
        ]

    def to(self, customer_id: int) -> list[Given]:
        return [one for one in self.given if one.customer_id == customer_id]

    def takes_contact(self, customer_id: int) -> Given | None:
        """What leaves no contact to the first campaign; who gets a leaflet that does not come on top gets nothing else."""
        contacts = [one for one in self.to(customer_id) if one.is_contact]
        leaflets = [one for one in contacts if one.by_area]
        is_full = bool(contacts) and len(contacts) >= self.plans[0].together["most"]
        return next(iter(leaflets or (contacts if is_full else ())), None)


def of(plan: Plan, customer_id: int) -> Beside:
    """What the customer and their household get. Plans that were made anew since, alone or with others, are left out."""
    if not plan.together:
        return Beside([plan], ())
    theirs = Customer.objects.filter(Q(pk=customer_id) | Q(household__customers=customer_id)).values("pk")
    others = Plan.objects.filter(wave_id__in=plan.together["waves"], together=plan.together).exclude(pk=plan.pk)
    plans = [plan, *others.select_related("wave__campaign").order_by("id")]
    rows = Assignment.objects.filter(
        wave_id__in=[other.wave_id for other in plans[1:]], customer_id__in=theirs, option__isnull=False
    )
    return Beside(plans, [_given(row) for row in rows.select_related("wave__campaign", "option__content")])


def _given(row: Assignment) -> Given:
    campaign = row.wave.campaign
    by_area = registry.get(row.channel).reach.decided_by_area
    return Given(
        customer_id=row.customer_id,
        campaign_id=campaign.pk,
        campaign=str(campaign),
        label=option_label(row.option),
        option_id=row.option_id,
        channel=row.channel,
        cost=row.cost_cents - row.on_top_cost_cents,
        is_contact=not (by_area and campaign.leaflet_on_top),
    )
