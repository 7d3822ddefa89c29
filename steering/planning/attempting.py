"""Chance first, then the best plan for what it leaves: once, or again without a run that the draws made fail."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from steering.allocation import Problem, Solution, solve
from steering.targeting import exploration
from steering.targeting.exploration import NO_CONTACT

from . import areas
from .areas import AreaDraws, Opened
from .chance import Drawing, Draws
from .problem import without
from .scene import Asked, Scene

HALF_A_PIECE = 0.5


@dataclass(frozen=True, eq=False)
class Attempt:
    """A decision in the making, with the options (m,) that are `closed` because their minimum run is not made."""

    closed: np.ndarray
    whole: Solution | None
    draws: AreaDraws
    people: Sequence[Draws]  # (C,)
    wants: np.ndarray  # (areas, L) what the plan wants, of areas that are held out, too
    opened: Opened
    rest: Solution


class Attempting:
    """Of one scene."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene

    def settle(self) -> tuple[Attempt, np.ndarray]:
        """The attempt that holds, and the options (m,) that were closed only because of what was drawn."""
        unsure = np.zeros(self.scene.problem.n_options, dtype=bool)
        attempt = self._attempt(unsure)
        while (short := self._short_runs(attempt.rest)).any():
            # What is left after the draws does not reach a minimum run: nobody gets it, and that hung on the draws.
            unsure = unsure | short
            attempt = self._attempt(attempt.closed | short)
        return attempt, unsure

    def _attempt(self, closed: np.ndarray) -> Attempt:
        scene = self.scene
        whole = self._solve_whole(closed)
        closed = closed | self._not_run(whole)
        draws = areas.explore(scene, closed)
        people = self._explore_people(closed)
        wants = self._wanted_areas(whole) & ~self._shut(closed)
        opened = areas.open_areas(scene, draws, people, wants)
        is_plain = whole is not None and not self.scene.shares.any() and np.array_equal(opened.areas, _areas_of(whole))
        rest = whole if is_plain else self._solve_rest(closed, people, opened.areas, whole)
        return Attempt(closed, whole, draws, people, wants, opened, rest)

    def _solve_whole(self, closed: np.ndarray) -> Solution | None:
        """The best plan for everybody who is not held out, as if nobody explored; None where nothing hangs on it."""
        problem = self.scene.problem
        if not (self.scene.leaflets or problem.minimum_runs is not None):
            return None
        return solve(without(problem, self.scene.held | closed), seed=self._seed)

    def _wanted_areas(self, whole: Solution | None) -> np.ndarray:
        return areas.wanted(self.scene, whole)

    def _shut(self, closed: np.ndarray) -> np.ndarray:
        """(1, L)"""
        return closed[None, self.scene.leaflets]

    def _not_run(self, whole: Solution | None) -> np.ndarray:
        """(m,) options with a minimum run of which the plan makes none."""
        runs = self.scene.problem.minimum_runs
        if whole is None or runs is None:
            return np.zeros(self.scene.problem.n_options, dtype=bool)
        return (runs > 0) & (self._pieces(whole) < HALF_A_PIECE)

    def _short_runs(self, made: Solution) -> np.ndarray:
        runs = self.scene.problem.minimum_runs
        if runs is None:
            return np.zeros(self.scene.problem.n_options, dtype=bool)
        pieces = self._pieces(made)
        return (pieces > HALF_A_PIECE) & (pieces < runs - HALF_A_PIECE) & ~self._is_locked

    @property
    def _is_locked(self) -> np.ndarray:
        """(m,) what has been sent already cannot be closed."""
        locked = self.scene.problem.locked
        return np.zeros(self.scene.problem.n_options, dtype=bool) if locked is None else locked.any(axis=0)

    def _pieces(self, made: Solution) -> np.ndarray:
        return made.used[1 : 1 + self.scene.problem.n_options]

    @property
    def _seed(self) -> int:
        return self.scene.asked[0].seed

    def _explore_people(self, closed: np.ndarray) -> list[Draws]:
        explorers = self._explorers()
        return [
            self._draws(number, explores & ~self.scene.asked[number].is_holdout, closed)
            for number, explores in enumerate(explorers.T)
        ]

    def _explorers(self) -> np.ndarray:
        """(n, C) who explores, each for one campaign at most."""
        n = self.scene.problem.n_customers
        if len(self.scene.shares) == 1:
            return exploration.draw_explorers(n, share=float(self.scene.shares[0]), seed=self._seed)[:, None]
        drawn = np.random.default_rng([self._seed, 1]).random(n)[:, None]
        ends = np.cumsum(self.scene.shares)
        return (drawn >= ends - self.scene.shares) & (drawn < ends)

    def _draws(self, number: int, explores: np.ndarray, closed: np.ndarray) -> Draws:
        scene, one = self.scene, self.scene.asked[number]
        n, m = scene.eligible.shape
        if not self.scene.shares[number]:
            nothing = np.zeros(n, dtype=bool)
            return Draws(nothing, np.full(n, NO_CONTACT), ~nothing, np.zeros((1, m)))
        open_ = scene.personal & one.options & ~scene.held & ~closed & ~self._has_locked(one)[:, None]
        return Drawing(
            problem=scene.problem,
            chances=self._chances(one, open_),
            share=float(self.scene.shares[number]),
            seed=one.seed,
            household_seed=self._seed,
            budget_limit=one.budget_limit,
            budget_share=1.0 - areas.share_of_areas(scene, one.options),
        ).draw(explores)

    def _chances(self, one: Asked, open_: np.ndarray) -> np.ndarray:
        if one.errors is None:
            return exploration.uniform(open_)[:, 1:]
        values = np.where(open_, self.scene.problem.values, 0.0)
        return exploration.thompson(values, one.errors, open_, seed=one.seed)[:, 1:]

    def _has_locked(self, one: Asked) -> np.ndarray:
        """(n,) whom the campaign has sent something already, or nobody may send anything more."""
        problem = self.scene.problem
        full = np.broadcast_to(problem.contact_limit, problem.n_customers) < 1
        if problem.locked is None:
            return full
        room = problem.contact_limit - problem.locked.sum(axis=1)
        return full | problem.locked[:, one.options].any(axis=1) | (room < 1)

    def _solve_rest(
        self, closed: np.ndarray, people: Sequence[Draws], opened: np.ndarray, whole: Solution | None
    ) -> Solution:
        """The best plan once draws and areas are locked in."""
        scene, problem = self.scene, self.scene.problem
        reached = scene.reached(opened)
        gone = reached.any(axis=1) & (not problem.on_top)
        barred = scene.held | closed | gone[:, None]
        locked = np.zeros(scene.eligible.shape, dtype=bool) if problem.locked is None else problem.locked.copy()
        for one, drawn in zip(scene.asked, people, strict=True):
            barred |= drawn.explores[:, None] & one.options
            rows = np.flatnonzero((drawn.choice >= 0) & ~gone)
            locked[rows, drawn.choice[rows]] = True
        barred &= ~locked
        barred[:, scene.leaflets] = ~reached
        left = without(replace(problem, locked=locked if locked.any() else None), barred)
        start = None if whole is None else whole.prices
        return solve(_with_areas(left, opened), seed=self._seed, start=start)


def _areas_of(made: Solution) -> np.ndarray:
    """(areas, L)"""
    return made.opened_areas[:, None] if made.opened_areas.ndim == 1 else made.opened_areas


def _with_areas(problem: Problem, opened: np.ndarray) -> Problem:
    """The same with these areas locked in and no others, so that nothing can open one more."""
    kept = opened.any(axis=1) if opened.size else np.zeros(0, dtype=bool)
    if not kept.any():
        return replace(
            problem,
            area=None,
            area_option=None,
            area_options=(),
            area_costs=None,
            area_pieces=None,
            area_values=None,
            locked_areas=None,
            on_top=False,
        )
    place = np.where(kept, np.cumsum(kept) - 1, -1)
    area = np.where(problem.area >= 0, place[np.maximum(problem.area, 0)], -1)
    return replace(
        problem, area=area, area_costs=problem.area_costs[kept], area_pieces=problem.area_pieces[kept],
        area_values=problem.area_values[kept], locked_areas=opened[kept],
    )  # fmt: skip
