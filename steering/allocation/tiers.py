"""Prices that fall with the size of a run: which step each option takes, by branch and bound over the steps.

A step holds for all pieces of a run that reaches it, and what it costs once (set-up) is paid if there is a run at all. At
given steps everything is an ordinary problem: a run has at least its step's pieces, fewer than the next step's, and its
price. So the plan never books the price of a run that it does not make, and its value and bound are those of true costs.

An option about which nothing is settled costs the least of its steps, nothing once, and needs no least: no plan does
better, so the bound of such a node is true of all below it (Land and Doig 1960). The bound of the whole is the largest of
those that are left.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count

import numpy as np

from .problem import Problem
from .solution import Solution
from .solve import bound_at_prices, solve
from .stepped import CLOSED, State, Step, Stepped, sent_of

__all__ = ["CLOSED", "Chosen", "Node", "Step", "Stepped", "choose"]
FINE = 1e-7
MOST_SOLVED = 40


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

    Solves at most about `most` problems; what it did not look at is in the bound all the same. ValueError where steps
    make no sense, or none can be taken.
    """
    return _Search(stepped.checked(), barred, seed, most).run()


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
            self._solved(self._least_of_all(), None)
        if self.best is None:
            raise ValueError("steps must leave one that can be taken: all are barred, or cost more once than there is")
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

    def _least_of_all(self) -> State:
        """No run but what was sent already."""
        state = {}
        for option, steps in self.stepped.steps.items():
            sent = sent_of(self.stepped.problem, option)
            state[option] = _reached(steps, sent) if sent else CLOSED
        return state

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
