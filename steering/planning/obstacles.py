"""What stood between a customer and every option that they did not get: the first of these that holds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from campaigns.models import CampaignRule
from steering.allocation import PersonalRule, Problem
from steering.allocation.amounts import bounds_of, limits_of, of_pairs
from steering.models import Assignment, Plan

from . import rules
from .beside import Beside, Given
from .explained import Area, Kind, Obstacle, Weighed
from .making import BY_RULE
from .options import Offer
from .rebuilding import Posed

SLACK = 1e-6


@dataclass(frozen=True, eq=False)
class Obstacles:
    """Of one customer, who stands in `row` of the problem."""

    plan: Plan
    offers: Sequence[Offer]
    assignment: Assignment
    weighed: Sequence[Weighed]
    posed: Posed
    row: int
    keys: Sequence[str]  # (K,) of the limits
    beside: Beside
    area: Area | None
    letter_to: tuple[str, ...] = ()  # who of the household got its one piece, and from which other campaign

    def told(self) -> tuple[Weighed, ...]:
        return tuple(self._one(column, one) for column, one in enumerate(self.weighed))

    def _one(self, column: int, one: Weighed) -> Weighed:
        if one.is_chosen:
            return one
        if one.is_open:
            return replace(one, obstacle=self._of(column, one))
        rule = self._forbidden(column, ())
        return replace(one, reason=BY_RULE, obstacle=rule) if rule else one

    def _of(self, column: int, one: Weighed) -> Obstacle:
        looks: tuple[Callable[[int, Weighed], Obstacle | None], ...] = (
            self._for_nobody,
            self._by_chance,
            self._area if one.by_area else self._sums,
        )
        found = (look(column, one) for look in looks)
        return next((obstacle for obstacle in found if obstacle), Obstacle(Kind.MOVED))

    def _for_nobody(self, column: int, one: Weighed) -> Obstacle | None:
        """Its run is not made, or a limit has no room for a single piece."""
        offer = self.offers[column]
        if is_run_missing(self.plan, offer):
            return Obstacle(Kind.RUN, (str(offer.option_id),))
        full = self._full_area(offer) if one.by_area else self._full(column)
        return Obstacle(Kind.NO_ROOM, (full,)) if full else None

    def _full(self, column: int) -> str:
        """The key of a limit that this piece alone would break; what is left of a share depends on other pieces."""
        problem = self.problem
        limits = limits_of(problem)
        pair = np.array([self.row]), np.array([column])
        for key, limit, bound in zip(self.keys, limits, bounds_of(limits), strict=True):
            is_most = limit.sense == "at most" and limit.of is None
            if is_most and of_pairs(problem, limit, *pair)[0] > bound + SLACK:
                return key
        return ""

    def _full_area(self, offer: Offer) -> str:
        if self.area is None:
            return ""
        if self.area.pieces > offer.capacity:
            return str(offer.option_id)
        return "budget" if self.area.cost > self.problem.budget + SLACK else ""

    def _by_chance(self, column: int, one: Weighed) -> Obstacle | None:
        if self.assignment.is_holdout:
            return Obstacle(Kind.HOLDOUT)
        got = [each for each in self.weighed if each.is_chosen]
        if any(each.by_area for each in got) and not self.problem.on_top:
            return Obstacle(Kind.AREA_OPENED)
        return Obstacle(Kind.CHANCE) if self.assignment.is_exploration and not one.by_area else None

    def _area(self, column: int, one: Weighed) -> Obstacle | None:
        area = self.area
        if area is None or area.left > max(area.otherwise or 0.0, 0.0):
            return Obstacle(Kind.AREA_CLOSED)
        if area.added <= area.cost:
            return Obstacle(Kind.COST)
        return Obstacle(Kind.PRICE if area.left <= 0 else Kind.INSTEAD)

    def _sums(self, column: int, one: Weighed) -> Obstacle | None:
        """What is left of it, beside what is left of the choice; then whatever has no price."""
        if one.left <= 0:
            return Obstacle(Kind.COST) if one.added <= one.cost else Obstacle(Kind.PRICE, _dearest(one))
        chosen = self._chosen
        if chosen is not None and one.left < chosen.left - SLACK:
            is_dear = one.added - one.cost > chosen.added - chosen.cost + SLACK
            return Obstacle(Kind.INSTEAD, _dearest(one, beside=chosen) if is_dear else ())
        taken = self.beside.takes_contact(self.assignment.customer_id)
        if taken:
            return Obstacle(Kind.CAMPAIGN, (taken.campaign, taken.label))
        if self.letter_to and self.offers[column].one_per_household:
            return Obstacle(Kind.HOUSEHOLD, self.letter_to)
        return self._forbidden(column, self.beside.to(self.assignment.customer_id))

    @cached_property
    def _chosen(self) -> Weighed | None:
        """The message of their own."""
        return next((one for one in self.weighed if one.is_chosen and one.left is not None), None)

    @property
    def problem(self) -> Problem:
        return self.posed.problem

    def _forbidden(self, column: int, given: Sequence[Given]) -> Obstacle | None:
        """The rule for each customer that this piece would break beside what other campaigns give them."""
        if self.offers[column].by_area:
            return None
        known = [pair for pair in self.posed.for_each if rules.name_of(pair[0]) in self.beside.rules]
        broken = (rules.name_of(rule) for rule, personal in known if self._is_broken(rule, personal, column, given))
        return next((Obstacle(Kind.RULE, (key,)) for key in broken), None)

    def _is_broken(self, rule: CampaignRule, personal: PersonalRule, column: int, given: Sequence[Given]) -> bool:
        concerns = personal.customers is None or personal.customers[self.row]
        if not concerns or not personal.options[column]:
            return False
        own = float(np.broadcast_to(self.problem.costs, self.problem.values.shape)[self.row, column])
        beside = [one.cost for one in given if _speaks_of(rule, one)]
        used = own + sum(beside) if personal.amount == "cost" else 1 + len(beside)
        return used > personal.most + SLACK


def is_run_missing(plan: Plan, offer: Offer) -> bool:
    """Whether the plan has none of an option that has a minimum run."""
    planned = next((row for row in plan.options if row["option"] == offer.option_id), None)
    return bool(offer.minimum_run and planned and not planned["pieces"])


def _speaks_of(rule: CampaignRule, given: Given) -> bool:
    """Whether the rule counts what another campaign gives."""
    is_named = given.option_id in rule.option_ids
    is_any = not (rule.channels or rule.option_ids) or given.channel in rule.channels
    is_meant = rule.over_all_campaigns or rule.campaign_id == given.campaign_id
    return not given.by_area and (is_named or (is_any and is_meant))


def _dearest(one: Weighed, *, beside: Weighed | None = None) -> tuple[str, ...]:
    """The key of what it is charged most, or most more than another one."""
    others = beside.charges if beside else {}
    more = {key: one.charges.get(key, 0.0) - others.get(key, 0.0) for key in {**one.charges, **others}}
    return (max(more, key=more.get),) if more else ()
