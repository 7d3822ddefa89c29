"""The decision of one wave, or of several together: who explores and gets what by chance, and the best plan for all else.

1. Where options have minimum runs or are bought by delivery area, the best plan for everybody, as if nobody explored, says
   which runs are made and which areas are wanted; so neither ever hangs on what was drawn for single customers.
2. Some delivery areas explore (areas.py), and some customers (chance.py): by chances that were known before, within their
   share of every limit.
3. What was drawn is locked in, and everybody else gets the best plan that keeps every limit and rule with it
   (steering.allocation). What rules demand at least is met by both parts together.

Every decision is written down with the probability with which it was made (propensities.py), the holdout counted in, so
that what it brought can be evaluated without bias.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from steering.allocation import Problem, checked, reduced_values
from steering.allocation.amounts import own_values
from steering.targeting.exploration import NO_CONTACT

from . import certificate, propensities
from .attempting import Attempt, Attempting
from .problem import without
from .propensities import Wishes
from .scene import Asked, Scene, of_choice


@dataclass(frozen=True, eq=False)
class Decision:
    """Of one campaign. Arrays over n candidates; money in cents."""

    choice: np.ndarray  # (n,) option, -1 for no contact
    reached: np.ndarray  # (n,) bool, gets the leaflet of the area
    on_top: np.ndarray  # (n,) bool, gets it beside a personal choice
    is_exploration: np.ndarray  # (n,) decided by chance, their own or that of their area
    propensity: np.ndarray  # (n,) NaN where it cannot be evaluated
    channel_propensity: np.ndarray  # (n,) that of any option of the same channel
    cost: np.ndarray  # (n,) own cost, and the share of the area's
    uplift: np.ndarray  # (n,) expected incremental margin of what they get, before cost
    area_cost: np.ndarray  # (n,) of these, what belongs to the leaflet
    area_uplift: np.ndarray  # (n,)
    leaflet: int | None  # which of the area options is the campaign's
    opened_areas: np.ndarray  # (areas,) bool, by it
    wanted_areas: np.ndarray  # (areas,) bool, earn more than they cost, held out or not
    area_new: np.ndarray  # (areas,) expected margin of people who are no customers yet, of opened ones
    area_costs: np.ndarray  # (areas,) of opening it
    area_chance: np.ndarray  # (areas,) of being opened, the holdout counted in; NaN where it is not known
    dual_bound: float  # no plan for the same draws, and the same of campaigns planned beside it, is worth more
    prices: np.ndarray  # (K,) of all limits: budget, capacities, rules
    rules: tuple[str, ...]  # names of the last limits
    unmet: Mapping[str, float]  # what limits lack, by name; empty: the plan keeps all of them

    @property
    def value(self) -> float:
        """Expected incremental margin after cost."""
        return float(self.uplift.sum() + self.area_new.sum() - self.cost.sum())

    @property
    def gap(self) -> float:
        return max(0.0, self.dual_bound - self.value) / max(abs(self.dual_bound), 1e-9)


def decide(
    problem: Problem, *, is_holdout: np.ndarray, holdout_share: float, share: float, seed: int,
    channels: Sequence[str] = (), errors: np.ndarray | None = None,
) -> Decision:  # fmt: skip
    """`problem` with everybody's values; whoever `is_holdout` gets nothing. Same input, same decision.

    `channels` (m,) of the options; without them every option has a channel of its own. `errors` (m,) as in Asked.
    """
    everything = np.ones(problem.n_options, dtype=bool)
    asked = Asked(everything, np.asarray(is_holdout, dtype=bool), holdout_share, share, seed, errors)
    return Deciding(problem, [asked], channels).decisions()[0]


def decide_together(problem: Problem, asked: Sequence[Asked], *, channels: Sequence[str]) -> list[Decision]:
    """Several campaigns that share their customers; choices are columns of the whole problem."""
    return Deciding(problem, asked, channels).decisions()


@dataclass(frozen=True, eq=False)
class Picked:
    """What one campaign gives each of n customers, `best` being the plan's where nobody draws."""

    campaign: int
    choice: np.ndarray
    best: np.ndarray
    is_unknown: np.ndarray  # bool, whose chance cannot be known


