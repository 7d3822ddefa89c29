"""A problem laid out for pricing: options as rows, customers grouped by household and area, all done once."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from .problem import Problem


@dataclass(frozen=True, eq=False)
class Siblings:
    """Customers who share their household with others, sorted by household."""

    rows: np.ndarray
    household: np.ndarray  # numbered 0, 1, ... in the order of rows
    starts: np.ndarray

    @classmethod
    def among(cls, household: np.ndarray | None, rows: np.ndarray) -> Self:
        """Those of `rows` whose household has at least two members among them."""
        if household is None:
            return cls(*(np.empty(0, dtype=np.int64) for _ in range(3)))
        rows = rows[household[rows] >= 0]
        rows = rows[np.argsort(household[rows], kind="stable")]
        _, number, size = np.unique(household[rows], return_inverse=True, return_counts=True)
        rows = rows[size[number] >= 2]
        _, starts, number = np.unique(household[rows], return_index=True, return_inverse=True)
        return cls(rows, number, starts)

    def losers(self, gain: np.ndarray) -> np.ndarray:
        """All but the one per household who gains most from the piece; of equals the first gets it."""
        if not self.rows.size:
            return self.rows
        gains = gain[self.rows]
        most = np.maximum.reduceat(gains, self.starts)
        candidates = np.flatnonzero(gains == most[self.household])
        _, first = np.unique(self.household[candidates], return_index=True)
        loses = np.ones(self.rows.size, dtype=bool)
        loses[candidates[first]] = False
        return self.rows[loses]


@dataclass(frozen=True, eq=False)
class Layout:
    """Everything about a problem that does not depend on prices."""

    problem: Problem
    values: np.ndarray  # (m, n)
    costs: np.ndarray  # (m, n), or (m, 1) where they do not depend on the customer
    plain: tuple[int, ...]  # personal options that a household may get more than once
    addressed: tuple[int, ...]  # personal options that it may not
    siblings: Siblings
    covered: np.ndarray  # (n,) gets the leaflet when the area opens
    uncovered: np.ndarray  # rows in an area who do not
    uncovered_siblings: Siblings
    inside: np.ndarray  # rows in an area
    leaflet_values: np.ndarray  # (areas,) gross value of opening

    @property
    def personal(self) -> tuple[int, ...]:
        return self.plain + self.addressed


def lay_out(problem: Problem) -> Layout:
    """Expects a checked problem."""
    n, m = problem.values.shape
    personal = [option for option in range(m) if option != problem.area_option]
    limited = set(problem.print_options) if problem.household is not None else set()
    covered, inside, leaflet_values = _areas(problem)
    uncovered = inside[~covered[inside]]
    return Layout(
        problem=problem,
        values=np.ascontiguousarray(problem.values.T),
        costs=problem.costs.reshape(m, 1) if problem.costs.ndim == 1 else np.ascontiguousarray(problem.costs.T),
        plain=tuple(option for option in personal if option not in limited),
        addressed=tuple(option for option in personal if option in limited),
        siblings=Siblings.among(problem.household if limited else None, np.arange(n)),
        covered=covered,
        uncovered=uncovered,
        uncovered_siblings=Siblings.among(problem.household if limited else None, uncovered),
        inside=inside,
        leaflet_values=leaflet_values,
    )


def _areas(problem: Problem) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if problem.area is None:
        nobody = np.zeros(problem.n_customers, dtype=bool)
        return nobody, np.empty(0, dtype=np.int64), np.empty(0)
    leaflet = problem.values[:, problem.area_option]
    covered = (problem.area >= 0) & (leaflet > -np.inf)
    values = np.bincount(problem.area[covered], weights=leaflet[covered], minlength=problem.n_areas)
    return covered, np.flatnonzero(problem.area >= 0), values


def use(layout: Layout, choice: np.ndarray, opened: np.ndarray) -> np.ndarray:
    """(1 + m,) money spent, then pieces per option."""
    problem = layout.problem
    pieces = np.bincount(choice + 1, minlength=problem.n_options + 1)[1:].astype(float)
    if problem.area_option is not None:
        pieces[problem.area_option] = problem.area_pieces[opened].sum()
    spent = costs_of(layout, choice).sum()
    if problem.area_option is not None:
        spent += problem.area_costs[opened].sum()
    return np.concatenate([[spent], pieces])


def costs_of(layout: Layout, choice: np.ndarray, rows: np.ndarray | None = None) -> np.ndarray:
    """Personal cost of each choice; 0 for no contact and for the leaflet, which the area pays."""
    chosen = np.maximum(choice, 0)
    if layout.costs.shape[1] == 1:
        costs = layout.costs[chosen, 0]
    else:
        costs = layout.costs[chosen, np.arange(choice.size) if rows is None else rows]
    free = choice < 0
    if layout.problem.area_option is not None:
        free |= choice == layout.problem.area_option
    return np.where(free, 0.0, costs)


def values_of(layout: Layout, choice: np.ndarray) -> np.ndarray:
    """Value of each choice, gross for the leaflet."""
    if not layout.values.shape[0]:
        return np.zeros(choice.size)
    return np.where(choice < 0, 0.0, layout.values[np.maximum(choice, 0), np.arange(choice.size)])


def worth(layout: Layout, choice: np.ndarray, opened: np.ndarray) -> float:
    """The objective."""
    total = values_of(layout, choice).sum()
    return float(total - (layout.problem.area_costs[opened].sum() if layout.problem.area_option is not None else 0.0))
