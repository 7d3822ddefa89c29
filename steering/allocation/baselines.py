"""What a plan is compared with: simpler ways to stay within the same limits, and chance."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from .amounts import covered_by
from .checking import checked
from .problem import Problem
from .serving.serving import Serving
from .serving.standing import Wishes
from .serving.worthwhile import worthwhile_areas
from .solution import Solution

PARTS = 16  # a random order of areas and customers is served in so many parts, each its areas first


def greedy(problem: Problem) -> Solution:
    """Pairs and areas of positive value, best first, while the limits have room.

    Best by value per cent of cost, or by value: the better plan of the two. Areas come first, for what they add to the
    best that their customers would get alone. Minimums are served before everything else, from the best for them, but
    one minimum may take what another needs: `feasible` tells. The bound is infinite and prices are zero.
    """
    return _better(problem, lambda problem: np.nonzero(problem.values > 0))


def argmax_then_cut(problem: Problem) -> Solution:
    """Everybody's own best option, then the least worth are cut until the limits hold; nobody gets a second best.

    Areas, minimums and what the solution says of itself are as in `greedy`.
    """
    return _better(problem, _own_best)


def random_assignment(problem: Problem, *, seed: int) -> Solution:
    """A uniformly random eligible option for everyone, served in random order while the limits have room.

    With several campaigns one option is drawn in each. An area is opened, as a whole, with the mean probability with
    which its customers would draw its option. Minimums are met only by chance.
    The value of the plan is known, how far it is from the best is not: the bound is infinite and prices are zero.
    """
    problem = checked(problem)
    rng = np.random.default_rng(seed)
    areas, kinds = _draw_areas(problem, rng)
    wishes = _draw(problem, areas, kinds, rng)
    turn = rng.random(areas.size + wishes.rows.size)
    of_areas, of_people = turn[: areas.size], turn[areas.size :]
    order = np.argsort(of_people)
    wishes, of_people = wishes.only(order), of_people[order]

    def serve(serving: Serving) -> None:
        for part in range(PARTS):
            now = (of_areas * PARTS).astype(int) == part
            serving.open(areas[now], kinds[now])
            serving.serve(wishes.only((of_people * PARTS).astype(int) == part))

    return _without_small_runs(problem, serve)


def _better(problem: Problem, wanted: Callable[[Problem], tuple[np.ndarray, np.ndarray]]) -> Solution:
    """`wanted` are the pairs that may be served, as rows and options."""
    problem = checked(problem)
    personal = _personal(problem)
    rows, options = wanted(personal)
    values = personal.values[rows, options]
    costs = np.broadcast_to(personal.costs, personal.values.shape)[rows, options]
    plans = [
        _without_small_runs(problem, partial(_serve_best, problem, Wishes(rows, options), scores))
        for scores in (values, values / np.maximum(costs, 1e-9))
    ]
    return max(plans, key=lambda plan: (plan.feasible, plan.value))  # the first of equals


def _serve_best(problem: Problem, wishes: Wishes, scores: np.ndarray, serving: Serving) -> None:
    serving.reach_minimums(_everything(problem))
    serving.open(*worthwhile_areas(problem, problem.values, problem.area_costs))
    serving.serve(wishes.only(np.argsort(-scores, kind="stable")))


def _personal(problem: Problem) -> Problem:
    """Without the options that are bought by area, and what is locked already."""
    values = problem.values.copy()
    values[:, list(problem.area_options)] = -np.inf
    if problem.locked is not None:
        values[problem.locked] = -np.inf
    return replace(problem, values=values)


def _everything(problem: Problem) -> Wishes:
    """Every eligible pair, the most valuable first."""
    values = _personal(problem).values
    rows, options = np.nonzero(values > -np.inf)
    return Wishes(rows, options).only(np.argsort(-values[rows, options], kind="stable"))


def _own_best(problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    """The best option of every customer in each campaign, where it is worth anything."""
    found = []
    for campaign in np.unique(problem.campaigns):
        of_it = np.flatnonzero(problem.campaigns == campaign)
        best = of_it[problem.values[:, of_it].argmax(axis=1)]
        rows = np.flatnonzero(problem.values[np.arange(best.size), best] > 0)
        found.append((rows, best[rows]))
    return np.concatenate([rows for rows, _ in found]), np.concatenate([options for _, options in found])


def _draw_areas(problem: Problem, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Which are opened: one draw per area among its options and none."""
    covered, n_areas = covered_by(problem), problem.n_areas
    chance = np.zeros((n_areas, covered.shape[1]))
    share = 1.0 / np.maximum((problem.values > -np.inf).sum(axis=1), 1)
    for kind in range(covered.shape[1]):
        rows = np.flatnonzero(covered[:, kind])
        total = np.bincount(problem.area[rows], weights=share[rows], minlength=n_areas)
        chance[:, kind] = total / np.maximum(np.bincount(problem.area[rows], minlength=n_areas), 1)
    if not chance.size:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    kind = (rng.random((n_areas, 1)) >= np.cumsum(chance, axis=1)).sum(axis=1)
    areas = np.flatnonzero(kind < covered.shape[1])
    return areas, kind[areas]


def _draw(problem: Problem, areas: np.ndarray, kinds: np.ndarray, rng: np.random.Generator) -> Wishes:
    """One option of each campaign for whoever is left out of the areas drawn, and may still be given something."""
    values = _personal(problem).values
    ranks = np.where(values > -np.inf, rng.random(values.shape), -np.inf)
    if areas.size and not problem.on_top:
        drawn = np.full(problem.n_areas, -1)
        drawn[areas] = kinds
        inside = np.flatnonzero(problem.area >= 0)
        inside = inside[drawn[problem.area[inside]] >= 0]
        ranks[inside[covered_by(problem)[inside, drawn[problem.area[inside]]]]] = -np.inf
    return Wishes(*_own_best(replace(problem, values=ranks)))


def _without_small_runs(problem: Problem, serve: Callable[[Serving], None]) -> Solution:
    """Served again without the options that came to less than their minimum run, until none does."""
    closed = np.zeros(problem.n_options, dtype=bool)
    while True:
        serving = Serving(problem, closed=closed)
        serve(serving)
        small = serving.small_runs() & ~closed
        if not small.any():
            return serving.solution()
        closed |= small
