"""Prices that fall with the size of a run: which step each option takes, by branch and bound over the steps.

A step holds for all pieces of a run that reaches it, and what it costs once (set-up) is paid if there is a run at all. At
given steps everything is an ordinary problem: a run has at least its step's pieces, fewer than the next step's, and its
price. So the plan never books the price of a run that it does not make, and its value and bound are those of true costs.

An option about which nothing is settled costs the least of its steps, nothing once, and needs no least: no plan does
better, so the bound of such a node is true of all below it (Land and Doig 1960). The bound of the whole is the largest of
those that are left.
"""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

import numpy as np

from .checking import checked
from .problem import Problem
from .solution import Solution
from .solve import bound_at_prices, solve

CLOSED = -1  # no run at all
FINE = 1e-7
MOST_SOLVED = 40
State = Mapping[int, int]  # step of an option; what is not in it is not settled


@dataclass(frozen=True, eq=False)
class Step:
    """What runs of at least so many pieces cost, in cents."""

    least: float
    costs: (
        np.ndarray | float
    )  # a piece: one for all, (n,) by customer, or (areas,) of an option bought by area; inf: no price
    fixed: float = 0.0  # once


@dataclass(frozen=True, eq=False)
class Stepped:
    """`problem` with values of the stepped options before any cost; what it says of their cost is not looked at.

    steps       by option, ascending by their least, of which the first is the least run.
    budget_of   by option the name of the limit that pays what a step costs once; "budget" where it is not named.
    """

    problem: Problem
    steps: Mapping[int, Sequence[Step]]
    budget_of: Mapping[int, str] = field(default_factory=dict)

    def at(self, state: State) -> Problem | None:
        """The problem at these steps; None where what they cost once is more than there is."""
        problem = _copied(self.problem)
        for option, steps in self.steps.items():
            if option not in state:
                _price(problem, option, _least([step.costs for step in steps]))
            elif state[option] == CLOSED:
                _close(problem, option)
            else:
                _take(problem, option, steps, state[option])
        return _paid(problem, self._fixed_by_limit(state))

    def fixed(self, state: State) -> float:
        """What these steps cost once, in all."""
        return sum(self._fixed_by_limit(state).values())

    def _fixed_by_limit(self, state: State) -> dict[str, float]:
        found: dict[str, float] = {}
        for option, step in state.items():
            if step != CLOSED:
                name = self.budget_of.get(option, "budget")
                found[name] = found.get(name, 0.0) + self.steps[option][step].fixed
        return found


@dataclass(frozen=True, eq=False)
class Node:
    """Some options settled; `bound` is true of every plan below it, at `prices` (K,)."""

    state: State
    bound: float
    prices: np.ndarray | None


@dataclass(frozen=True, eq=False)
class Chosen:
    """The best steps found. `value` and `bound` are after what steps cost once."""

    state: State  # of all stepped options
    problem: Problem  # at it
    solution: Solution  # of it, before what steps cost once
    value: float
    others: Sequence[Node]  # all other plans are below one of these

    @property
    def bound(self) -> float:
        """No plan whatever is worth more."""
        return max([self.value, self.own_bound, *(node.bound for node in self.others)])

    @property
    def own_bound(self) -> float:
        """No plan at these steps is worth more."""
        return self.solution.dual_bound - (self.solution.value - self.value)


def choose(
    stepped: Stepped, *, barred: Sequence[State] = (), seed: int = 0, most: int = MOST_SOLVED
) -> Chosen:  # fmt: skip
    """The best plan over all steps; `barred` are steps that cannot be taken. Same input, same answer.

    Solves at most about `most` problems; what it did not look at is in the bound all the same.
    """
    return _Search(stepped, barred, seed, most).run()


