"""What customers and households have got so far, and so what they still may get."""

from dataclasses import dataclass

import numpy as np

from ..amounts import of_pairs
from ..problem import Problem

SLACK = 1e-9
ENOUGH = 1 << 30  # contacts: who gets a leaflet that is not on top gets nothing else


@dataclass(frozen=True, eq=False)
class Wishes:
    """Pairs of customer and personal option, in the order in which they are served."""

    rows: np.ndarray
    options: np.ndarray

    def only(self, kept: np.ndarray | slice) -> "Wishes":
        return Wishes(self.rows[kept], self.options[kept])


class Standing:
    """Mutable."""

    def __init__(self, problem: Problem) -> None:
        """Of a checked problem, before anybody has got anything."""
        n = problem.n_customers
        self.problem = problem
        self.contacts = np.zeros(n, dtype=np.int64)
        _, self.campaign = np.unique(problem.campaigns, return_inverse=True)
        self.taken = np.zeros((n, self.campaign.max(initial=0) + 1), dtype=bool)
        self.home = np.full(n, -1)
        if problem.households is not None:
            self.home[problem.households.rows] = problem.households.home
        self.is_letter = np.isin(np.arange(problem.n_options), problem.print_options)
        self.letters = np.zeros(self.home.max(initial=-1) + 1, dtype=np.int64)
        self.used = np.zeros((len(problem.personal_rules), n))

    def may_have(self, wishes: Wishes) -> np.ndarray:
        """Which of the wishes contact limit, campaign, household and personal rules allow, each alone."""
        problem, rows, options = self.problem, wishes.rows, wishes.options
        may = (self.contacts[rows] < problem.contact_limit[rows]) & ~self.taken[rows, self.campaign[options]]
        shared = np.flatnonzero(self.is_letter[options] & (self.home[rows] >= 0))
        may[shared] &= self.letters[self.home[rows[shared]]] < problem.household_limit
        for rule, used in zip(problem.personal_rules, self.used, strict=True):
            amount = of_pairs(problem, rule.as_limit(), rows, options)
            may &= (amount <= 0) | (used[rows] + amount <= rule.most[rows] * (1 + SLACK))
        return may

    def first(self, wishes: Wishes) -> np.ndarray:
        """Positions of the first wish of each customer, and of these, letters only the first of each household."""
        first = first_of(wishes.rows, self.problem.n_customers)
        home = self.home[wishes.rows[first]]
        shared = np.flatnonzero(self.is_letter[wishes.options[first]] & (home >= 0))
        kept = np.ones(first.size, dtype=bool)
        kept[shared] = False
        kept[shared[first_of(home[shared], self.letters.size)]] = True
        return first[kept]

    def give(self, wishes: Wishes) -> None:
        rows, options = wishes.rows, wishes.options
        np.add.at(self.contacts, rows, 1)
        self.taken[rows, self.campaign[options]] = True
        shared = self.is_letter[options] & (self.home[rows] >= 0)
        np.add.at(self.letters, self.home[rows[shared]], 1)
        for rule, used in zip(self.problem.personal_rules, self.used, strict=True):
            np.add.at(used, rows, of_pairs(self.problem, rule.as_limit(), rows, options))

    def reach(self, rows: np.ndarray) -> None:
        """These customers get a leaflet."""
        if not self.problem.on_top:
            self.contacts[rows] = ENOUGH


def first_of(groups: np.ndarray, size: int) -> np.ndarray:
    """Positions of the first member of each group number below `size`, ascending."""
    first = np.full(size, -1)
    first[groups[::-1]] = np.arange(groups.size)[::-1]
    return np.sort(first[first >= 0])
