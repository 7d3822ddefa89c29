"""The decision of one wave: who explores and gets what by chance, and the best plan for everybody else.

1. Some delivery areas explore: each is opened or left closed by chance. Some customers explore: each draws one of the
   personal options, or none. Both by chances that were known before, within their share of every limit.
2. The rest of budget and capacities is spent as well as possible on everybody else (steering.allocation).
3. Whoever lives in an opened area and may get the leaflet gets it, whatever else was drawn.

Every decision is written down with the probability with which it was made, the holdout counted in, so that what it
brought can be evaluated without bias.
"""

from dataclasses import dataclass, replace

import numpy as np

from steering.allocation import Problem, Solution, choose_at_prices, open_at_prices, solve
from steering.targeting import exploration
from steering.targeting.exploration import NO_CONTACT, AreaExploration, Exploration

from .problem import without


@dataclass(frozen=True, eq=False)
class Decision:
    """Arrays over n candidates; money in cents."""

    choice: np.ndarray  # (n,) option, -1 for no contact
    is_exploration: np.ndarray  # (n,) decided by chance, their own or that of their area
    propensity: np.ndarray  # (n,) NaN where it cannot be evaluated
    cost: np.ndarray  # (n,) own cost, or the share of the area's
    uplift: np.ndarray  # (n,) expected incremental margin of the choice, before cost
    opened_areas: np.ndarray  # (areas,)
    dual_bound: float  # no plan with the same explorers, and within the limits, is worth more
    prices: np.ndarray  # (1 + m,)

    @property
    def value(self) -> float:
        """Expected incremental margin after cost."""
        return float(self.uplift.sum() - self.cost.sum())

    @property
    def gap(self) -> float:
        return max(0.0, self.dual_bound - self.value) / max(abs(self.dual_bound), 1e-9)


def decide(problem: Problem, *, is_holdout: np.ndarray, holdout_share: float, share: float, seed: int) -> Decision:
    """`problem` with everybody's values; whoever `is_holdout` gets nothing. Same input, same decision."""
    return Deciding(problem, is_holdout, holdout_share, share, seed).decision()