class _Search:
    def __init__(self, stepped: Stepped, barred: Sequence[State], seed: int, most: int) -> None:
        self.stepped, self.barred, self.seed, self.left = stepped, barred, seed, most
        self.best: Chosen | None = None
        self.leaves: list[Node] = []
        self.waiting: list[tuple[float, int, Node, Solution]] = []
        self.turn = count()

    def run(self) -> Chosen:
        closed: list[Node] = []
        self._look({}, None, np.inf)
        while self.waiting:
            _, _, node, solution = heapq.heappop(self.waiting)
            if self._is_beaten(node.bound):
                closed.append(node)
                continue
            self._dive(node, solution)
            if self.left <= 0:
                closed.append(node)
                continue
            self._branch(node, solution)
        if self.best is None:
            self._solved(dict.fromkeys(self.stepped.steps, CLOSED), None)
        mine = tuple(sorted(self.best.state.items()))
        others = [leaf for leaf in self.leaves if tuple(sorted(leaf.state.items())) != mine]
        return replace(self.best, others=[*closed, *others])

    def _branch(self, node: Node, solution: Solution) -> None:
        """On the unsettled option whose price is furthest from the truth."""
        unsettled = [option for option in self.stepped.steps if option not in node.state]
        option = max(unsettled, key=lambda one: (self._error(one, solution), -one))
        for step in (*range(len(self.stepped.steps[option])), CLOSED):
            self._look({**node.state, option: step}, node, node.bound)

    def _error(self, option: int, solution: Solution) -> float:
        """Cents by which the relaxed price of a run may be too low."""
        steps, pieces = self.stepped.steps[option], _pieces(solution, option)
        if pieces == 0:
            return 0.0
        true = steps[_reached(steps, pieces)]
        lacks = max(steps[0].least - pieces, 0.0)
        mean = [float(np.mean(np.where(np.isfinite(step.costs), step.costs, 0.0))) for step in steps]
        return true.fixed + pieces * (mean[_reached(steps, pieces)] - min(mean)) + lacks

    def _dive(self, node: Node, solution: Solution) -> None:
        """A whole plan at once: every unsettled option at the step that its pieces reach."""
        state = dict(node.state)
        for option, steps in self.stepped.steps.items():
            if option not in state:
                pieces = _pieces(solution, option)
                state[option] = _reached(steps, pieces) if pieces >= min(1.0, steps[0].least) else CLOSED
        self._solved(state, solution.prices)

    def _look(self, state: State, parent: Node | None, most: float) -> None:
        """Bound a node; one that is settled is tried as a plan."""
        prices = None if parent is None else parent.prices
        if len(state) == len(self.stepped.steps):
            self._solved(state, prices, most=most)
            return
        if self._is_barred(state) or (problem := self.stepped.at(state)) is None:
            return
        fixed = self.stepped.fixed(state)
        if prices is not None and self._is_beaten(bound := bound_at_prices(problem, prices) - fixed):
            self.leaves.append(Node(state, min(bound, most), prices))
            return
        self.left -= 1
        solution = solve(problem, seed=self.seed, start=prices)
        node = Node(state, min(solution.dual_bound - fixed, most), solution.prices)
        heapq.heappush(self.waiting, (-node.bound, next(self.turn), node, solution))

    def _solved(self, state: State, prices: np.ndarray | None, *, most: float = np.inf) -> None:
        if any(leaf.state == state for leaf in self.leaves) or self._is_barred(state):
            return
        if (problem := self.stepped.at(state)) is None:
            return
        fixed = self.stepped.fixed(state)
        if prices is not None:
            most = min(most, bound_at_prices(problem, prices) - fixed)
            if self._is_beaten(most) or (self.left <= 0 and self.best is not None):
                self.leaves.append(Node(state, most, prices))
                return
        self.left -= 1
        solution = solve(problem, seed=self.seed, start=prices)
        self.leaves.append(Node(state, min(most, solution.dual_bound - fixed), solution.prices))
        if unused := [one for one, step in state.items() if step != CLOSED and not _pieces(solution, one)]:
            self._solved({**state, **dict.fromkeys(unused, CLOSED)}, solution.prices)  # which pays for no set-up
            return
        made = Chosen(state, problem, solution, solution.value - fixed, ())
        if self.best is None or _rank(made) > _rank(self.best):
            self.best = made

    def _is_beaten(self, bound: float) -> bool:
        best = self.best
        return best is not None and best.solution.feasible and bound <= best.value + FINE * abs(best.value)

    def _is_barred(self, state: State) -> bool:
        """Whether it is, or is below, one that cannot be taken."""
        return any(all(state.get(option) == step for option, step in one.items()) for one in self.barred)


