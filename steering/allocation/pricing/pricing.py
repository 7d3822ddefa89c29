"""One pricing pass: what every customer, household and area does at given prices, and the bound that this proves.

Lagrangian relaxation (Geoffrion 1974): limits are taken into the objective at their prices, and what is left falls
apart into customers, households and areas, each of which is solved exactly.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from ..layout.contacts import NONE, concave, keep_most, levels
from ..layout.homes import Homes
from ..layout.layout import Layout
from ..layout.personal import best_bundles, thinned
from . import chunks
from .charges import Charges


@dataclass(frozen=True, eq=False)
class Alone:
    """What members of households would get if they shared it with nobody, in the order of `Homes.rows`."""

    picks: np.ndarray  # (C, rows)
    gains: np.ndarray  # (rows,)


@dataclass(frozen=True, eq=False)
class Case:
    """What is settled about minimum runs: options that are closed, and those that must reach theirs."""

    closed: np.ndarray  # (m,) bool
    required: np.ndarray  # (m,) bool


@dataclass(frozen=True, eq=False)
class Relaxation:
    """The best answer to the prices, limits ignored."""

    prices: np.ndarray  # (R,)
    case: Case
    bound: float  # no plan within the limits is worth more
    slack: np.ndarray  # (R,) limits less use, a subgradient of the bound; 0 where there is no limit
    used: np.ndarray  # (R,)
    charges: Charges
    picks: np.ndarray  # (C, n) option of each campaign, -1 for none
    opened: np.ndarray  # (areas, O)
    closed_picks: np.ndarray  # (C, n) if no area opened
    left_picks: tuple[np.ndarray, ...]  # (O,) of (C, n): if the area opens; of those whom it does not cover
    area_gains: np.ndarray  # (areas, O) what opening adds, at the prices


def price(layout: Layout, prices: np.ndarray, case: Case) -> Relaxation:
    """`prices` (R,), each at least 0 and 0 where the limit is infinite."""
    charges = Charges.at(layout, prices, case.closed)
    picks, gains, used = _alone(layout, charges)
    first = picks.copy() if layout.homes.rows.size or layout.personal or layout.leaflets else picks
    relaxed = _obey_personal(layout, charges, picks, gains)
    alone = Alone(picks[:, layout.homes.rows], gains[layout.homes.rows])
    _share_homes(layout, charges, layout.homes, picks, gains)
    closed_picks, opened, left, area_gains, total = picks, np.zeros((0, 0), dtype=bool), (), np.zeros((0, 0)), 0.0
    if layout.leaflets is not None:
        left, area_gains = _areas(layout, charges, case, (picks, gains), alone)
        opened = layout.leaflets.only(area_gains > 0, area_gains)
        total = area_gains[opened].sum()
        picks = open_up(layout, closed_picks, left, opened)
    if first is not picks:
        used = used + _difference(layout, first, picks)
    if layout.leaflets is not None:
        used = used + layout.leaflets.use[:, opened].sum(axis=1)
    bounds = bounds_in(layout, case)
    limited = np.isfinite(bounds)
    bound = bounds[limited] @ prices[limited] + gains.sum() + relaxed + total + layout.fixed_value
    slack = np.where(limited, bounds - used, 0.0)
    return Relaxation(prices, case, float(bound), slack, used, charges, picks, opened, closed_picks, left, area_gains)


def bounds_in(layout: Layout, case: Case) -> np.ndarray:
    """(R,) bounds of the rows, those of required minimum runs included."""
    bounds = layout.rows.bounds.copy()
    must = np.flatnonzero(case.required & (layout.run_rows >= 0))
    bounds[layout.run_rows[must]] = -layout.runs[must]
    return bounds


def alone(layout: Layout, charges: Charges) -> np.ndarray:
    """(n,) what customers gain who think of nobody else, and of no personal rule."""
    return _alone(layout, charges)[1]


def _alone(layout: Layout, charges: Charges) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Picks (C, n), gains (n,) and use (R,) of customers who think of nobody else, and of no personal rule."""
    n = layout.n
    picks, gains = np.full((len(layout.slots), n), NONE, dtype=np.int8), np.zeros(n)
    parts = chunks.over(n, partial(_alone_in, layout, charges, picks, gains))
    return picks, gains, np.sum(parts, axis=0) if parts else np.zeros(layout.rows.size)


def _alone_in(layout: Layout, charges: Charges, picks: np.ndarray, gains: np.ndarray, part: slice) -> np.ndarray:
    gain = np.zeros((len(layout.slots), part.stop - part.start))
    pick = picks[:, part]
    for slot, options in enumerate(layout.slots):
        for option in options:
            if np.isinf(charges.count[:, option]).all():
                continue
            reduced = charges.reduced(option, part)
            better = reduced > gain[slot]
            np.copyto(gain[slot], reduced, where=better)
            np.copyto(pick[slot], option, where=better)
    if layout.contacts is not None:
        keep_most(pick, gain, layout.contacts[part])
    gains[part] = gain[0] if len(gain) == 1 else gain.sum(axis=0)
    return use_of_picks(layout, pick, part.start)


