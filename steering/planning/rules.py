"""What managers demanded of a plan, as rules over rows and columns: an audience becomes a mask, by one query each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from campaigns import audiences
from campaigns.models import Audience, Campaign, CampaignRule, Measure, Scope, Sense
from campaigns.rules import RuleError
from steering import people, streaming
from steering.allocation import PersonalRule, Problem, Rule

from .options import Offer, PlanningError
from .zones import places

AMOUNTS = {Measure.PIECES: "count", Measure.COST: "cost", Measure.MARGIN: "value"}
CENTS = 100
FEW = 2_000  # customers of whom an audience is asked alone


@dataclass(frozen=True)
class Columns:
    """The options of all campaigns that are planned together, as columns: `campaign_ids` (m,) says whose they are."""

    offers: Sequence[Offer]
    campaign_ids: Sequence[int]

    def mask(self, channels: Sequence[str], option_ids: Sequence[int], *, campaign_id: int | None) -> np.ndarray:
        """(m,) of these channels or options, of one campaign, or of all of them (None)."""
        is_named = [
            not (channels or option_ids) or offer.channel in channels or offer.option_id in option_ids
            for offer in self.offers
        ]
        is_meant = [
            campaign_id in (None, of) or offer.option_id in option_ids
            for offer, of in zip(self.offers, self.campaign_ids, strict=True)
        ]
        return np.array(is_named, dtype=bool) & np.array(is_meant, dtype=bool)


class Rules:
    """Reads the audiences that rules speak of, each once."""

    def __init__(self, columns: Columns, customer_ids: np.ndarray, *, as_of_at: datetime) -> None:
        """`customer_ids` (n,) ascending."""
        self.columns, self.customer_ids, self.as_of_at = columns, customer_ids, as_of_at
        self._masks: dict[int, np.ndarray] = {}

    def rule(self, rule: CampaignRule) -> Rule:
        """Of scope TOGETHER or SHARE."""
        is_share = rule.scope == Scope.SHARE
        return Rule(
            name=name_of(rule),
            sense=rule.sense,
            bound=bound_of(rule),
            options=self._options(rule, over_all=rule.over_all_campaigns and not is_share),
            customers=self._customers(rule.audience),
            amount=AMOUNTS[rule.measure],
            of=self._whole(rule) if is_share else None,
        )

    def personal(self, rule: CampaignRule) -> PersonalRule:
        return PersonalRule(
            name=name_of(rule),
            most=bound_of(rule),
            options=self._options(rule, over_all=rule.over_all_campaigns),
            customers=self._customers(rule.audience),
            amount=AMOUNTS[rule.measure],
        )

    def _whole(self, rule: CampaignRule) -> Rule:
        campaign_id = None if rule.over_all_campaigns else rule.campaign_id
        return Rule(
            name=f"{name_of(rule)}:whole",
            sense=rule.sense,
            bound=np.inf,
            options=self.columns.mask(rule.of_channels, rule.of_option_ids, campaign_id=campaign_id),
            customers=self._customers(rule.of_audience),
            amount=AMOUNTS[rule.measure],
        )

    def _options(self, rule: CampaignRule, *, over_all: bool) -> np.ndarray:
        campaign_id = None if over_all else rule.campaign_id
        return self.columns.mask(rule.channels, rule.option_ids, campaign_id=campaign_id)

    def _customers(self, audience: Audience | None) -> np.ndarray | None:
        if audience is None:
            return None
        if audience.pk not in self._masks:
            try:
                self._masks[audience.pk] = members(audience, self.customer_ids, as_of_at=self.as_of_at)
            except RuleError as error:
                raise PlanningError(f"a rule speaks of the audience “{audience}”, which is broken: {error}") from error
        return self._masks[audience.pk]


def in_force(campaigns: Sequence[Campaign]) -> list[CampaignRule]:
    """Those of campaigns that are planned together; alone, a rule that compares campaigns has nothing to say yet."""
    found = CampaignRule.objects.filter(campaign__in=campaigns, is_active=True)
    rules = list(found.select_related("campaign", "audience", "of_audience").order_by("id"))
    return [rule for rule in rules if len(campaigns) > 1 or not _compares_campaigns(rule)]


def name_of(rule: CampaignRule) -> str:
    """By which plans and prices know it."""
    return f"rule:{rule.pk}"


def members(audience: Audience, customer_ids: np.ndarray, *, as_of_at: datetime) -> np.ndarray:
    """(n,) who of these is in the audience; ids stream out, no customer becomes an object."""
    query = audiences.query(audience, as_of_at=as_of_at)
    if customer_ids.size <= FEW:
        query = audiences.among(query, customer_ids.tolist())
    who = people.in_audience(query)
    mask = np.zeros(customer_ids.size, dtype=bool)
    for rows in streaming.stream(who.sql, who.params, {"id": "i8"}):
        place, is_there = places(rows["id"].astype(np.int64), customer_ids)
        mask[place[is_there]] = True
    return mask


def barred(problem: Problem) -> np.ndarray:
    """(n, m) what a single piece would already be too much of for a customer, by the rules for each customer."""
    shape = problem.values.shape
    found = np.zeros(shape, dtype=bool)
    costs = np.broadcast_to(problem.costs, shape)
    for rule in problem.personal_rules:
        is_too_much = (costs if rule.amount == "cost" else 1.0) > np.broadcast_to(rule.most, shape[:1])[:, None]
        concerned = is_too_much if rule.customers is None else is_too_much & rule.customers[:, None]
        found |= concerned if rule.options is None else concerned & rule.options
    found[:, list(problem.area_options)] = False  # nobody can be left out of a leaflet to a whole area
    return found


def _compares_campaigns(rule: CampaignRule) -> bool:
    is_least = rule.sense == Sense.AT_LEAST and rule.scope == Scope.TOGETHER
    return rule.over_all_campaigns and (rule.scope == Scope.SHARE or is_least)


def bound_of(rule: CampaignRule) -> float:
    """Pieces, cents, or a share of one."""
    if rule.scope == Scope.SHARE:
        return float(rule.bound) / 100
    return float(rule.bound) * (1 if rule.measure == Measure.PIECES else CENTS)
