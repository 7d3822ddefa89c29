"""Why a customer got what they got: the decision about them, their household and their area, reckoned once more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
from django.utils import timezone

from steering.allocation import Problem, reduced_values
from steering.allocation.explain import Considered, explain
from steering.models import Assignment, Plan

from . import options, past, problem, rebuilding
from .candidates import Candidates
from .making import BY_RULE
from .options import Offer

NONE = -1
AS_WRITTEN_CENTS = 0.01  # a value that differs by more has another reason than rounding


class Cause(StrEnum):
    """What decided."""

    NOT_PLANNED = "not planned"  # outside the audience, or no channel was open
    HOLDOUT = "holdout"
    DRAWN = "drawn"  # by chance, the customer's own or that of the area
    AREA = "area"  # the delivery area was opened
    BEST = "best"  # most is left by it
    NOTHING_PAYS = "nothing pays"
    HOUSEHOLD = "household"  # the piece of the household went to somebody else
    LIMITS = "limits"  # at these prices something else was as good or better, and had no room


@dataclass(frozen=True)
class Weighed:
    """One option as it stood for the customer when the wave was planned; money in cents, None where it was closed."""

    option_id: int
    label: str
    by_area: bool
    is_chosen: bool = False
    reason: str = (
        ""  # why it was closed: of eligibility.REASONS, or a rule; empty where open, or where no history tells
    )
    reason_now: str = ""
    added: float | None = None  # expected margin, before cost
    cost: float | None = None  # None also for what is bought by area: see Area
    charges: Mapping[str, float] = field(
        default_factory=dict
    )  # by key of Plan.prices: what this use would earn elsewhere
    left: float | None = None  # after cost and charges

    @property
    def is_open(self) -> bool:
        return self.added is not None


@dataclass(frozen=True)
class Neighbour:
    """Somebody else of the household; what would be left by each option that the household shares one piece of."""

    customer_id: int
    gets: str  # the option's label; empty: nothing
    letters: Mapping[str, float]  # by label


@dataclass(frozen=True)
class Area:
    """The customer's delivery area, for an option that is bought whole; money in cents."""

    code: str
    label: str
    is_opened: bool
    pieces: int
    customers: int  # who may get the leaflet and are not held out
    added: float
    cost: float
    charged: float  # what money and pieces would earn elsewhere
    otherwise: float  # what would be left to these customers by messages of their own


@dataclass(frozen=True)
class Explanation:
    plan: Plan
    customer_id: int
    assignment: Assignment | None  # None: not decided about
    cause: Cause
    best: str  # label of the option by which most is left; empty: nothing
    weighed: tuple[Weighed, ...]
    household: tuple[Neighbour, ...]
    area: Area | None
    is_as_written: (
        bool  # False where something that has no history changed, so that the value is not the plan's any more
    )


def explain_choice(wave_id: int, customer_id: int) -> Explanation:
    """Raises Plan.DoesNotExist, and PlanningError where the campaign's options are gone."""
    plan = Plan.objects.select_related("wave__campaign", "model_version").get(wave_id=wave_id)
    offers = options.of_campaign(plan.wave.campaign)
    assignment = Assignment.objects.filter(wave_id=wave_id, customer_id=customer_id).first()
    if assignment is None:
        weighed = tuple(Weighed(offer.option_id, offer.label, offer.by_area) for offer in offers)
        told = _with_reasons(weighed, customer_id, plan, offers)
        return Explanation(plan, customer_id, None, Cause.NOT_PLANNED, "", told, (), None, is_as_written=True)
    return Once(plan, offers, assignment).more()


