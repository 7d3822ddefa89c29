"""Why a customer got what they got: the decision about them, their household and their area, reckoned once more."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from django.utils import timezone

from steering.allocation import checked, reduced_values
from steering.allocation.explain import Considered, explain
from steering.allocation.parts import part_of
from steering.models import Assignment, Plan

from . import beside, options, past, rebuilding
from .explained import Area, Cause, Explanation, Kind, Neighbour, Weighed
from .obstacles import Obstacles, is_run_missing
from .options import Offer, PlanningError

__all__ = ["Area", "Cause", "Explanation", "Kind", "Neighbour", "Weighed", "explain_choice"]
NONE = -1
AS_WRITTEN_CENTS = 0.01  # a value that differs by more has another reason than rounding
CAUSES = {Kind.HOUSEHOLD: Cause.HOUSEHOLD, Kind.CAMPAIGN: Cause.CAMPAIGN}


def explain_choice(wave_id: int, customer_id: int) -> Explanation:
    """Raises Plan.DoesNotExist, and PlanningError where the campaign's options are gone."""
    plan = Plan.objects.select_related("wave__campaign", "model_version").get(wave_id=wave_id)
    offers = options.as_planned(plan)
    assignment = Assignment.objects.filter(wave_id=wave_id, customer_id=customer_id).first()
    if assignment is None:
        weighed = tuple(Weighed(offer.option_id, offer.label, offer.by_area) for offer in offers)
        told = _with_reasons(weighed, customer_id, plan, offers)
        return Explanation(plan, customer_id, None, Cause.NOT_PLANNED, "", told, (), None, is_as_written=True)
    if plan.wave.open_until_at is not None:
        raise PlanningError("the customer joined an open wave, with what was left of its limits at that moment")
    return Once(plan, offers, assignment).more()


