"""A problem laid out for pricing: options as rows, what is locked taken off, everything grouped once."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from ..problem import Problem
from .homes import Homes, homes_of
from .leaflets import Leaflets, leaflets_of
from .personal import Personal, bar_single, personal_of
from .rows import Rows, rows_of
from .sums import Sums


@dataclass(frozen=True, eq=False)
class Layout:
    """Everything about a problem that does not depend on prices. n customers, m options, C campaigns, R rows."""

    rows: Rows
    values: np.ndarray  # (m, n); -inf where a customer cannot get the option, whatever the others do
    costs: np.ndarray  # (m, n), or (m, 1) where they do not depend on the customer
    sums: Sums
    slots: tuple[tuple[int, ...], ...]  # (C,) personal options of each campaign
    contacts: np.ndarray | None  # (n,) at most so many; None where one per campaign is the only limit
    homes: Homes
    personal: Personal | None  # None where single options are all that can break a personal rule
    leaflets: Leaflets | None
    runs: np.ndarray  # (m,) pieces still missing to the minimum run of each option
    run_rows: np.ndarray  # (m,) row of the run, -1 for none
    begun: np.ndarray  # (m,) something of the option is locked
    fixed_value: float  # of what is locked
    n_limits: int  # K

    @property
    def n(self) -> int:
        return self.values.shape[1]

    @property
    def options(self) -> list[int]:
        """Personal ones."""
        return [option for slot in self.slots for option in slot]

    def without_homes(self) -> Self:
        """The same as if everybody lived alone."""
        nobody = np.empty(0, dtype=np.int64)
        return replace(self, homes=replace(self.homes, rows=nobody, home=nobody, left=nobody))


def lay_out(problem: Problem) -> Layout:
    """Expects a checked problem."""
    m = problem.n_options
    personal = [option for option in range(m) if option not in problem.area_options]
    slots = [[j for j in personal if problem.campaigns[j] == one] for one in np.unique(problem.campaigns)]
    rows = rows_of(problem)
    values = np.array(problem.values.T, order="C")
    costs = problem.costs.reshape(m, 1) if problem.costs.ndim == 1 else np.ascontiguousarray(problem.costs.T)
    sums = Sums(rows, values, costs)
    leaflets = leaflets_of(problem)
    used, pieces, fixed_value = _take_off_locked(problem, values, sums, leaflets)
    contacts = _contacts(problem, values, [slot for slot in slots if slot])
    bar_single(problem, values)
    homes = homes_of(problem, values)
    return Layout(
        rows=replace(rows, bounds=_whole_bounds(sums, leaflets, rows.bounds - used)),
        values=values,
        costs=costs,
        sums=sums,
        slots=tuple(tuple(slot) for slot in slots if slot),
        contacts=contacts,
        homes=homes,
        personal=personal_of(problem, slots, contacts),
        leaflets=leaflets,
        runs=np.maximum(problem.minimum_runs - pieces, 0.0),
        run_rows=_run_rows(problem),
        begun=pieces > 0,
        fixed_value=fixed_value,
        n_limits=1 + m + len(problem.rules),
    )


def _run_rows(problem: Problem) -> np.ndarray:
    has_run = problem.minimum_runs > 0
    return np.where(has_run, problem.n_options + len(problem.rules) + np.cumsum(has_run), -1)


def _take_off_locked(
    problem: Problem, values: np.ndarray, sums: Sums, leaflets: Leaflets | None
) -> tuple[np.ndarray, np.ndarray, float]:
    """Use (R,), pieces (m,) and value of what is locked; nobody can get what it excludes."""
    used, pieces, value = np.zeros(sums.rows.size), np.zeros(problem.n_options), 0.0
    if problem.locked is not None:
        who, options = np.nonzero(problem.locked)
        given = problem.values[who, options].astype(float)
        used += sums.use_of(who, options)
        value += given[given > -np.inf].sum()
        pieces += np.bincount(options, minlength=problem.n_options)
        for option in range(problem.n_options):
            same = np.flatnonzero(problem.campaigns == problem.campaigns[option])
            values[np.ix_(same, np.flatnonzero(problem.locked[:, option]))] = -np.inf
    if leaflets is not None and leaflets.locked.any():
        used += leaflets.use[:, leaflets.locked].sum(axis=1)
        value += leaflets.values[leaflets.locked].sum()
        pieces[list(problem.area_options)] += np.where(leaflets.locked, problem.area_pieces, 0.0).sum(axis=0)
        if not problem.on_top:
            values[:, leaflets.reached(leaflets.locked)] = -np.inf
    return used, pieces, value


def _whole_bounds(sums: Sums, leaflets: Leaflets | None, bounds: np.ndarray) -> np.ndarray:
    """Bounds rounded down where all that counts towards them is whole numbers."""
    factors = sums.rows.factors
    is_whole = (factors["count"] == np.round(factors["count"])).all(axis=(1, 2))
    with_cost = (factors["cost"] != 0).any(axis=(1, 2))
    whole_costs = (factors["cost"] == np.round(factors["cost"])).all(axis=(1, 2)) & _are_whole(sums.costs)
    is_whole &= np.where(with_cost, whole_costs, True) & ~factors["value"].any(axis=(1, 2))
    is_whole[[part.row for part in sums.rows.listed]] = False
    if leaflets is not None and leaflets.use.size:
        is_whole &= (leaflets.use == np.round(leaflets.use)).all(axis=(1, 2))
    return np.where(is_whole & np.isfinite(bounds), np.floor(bounds + 1e-9 * (1 + np.abs(bounds))), bounds)


def _are_whole(costs: np.ndarray) -> bool:
    """Looks at a few first: most costs that are not whole show it at once."""
    few = costs[:, :100]
    return bool((few == np.round(few)).all() and (costs == np.round(costs)).all())


def _contacts(problem: Problem, values: np.ndarray, slots: list[list[int]]) -> np.ndarray | None:
    left = problem.contact_limit
    if problem.locked is not None:
        left = np.maximum(left - problem.locked.sum(axis=1), 0)
    if left.size and left.min() >= len(slots):
        return None
    if not left.size or left.min() == 0:
        values[:, left == 0] = -np.inf
    return None if len(slots) <= 1 else np.minimum(left, len(slots)).astype(np.int8)
