"""Households that could get more printed pieces than they may: who of them gets theirs."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from ..problem import Problem


@dataclass(frozen=True, eq=False)
class Homes:
    """Customers of such households, sorted by household."""

    is_printed: np.ndarray  # (m,)
    rows: np.ndarray
    home: np.ndarray  # numbered 0, 1, ... in the order of rows
    left: np.ndarray  # (homes,) pieces that it may get

    def among(self, kept: np.ndarray) -> Self:
        """Of the customers `kept` (n,); households keep their numbers."""
        mine = kept[self.rows]
        return Homes(self.is_printed, self.rows[mine], self.home[mine], self.left)

    def over(self, picks: np.ndarray) -> Self:
        """Of households that get too much by `picks` (C, n)."""
        printed = np.append(self.is_printed, False)[picks[:, self.rows]].sum(axis=0)
        is_over = np.bincount(self.home, weights=printed, minlength=self.left.size) > self.left
        mine = is_over[self.home]
        return Homes(self.is_printed, self.rows[mine], self.home[mine], self.left)

    def served(self, gains: np.ndarray) -> np.ndarray:
        """(rows,) pieces of each when those gain most; `gains` (h + 1, rows) with at most t = 0 ... h pieces.

        Greedy by what each piece adds, exact where that decreases; of equal members the first gets it.
        """
        adds = np.diff(gains, axis=0).T  # (rows, h)
        home = np.repeat(self.home, adds.shape[1])
        order = np.lexsort((-adds.ravel(), home))
        starts = np.searchsorted(home[order], home[order])
        wins = (np.arange(order.size) - starts < self.left[home[order]]) & (adds.ravel()[order] > 0)
        member = order[wins] // max(adds.shape[1], 1)
        return np.bincount(member, minlength=self.rows.size)


def homes_of(problem: Problem, values: np.ndarray) -> Homes:
    """Households that are full already lose their printed options in `values` (m, n). Expects a checked problem."""
    is_printed = np.zeros(problem.n_options, dtype=bool)
    is_printed[list(problem.print_options)] = True
    if problem.households is None or not is_printed.any():
        empty = np.empty(0, dtype=np.int64)
        return Homes(is_printed, empty, empty, empty)
    rows, number = problem.households.rows, problem.households.home
    left = np.full(problem.households.count, problem.household_limit)
    if problem.locked is not None:
        sent = problem.locked[:, is_printed].sum(axis=1)[rows]
        left = np.maximum(left - np.bincount(number, weights=sent, minlength=left.size).astype(np.int64), 0)
    values[np.ix_(is_printed, rows[left[number] == 0])] = -np.inf
    wanted = _most_letters(problem, values, is_printed, rows)
    is_bound = np.bincount(number, weights=wanted, minlength=left.size) > left
    rows, number = rows[is_bound[number]], number[is_bound[number]]
    return Homes(is_printed, rows, (np.cumsum(is_bound) - 1)[number], left[is_bound])


def _most_letters(problem: Problem, values: np.ndarray, is_printed: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """(rows,) how many printed pieces each could get at all."""
    most = np.zeros(rows.size)
    for campaign in np.unique(problem.campaigns[is_printed]):
        options = np.flatnonzero(is_printed & (problem.campaigns == campaign))
        most += (values[options] > -np.inf).any(axis=0)[rows]
    return np.minimum(most, problem.contact_limit[rows])