class Deciding:
    """Chance first, then the best plan, then the probabilities of both."""

    def __init__(
        self, problem: Problem, asked: Sequence[Asked], channels: Sequence[str] = (), *,
        attempting: type[Attempting] = Attempting,
    ) -> None:  # fmt: skip
        self.scene = Scene(checked(problem), asked)
        self.attempting = attempting(self.scene)
        self.kinds = np.arange(problem.n_options)
        self.channel = np.unique(np.array(channels), return_inverse=True)[1] if channels else self.kinds

    def decisions(self) -> list[Decision]:
        """One a campaign."""
        self.attempt, unsure = self.attempting.settle()
        return self._made(self.attempt, unsure)

    def bound_of(self, problem: Problem, prices: np.ndarray) -> float:
        """After decisions(): what no plan of another problem with the same people and draws is worth more than."""
        scene = Scene(checked(problem), self.scene.asked)
        return certificate.bound(scene, self.attempt.draws, self.attempt.people, prices)

    def decisions_and_bounds(self, every: Sequence[np.ndarray]) -> tuple[list[Decision], list[float]]:
        """And what no plan for the same draws is worth more than, at each of these prices (K,) of the limits."""
        attempt, unsure = self.attempting.settle()
        bounds = [certificate.bound(self.scene, attempt.draws, attempt.people, prices) for prices in every]
        return self._made(attempt, unsure), bounds

    def _made(self, attempt: Attempt, unsure: np.ndarray) -> list[Decision]:
        scene = self.scene
        base = without(scene.problem, np.broadcast_to(attempt.closed, scene.eligible.shape))
        wishes = Wishes(scene, reduced_values(base, attempt.rest.prices))
        bounds = self._bounds(attempt, unsure)
        made = [self._of(number, attempt, wishes, unsure) for number in range(len(scene.asked))]
        room = max(0.0, min(bounds) - sum(one.value for one in made))
        return [replace(one, dual_bound=one.value + room) for one in made]

    def _bounds(self, attempt: Attempt, unsure: np.ndarray) -> list[float]:
        """Where neither areas nor runs were decided before, the plan's own bound is that for the same draws.

        Else it is true at any prices: those that were told, and those of what was left to decide, which are the lower
        ones where so many explore that nothing is short any more.
        """
        if attempt.whole is None:
            return [attempt.rest.dual_bound]
        every = [self._prices(attempt)]
        if not np.array_equal(every[0], attempt.rest.prices):
            every.append(attempt.rest.prices)
        bounds = [certificate.bound(self.scene, attempt.draws, attempt.people, prices) for prices in every]
        return bounds if unsure.any() else [*bounds, attempt.whole.dual_bound]

    def _of(self, number: int, attempt: Attempt, wishes: Wishes, unsure: np.ndarray) -> Decision:
        scene, one, people = self.scene, self.scene.asked[number], attempt.people[number]
        mine = attempt.rest.chosen & one.options
        reached = scene.reached(attempt.opened.areas) & one.options[scene.leaflets]
        decided = _choice(np.where(scene.personal | self._locked, mine, False))
        gone = scene.reached(attempt.opened.areas).any(axis=1) & (not scene.problem.on_top)
        explores = np.any([drawn.explores for drawn in attempt.people], axis=0)
        best = propensities.optimised(wishes, number, decided, ~explores & ~one.is_holdout & ~gone)
        choice = np.where(gone, NO_CONTACT, decided)
        on_top = reached.any(axis=1) & (choice >= 0)
        for place, option in enumerate(scene.leaflets):
            choice[reached[:, place] & (choice < 0)] = option
        picked = Picked(number, choice, best, on_top | self._is_unknown(one, unsure))
        known = partial(self._known, picked, attempt, wishes)
        area_cost, area_uplift = self._of_areas(reached)
        cost, uplift = self._of_people(choice)
        explored = scene.reached(attempt.draws.explores)[:, one.options[scene.leaflets]].any(axis=1)
        return Decision(
            choice=choice,
            reached=reached.any(axis=1),
            on_top=on_top,
            is_exploration=(people.explores | explored) & ~one.is_holdout,
            propensity=known(self.kinds),
            channel_propensity=known(self.channel),
            cost=cost + area_cost,
            uplift=uplift + area_uplift,
            area_cost=area_cost,
            area_uplift=area_uplift,
            leaflet=next(iter(np.flatnonzero(one.options[scene.leaflets])), None),
            **self._per_area(one, attempt),
            dual_bound=np.inf,
            prices=self._prices(attempt),
            rules=tuple(rule.name for rule in scene.problem.rules),
            unmet={} if attempt.rest.feasible else attempt.rest.unmet,
        )

    def _per_area(self, one: Asked, attempt: Attempt) -> dict[str, np.ndarray]:
        scene, problem = self.scene, self.scene.problem
        own = np.flatnonzero(one.options[scene.leaflets]) if scene.leaflets else np.empty(0, dtype=int)
        opened, wants = attempt.opened.areas[:, own].any(axis=1), attempt.wants[:, own].any(axis=1)
        new = own_values(problem, scene.covered)[:, own].sum(axis=1) if own.size else np.zeros(opened.size)
        return {
            "opened_areas": opened,
            "wanted_areas": wants,
            "area_new": np.where(opened, new, 0.0),
            "area_costs": problem.area_costs[:, own].sum(axis=1) if own.size else np.zeros(opened.size),
            "area_chance": (1 - one.holdout_share) * attempt.opened.chance[:, own].sum(axis=1),
        }

    @property
    def _locked(self) -> np.ndarray | bool:
        return False if self.scene.problem.locked is None else self.scene.problem.locked

    def _known(self, picked: Picked, attempt: Attempt, wishes: Wishes, kinds: np.ndarray) -> np.ndarray:
        """(n,) P(choice), NaN where it cannot be known."""
        scene, one, choice = self.scene, self.scene.asked[picked.campaign], picked.choice
        personal = np.where(np.isin(choice, scene.leaflets), NO_CONTACT, choice)
        known = propensities.of_personal(scene, picked.campaign, personal, picked.best, wishes, attempt.people, kinds)
        known = propensities.with_areas(scene, picked.campaign, choice, known, attempt.opened.chance)
        known = one.holdout_share * (choice == NO_CONTACT) + (1 - one.holdout_share) * known
        return np.where(picked.is_unknown, np.nan, known)

    def _is_unknown(self, one: Asked, unsure: np.ndarray) -> np.ndarray:
        """(n,) what was sent before, what a run that failed by chance would have changed, and rules between campaigns."""
        scene = self.scene
        unknown = (scene.eligible & unsure & one.options).any(axis=1)
        if scene.problem.locked is not None:
            unknown |= scene.problem.locked[:, one.options].any(axis=1)
        for rule in scene.problem.personal_rules if len(scene.asked) > 1 else ():
            about = np.ones(one.options.size, dtype=bool) if rule.options is None else rule.options
            both = (scene.personal & about & one.options).any(axis=1) & (scene.personal & about & ~one.options).any(
                axis=1
            )
            unknown |= both if rule.customers is None else both & rule.customers
        return unknown

    def _of_people(self, choice: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(n,) what each customer's own piece costs and adds."""
        scene = self.scene
        personal = np.where(np.isin(choice, scene.leaflets), NO_CONTACT, choice)
        uplift = of_choice(personal, scene.gross())
        uplift[~np.isfinite(uplift)] = 0.0  # sent before, to somebody who could not get it any more
        return of_choice(personal, np.asarray(scene.problem.costs)), uplift

    def _of_areas(self, reached: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(n,) what the leaflet costs and adds; those of an area share its cost."""
        scene = self.scene
        if not reached.any():
            return np.zeros(len(reached)), np.zeros(len(reached))
        each = scene.problem.area_costs / np.maximum(scene.per_area(reached), 1)
        cost = np.where(reached, each[scene.area], 0.0).sum(axis=1)
        return cost, np.where(reached, scene.problem.values[:, scene.leaflets], 0.0).sum(axis=1)

    def _prices(self, attempt: Attempt) -> np.ndarray:
        """Areas were decided by the plan for everybody, so their capacity has its price."""
        prices = attempt.rest.prices.copy()
        if attempt.whole is not None:
            columns = [1 + option for option in self.scene.leaflets]
            prices[columns] = attempt.whole.prices[columns]
        return prices


def _choice(chosen: np.ndarray) -> np.ndarray:
    """(n,) the first that is chosen, -1 for none."""
    return np.where(chosen.any(axis=1), chosen.argmax(axis=1), NO_CONTACT)
