"""Give out options in a given order while every limit has room: first come, first served, in sets."""

import numpy as np

from ..amounts import bounds_of, covered_by, limits_of, of_areas, of_pairs
from ..judging import value_of
from ..problem import Problem
from ..rules import AT_LEAST
from ..solution import Solution, shortfalls
from .standing import SLACK, Standing, Wishes, first_of

MOST_ROUNDS = 200  # each round gives or refuses something; the bound only cuts long tails of single pairs
PART = 8


class Serving:
    """Mutable: who has got what, and what every limit has left. Begins with what is locked.

    `room` and `used` are (K,) in the form of `amounts.bounds_of`. A `room` that is given stands in for the limits,
    where only a part of them may be used. What was `given` (n, m) before, locked decisions among it, stays and counts
    for customers and households, but not for `room` and `used`. `closed` (m,) options are not given out.
    """

    def __init__(
        self, problem: Problem, *, room: np.ndarray | None = None, given: np.ndarray | None = None,
        closed: np.ndarray | None = None,
    ) -> None:  # fmt: skip
        self.problem, self.covered = problem, covered_by(problem)
        self.standing = Standing(problem)
        self.limits, self.area_amounts = limits_of(problem), of_areas(problem, self.covered)
        self.closed = np.zeros(problem.n_options, dtype=bool) if closed is None else closed
        self.room = np.array(bounds_of(self.limits) if room is None else room, dtype=float)
        self.used = np.zeros(self.room.size)
        self.chosen = np.zeros(problem.values.shape, dtype=bool)
        self.opened = np.zeros((problem.n_areas, self.covered.shape[1]), dtype=bool)
        if given is not None:
            self._remember(given)
            return
        if problem.locked is not None:
            self._give(Wishes(*np.nonzero(problem.locked)))
        if problem.locked_areas is not None:
            self._open(*np.nonzero(problem.locked_areas))

    def serve(self, wishes: Wishes) -> None:
        """Each in its turn, whatever of it is still possible then."""
        for _ in range(MOST_ROUNDS):
            wishes = wishes.only(self._may_have(wishes))
            tried = self.standing.first(wishes)
            fits, never = self._fitting(wishes.only(tried))
            if not (fits.any() or never.any()):
                tried = self._making_room(wishes)
                fits, never = self._fitting(wishes.only(tried))
            if not fits.any() and not never.any():
                return
            self._give(wishes.only(tried[fits]))
            wishes = wishes.only(_without(wishes.rows.size, tried[fits | never]))

    def open(self, areas: np.ndarray, kinds: np.ndarray) -> None:
        """Areas in the order given, each as a whole, whatever of them is still possible in its turn."""
        for _ in range(MOST_ROUNDS):
            may = self._may_open(areas, kinds)
            areas, kinds = areas[may], kinds[may]
            tried = first_of(areas, self.problem.n_areas)
            amounts = [amount[areas[tried], kinds[tried]] for amount in self.area_amounts]
            fits, never = self._within(amounts, tried.size)
            if not (fits.any() or never.any()):
                return
            self._open(areas[tried[fits]], kinds[tried[fits]])
            left = _without(areas.size, tried[fits | never])
            areas, kinds = areas[left], kinds[left]

    def reach_minimums(self, wishes: Wishes) -> None:
        """Of the pairs that a minimum counts as many as it still lacks, minimum by minimum."""
        for number, limit in enumerate(self.limits):
            if limit.sense != AT_LEAST or limit.of is not None:
                continue
            counted = wishes.only(of_pairs(self.problem, limit, wishes.rows, wishes.options) < 0)
            lacked = np.inf
            while 0 < -self.room[number] < lacked:
                lacked = -self.room[number]
                counted = counted.only(self._may_have(counted))
                first = counted.only(self.standing.first(counted))
                given = np.cumsum(-of_pairs(self.problem, limit, first.rows, first.options))
                self.serve(first.only(slice(int(np.searchsorted(given, lacked)) + 1)))

    def small_runs(self) -> np.ndarray:
        """(m,) which options came to something, but less than their minimum run."""
        pieces = self.used[1 : 1 + self.problem.n_options]
        return (pieces > 0) & (pieces < self.problem.minimum_runs - SLACK)

    @property
    def value(self) -> float:
        return value_of(self.problem, self.chosen, self.opened)

    def solution(self) -> Solution:
        """What was given, without a proof of how good it is: the bound is infinite and prices are zero."""
        problem = self.problem
        at_least = np.array([limit.sense == AT_LEAST for limit in self.limits])
        used = np.where(at_least, -self.used, self.used)
        is_given = self.chosen.any(axis=1)
        return Solution(
            chosen=self.chosen,
            choice=np.where(is_given, self.chosen.argmax(axis=1), -1),
            opened_areas=self.opened if problem.area_option is None else self.opened[:, 0],
            value=self.value,
            dual_bound=np.inf,
            prices=np.zeros(used.size),
            used=used,
            limits=problem.limits,
            at_least=at_least,
            names=problem.names,
            unmet=self._unmet(shortfalls(used, problem.limits, at_least)),
        )

    def _unmet(self, missed: np.ndarray) -> dict[str, float]:
        problem = self.problem
        lacking = problem.minimum_runs - self.used[1 : 1 + problem.n_options]
        runs = {f"minimum run {option}": float(lacking[option]) for option in np.flatnonzero(self.small_runs())}
        return {problem.names[number]: float(missed[number]) for number in np.flatnonzero(missed)} | runs

    def _may_have(self, wishes: Wishes) -> np.ndarray:
        return ~self.closed[wishes.options] & self.standing.may_have(wishes)

    def _fitting(self, wishes: Wishes) -> tuple[np.ndarray, np.ndarray]:
        """Which of them the limits have room for together, and which will never fit."""
        amounts = [
            of_pairs(self.problem, limit, wishes.rows, wishes.options) if np.isfinite(self.room[number]) else None
            for number, limit in enumerate(self.limits)
        ]
        return self._within(amounts, wishes.rows.size)

    def _making_room(self, wishes: Wishes) -> np.ndarray:
        """Where nobody's first wish has room but some may get it, a part of the others': what they get may make room."""
        possible = np.flatnonzero(self._alone(wishes))
        first = possible[self.standing.first(wishes.only(possible))]
        return first[: -(-first.size // PART)]

    def _alone(self, wishes: Wishes) -> np.ndarray:
        """Which of them there would be room for if nobody else got anything now."""
        fits = np.ones(wishes.rows.size, dtype=bool)
        for number in np.flatnonzero(np.isfinite(self.room)):
            amount = of_pairs(self.problem, self.limits[number], wishes.rows, wishes.options)
            fits &= (amount <= 0) | (amount <= self._room(number))
        return fits

    def _within(self, amounts: list[np.ndarray | None], size: int) -> tuple[np.ndarray, np.ndarray]:
        """Amounts by limit, None where there is none. What makes room makes it only for the next round."""
        fits, never = np.ones(size, dtype=bool), np.zeros(size, dtype=bool)
        limited = [number for number in np.flatnonzero(np.isfinite(self.room)) if amounts[number] is not None]
        for number in limited:
            alone = (amounts[number] <= 0) | (amounts[number] <= self._room(number))
            fits &= alone
            never |= ~alone & (not self._may_grow(number))
        for number in limited:
            total = np.cumsum(np.where(fits, np.maximum(amounts[number], 0.0), 0.0))
            fits &= (amounts[number] <= 0) | (total <= self._room(number))
        return fits, never

    def _room(self, number: int) -> float:
        """Sums of cents in another order may differ a little."""
        return self.room[number] + SLACK * max(1.0, abs(self.room[number]))

    def _may_grow(self, number: int) -> bool:
        """Whether what is given can make room: in shares, minimums, and wherever amounts may be below 0."""
        limit = self.limits[number]
        is_never_negative = isinstance(limit.amount, str) and limit.amount in ("count", "cost")
        return limit.of is not None or limit.sense == AT_LEAST or not is_never_negative

    def _give(self, wishes: Wishes) -> None:
        self.standing.give(wishes)
        self.chosen[wishes.rows, wishes.options] = True
        self._use([of_pairs(self.problem, limit, wishes.rows, wishes.options).sum() for limit in self.limits])

    def _may_open(self, areas: np.ndarray, kinds: np.ndarray) -> np.ndarray:
        """Whether the leaflet goes with what was given and opened before."""
        problem = self.problem
        options = np.array(problem.area_options, dtype=np.int64)
        is_open = ~self.closed[options[kinds]]
        if problem.on_top:
            campaign = problem.campaigns[options]
            return is_open & ~(self.opened @ (campaign[None, :] == campaign[:, None]))[areas, kinds]
        busy = np.zeros(self.opened.shape, dtype=bool)
        for kind in range(options.size):
            busy[problem.area[self.covered[:, kind] & (self.standing.contacts > 0)], kind] = True
        return is_open & ~busy[areas, kinds] & ~self.opened[areas].any(axis=1)

    def _open(self, areas: np.ndarray, kinds: np.ndarray) -> None:
        self.opened[areas, kinds] = True
        self._use([amount[areas, kinds].sum() for amount in self.area_amounts])
        for kind, option in enumerate(self.problem.area_options):
            is_new = np.zeros(self.problem.n_areas, dtype=bool)
            is_new[areas[kinds == kind]] = True
            rows = np.flatnonzero(self.covered[:, kind])
            rows = rows[is_new[self.problem.area[rows]]]
            self.chosen[rows, option] = True
            self.standing.reach(rows)

    def _use(self, amounts: list[float]) -> None:
        self.used += amounts
        self.room -= amounts

    def _remember(self, given: np.ndarray) -> None:
        self.chosen |= given
        personal = given.copy()
        personal[:, list(self.problem.area_options)] = False
        self.standing.give(Wishes(*np.nonzero(personal)))
        for kind, option in enumerate(self.problem.area_options):
            rows = np.flatnonzero(given[:, option])
            self.opened[self.problem.area[rows], kind] = True
            self.standing.reach(rows)


def _without(size: int, positions: np.ndarray) -> np.ndarray:
    left = np.ones(size, dtype=bool)
    left[positions] = False
    return left
