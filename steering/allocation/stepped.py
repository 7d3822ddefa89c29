"""What is asked where prices fall with the size of a run: the problem at any steps that are settled, and at none.

An option about which nothing is settled costs the least of its steps, nothing once, and needs no least; rules that a lower
price might tighten are left out. So every plan at any steps is among those of a problem where fewer are settled, and worth
no less there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np

from .checking import checked
from .problem import Problem
from .rules import AT_LEAST, AT_MOST, Rule

CLOSED = -1  # no run at all
State = Mapping[int, int]  # step of an option; what is not in it is not settled
LOOSENS = {"cost": AT_MOST, "value": AT_LEAST}  # a lower price


@dataclass(frozen=True, eq=False)
class Step:
    """What runs of at least so many pieces cost, in cents."""

    least: float
    costs: np.ndarray | float  # a piece: for all, (n,) by customer, or (areas,) where bought by area; inf: no price
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
        """The problem at these steps; None where what they cost once is more than there is, or what was sent is no run."""
        problem = _copied(self.problem)
        if any(step == CLOSED and sent_of(problem, option) for option, step in state.items()):
            return None
        unsettled = [option for option, steps in self.steps.items() if option not in state and len(steps) > 1]
        problem = _loosened(problem, unsettled)
        for option, steps in self.steps.items():
            if option not in state:
                _price(problem, option, _least([step.costs for step in steps]))
            elif state[option] == CLOSED:
                _close(problem, option)
            else:
                _take(problem, option, steps, state[option])
        return _paid(problem, self._fixed_by_limit(state))

    def checked(self) -> Self:
        """The same with a checked problem; ValueError "steps of option 1 must be ..., got ..." otherwise."""
        problem = checked(self.problem)
        for option, steps in self.steps.items():
            _refuse(problem, option, steps)
        for option, name in self.budget_of.items():
            if name not in problem.names:
                raise ValueError(f"budget_of option {option} must be the name of a limit, got {name!r}")
        return replace(self, problem=problem)

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


def _refuse(problem: Problem, option: int, steps: Sequence[Step]) -> None:
    where = f"steps of option {option}"
    if option not in range(problem.n_options):
        raise ValueError(f"{where} must be of an option between 0 and {problem.n_options - 1}")
    if not steps:
        raise ValueError(f"{where} must be at least one, got none")
    leasts = np.array([step.least for step in steps], dtype=float)
    if not (np.isfinite(leasts).all() and (leasts >= 0).all() and (np.diff(leasts) > 0).all()):
        raise ValueError(f"{where} must rise by their least, from 0 on, got {leasts.tolist()}")
    size = problem.n_areas if option in problem.area_options else problem.n_customers
    for step in steps:
        if np.shape(step.costs) not in ((), (size,)):
            raise ValueError(f"costs in {where} must be a number or {(size,)}, got {np.shape(step.costs)}")
        if not (np.asarray(step.costs) >= 0).all():
            raise ValueError(f"costs in {where} must be at least 0 (inf for no price), got {np.min(step.costs)}")
        if not 0 <= step.fixed < np.inf:
            raise ValueError(f"what is paid once in {where} must be at least 0 and finite, got {step.fixed}")


def sent_of(problem: Problem, option: int) -> float:
    """Pieces of the option that are locked. Expects a checked problem."""
    if option not in problem.area_options:
        return 0.0 if problem.locked is None else float(problem.locked[:, option].sum())
    kind = problem.area_options.index(option)
    return (
        0.0 if problem.locked_areas is None else float(problem.area_pieces[problem.locked_areas[:, kind], kind].sum())
    )


def _loosened(problem: Problem, options: Sequence[int]) -> Problem:
    """Without the rules that the true prices of these options may keep and lower ones break; they keep their places."""
    kept = [Rule.most(rule.name, np.inf) if _may_tighten(rule, options) else rule for rule in problem.rules]
    return replace(problem, rules=tuple(kept))


def _may_tighten(rule: Rule, options: Sequence[int]) -> bool:
    if rule.of is not None:
        return _hangs_on_price(rule, options) or _hangs_on_price(rule.of, options)
    return _hangs_on_price(rule, options) and rule.sense != LOOSENS[rule.amount]


def _hangs_on_price(rule: Rule, options: Sequence[int]) -> bool:
    is_money = isinstance(rule.amount, str) and rule.amount in LOOSENS
    return is_money and any(rule.options is None or rule.options[option] for option in options)


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
