"""Who explores and what they draw: by chances that were known before, thinned so that no limit is overrun.

1. Everybody who explores draws one of the personal options that are open to them, or no contact, by given chances.
2. Of every limit that says "at most" the draws may use `share`, as explorers are that share of the customers. So every
   chance is thinned beforehand: who draws a piece that counts towards a limit keeps it with its acceptance, else gets no
   contact. What is expected to be drawn, and three standard deviations more, then fit. The acceptance follows from the whole
   audience alone, never from the draw, so it is part of the propensity, and the propensity is exact.
3. In the rare overrun that remains, those drawn last get no contact and are marked as not evaluable.

A share ("at most 60 % of letters go to the north") is a limit of which pieces of the whole give room and others take it:
only those that take are thinned, until the draws alone keep the share. "At least" is left to the optimised part, which
counts what was drawn.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from steering.allocation import Problem, Rule
from steering.allocation.amounts import bounds_of, limits_of, of_pairs
from steering.targeting.exploration import NO_CONTACT, draw_options

MARGIN = 3.0  # standard deviations of room below a limit
MOST_SWEEPS = 30  # thinning for one limit takes room from a share; what is left after these is mended after the draw
NOTHING = 1e-9


@dataclass(frozen=True, eq=False)
class Draws:
    """What was drawn for n customers and m options."""

    explores: np.ndarray  # (n,) bool
    choice: np.ndarray  # (n,) what an explorer gets, -1 for no contact and for everyone else
    evaluable: np.ndarray  # (n,) False where a limit changed what was drawn
    chances: np.ndarray  # (n, m) of getting each option when exploring; no contact has the rest


@dataclass(frozen=True, eq=False)
class Drawing:
    """Everything that is known before anything is drawn. `share` > 0 of the customers explore."""

    problem: Problem  # checked
    chances: np.ndarray  # (n, m) of drawing each option; 0 where it is not open
    share: float
    seed: int
    household_seed: int = 0  # who of a household may draw a letter; the same for campaigns that are planned together
    budget_limit: int = 0  # which of the limits is the budget
    budget_share: float = 1.0  # of the part of the budget that explorers may use; areas may explore with the rest

    def draw(self, explores: np.ndarray) -> Draws:
        """`explores` (n,): who draws."""
        elected = self._elected
        own = np.where(self._is_letter, elected[:, None], True) * self.acceptance
        drawn = np.where(explores, draw_options(self.chances, seed=self.seed, acceptance=own), NO_CONTACT)
        kept = self._within(drawn)
        chances = self.chances * self._member_chance * self.acceptance
        return Draws(explores, np.where(kept, drawn, NO_CONTACT), kept, chances)

    @cached_property
    def acceptance(self) -> np.ndarray:
        """(n, m) with which a drawn piece is kept."""
        kept = np.ones(self.chances.shape, order="F")
        expected = np.asfortranarray(self.share * self.chances * self._member_chance)
        for _ in range(MOST_SWEEPS):
            changes = [self._thin(limit, room, expected, kept) for limit, room in self._limits]
            if not any(changes):
                break
        return kept

    @cached_property
    def _limits(self) -> list[tuple[Rule, float]]:
        """Those that say at most, with the room for draws: capacities and rules first, the budget last."""
        every = limits_of(self.problem)
        bounds = bounds_of(every)
        left = np.maximum(bounds - self._locked(every), 0.0)
        rooms = self.share * np.minimum(left, 1e300)
        rooms[self.budget_limit] *= self.budget_share
        order = sorted(range(len(every)), key=lambda k: k == self.budget_limit)
        return [(every[k], rooms[k]) for k in order if every[k].sense == "at most" and np.isfinite(bounds[k])]

    def _locked(self, every: Sequence[Rule]) -> np.ndarray:
        """(K,) what was sent before uses."""
        if self.problem.locked is None:
            return np.zeros(len(every))
        rows, options = np.nonzero(self.problem.locked)
        return np.array([of_pairs(self.problem, limit, rows, options).sum() for limit in every])

    def _thin(self, limit: Rule, room: float, expected: np.ndarray, kept: np.ndarray) -> bool:
        """Make what is expected to be drawn fit; False where it did already."""
        columns = list(self._amounts(limit, expected))
        taken = squares = given = given_squares = 0.0
        for option, rows, amounts in columns:
            chance = expected[rows, option]
            takes = amounts > 0
            sums, second = chance * amounts, chance * np.square(amounts)
            taken, squares = taken + sums[takes].sum(), squares + second[takes].sum()
            given, given_squares = given - sums[~takes].sum(), given_squares + second[~takes].sum()
        factor = factor_that_fits(taken, squares, given, given_squares, room)
        if factor > 1 - NOTHING:
            return False
        for option, rows, amounts in columns:
            takers = rows[amounts > 0]
            expected[takers, option] *= factor
            kept[takers, option] *= factor
        return True

    def _amounts(self, limit: Rule, expected: np.ndarray) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
        """Option, rows and what each of their pieces takes (above 0) or gives (below 0), column by column."""
        for option in range(expected.shape[1]):
            if not _speaks_of(limit, option):
                continue
            rows = np.flatnonzero(expected[:, option] > 0)
            amounts = of_pairs(self.problem, limit, rows, np.full(rows.size, option))
            some = np.flatnonzero(amounts)
            if some.size:
                yield option, rows[some], amounts[some]

    def _within(self, drawn: np.ndarray) -> np.ndarray:
        """(n,) False for those drawn last where the draws overrun a limit."""
        rng = np.random.default_rng([self.seed, 4])
        order = rng.permutation(np.flatnonzero(drawn >= 0))
        amounts = [of_pairs(self.problem, limit, order, drawn[order]) for limit, _ in self._limits]
        kept = np.ones(drawn.size, dtype=bool)
        kept[order] = keep_within(amounts, [room for _, room in self._limits], order.size)
        return kept

    @cached_property
    def _is_letter(self) -> np.ndarray:
        """(m,) options of which a household gets one piece."""
        letters = np.zeros(self.chances.shape[1], dtype=bool)
        if self.problem.household is not None:
            letters[list(self.problem.print_options)] = True
        return letters

    @cached_property
    def _member_chance(self) -> np.ndarray:
        """(n, m) chance to be the member of the household who may draw a letter; 1 for other options."""
        if not self._is_letter.any():
            return np.ones((1, self._is_letter.size))
        household = np.asarray(self.problem.household)
        _, number, size = np.unique(household, return_inverse=True, return_counts=True)
        chance = np.where(household >= 0, 1.0 / size[number], 1.0)
        return np.where(self._is_letter, chance[:, None], 1.0)

    @cached_property
    def _elected(self) -> np.ndarray:
        """(n,) True for one member per household, drawn at random, and for everyone without a household."""
        n = len(self.chances)
        if not self._is_letter.any():
            return np.ones(n, dtype=bool)
        household = np.asarray(self.problem.household)
        order = np.random.default_rng([self.household_seed, 3]).permutation(n)
        _, first = np.unique(household[order], return_index=True)
        elected = household < 0
        elected[order[first]] = True
        return elected


def factor_that_fits(taken: float, squares: float, given: float, given_squares: float, room: float) -> float:
    """Factor a <= 1 on the chances of what takes, so that the sum of what is drawn hardly exceeds the room.

    a * taken - given + MARGIN * sqrt(a * squares + given_squares) <= room; the sums of squares bound the variance.
    """
    if taken <= 0:
        return 1.0
    if np.sqrt(given_squares) * MARGIN - given > room:
        return 0.0  # what gives may fail to be drawn, so nothing can be built on it
    # With s the root: (taken / squares) s^2 + MARGIN s = room + given + taken * given_squares / squares
    steepness = taken / squares
    right = room + given + steepness * given_squares
    root = 2 * right / (MARGIN + np.sqrt(MARGIN**2 + 4 * steepness * right))
    return float(np.clip((root**2 - given_squares) / squares, 0.0, 1.0))


def keep_within(amounts: list[np.ndarray], rooms: list[float], n: int) -> np.ndarray:
    """(n,) True for what stays once the last that take of an overrun room are given up, for every limit in turn."""
    kept = np.ones(n, dtype=bool)
    is_overrun = bool(n)
    while is_overrun:
        is_overrun = False
        for taken, room in zip(amounts, rooms, strict=True):
            excess = taken[kept].sum() - room
            takers = np.flatnonzero(kept & (taken > 0))[::-1]
            if excess <= NOTHING * max(1.0, abs(room)) or not takers.size:
                continue
            freed = np.cumsum(taken[takers])
            kept[takers[: np.searchsorted(freed, excess - NOTHING * max(1.0, abs(room))) + 1]] = False
            is_overrun = True
    return kept


def _speaks_of(limit: Rule, option: int) -> bool:
    return any(rule is not None and (rule.options is None or rule.options[option]) for rule in (limit, limit.of))
