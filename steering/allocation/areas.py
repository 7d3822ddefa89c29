"""Which delivery areas a plan opens, so that their money and pieces fit."""

import numpy as np

from .draft import Draft, value_of_rows
from .layout import Layout, costs_of
from .pricing import Relaxation


def close_areas(layout: Layout, relaxation: Relaxation) -> tuple[np.ndarray, np.ndarray]:
    """Choice and opened areas once areas that the limits have no room for are closed again.

    Money is taken where a cent saved loses least, from areas and customers alike; here only the areas are closed,
    the customers' part is left to repair.
    """
    problem = layout.problem
    if problem.area_option is None:
        return relaxation.choice, relaxation.opened
    opened = _within_pieces(layout, relaxation)
    _save(layout, relaxation, opened)
    _within_money(layout, relaxation, opened)
    choice = relaxation.choice.copy()
    closed = layout.inside[~opened[problem.area[layout.inside]]]
    choice[closed] = relaxation.closed_choice[closed]
    return choice, opened


def _within_pieces(layout: Layout, relaxation: Relaxation) -> np.ndarray:
    problem = layout.problem
    room = problem.capacities[problem.area_option]
    opened = relaxation.opened.copy()
    areas = np.flatnonzero(opened)
    score = relaxation.area_gains[areas] / np.maximum(problem.area_pieces[areas], 1e-9)
    _keep_while_room(opened, areas[np.argsort(-score, kind="stable")], problem.area_pieces, room)
    return opened


def _within_money(layout: Layout, relaxation: Relaxation, opened: np.ndarray) -> None:
    """Areas alone must not cost more than the budget: no customer's saving could mend that."""
    problem = layout.problem
    areas = np.flatnonzero(opened)
    score = relaxation.area_gains[areas] / np.maximum(problem.area_costs[areas], 1e-9)
    _keep_while_room(opened, areas[np.argsort(-score, kind="stable")], problem.area_costs, problem.budget)


def _keep_while_room(opened: np.ndarray, areas: np.ndarray, amounts: np.ndarray, room: float) -> None:
    """Close those of `areas`, best first, from where the room is used up; a smaller one further on may still fit."""
    opened[areas] = False
    while areas.size and room >= 0:
        total = np.cumsum(amounts[areas])
        fitting = int(np.searchsorted(total, room, side="right"))
        opened[areas[:fitting]] = True
        room -= total[fitting - 1] if fitting else 0.0
        areas = areas[fitting:]
        areas = areas[amounts[areas] <= room]


def _save(layout: Layout, relaxation: Relaxation, opened: np.ndarray) -> None:
    """Close the areas that belong to the cheapest way to save what was spent too much."""
    problem = layout.problem
    excess = -relaxation.slack[0] - problem.area_costs[relaxation.opened & ~opened].sum()
    if excess <= 0:
        return
    areas = np.flatnonzero(opened)
    members = layout.inside[layout.covered[layout.inside]]
    instead = costs_of(layout, relaxation.closed_choice[members], members)
    instead = np.bincount(problem.area[members], weights=instead, minlength=problem.n_areas)
    freed = (problem.area_costs - instead)[areas]
    areas, freed = areas[freed > 0], freed[freed > 0]
    draft = Draft(layout, relaxation.prices, relaxation.choice, relaxation.opened)
    moves = draft.alternatives(draft.personal_rows(), per_cost=True)
    scores = np.concatenate([moves.losses, relaxation.area_gains[areas] / freed])
    order = np.argsort(scores, kind="stable")
    saved = np.cumsum(np.concatenate([-moves.paid, freed])[order])
    given_up = order[: np.searchsorted(saved, excess) + 1]
    opened[areas[given_up[given_up >= moves.rows.size] - moves.rows.size]] = False


def open_areas(draft: Draft) -> int:
    """Open closed areas that fit and are worth more than what their customers would get instead; how many."""
    layout, problem = draft.layout, draft.layout.problem
    members = layout.inside[layout.covered[layout.inside]]
    area = problem.area[members]
    now = value_of_rows(draft)[members]
    cost = costs_of(layout, draft.choice[members], members)
    gains = layout.leaflet_values - problem.area_costs - np.bincount(area, weights=now, minlength=problem.n_areas)
    paid = problem.area_costs - np.bincount(area, weights=cost, minlength=problem.n_areas)
    pieces, room = problem.area_pieces, draft.spare[1 + problem.area_option]
    areas = np.flatnonzero(~draft.opened & (gains > 1e-9) & (paid <= draft.spare[0]) & (pieces <= room))
    areas = areas[np.argsort(-gains[areas], kind="stable")]
    fits = (np.cumsum(paid[areas]) <= draft.spare[0]) & (np.cumsum(pieces[areas]) <= room)
    areas = areas[np.logical_and.accumulate(fits)]
    if areas.size:
        draft.opened[areas] = True
        draft.choice[members[draft.opened[area]]] = problem.area_option
        draft.count()
    return areas.size