class Deciding:
    """One decision in the making: chance first, then the best plan, then the probabilities of both."""

    def __init__(self, problem: Problem, is_holdout: np.ndarray, holdout_share: float, share: float, seed: int) -> None:
        self.problem = problem
        self.is_holdout = is_holdout
        self.holdout_share = holdout_share
        self.share = share
        self.seed = seed
        self.eligible = problem.values > -np.inf
        self.personal = self.eligible.copy()
        self.covered = np.zeros(problem.n_customers, dtype=bool)
        self.area = np.zeros(problem.n_customers, dtype=np.int64)
        if problem.area_option is not None:
            self.personal[:, problem.area_option] = False
            self.covered = self.eligible[:, problem.area_option] & (problem.area >= 0)
            self.area = np.maximum(problem.area, 0)

    def decision(self) -> Decision:
        areas = self._explore_areas()
        people = self._explore_people()
        drawn = np.where(self._in(areas.opened), NO_CONTACT, people.choice)
        rest = self._left_over(areas, people, drawn)
        solution = solve(rest, seed=self.seed)
        opened = areas.opened | solution.opened_areas
        optimised = self._optimised(people, solution)
        personal = np.where(people.explores, people.choice, optimised)
        choice = np.where(self._in(opened), self._leaflet, personal)
        choice[self.is_holdout] = NO_CONTACT
        return Decision(
            choice=choice,
            is_exploration=(people.explores | self._in(areas.explores)) & ~self.is_holdout,
            propensity=self._propensity(choice, optimised, people, self._chance_to_open(areas, solution)),
            cost=self._costs(choice, opened),
            uplift=self._of(choice, self._gross()),
            opened_areas=opened,
            dual_bound=solution.dual_bound + self._fixed(drawn, areas),
            prices=solution.prices,
        )

    @property
    def _leaflet(self) -> int:
        return NO_CONTACT if self.problem.area_option is None else self.problem.area_option

    def _in(self, areas: np.ndarray) -> np.ndarray:
        """(n,) who may get the leaflet, is not held out, and lives in one of these areas."""
        reached = self.covered & ~self.is_holdout
        return reached & areas[self.area] if areas.size else np.zeros_like(reached)

    def _explore_areas(self) -> AreaExploration:
        problem = self.problem
        if problem.area_option is None:
            nothing = np.zeros(0, dtype=bool)
            return AreaExploration(self.share, 0.0, nothing, nothing)
        is_open_to_us = np.bincount(self.area, weights=self.covered & ~self.is_holdout, minlength=problem.n_areas) > 0
        drawn = exploration.explore_areas(
            problem.area_costs,
            problem.area_pieces,
            share=self.share,
            seed=self.seed,
            budget=problem.budget * self._share_of_areas,
            capacity=problem.capacities[problem.area_option],
        )
        return replace(drawn, explores=drawn.explores & is_open_to_us, opened=drawn.opened & is_open_to_us)

    def _explore_people(self) -> Exploration:
        problem = self.problem
        return exploration.explore(
            self.personal & ~self.is_holdout[:, None],
            share=self.share,
            seed=self.seed,
            costs=problem.costs,
            budget=problem.budget * (1 - self._share_of_areas),
            capacities=problem.capacities,
            household=problem.household,
            print_options=problem.print_options,
        )

    @property
    def _share_of_areas(self) -> float:
        """Of the money for exploration: each option explores with an equal part."""
        return 0.0 if self.problem.area_option is None else 1.0 / self.problem.n_options

    def _left_over(self, areas: AreaExploration, people: Exploration, drawn: np.ndarray) -> Problem:
        """What is left to optimise: customers, money and pieces that chance has not used."""
        problem = without(self.problem, self.is_holdout | self._in(areas.opened))
        values = problem.values
        values[people.explores[:, None] & self.personal] = -np.inf
        self._spare_households(values, drawn)
        used = np.concatenate([[self._of(drawn, problem.costs).sum()], self._pieces(drawn)])
        if problem.area_option is not None:
            # The leaflet takes the place of what an explorer has drawn, so that is what it must beat.
            values[:, problem.area_option] -= self._of(drawn, self.problem.values)
            values[self._in(areas.explores), problem.area_option] = -np.inf
            used[0] += problem.area_costs[areas.opened].sum()
            used[1 + problem.area_option] += problem.area_pieces[areas.opened].sum()
        left = np.maximum(problem.limits - used, 0.0)
        return replace(problem, values=values, budget=float(left[0]), capacities=left[1:])

    def _spare_households(self, values: np.ndarray, drawn: np.ndarray) -> None:
        """Where somebody has drawn a letter, nobody else of the household gets one."""
        letters = list(self.problem.print_options)
        homes = self.problem.household[np.isin(drawn, letters)]
        taken = np.isin(self.problem.household, homes[homes >= 0])
        values[np.ix_(taken, letters)] = -np.inf

    def _optimised(self, people: Exploration, solution: Solution) -> np.ndarray:
        """(n,) the personal choice of the plan, or at its prices where it did not decide or chose the leaflet."""
        alone = choose_at_prices(self.problem, solution.prices)
        is_decided = ~people.explores & ~self.is_holdout & (solution.choice != self._leaflet)
        if self.problem.area_option is None:
            is_decided = ~people.explores & ~self.is_holdout
        return np.where(is_decided, solution.choice, alone)

    def _chance_to_open(self, areas: AreaExploration, solution: Solution) -> np.ndarray:
        """(areas,)"""
        if not areas.opened.size:
            return np.zeros(0)
        decided = ~areas.explores & ~self._is_held_out_area
        wanted = np.where(decided, solution.opened_areas, open_at_prices(self.problem, solution.prices))
        return exploration.area_propensity(areas, np.ones(wanted.size, dtype=bool), wanted)

    @property
    def _is_held_out_area(self) -> np.ndarray:
        held = np.zeros(self.problem.n_areas, dtype=bool)
        held[self.area[self.covered & self.is_holdout]] = True
        return held

    def _propensity(
        self, choice: np.ndarray, optimised: np.ndarray, people: Exploration, opens: np.ndarray
    ) -> np.ndarray:
        """(n,) P(choice) = P(held out) [no contact] + P(not held out) P(area) P(personal choice)."""
        is_leaflet = (choice == self._leaflet) & (self._leaflet != NO_CONTACT)
        known = exploration.propensity(
            np.where(is_leaflet, NO_CONTACT, choice),
            optimised,
            self.personal,
            share=self.share,
            acceptance=people.acceptance,
        )
        known = np.where(people.evaluable, known, np.nan)
        if opens.size:
            chance = opens[self.area]
            known = np.where(is_leaflet, chance, np.where(self.covered, (1 - chance) * known, known))
        return self.holdout_share * (choice == NO_CONTACT) + (1 - self.holdout_share) * known

    def _costs(self, choice: np.ndarray, opened: np.ndarray) -> np.ndarray:
        """(n,) what each customer costs; those of an area share its cost."""
        costs = self._of(choice, self.problem.costs)
        if opened.any():
            reached = choice == self._leaflet
            sharers = np.bincount(self.area[reached], minlength=opened.size)
            costs[reached] = (self.problem.area_costs / np.maximum(sharers, 1))[self.area[reached]]
        return costs

    def _gross(self) -> np.ndarray:
        """(n, m) values before cost."""
        costs = self.problem.costs.copy()
        if self.problem.area_option is not None:
            costs[self.problem.area_option] = 0.0
        return self.problem.values + costs

    def _fixed(self, drawn: np.ndarray, areas: AreaExploration) -> float:
        """What the draws are worth, after cost."""
        value = self._of(drawn, self.problem.values).sum()
        if areas.opened.any():
            reached = self._in(areas.opened)
            value += self.problem.values[reached, self._leaflet].sum() - self.problem.area_costs[areas.opened].sum()
        return float(value)

    def _pieces(self, choice: np.ndarray) -> np.ndarray:
        return np.bincount(choice + 1, minlength=self.problem.n_options + 1)[1:].astype(float)

    @staticmethod
    def _of(choice: np.ndarray, amounts: np.ndarray) -> np.ndarray:
        """(n,) the amount of each choice, 0 for no contact; `amounts` (m,) or (n, m)."""
        some = np.flatnonzero(choice >= 0)
        of_choice = np.zeros(choice.size)
        of_choice[some] = amounts[choice[some]] if amounts.ndim == 1 else amounts[some, choice[some]]
        return of_choice