class Once:
    """The decision once more, for a few customers: one, those of the household, and those of an area bought whole."""

    def __init__(self, plan: Plan, offers: Sequence[Offer], assignment: Assignment) -> None:
        self.plan, self.offers, self.assignment = plan, list(offers), assignment
        self.written = {row.customer_id: row for row in rebuilding.concerned(plan, self.offers, assignment.customer_id)}
        self.found = rebuilding.found(plan, self.offers, self.written)
        self.row = int(np.searchsorted(self.found.customer_ids, assignment.customer_id))
        self.problem = self._posed(self.found)
        self.keys = rebuilding.keys_of(self.offers, self.problem)
        self.prices = rebuilding.prices_of(plan, self.keys)
        self.choice = np.array([self._column(self.written[id_].option_id) for id_ in self.found.customer_ids.tolist()])
        self.left = reduced_values(self.problem, self.prices)
        self.is_held = np.array([self.written[id_].is_holdout for id_ in self.found.customer_ids.tolist()])

    def _posed(self, found: Candidates) -> Problem:
        return problem.build(self.plan.wave.campaign, self.offers, found, as_of_at=self.plan.as_of_at)

    def more(self) -> Explanation:
        weighed = self._weighed()
        best = self._best()
        return Explanation(
            plan=self.plan,
            customer_id=self.assignment.customer_id,
            assignment=self.assignment,
            cause=self._cause(best),
            best=self.offers[best].label if best != NONE else "",
            weighed=_with_reasons(self._with_rules(weighed), self.assignment.customer_id, self.plan, self.offers),
            household=self._household(),
            area=self._area(),
            is_as_written=self._is_as_written(),
        )

    def _column(self, option_id: int | None) -> int:
        return next((n for n, offer in enumerate(self.offers) if offer.option_id == option_id), NONE)

    def _weighed(self) -> tuple[Weighed, ...]:
        """What the solver itself says of each option; its limits get the names that plans know them by."""
        considered = explain(self.problem, self.prices, self.row)
        names = dict(zip(("budget", *map("capacity {}".format, range(len(self.offers)))), self.keys, strict=False))
        return tuple(self._one(column, offer, considered[column], names) for column, offer in enumerate(self.offers))

    def _one(self, column: int, offer: Offer, considered: Considered, names: Mapping[str, str]) -> Weighed:
        is_chosen = bool(self.choice[self.row] == column) or (offer.by_area and self.assignment.has_leaflet_on_top)
        seen = Weighed(offer.option_id, offer.label, offer.by_area, is_chosen=is_chosen)
        if not self.found.eligible[self.row, column]:
            return seen
        seen = replace(seen, added=float(self.found.uplift[self.row, column]))
        if offer.by_area:
            return seen
        charges = {names.get(name, name): cents for name, cents in considered.charges.items()}
        return replace(seen, cost=considered.cost, charges=charges, left=considered.reduced)

    def _with_rules(self, weighed: Sequence[Weighed]) -> tuple[Weighed, ...]:
        """Names what a rule for each customer closes; had everything been open, it would have closed that all the same."""
        if not self.problem.personal_rules:
            return tuple(weighed)
        posed = self._posed(replace(self.found, eligible=np.ones_like(self.found.eligible)))
        is_barred = posed.values[self.row] == -np.inf
        return tuple(
            replace(one, reason=BY_RULE) if barred and not one.is_open else one
            for one, barred in zip(weighed, is_barred, strict=True)
        )

    def _best(self) -> int:
        """The personal option by which most is left, NONE where nothing pays."""
        left = self._personal(self.row)
        best = int(left.argmax())
        return best if left[best] > 0 else NONE

    def _personal(self, row: int) -> np.ndarray:
        return np.where([offer.by_area for offer in self.offers], -np.inf, self.left[row])

    def _cause(self, best: int) -> Cause:
        chosen = int(self.choice[self.row])
        if self.assignment.is_holdout:
            return Cause.HOLDOUT
        if chosen != NONE and self.offers[chosen].by_area:
            return Cause.DRAWN if self._is_area_drawn() else Cause.AREA
        if self.assignment.is_exploration:
            return Cause.DRAWN
        if chosen == best:
            return Cause.NOTHING_PAYS if best == NONE else Cause.BEST
        return Cause.HOUSEHOLD if self._is_taken(best) else Cause.LIMITS

    def _is_area_drawn(self) -> bool:
        """Where the area explores, everybody in it does; where the plan opened it, only who would have drawn on their own."""
        there = (self.found.area == self.found.area[self.row]) & ~self.is_held & (self.choice == self.choice[self.row])
        explores = [self.written[id_].is_exploration for id_ in self.found.customer_ids[there].tolist()]
        return all(explores)

    def _is_taken(self, best: int) -> bool:
        """Whether somebody else of the household got the piece that there is one of."""
        letters = [self.offers[column].one_per_household for column in self.choice[self._siblings()] if column != NONE]
        return best != NONE and self.offers[best].one_per_household and any(letters)

    def _siblings(self) -> np.ndarray:
        home = self.found.household[self.row]
        rows = np.flatnonzero((self.found.household == home) & (home >= 0))
        return rows[rows != self.row]

    def _household(self) -> tuple[Neighbour, ...]:
        letters = [column for column, offer in enumerate(self.offers) if offer.one_per_household]
        return tuple(
            Neighbour(
                customer_id=int(self.found.customer_ids[row]),
                gets=self.offers[self.choice[row]].label if self.choice[row] != NONE else "",
                letters={
                    self.offers[column].label: float(self.left[row, column])
                    for column in letters
                    if self.left[row, column] > -np.inf
                },
            )
            for row in self._siblings()
        )

    def _area(self) -> Area | None:
        """The sums of the solver over the area, of whom it may reach."""
        place, column = int(self.found.area[self.row]), options.area_column(self.offers)
        if column is None or place == NONE:
            return None
        covered = (self.found.area == place) & self.found.eligible[:, column] & ~self.is_held
        delivery_area = self.found.areas[place]
        return Area(
            code=delivery_area.code,
            label=self.offers[column].label,
            is_opened=any(area["code"] == delivery_area.code for area in self.plan.areas),
            pieces=delivery_area.quantity,
            customers=int(covered.sum()),
            **self._sums(covered, column),
        )

    def _sums(self, covered: np.ndarray, column: int) -> dict[str, float]:
        rows = np.flatnonzero(covered)
        kept = problem.only(self.problem, rows)
        if not rows.size:
            return {"added": 0.0, "cost": 0.0, "charged": 0.0, "otherwise": 0.0}
        [leaflet] = [one for one in explain(kept, self.prices, 0) if one.option == column]
        otherwise = sum(max(0.0, float(self._personal(row).max(initial=-np.inf))) for row in rows)
        return {
            "added": leaflet.value + leaflet.cost,
            "cost": leaflet.cost,
            "charged": sum(leaflet.charges.values()),
            "otherwise": otherwise,
        }

    def _is_as_written(self) -> bool:
        """Whether the choice is still worth what the plan wrote down."""
        got = [column for column, one in enumerate(self._weighed()) if one.is_chosen]
        if not got:
            return True
        now = float(self.found.uplift[self.row, got].sum())
        return abs(now - self.assignment.uplift_cents) <= AS_WRITTEN_CENTS


def _with_reasons(
    weighed: Sequence[Weighed], customer_id: int, plan: Plan, offers: Sequence[Offer]
) -> tuple[Weighed, ...]:
    """Reasons of then where it was closed, and those of now."""
    channels = sorted({offer.channel for offer in offers})
    then = past.closed(customer_id, channels, at=plan.as_of_at)
    now = past.closed(customer_id, channels, at=timezone.now())
    return tuple(
        replace(
            one,
            reason="" if one.is_open else then.get(offer.channel, one.reason),
            reason_now=now.get(offer.channel, ""),
        )
        for one, offer in zip(weighed, offers, strict=True)
    )
