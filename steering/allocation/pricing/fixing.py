"""Which pairs no better plan can have: reduced-cost fixing, exact.

A pair that loses more at the prices than the bound leaves above the plan that is known cannot be in a better one
(Dantzig, Fulkerson and Johnson 1954; Geoffrion 1974). What is left is often small enough to be solved as a whole.
"""

import numpy as np

from ..layout.layout import Layout
from .pricing import Relaxation, alone

NEVER = -1e300


def open_pairs(layout: Layout, answer: Relaxation, picks: np.ndarray, hope: float) -> tuple[np.ndarray, np.ndarray]:
    """Customers, and (m, customers) bool the options, of plans that are worth up to `hope` less than the bound.

    `answer` has the bound. Customers who can only have what they have by `picks` (C, n) are left out.
    What a pair loses is counted against the customer's best option of the campaign, less what customers who share a
    household or an area lose already by sharing it.
    """
    shared = _lost_by_sharing(layout, answer)
    table = answer.charges.table(slice(0, layout.n))
    may, is_free = np.zeros(table.shape, dtype=bool), np.zeros(layout.n, dtype=bool)
    table[answer.case.closed] = -np.inf
    for slot, pick in zip(layout.slots, picks, strict=True):
        options = list(slot)
        best = np.maximum(table[options].max(axis=0), 0.0)
        lost = best - np.maximum(table[options], NEVER)
        may[options] = (table[options] > -np.inf) & (lost - shared <= hope)
        may_others = may[options] & (pick != np.array(options)[:, None])
        is_free |= may_others.any(axis=0) | ((pick >= 0) & (best - shared <= hope))
    if layout.leaflets is not None and not layout.leaflets.on_top:
        is_free[layout.leaflets.inside] = True
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
