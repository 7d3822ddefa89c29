"""What a plan is compared with: options drawn at random within the same limits."""

from dataclasses import dataclass

import numpy as np

from .layout import Layout, costs_of, lay_out, use, worth
from .problem import Problem
from .solution import Solution
from .solve import checked


@dataclass(frozen=True, eq=False)
class Wishes:
    """What was drawn for customers (`area` -1) and areas (`row` -1), in the order in which they are served."""

    row: np.ndarray
    area: np.ndarray
    option: np.ndarray
    cost: np.ndarray
    pieces: np.ndarray

    def only(self, kept: np.ndarray) -> "Wishes":
        return Wishes(self.row[kept], self.area[kept], self.option[kept], self.cost[kept], self.pieces[kept])


def random_assignment(problem: Problem, *, seed: int) -> Solution:
    """A uniformly random eligible option for everyone, served in random order while the limits have room.

    An area is opened, as a whole, with the mean probability with which its customers would draw its option.
    The value of the plan is known, how far it is from the best is not: the bound is infinite and prices are zero.
    """
    problem = checked(problem)
    layout, rng = lay_out(problem), np.random.default_rng(seed)
    drawn = _draw_areas(layout, rng)
    wishes = _draw(layout, drawn, rng)
    wishes = wishes.only(rng.permutation(wishes.option.size))
    choice, opened = _serve(layout, wishes)
    limits = problem.limits
    value, used = worth(layout, choice, opened), use(layout, choice, opened)
    chosen = np.zeros(problem.values.shape, dtype=bool)
    chosen[np.flatnonzero(choice >= 0), choice[choice >= 0]] = True
    none = np.zeros(limits.size)
    return Solution(chosen, choice, opened, value, np.inf, none, used, limits, none > 0, problem.names)


def _draw_areas(layout: Layout, rng: np.random.Generator) -> np.ndarray:
    problem = layout.problem
    rows = np.flatnonzero(layout.covered)
    if not rows.size:
        return np.zeros(problem.n_areas, dtype=bool)
    share = 1.0 / (layout.values[:, rows] > -np.inf).sum(axis=0)
    total = np.bincount(problem.area[rows], weights=share, minlength=problem.n_areas)
    count = np.bincount(problem.area[rows], minlength=problem.n_areas)
    return rng.random(problem.n_areas) < total / np.maximum(count, 1)


def _draw(layout: Layout, areas: np.ndarray, rng: np.random.Generator) -> Wishes:
    problem = layout.problem
    ranks = np.where(layout.values > -np.inf, rng.random(layout.values.shape), -1.0)
    if problem.area_option is not None:
        ranks[problem.area_option] = -1.0
    option = ranks.argmax(axis=0) if len(ranks) else np.zeros(problem.n_customers, dtype=np.int64)
    wants = ranks.max(axis=0, initial=-1.0) >= 0
    covered = np.flatnonzero(layout.covered)
    if covered.size:
        wants[covered] &= ~areas[problem.area[covered]]
    addressed = wants & np.isin(option, layout.addressed)
    losers = layout.siblings.losers(np.where(addressed, rng.random(wants.size), -1.0))
    wants[losers[addressed[losers]]] = False
    return _wishes(layout, np.flatnonzero(wants), option, np.flatnonzero(areas))


def _wishes(layout: Layout, rows: np.ndarray, option: np.ndarray, areas: np.ndarray) -> Wishes:
    problem = layout.problem
    costs = costs_of(layout, option[rows], rows)
    if problem.area_option is None:
        return Wishes(rows, np.full(rows.size, -1), option[rows], costs, np.ones(rows.size))
    return Wishes(
        np.concatenate([rows, np.full(areas.size, -1)]),
        np.concatenate([np.full(rows.size, -1), areas]),
        np.concatenate([option[rows], np.full(areas.size, problem.area_option)]),
        np.concatenate([costs, problem.area_costs[areas]]),
        np.concatenate([np.ones(rows.size), problem.area_pieces[areas]]),
    )


def _serve(layout: Layout, wishes: Wishes) -> tuple[np.ndarray, np.ndarray]:
    problem = layout.problem
    served = np.zeros(wishes.option.size, dtype=bool)
    for option in range(problem.n_options):
        takers = np.flatnonzero(wishes.option == option)
        served[takers] = np.cumsum(wishes.pieces[takers]) <= problem.capacities[option]
    wishes = wishes.only(served)
    wishes = wishes.only(np.cumsum(wishes.cost) <= problem.budget)
    choice, opened = np.full(problem.n_customers, -1, dtype=np.int64), np.zeros(problem.n_areas, dtype=bool)
    people = wishes.row >= 0
    choice[wishes.row[people]] = wishes.option[people]
    opened[wishes.area[~people]] = True
    covered = np.flatnonzero(layout.covered)
    if covered.size:
        choice[covered[opened[problem.area[covered]]]] = problem.area_option
    return choice, opened
