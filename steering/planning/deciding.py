"""The decision of one wave: who explores and gets what by chance, and the best plan for everybody else.

1. Some delivery areas explore: each is opened or left closed by chance. Some customers explore: each draws one of the
   personal options, or none. Both by chances that were known before, within their share of every limit.
2. The areas that do not explore are opened as the best plan for everybody has it (steering.allocation), so that whether
   an area is opened never hangs on what was drawn for its customers.
3. What is left of budget and capacities is spent as well as possible on everybody who neither explores nor gets a leaflet.

Every decision is written down with the probability with which it was made, the holdout counted in, so that what it
brought can be evaluated without bias.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from steering.allocation import Problem, Solution, bound_at_prices, choose_at_prices, open_at_prices, solve
from steering.targeting import exploration
from steering.targeting.exploration import NO_CONTACT, AreaExploration, Exploration

from .problem import without


@dataclass(frozen=True, eq=False)
class Decision:
    """Arrays over n candidates; money in cents."""

    choice: np.ndarray  # (n,) option, -1 for no contact
    is_exploration: np.ndarray  # (n,) decided by chance, their own or that of their area
    propensity: np.ndarray  # (n,) NaN where it cannot be evaluated
    channel_propensity: np.ndarray  # (n,) that of any option of the same channel
    cost: np.ndarray  # (n,) own cost, or the share of the area's
    uplift: np.ndarray  # (n,) expected incremental margin of the choice, before cost
    opened_areas: np.ndarray  # (areas,)
    dual_bound: (
        float  # the value, and what the optimisation can at most have left: no plan for the same draws is worth more
    )
    prices: np.ndarray  # (1 + m,)

    @property
    def value(self) -> float:
        """Expected incremental margin after cost."""
        return float(self.uplift.sum() - self.cost.sum())

    @property
    def gap(self) -> float:
        return max(0.0, self.dual_bound - self.value) / max(abs(self.dual_bound), 1e-9)


def decide(
    problem: Problem, *, is_holdout: np.ndarray, holdout_share: float, share: float, seed: int,
    channels: Sequence[str] = (),
) -> Decision:  # fmt: skip
    """`problem` with everybody's values; whoever `is_holdout` gets nothing. Same input, same decision.

    `channels` (m,) of the options; without them every option has a channel of its own.
    """
    return Deciding(problem, is_holdout, holdout_share, share, seed, channels).decision()


class Deciding:
    """One decision in the making: chance first, then the best plan, then the probabilities of both."""

    def __init__(
        self, problem: Problem, is_holdout: np.ndarray, holdout_share: float, share: float, seed: int,
        channels: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self.problem = problem
        self.is_holdout = is_holdout
        self.holdout_share = holdout_share
        self.share = share
        self.seed = seed
        self.channel = np.arange(problem.n_options)
        if channels:
            self.channel = np.unique(np.array(channels), return_inverse=True)[1]
        self.eligible = problem.values > -np.inf
        self.personal = self.eligible.copy()
        self.covered = np.zeros(problem.n_customers, dtype=bool)
        self.area = np.zeros(problem.n_customers, dtype=np.int64)
        if problem.area_option is not None:
            self.personal[:, problem.area_option] = False
            self.covered = self.eligible[:, problem.area_option] & (problem.area >= 0)
            self.area = np.maximum(problem.area, 0)

    def decision(self) -> Decision:
        areas, people = self._explore_areas(), self._explore_people()
        whole = self._solve_with_areas()
        wanted = self._wanted_areas(whole)
        opened, is_certain = self._open(areas, people, wanted)
        drawn = np.where(self._in(opened), NO_CONTACT, people.choice)
        rest = solve(self._left_over(opened, people, drawn), seed=self.seed) if self.share or whole is None else whole
        optimised = self._optimised(people, rest, opened)
        choice = np.where(people.explores, people.choice, optimised)
        choice = np.where(self._in(opened), self._leaflet, choice)
        choice[self.is_holdout] = NO_CONTACT
        chance = exploration.area_propensity(areas, np.ones(wanted.size, dtype=bool), wanted)
        known = partial(self._propensity, choice, optimised, people, np.where(is_certain, chance, np.nan))
        return Decision(
            choice=choice,
            is_exploration=(people.explores | self._in(areas.explores)) & ~self.is_holdout,
            propensity=known(np.arange(self.problem.n_options)),
            channel_propensity=known(self.channel),
            cost=self._costs(choice, opened),
            uplift=self._of(choice, self._gross()),
            opened_areas=opened,
            dual_bound=self._bound(areas, people, [one.prices for one in (rest, whole) if one is not None]),
            prices=self._prices(rest, whole),
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
            budget=_part(problem.budget, self._share_of_areas),
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
            budget=_part(problem.budget, 1 - self._share_of_areas),
            capacities=problem.capacities,
            household=problem.household,
            print_options=problem.print_options,
        )

    @property
    def _share_of_areas(self) -> float:
        """Of the money for exploration: each option explores with an equal part."""
        return 0.0 if self.problem.area_option is None else 1.0 / self.problem.n_options

    def _solve_with_areas(self) -> Solution | None:
        """The best plan for everybody who is not held out, as if nobody explored; None where no area can be bought."""
        if self.problem.area_option is None:
            return None
        return solve(without(self.problem, self.is_holdout), seed=self.seed)

    def _wanted_areas(self, whole: Solution | None) -> np.ndarray:
        """(areas,) what the plan wants; of areas that are held out, what it would have wanted."""
        if whole is None:
            return np.zeros(0, dtype=bool)
        held = np.zeros(self.problem.n_areas, dtype=bool)
        held[self.area[self.covered & self.is_holdout]] = True
        return np.where(held, open_at_prices(self.problem, whole.prices), whole.opened_areas)

    def _open(self, areas: AreaExploration, people: Exploration, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(areas,) which are opened, and whether that is as the chances say: those for which no room is left are not."""
        problem = self.problem
        if not wanted.size:
            return wanted, wanted
        held = np.bincount(self.area, weights=self.covered & ~self.is_holdout, minlength=problem.n_areas) == 0
        opened = np.where(areas.explores, areas.opened, wanted & ~held)
        drawn = np.where(self._in(areas.opened), NO_CONTACT, people.choice)
        money = problem.budget - self._of(drawn, problem.costs).sum()
        worth = np.bincount(self.area, weights=self._of_leaflet(), minlength=problem.n_areas)
        rank = np.where(areas.explores, np.inf, worth / np.maximum(problem.area_costs, 1e-9))
        order = np.flatnonzero(opened)[np.argsort(-rank[opened], kind="stable")]
        fits = (np.cumsum(problem.area_costs[order]) <= money + 1e-6) & (
            np.cumsum(problem.area_pieces[order]) <= problem.capacities[problem.area_option] + 1e-6
        )
        shut = order[~np.logical_and.accumulate(fits)]
        is_certain = np.ones(wanted.size, dtype=bool)
        opened[shut] = is_certain[shut] = False
        return opened, is_certain

    def _of_leaflet(self) -> np.ndarray:
        """(n,) what the leaflet adds for whoever gets it once the area is opened."""
        reached = self.covered & ~self.is_holdout
        return np.where(reached, self.problem.values[:, self.problem.area_option], 0.0)

    def _left_over(self, opened: np.ndarray, people: Exploration, drawn: np.ndarray) -> Problem:
        """What is left to optimise: customers, money and pieces that neither chance nor the areas have used."""
        problem = without(self.problem, self.is_holdout | people.explores | self._in(opened))
        self._spare_households(problem.values, drawn, spared=np.ones(drawn.size, dtype=bool))
        used = np.concatenate([[self._of(drawn, problem.costs).sum()], self._pieces(drawn)])
        if problem.area_option is not None:
            problem.values[:, problem.area_option] = -np.inf
            used[0] += problem.area_costs[opened].sum()
        left = np.maximum(problem.limits - used, 0.0)
        return replace(
            problem,
            budget=float(left[0]), capacities=left[1:],
            area=None, area_option=None, area_costs=None, area_pieces=None,
        )  # fmt: skip

    def _spare_households(self, values: np.ndarray, drawn: np.ndarray, *, spared: np.ndarray) -> None:
        """Where somebody has drawn a letter, no one else of the household who is `spared` gets one."""
        letters = list(self.problem.print_options)
        homes = self.problem.household[np.isin(drawn, letters)]
        taken = np.isin(self.problem.household, homes[homes >= 0])
        values[np.ix_(taken & spared, letters)] = -np.inf

    def _optimised(self, people: Exploration, rest: Solution, opened: np.ndarray) -> np.ndarray:
        """(n,) the personal choice of the plan, or at its prices where the plan had nothing to decide."""
        is_decided = ~people.explores & ~self.is_holdout & ~self._in(opened)
        return np.where(is_decided, rest.choice, choose_at_prices(self.problem, rest.prices))

    def _prices(self, rest: Solution, whole: Solution | None) -> np.ndarray:
        prices = rest.prices.copy()
        if whole is not None:
            prices[1 + self._leaflet] = whole.prices[1 + self._leaflet]
        return prices

    def _bound(self, areas: AreaExploration, people: Exploration, tried: Sequence[np.ndarray]) -> float:
        """No plan is worth more in which everybody whom chance decided about keeps what they drew, or gets the leaflet."""
        reached = self._in(areas.opened)
        drawn = np.where(reached, NO_CONTACT, people.choice)
        by_chance = 0.0
        if reached.any():
            by_chance = self._of_leaflet()[reached].sum() - self.problem.area_costs[areas.opened].sum()
        return float(by_chance + min(self._relaxed(areas, people, drawn, prices) for prices in tried))

    def _relaxed(self, areas: AreaExploration, people: Exploration, drawn: np.ndarray, prices: np.ndarray) -> float:
        """The Lagrangian dual at `prices`: what an explorer keeps is worth its value less what it uses at the prices."""
        problem = without(self.problem, self.is_holdout | self._in(areas.opened))
        kept = self._of(drawn, problem.values) - self._of(drawn, problem.costs * prices[0] + prices[1:])
        problem.values[people.explores[:, None] & self.personal] = -np.inf
        # Whoever can get no leaflet could get the letter of an explorer who does; all others of the household cannot.
        self._spare_households(problem.values, drawn, spared=self.covered | (problem.area_option is None))
        left = problem.limits.copy()
        if problem.area_option is not None:
            problem.values[:, problem.area_option] -= kept
            problem.values[self._in(areas.explores), problem.area_option] = -np.inf
            left[0] -= problem.area_costs[areas.opened].sum()
            left[1 + problem.area_option] -= problem.area_pieces[areas.opened].sum()
        left = np.maximum(left, 0.0)
        return kept.sum() + bound_at_prices(replace(problem, budget=float(left[0]), capacities=left[1:]), prices)

    def _propensity(
        self, choice: np.ndarray, optimised: np.ndarray, people: Exploration, opens: np.ndarray, kinds: np.ndarray
    ) -> np.ndarray:
        """(n,) P(choice) = P(held out) [no contact] + P(not held out) P(area) P(personal choice)."""
        is_leaflet = (choice == self._leaflet) & (self._leaflet != NO_CONTACT)
        known = exploration.propensity(
            np.where(is_leaflet, NO_CONTACT, choice),
            optimised,
            self.personal,
            share=self.share,
            acceptance=people.acceptance,
            kinds=kinds,
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
            costs[..., self.problem.area_option] = 0.0
        return self.problem.values + costs

    def _pieces(self, choice: np.ndarray) -> np.ndarray:
        return np.bincount(choice + 1, minlength=self.problem.n_options + 1)[1:].astype(float)

    @staticmethod
    def _of(choice: np.ndarray, amounts: np.ndarray) -> np.ndarray:
        """(n,) the amount of each choice, 0 for no contact; `amounts` (m,) or (n, m)."""
        some = np.flatnonzero(choice >= 0)
        of_choice = np.zeros(choice.size)
        of_choice[some] = amounts[choice[some]] if amounts.ndim == 1 else amounts[some, choice[some]]
        return of_choice


def _part(money: float, share: float) -> float:
    """Nothing of it is nothing, even of endless money."""
    return money * share if share else 0.0