def use_of_picks(layout: Layout, picks: np.ndarray, start: int = 0, rows: np.ndarray | None = None) -> np.ndarray:
    """(R,) of picks (C, v) of customers `rows`, or of those from `start` on."""
    used = np.zeros(layout.rows.size)
    for pick in picks:
        some = np.flatnonzero(pick >= 0)
        if some.size:
            used += layout.sums.use_of(some + start if rows is None else rows[some], pick[some].astype(np.int64))
    return used


def _difference(layout: Layout, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    rows = np.flatnonzero((before != after).any(axis=0))
    if not rows.size:
        return np.zeros(layout.rows.size)
    return use_of_picks(layout, after[:, rows], rows=rows) - use_of_picks(layout, before[:, rows], rows=rows)


def _obey_personal(layout: Layout, charges: Charges, picks: np.ndarray, gains: np.ndarray) -> float:
    """Change the sets that break a rule; what the bound must hold beyond `gains` where they cannot be listed."""
    personal = layout.personal
    rows = personal.violators(picks) if personal is not None else np.empty(0, dtype=np.int64)
    if not rows.size:
        return 0.0
    reduced = charges.table(rows)
    if personal.bundles is None:
        picks[:, rows] = thinned(personal, picks[:, rows], reduced, rows)
        kept = np.where(picks[:, rows] >= 0, reduced[picks[:, rows], np.arange(rows.size)], 0.0).sum(axis=0)
        lost = (gains[rows] - kept).sum()
        gains[rows] = kept
        return float(lost)
    contacts = None if layout.contacts is None else layout.contacts[rows]
    best, sets = best_bundles(personal, reduced, rows, contacts, np.zeros(len(reduced), dtype=bool), 0)
    gains[rows], picks[:, rows] = best[0], sets[0]
    return 0.0


def _share_homes(layout: Layout, charges: Charges, homes: Homes, picks: np.ndarray, gains: np.ndarray) -> None:
    """Give each household's printed pieces to those who gain most."""
    homes = homes.over(picks) if homes.rows.size else homes
    rows = homes.rows
    if not rows.size:
        return
    most, reduced = int(homes.left[homes.home].max()), charges.table(rows)
    contacts = None if layout.contacts is None else layout.contacts[rows]
    if layout.personal is not None and layout.personal.bundles is not None:
        best, sets = best_bundles(layout.personal, reduced, rows, contacts, homes.is_printed, most)
        best = concave(best)
        level = homes.served(best)
        picks[:, rows] = sets[level, :, np.arange(rows.size)].T
    else:
        found = levels(reduced, layout.slots, contacts, homes.is_printed, most)
        best, level = found.gains, homes.served(found.gains)
        picks[:, rows] = found.picks(level)
        if layout.personal is not None:
            picks[:, rows] = thinned(layout.personal, picks[:, rows], reduced, rows)
    gains[rows] = best[level, np.arange(rows.size)]


def _areas(
    layout: Layout, charges: Charges, case: Case, now: tuple[np.ndarray, np.ndarray], alone: Alone
) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
    """Picks of those whom an opened area does not cover, and what opening adds, per area option."""
    leaflets, gains = layout.leaflets, now[1]
    reduced = leaflets.values - np.tensordot(charges.prices, leaflets.use, axes=1)
    reduced[leaflets.shut(case.closed)] = -np.inf
    if leaflets.on_top:
        return (), reduced
    closed = np.bincount(leaflets.area[leaflets.inside], weights=gains[leaflets.inside], minlength=leaflets.n_areas)
    left = []
    for kind, covered in enumerate(leaflets.covered):
        left_picks, left_gains = _without(layout, charges, covered, now, alone)
        left.append(left_picks)
        stays = leaflets.inside[~covered[leaflets.inside]]
        kept = np.bincount(leaflets.area[stays], weights=left_gains[stays], minlength=leaflets.n_areas)
        reduced[:, kind] += kept - closed
    return tuple(left), reduced


def _without(
    layout: Layout, charges: Charges, covered: np.ndarray, now: tuple[np.ndarray, np.ndarray], alone: Alone
) -> tuple[np.ndarray, np.ndarray]:
    """Picks and gains of those who are not `covered` when those who are get nothing from their households' pieces."""
    others = layout.homes.among(~covered)
    if not others.rows.size:
        return now
    picks, gains = now[0].copy(), now[1].copy()
    stays = ~covered[layout.homes.rows]
    picks[:, others.rows], gains[others.rows] = alone.picks[:, stays], alone.gains[stays]
    _share_homes(layout, charges, others, picks, gains)
    return picks, gains


def open_up(
    layout: Layout, closed_picks: np.ndarray, left_picks: tuple[np.ndarray, ...], opened: np.ndarray
) -> np.ndarray:
    """(C, n) picks when these areas (areas, O) are opened."""
    leaflets = layout.leaflets
    if leaflets.on_top or not opened.any():
        return closed_picks
    picks = closed_picks.copy()
    for kind, covered in enumerate(leaflets.covered):
        rows = leaflets.inside[opened[leaflets.area[leaflets.inside], kind]]
        picks[:, rows] = np.where(covered[rows], NONE, left_picks[kind][:, rows])
    return picks