class Once:
    """The decision once more, for a few customers: one, those of the household, and those of an area bought whole."""

    def __init__(self, plan: Plan, offers: Sequence[Offer], assignment: Assignment) -> None:
        self.plan, self.offers, self.assignment = plan, list(offers), assignment
        self.written = {row.customer_id: row for row in rebuilding.concerned(plan, self.offers, assignment.customer_id)}
        self.found = rebuilding.found(plan, self.offers, self.written)
        self.row = int(np.searchsorted(self.found.customer_ids, assignment.customer_id))
        self.beside = beside.of(plan, assignment.customer_id)
        in_force = self.beside.in_force([offer.option_id for offer in self.offers])
        self.posed = rebuilding.posed(plan, self.offers, self.found, in_force)
        self.problem = self.posed.problem
        self.keys = rebuilding.keys_of(self.offers, self.problem)
        self.prices = np.array([self.beside.prices.get(key, 0.0) for key in self.keys])
        self.choice = np.array([self._column(self.written[id_].option_id) for id_ in self.found.customer_ids.tolist()])
        self.left = reduced_values(self.problem, self.prices)
        self.is_held = np.array([self.written[id_].is_holdout for id_ in self.found.customer_ids.tolist()])

    def more(self) -> Explanation:
        area = self._area()
        weighed = self._obstacles(area).told()
        best = self._best(weighed)
        return Explanation(
            plan=self.plan,
            customer_id=self.assignment.customer_id,
            assignment=self.assignment,
            cause=self._cause(weighed, best),
            best=self.offers[best].label if best != NONE else "",
            weighed=_with_reasons(weighed, self.assignment.customer_id, self.plan, self.offers),
            household=self._household(),
            area=area,
            is_as_written=self._is_as_written(),
            rules=self.beside.rules,
        )

    def _obstacles(self, area: Area | None) -> Obstacles:
        return Obstacles(
            plan=self.plan,
            offers=self.offers,
            assignment=self.assignment,
            weighed=self._weighed(),
            posed=self.posed,
            row=self.row,
            keys=self.keys,
            beside=self.beside,
            area=area,
            letter_to=self._letter_to(),
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
        seen = replace(seen, added=float(self.found.uplift[self.row, column]), coupons=offer.coupons)
        if offer.by_area:
            return seen
        charges = {names.get(name, name): cents for name, cents in considered.charges.items()}
        return replace(seen, cost=considered.cost, charges=charges, left=considered.reduced)

    def _best(self, weighed: Sequence[Weighed]) -> int:
        """The personal option by which most is left of what anybody can get, NONE where nothing pays."""
        left = np.where([one.is_for_nobody for one in weighed], -np.inf, self._personal(self.row))
        best = int(left.argmax())
        return best if left[best] > 0 else NONE

    def _personal(self, row: int) -> np.ndarray:
        is_out = [offer.by_area or is_run_missing(self.plan, offer) for offer in self.offers]
        return np.where(is_out, -np.inf, self.left[row])

    def _cause(self, weighed: Sequence[Weighed], best: int) -> Cause:
        chosen = int(self.choice[self.row])
        if self.assignment.is_holdout:
            return Cause.HOLDOUT
        if chosen != NONE and self.offers[chosen].by_area:
            return Cause.DRAWN if self._is_area_drawn() else Cause.AREA
        if self.assignment.is_exploration:
            return Cause.DRAWN
        if chosen == best:
            return Cause.NOTHING_PAYS if best == NONE else Cause.BEST
        obstacle = weighed[best].obstacle if best != NONE else None
        return CAUSES.get(obstacle.kind, Cause.LIMITS) if obstacle else Cause.LIMITS

    def _is_area_drawn(self) -> bool:
        """Where the area explores, everybody in it does; where the plan opened it, only who would have drawn on their own."""
        there = (self.found.area == self.found.area[self.row]) & ~self.is_held & (self.choice == self.choice[self.row])
        explores = [self.written[id_].is_exploration for id_ in self.found.customer_ids[there].tolist()]
        return all(explores)

    def _letter_to(self) -> tuple[str, ...]:
        """Who of the household got the piece that there is one of, and from which other campaign."""
        for row in self._siblings():
            if self.choice[row] != NONE and self.offers[self.choice[row]].one_per_household:
                return (str(self.found.customer_ids[row]),)
        others = ((str(one.customer_id), one.campaign) for one in self.beside.given if one.one_per_household)
        return next(others, ())

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
            name=delivery_area.name,
            label=self.offers[column].label,
            is_opened=any(
                (area["carrier"], area["code"]) == (delivery_area.carrier, delivery_area.code)
                for area in self.plan.areas
            ),
            pieces=delivery_area.quantity,
            customers=int(covered.sum()),
            **self._sums(covered, column, new=float(self.found.new_values[place])),
        )

    def _sums(self, covered: np.ndarray, column: int, *, new: float) -> dict[str, float]:
        rows = np.flatnonzero(covered)
        if not rows.size:
            return {"added": 0.0, "new": 0.0, "cost": 0.0, "charged": 0.0, "otherwise": 0.0}
        covered_only = part_of(checked(self.problem), rows)
        [leaflet] = [one for one in explain(covered_only, self.prices, 0) if one.option == column]
        otherwise = sum(max(0.0, float(self._personal(row).max(initial=-np.inf))) for row in rows)
        return {
            "added": leaflet.value + leaflet.cost - new,
            "new": new,
            "cost": leaflet.cost,
            "charged": sum(leaflet.charges.values()),
            "otherwise": None if self.problem.on_top else otherwise,
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
    campaign_id = plan.wave.campaign_id
    then = past.closed(customer_id, channels, at=plan.as_of_at, campaign_id=campaign_id)
    now = past.closed(customer_id, channels, at=timezone.now(), campaign_id=campaign_id)
    return tuple(
        replace(
            one,
            reason="" if one.is_open else then.get(offer.channel, one.reason),
            reason_now=now.get(offer.channel, ""),
        )
        for one, offer in zip(weighed, offers, strict=True)
    )
