"""Which pairs and open areas no better plan can have: reduced-cost fixing, exact.

A pair or an area that loses more at the prices than the bound leaves above the plan that is known cannot be in a better one
(Dantzig, Fulkerson and Johnson 1954; Geoffrion 1974). What is left is often small enough to be solved as a whole.
"""

from dataclasses import dataclass

import numpy as np

from ..layout.layout import Layout
from ..pricing.pricing import Relaxation, alone
from .draft import Draft

NEVER = -1e300


@dataclass(frozen=True, eq=False)
class Unsettled:
    """What a better plan may do otherwise; all else is as in the plan that is known."""

    rows: np.ndarray  # customers
    may: np.ndarray  # (m, rows) bool
    may_open: np.ndarray  # (areas, O) bool; an area may always be closed

    @property
    def size(self) -> int:
        return int(self.may.sum() + self.may_open.sum())


def unsettled(layout: Layout, answer: Relaxation, draft: Draft, hope: float) -> Unsettled:
    """Of plans that are worth up to `hope` less than the bound of `answer`; `draft` is one of these, if any is known."""
    may_open = open_areas(layout, answer, draft.opened, hope)
    rows, may = open_pairs(layout, answer, draft, may_open, hope)
    return Unsettled(rows, may, may_open)


def open_areas(layout: Layout, answer: Relaxation, opened: np.ndarray, hope: float) -> np.ndarray:
    """(areas, O) what may be open where there is a choice; what an area loses is counted against its best state."""
    may = np.zeros(opened.shape, dtype=bool)
    for group in () if layout.leaflets is None else layout.leaflets.groups:
        kinds = list(group)
        gains = answer.area_gains[:, kinds]
        best = np.maximum(gains.max(axis=1), 0.0)
        good = (gains > -np.inf) & (best[:, None] - gains <= hope)
        now = opened[:, kinds]
        other = (good & ~now).any(axis=1) | (now.any(axis=1) & (best <= hope))
        may[:, kinds] = (good | now) & other[:, None]
    return may


def open_pairs(
    layout: Layout, answer: Relaxation, draft: Draft, may_open: np.ndarray, hope: float
) -> tuple[np.ndarray, np.ndarray]:
    """Customers, and (m, customers) bool the options, of plans that are worth up to `hope` less than the bound.

    `answer` has the bound. Customers who can only have what they have in the `draft` are left out,
    and who is covered by an area that stays open.
    What a pair loses is counted against the customer's best option of the campaign, less what customers who share a
    household or an area lose already by sharing it.
    """
    shared = _lost_by_sharing(layout, answer)
    table = answer.charges.table(slice(0, layout.n))
    may, is_free = np.zeros(table.shape, dtype=bool), np.zeros(layout.n, dtype=bool)
    table[answer.case.closed] = -np.inf
    for slot, pick in zip(layout.slots, draft.picks, strict=True):
        options = list(slot)
        best = np.maximum(table[options].max(axis=0), 0.0)
        lost = best - np.maximum(table[options], NEVER)
        may[options] = (table[options] > -np.inf) & (lost - shared <= hope)
        may_others = may[options] & (pick != np.array(options)[:, None])
        is_free |= may_others.any(axis=0) | ((pick >= 0) & (best - shared <= hope))
    if layout.leaflets is not None and not layout.leaflets.on_top:
        inside = layout.leaflets.inside
        is_free[draft.covered()] = False
        is_free[inside[may_open.any(axis=1)[layout.leaflets.area[inside]]]] = True
    rows = np.flatnonzero(is_free)
    return rows, may[:, rows]


def _lost_by_sharing(layout: Layout, answer: Relaxation) -> np.ndarray:
    """(n,) what the customer's area, household, or the customer would have more if nobody shared anything.

    inf, which fixes nothing, where customers may have something of their own though their area is open.
    """
    picks, most = answer.closed_picks, alone(layout, answer.charges)
    table = np.vstack([answer.charges.table(slice(0, layout.n)), np.zeros((1, layout.n))])
    lost = most - sum(table[pick, np.arange(layout.n)] for pick in picks) if len(picks) else most
    homes, leaflets = layout.homes, layout.leaflets
    of_homes = np.bincount(homes.home, weights=lost[homes.rows], minlength=homes.left.size)
    lost[homes.rows] = of_homes[homes.home]
    if leaflets is None or leaflets.on_top:
        return lost
    alone_in = np.bincount(leaflets.area[leaflets.inside], weights=_own(lost, layout), minlength=leaflets.n_areas)
    gained = np.maximum(answer.area_gains.max(axis=1, initial=0.0), 0.0)
    lost[leaflets.inside] = (alone_in - gained)[leaflets.area[leaflets.inside]]
    lost[leaflets.inside[~np.all(leaflets.covered, axis=0)[leaflets.inside]]] = np.inf
    return lost


def _own(lost: np.ndarray, layout: Layout) -> np.ndarray:
    """(inside,) each customer's own part: a household's loss is shared evenly by its members."""
    members = np.bincount(layout.homes.home, minlength=layout.homes.left.size)
    own = lost.copy()
    own[layout.homes.rows] /= np.maximum(members, 1)[layout.homes.home]
    return own[layout.leaflets.inside]
