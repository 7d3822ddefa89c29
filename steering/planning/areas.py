"""Which delivery areas explore, and which are opened: chance first, then what the plan wants, within the limits.

Areas are opened as the best plan for everybody has it, as if nobody explored, so that whether an area is opened never
hangs on what was drawn for its customers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from steering.allocation import Rule, Solution, open_at_prices
from steering.allocation.amounts import bounds_of, limits_of, of_areas, of_pairs, own_values
from steering.targeting import exploration
from steering.targeting.exploration import AreaExploration

from .chance import Draws, keep_within
from .scene import Scene


@dataclass(frozen=True, eq=False)
class AreaDraws:
    """Arrays (areas, L)."""

    explores: np.ndarray
    opened: np.ndarray  # of those that explore
    by_option: Sequence[AreaExploration]  # (L,)


@dataclass(frozen=True, eq=False)
class Opened:
    """Arrays (areas, L)."""

    areas: np.ndarray
    chance: np.ndarray  # of being open; NaN where no room was left for what chance or the plan wanted


def explore(scene: Scene, closed: np.ndarray) -> AreaDraws:
    """`closed` (m,) options that nobody gets. An area explores for one campaign at most."""
    by_option = []
    explores, opened = scene.no_area, scene.no_area
    is_open_to_us = scene.per_area(scene.covered) > 0 if scene.leaflets else scene.no_area
    for place, option in enumerate(scene.leaflets):
        drawn = _explore_one(scene, place, option, closed)
        free = is_open_to_us[:, place] & ~explores.any(axis=1)
        explores[:, place], opened[:, place] = drawn.explores & free, drawn.opened & free
        by_option.append(drawn)
    kept = _within_rules(scene, opened)
    return AreaDraws(explores & (kept | ~opened), opened & kept, by_option)


def _explore_one(scene: Scene, place: int, option: int, closed: np.ndarray) -> AreaExploration:
    problem, one = scene.problem, scene.asked[scene.campaign_of(option)]
    if closed[option] or not one.share:
        nothing = np.zeros(problem.n_areas, dtype=bool)
        return AreaExploration(0.0, 0.0, nothing, nothing)
    budget = bounds_of(limits_of(problem))[one.budget_limit]
    return exploration.explore_areas(
        problem.area_costs[:, place],
        problem.area_pieces[:, place],
        share=one.share,
        seed=one.seed,
        budget=budget * share_of_areas(scene, one.options) if np.isfinite(budget) else budget,
        capacity=np.inf if problem.capacities is None else problem.capacities[option],
    )


def share_of_areas(scene: Scene, options: np.ndarray) -> float:
    """Of a campaign's money for exploration: each of its options explores with an equal part."""
    return sum(options[column] for column in scene.leaflets) / options.sum()


def wanted(scene: Scene, whole: Solution | None) -> np.ndarray:
    """(areas, L) what the plan wants; of areas that are held out, what it would have wanted."""
    if whole is None or not scene.leaflets:
        return scene.no_area
    held = scene.per_area(scene.coverable & ~scene.covered) > 0
    return np.where(held, _columns(open_at_prices(scene.problem, whole.prices)), _columns(whole.opened_areas))


def open_areas(scene: Scene, draws: AreaDraws, people: Sequence[Draws], wants: np.ndarray) -> Opened:
    """Those drawn, and those wanted where there is room; those worth least for their cost are shut first."""
    if not scene.leaflets:
        return Opened(wants, wants.astype(float))
    opened = np.where(draws.explores, draws.opened, wants & (scene.per_area(scene.covered) > 0))
    taken = draws.opened.any(axis=1)[:, None] & ~draws.opened  # the area is drawn for another campaign
    is_shut = opened & taken & (not scene.problem.on_top)
    opened &= ~is_shut
    is_shut |= _overrun(scene, draws, people, opened)
    chance = np.column_stack(
        [
            exploration.area_propensity(one, np.ones(len(wants), dtype=bool), want)
            for one, want in zip(draws.by_option, wants.T, strict=True)
        ]
    )
    return Opened(opened & ~is_shut, np.where(is_shut, np.nan, chance))


def _overrun(scene: Scene, draws: AreaDraws, people: Sequence[Draws], opened: np.ndarray) -> np.ndarray:
    """(areas, L) what there is no room for, beside what was drawn for people."""
    problem = scene.problem
    gets_leaflet = scene.reached(draws.opened).any(axis=1) & (not problem.on_top)
    leaflet_values = problem.values[:, scene.leaflets]
    worth = scene.per_area(np.where(scene.covered, leaflet_values, 0.0)) + own_values(problem, scene.covered)
    rank = np.where(draws.explores, np.inf, worth / np.maximum(problem.area_costs, 1e-9))
    places = np.flatnonzero(opened)
    places = places[np.argsort(-rank.ravel()[places], kind="stable")]
    of_limits, limits = of_areas(problem, scene.covered), _plain_limits(scene)
    amounts = [of_limits[k].ravel()[places] for k, _, _ in limits]
    rooms = [bound - sum(_used(scene, limit, one, gets_leaflet) for one in people) for _, limit, bound in limits]
    kept = keep_within(amounts, rooms, places.size)
    shut = np.zeros(opened.size, dtype=bool)
    shut[places[~kept]] = True
    return shut.reshape(opened.shape)


def _used(scene: Scene, limit: Rule, one: Draws, gets_leaflet: np.ndarray) -> float:
    rows = np.flatnonzero((one.choice >= 0) & ~gets_leaflet)
    return float(of_pairs(scene.problem, limit, rows, one.choice[rows]).sum())


def _within_rules(scene: Scene, opened: np.ndarray) -> np.ndarray:
    """(areas, L) True for what chance may open under the rules; budget and capacity are minded where it is drawn."""
    places = np.flatnonzero(opened)
    share = max((one.share for one in scene.asked), default=0.0)
    of_limits = of_areas(scene.problem, scene.covered) if places.size else []
    limits = _plain_limits(scene, first=1 + scene.problem.n_options) if places.size else []
    kept = np.ones(opened.size, dtype=bool)
    kept[places] = keep_within(
        [of_limits[k].ravel()[places] for k, _, _ in limits], [share * bound for _, _, bound in limits], places.size
    )
    return kept.reshape(opened.shape)


def _plain_limits(scene: Scene, *, first: int = 0) -> list[tuple[int, Rule, float]]:
    """From the `first` on, limits that say at most: their number, themselves and their bound. What a share leaves depends on the whole plan: the optimised part minds it."""
    every = limits_of(scene.problem)
    bounds = bounds_of(every)
    if scene.problem.locked is not None:
        rows, options = np.nonzero(scene.problem.locked)
        bounds = bounds - np.array([of_pairs(scene.problem, limit, rows, options).sum() for limit in every])
    return [
        (k, limit, bounds[k])
        for k, limit in enumerate(every)
        if k >= first and limit.sense == "at most" and limit.of is None and np.isfinite(bounds[k])
    ]


def _columns(opened: np.ndarray) -> np.ndarray:
    """(areas, L), also where there is one option only and the array has one dimension."""
    return opened[:, None] if opened.ndim == 1 else opened
