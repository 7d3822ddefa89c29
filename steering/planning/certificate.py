"""How good a decision is at most: no plan for the same draws is worth more."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from steering.allocation import bound_at_prices, reduced_values
from steering.allocation.amounts import of_areas, own_values
from steering.targeting.exploration import NO_CONTACT

from .areas import AreaDraws
from .chance import Draws
from .problem import without
from .scene import Scene, of_choice


def bound(scene: Scene, areas: AreaDraws, people: Sequence[Draws], prices: np.ndarray) -> float:
    """The Lagrangian dual at `prices` (K,): an explorer keeps what was drawn, or gets the leaflet of an opened area.

    What they keep is worth its value less what it uses at the prices. Which of the other areas are opened, and which
    minimum runs are met, is free.
    """
    problem = scene.problem
    reached = scene.reached(areas.opened)
    gone = reached.any(axis=1) & (not problem.on_top)
    reduced = reduced_values(problem, prices)
    kept = np.zeros(problem.n_customers)
    free = replace(without(problem, scene.held | gone[:, None]), minimum_runs=None)
    values = free.values
    taken = np.zeros(problem.n_customers, dtype=np.int64)
    for one, drawn in zip(scene.asked, people, strict=True):
        choice = np.where(gone, NO_CONTACT, drawn.choice)
        kept += of_choice(choice, reduced)
        taken += choice >= 0
        values[(drawn.explores[:, None] & one.options) & scene.personal] = -np.inf
        _spare_households(scene, values, choice)
    if scene.leaflets:
        explored = areas.explores.any(axis=1)[scene.area] if not problem.on_top else areas.explores[scene.area]
        cells = scene.covered & (explored[:, None] if explored.ndim == 1 else explored)
        leaflets = np.where(cells, -np.inf, values[:, scene.leaflets])
        values[:, scene.leaflets] = leaflets - (0.0 if problem.on_top else kept[:, None])
    if problem.on_top or not scene.leaflets:  # a leaflet would give the contact that was drawn back
        free = replace(free, contact_limit=np.maximum(problem.contact_limit - taken, 0))
    return float(kept.sum() + _drawn_areas(scene, areas, prices) + bound_at_prices(free, prices))


def _drawn_areas(scene: Scene, areas: AreaDraws, prices: np.ndarray) -> float:
    """What the areas that chance opened are worth, less what they use at the prices."""
    if not areas.opened.any():
        return 0.0
    problem = scene.problem
    net = own_values(problem, scene.covered) - problem.area_costs
    worth = problem.values[:, scene.leaflets][scene.reached(areas.opened)].sum() + net[areas.opened].sum()
    of_limits = of_areas(problem, scene.covered)
    used = sum(price * of_limit[areas.opened].sum() for of_limit, price in zip(of_limits, prices, strict=True))
    return float(worth - used)


def _spare_households(scene: Scene, values: np.ndarray, drawn: np.ndarray) -> None:
    """Where somebody has drawn a letter, no one else of the household gets one.

    But whoever can get no leaflet could get the letter of an explorer who does.
    """
    problem, letters = scene.problem, list(scene.problem.print_options)
    if problem.household is None or not letters:
        return
    homes = problem.household[np.isin(drawn, letters)]
    spared = np.isin(problem.household, homes[homes >= 0])
    if scene.leaflets and not problem.on_top:
        spared &= scene.coverable.any(axis=1)
    values[np.ix_(spared, letters)] = -np.inf