def _rank(made: Chosen) -> tuple[bool, float, float]:
    lacking = sum(made.solution.unmet.values())
    return made.solution.feasible, -lacking, made.value


def _pieces(solution: Solution, option: int) -> float:
    return float(solution.used[1 + option])


def _reached(steps: Sequence[Step], pieces: float) -> int:
    """The last step that so many pieces reach; the first where they reach none."""
    return max((number for number, step in enumerate(steps) if step.least <= pieces + FINE), default=0)


def _copied(problem: Problem) -> Problem:
    """So that columns can be written to."""
    problem = checked(problem)
    return replace(
        problem,
        values=problem.values.astype(float, copy=True),
        costs=np.array(np.broadcast_to(problem.costs, problem.values.shape), dtype=float),
        capacities=np.array(problem.capacities, dtype=float),
        minimum_runs=np.array(problem.minimum_runs, dtype=float),
        area_costs=None if problem.area_costs is None else problem.area_costs.astype(float, copy=True),
        area_pieces=None if problem.area_pieces is None else problem.area_pieces.astype(float, copy=True),
    )


def _price(problem: Problem, option: int, costs: np.ndarray | float) -> None:
    """Write what a piece costs into a copied problem; who has no price cannot get it."""
    if option in problem.area_options:
        kind = problem.area_options.index(option)
        _price_areas(problem, option, kind, np.broadcast_to(costs, (problem.n_areas,)))
        return
    per_customer = np.broadcast_to(costs, (problem.n_customers,))
    has_price = np.isfinite(per_customer)
    problem.costs[:, option] = np.where(has_price, per_customer, 0.0)
    problem.values[:, option] = np.where(has_price, problem.values[:, option] - problem.costs[:, option], -np.inf)


def _price_areas(problem: Problem, option: int, kind: int, costs: np.ndarray) -> None:
    """An area without a price covers nobody, and is no part of a run."""
    has_price = np.isfinite(costs)
    problem.area_pieces[~has_price, kind] = 0.0
    problem.area_costs[:, kind] = problem.area_pieces[:, kind] * np.where(has_price, costs, 0.0)
    inside = np.flatnonzero(problem.area >= 0)
    problem.values[inside[~has_price[problem.area[inside]]], option] = -np.inf


def _take(problem: Problem, option: int, steps: Sequence[Step], number: int) -> None:
    _price(problem, option, steps[number].costs)
    least = np.ceil(steps[number].least)
    problem.minimum_runs[option] = max(problem.minimum_runs[option], least if least > 1 else 0.0)
    if number + 1 < len(steps):
        problem.capacities[option] = min(problem.capacities[option], np.ceil(steps[number + 1].least) - 1)


def _close(problem: Problem, option: int) -> None:
    problem.values[:, option] = -np.inf
    problem.costs[:, option] = 0.0


def _paid(problem: Problem, fixed: Mapping[str, float]) -> Problem | None:
    """Less what is paid once; None where a limit has not that much."""
    budget = problem.budget - fixed.get("budget", 0.0)
    rules = tuple(
        replace(rule, bound=rule.bound - fixed[rule.name]) if rule.name in fixed else rule for rule in problem.rules
    )
    if budget < 0 or any(rule.bound < 0 for rule in rules if rule.name in fixed):
        return None
    return replace(problem, budget=budget, rules=rules)


def _least(costs: Sequence[np.ndarray | float]) -> np.ndarray | float:
    least = costs[0]
    for more in costs[1:]:
        least = np.minimum(least, more)
    return least
