"""A plan in the making: choices that can be moved one by one while the use of every limit is kept."""

from dataclasses import dataclass

import numpy as np

from .layout import Layout, costs_of, use, values_of, worth
from .pricing import reduced

SLACK = 1e-9  # relative; sums of cents in another order may differ by this much


@dataclass(frozen=True, eq=False)
class Moves:
    """Customers who could change their choice, in the order of `rows`."""

    rows: np.ndarray
    targets: np.ndarray
    losses: np.ndarray  # reduced value lost
    paid: np.ndarray  # additional cost

    def only(self, kept: np.ndarray) -> "Moves":
        return Moves(self.rows[kept], self.targets[kept], self.losses[kept], self.paid[kept])


class Draft:
    """Mutable; `layout` and `prices` stay. Reduced values at the prices say which move loses least."""

    def __init__(self, layout: Layout, prices: np.ndarray, choice: np.ndarray, opened: np.ndarray) -> None:
        self.layout = layout
        self.choice = choice.copy()
        self.opened = opened.copy()
        self.reduced = np.full((layout.problem.n_options, layout.problem.n_customers), -np.inf)
        for option in layout.personal:
            self.reduced[option] = reduced(layout, option, prices)
        self.home = np.full(layout.problem.n_customers, -1)  # household of who shares one
        self.home[layout.siblings.rows] = layout.siblings.household
        self.is_addressed = np.zeros(layout.problem.n_options + 1, dtype=bool)  # the last is no contact
        self.is_addressed[list(layout.addressed)] = True
        self.count()

    def count(self) -> None:
        """After `choice` or `opened` was changed."""
        self.used = use(self.layout, self.choice, self.opened)
        limits = self.layout.problem.limits
        self.spare = limits - self.used
        within = np.isfinite(limits) & (np.abs(self.spare) <= SLACK * np.maximum(limits, 1.0))
        self.spare[within] = 0.0
        holds = self.is_addressed[self.choice] & (self.home >= 0)
        self.held = np.zeros(self.home.max(initial=-1) + 1, dtype=bool)
        self.held[self.home[holds]] = True

    @property
    def value(self) -> float:
        return worth(self.layout, self.choice, self.opened)

    def personal_rows(self) -> np.ndarray:
        """Everyone whose choice is theirs: no leaflet comes because of the area."""
        problem = self.layout.problem
        if problem.area_option is None:
            return np.arange(problem.n_customers)
        return np.flatnonzero(self.choice != problem.area_option)

    def alternatives(self, rows: np.ndarray, *, improving: bool = False, per_cost: bool = False) -> Moves:
        """The best other choice of each row that there is room for now, no contact included.

        `improving`: only to a larger value. `per_cost`: only to a smaller cost, best by loss per cost freed.
        """
        now = self.choice[rows]
        here = np.where(now < 0, 0.0, self.reduced[now, rows])
        cost, value = costs_of(self.layout, now, rows), self._values(now, rows)
        best = np.full(rows.size, np.inf)
        targets, paid = np.full(rows.size, -2), np.zeros(rows.size)
        for option in (-1, *self.layout.personal):
            if option >= 0 and self.spare[1 + option] < 1:
                continue
            there = 0.0 if option < 0 else self.reduced[option, rows]
            goal = np.full(rows.size, option)
            more = costs_of(self.layout, goal, rows) - cost
            allowed = (now != option) & (there > -np.inf) & (more <= max(self.spare[0], 0.0))
            if option >= 0 and self.is_addressed[option]:
                allowed &= self._may_hold(rows, now)
            if improving:
                allowed &= self._values(goal, rows) > value
            if per_cost:
                allowed &= more < 0
            loss = here - there
            score = np.divide(loss, -more, out=np.full(rows.size, np.inf), where=allowed) if per_cost else loss
            better = allowed & (score < best)
            best[better], targets[better], paid[better] = score[better], option, more[better]
        moves = Moves(rows, targets, best, paid).only(targets > -2)
        return moves.only(np.argsort(moves.losses, kind="stable"))

    def accept(self, moves: Moves) -> int:
        """Carry out, first come first served, the moves that fit together; how many did."""
        moves = moves.only(self._first_per_household(moves))
        moves = moves.only(self._within_capacity(moves))
        fits = np.cumsum(moves.paid) <= max(self.spare[0], 0.0)
        moves = moves.only(np.logical_and.accumulate(fits))
        if moves.rows.size:
            self.choice[moves.rows] = moves.targets
            self.count()
        return moves.rows.size

    def _values(self, choice: np.ndarray, rows: np.ndarray) -> np.ndarray:
        return np.where(choice < 0, 0.0, self.layout.values[np.maximum(choice, 0), rows])

    def _may_hold(self, rows: np.ndarray, now: np.ndarray) -> np.ndarray:
        home = self.home[rows]
        if not self.held.size:
            return np.ones(rows.size, dtype=bool)
        return (home < 0) | ~self.held[home] | self.is_addressed[now]

    def _first_per_household(self, moves: Moves) -> np.ndarray:
        kept = np.ones(moves.rows.size, dtype=bool)
        claims = np.flatnonzero(self.is_addressed[moves.targets] & (self.home[moves.rows] >= 0))
        _, first = np.unique(self.home[moves.rows[claims]], return_index=True)
        kept[claims] = False
        kept[claims[first]] = True
        return kept

    def _within_capacity(self, moves: Moves) -> np.ndarray:
        kept = np.ones(moves.rows.size, dtype=bool)
        for option in self.layout.personal:
            takers = np.flatnonzero(moves.targets == option)
            room = self.spare[1 + option]
            kept[takers] = np.arange(1, takers.size + 1) <= room
        return kept


def value_of_rows(draft: Draft) -> np.ndarray:
    """(n,) value of the present choices."""
    return values_of(draft.layout, draft.choice)
