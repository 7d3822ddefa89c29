"""Customers and areas whose decision is nearest to a tie at the prices, with everything else that each could do.

Those are the ones that repair moves, as the core of a knapsack problem (Martello and Toth 1990): all others are
as good as settled.
"""

from dataclasses import dataclass

import numpy as np

from ..layout.contacts import NONE
from ..pricing import chunks
from ..pricing.charges import Charges
from ..pricing.pricing import Relaxation
from .draft import Draft

MOST_ENTRIES = 60_000
MOST_CELLS = 6_000_000  # of entries times rows
MOST_AREAS = 5_000


@dataclass(eq=False)
class Pool:
    """Groups are decisions, entries what each could be; `now` (groups,) is the entry that the draft has."""

    group: np.ndarray  # (E,)
    target: np.ndarray  # (E,) option or -1; of an area the number of the area option or -1
    reduced: np.ndarray  # (E,)
    value: np.ndarray  # (E,)
    use: np.ndarray  # (E, R)
    row: np.ndarray  # (groups,) customer, or area
    slot: np.ndarray  # (groups,) campaign, or number of the leaflets' group
    now: np.ndarray

    @property
    def size(self) -> int:
        return self.group.size


def of_customers(draft: Draft, charges: Charges) -> Pool:
    """Nobody who gets an exclusive leaflet."""
    layout = draft.layout
    free = ~draft.covered()
    most = max(min(MOST_ENTRIES, MOST_CELLS // layout.rows.size), 1)
    loss, other = _second_best(draft, charges)
    loss[:, ~free] = np.inf
    per_group = 1 + max(len(slot) for slot in layout.slots) if layout.slots else 1
    exchange = (draft.picks + 1).astype(np.int32) * (len(layout.values) + 1) + other + 1
    slots, rows = _nearest(loss, exchange, max(most // per_group, 1))
    entries = [_alternatives(draft, charges, slot, rows[slots == slot]) for slot in range(len(layout.slots))]
    entries = [entry for entry in entries if entry[0].size]
    if not entries:
        return _empty(layout.rows.size)
    sizes = np.cumsum([0, *(entry[4].size for entry in entries)])
    group = np.concatenate([entry[0] + size for entry, size in zip(entries, sizes, strict=False)])
    target, reduced, value, row, is_now, slot = (
        np.concatenate([entry[part] for entry in entries]) for part in (1, 2, 3, 4, 5, 6)
    )
    use = layout.sums.uses(row[group], target)
    now = np.empty(row.size, dtype=np.int64)
    now[group[is_now]] = np.flatnonzero(is_now)
    return Pool(group, target, reduced, value, use, row, slot, now)


def _empty(size: int) -> Pool:
    none, numbers = np.empty(0, dtype=np.int64), np.empty(0)
    return Pool(none, none, numbers, numbers, np.empty((0, size)), none, none, none)


def _second_best(draft: Draft, charges: Charges) -> tuple[np.ndarray, np.ndarray]:
    """(C, n) what the best other option of each campaign would lose, inf where there is none, and that option."""
    layout = draft.layout
    loss, other = np.full(draft.picks.shape, np.inf), np.full(draft.picks.shape, NONE, dtype=np.int8)

    def work(part: slice) -> None:
        for slot, options in enumerate(layout.slots):
            pick, second = draft.picks[slot, part], other[slot, part]
            now, best = np.zeros(pick.size), np.where(pick == NONE, -np.inf, 0.0)
            for option in options:
                reduced = charges.reduced(option, part)
                mine = pick == option
                np.copyto(now, reduced, where=mine)
                better = (reduced > best) & ~mine
                np.copyto(best, reduced, where=better)
                np.copyto(second, option, where=better)
            loss[slot, part] = now - best

    chunks.over(layout.n, work)
    return loss, other


def _nearest(loss: np.ndarray, exchange: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Slots and rows of about `most` decisions that lose least, of each exchange of options as many, by slot and row."""
    flat, kind = loss.ravel(), exchange.ravel()
    found = np.flatnonzero(np.isfinite(flat))
    if found.size > most:
        counts = np.bincount(kind[found])
        each = max(most // max(int((counts > 0).sum()), 1), 1)
        kept = [found[:0]]
        for one in np.flatnonzero(counts):
            mine = found if counts[one] == found.size else found[kind[found] == one]
            kept.append(mine if mine.size <= each else mine[np.argpartition(flat[mine], each)[:each]])
        found = np.sort(np.concatenate(kept))
    return np.divmod(found, max(loss.shape[1], 1))


def _alternatives(draft: Draft, charges: Charges, slot: int, rows: np.ndarray) -> tuple[np.ndarray, ...]:
    """Group, target, reduced value, value of each entry, row of each group, whether it is the draft's; slot of groups."""
    layout = draft.layout
    options = layout.slots[slot]
    targets = np.array([NONE, *options])
    reduced = np.zeros((targets.size, rows.size))
    value = np.zeros((targets.size, rows.size))
    for place, option in enumerate(options, start=1):
        reduced[place], value[place] = charges.reduced(option, rows), layout.values[option, rows]
    place, group = np.nonzero(reduced > -np.inf)
    order = np.lexsort((place, group))
    place, group = place[order], group[order]
    is_now = targets[place] == draft.picks[slot, rows][group]
    return (
        group, targets[place], reduced[place, group], value[place, group], rows, is_now,
        np.full(rows.size, slot),
    )  # fmt: skip


def of_areas(draft: Draft, relaxation: Relaxation, most: int = MOST_AREAS) -> Pool:
    """The `most` areas nearest to a tie, closed or open with any leaflet; their customers get what the prices say."""
    layout = draft.layout
    leaflets = layout.leaflets
    if leaflets is None or not leaflets.groups:
        return _empty(layout.rows.size)
    parts = [_area_entries(draft, relaxation, number, most) for number in range(len(leaflets.groups))]
    sizes = np.cumsum([0, *(part.row.size for part in parts)])
    entries = np.cumsum([0, *(part.size for part in parts)])
    return Pool(
        np.concatenate([part.group + size for part, size in zip(parts, sizes, strict=False)]),
        *(np.concatenate([getattr(part, name) for part in parts]) for name in ("target", "reduced", "value", "use")),
        *(np.concatenate([getattr(part, name) for part in parts]) for name in ("row", "slot")),
        np.concatenate([part.now + size for part, size in zip(parts, entries, strict=False)]),
    )


def _area_entries(draft: Draft, relaxation: Relaxation, number: int, most: int) -> Pool:
    leaflets, group = draft.layout.leaflets, list(draft.layout.leaflets.groups[number])
    gains = np.where(np.isfinite(relaxation.area_gains[:, group]), relaxation.area_gains[:, group], -np.inf)
    possible = np.flatnonzero((gains > -np.inf).any(axis=1))
    tie = np.abs(gains[possible].max(axis=1))
    areas = possible[np.sort(np.argsort(tie, kind="stable")[:most])]
    now = np.full(areas.size, NONE)
    for kind in group:
        now[draft.opened[areas, kind]] = kind
    pools = [_state(draft, relaxation, areas, kind, now) for kind in (NONE, *group)]
    kept = np.array([(now == NONE) if kind == NONE else np.ones(areas.size, dtype=bool) for kind in (NONE, *group)])
    kept[0] = True
    for place, kind in enumerate(group, start=1):
        kept[place] = ~leaflets.blocked[areas, kind] & np.isfinite(relaxation.area_gains[areas, kind])
        kept[place] |= now == kind
    place, which = np.nonzero(kept)
    targets = np.array([NONE, *group])[place]
    stacked = [np.stack([pool[part] for pool in pools])[place, which] for part in range(3)]
    is_now = targets == now[which]
    current = np.empty(areas.size, dtype=np.int64)
    current[which[is_now]] = np.flatnonzero(is_now)
    return Pool(which, targets, *stacked, areas, np.full(areas.size, number), current)


def _state(
    draft: Draft, relaxation: Relaxation, areas: np.ndarray, kind: int, now: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Reduced value, value and use (areas, R) of areas in a state, -1 for closed; in the present one, of the draft."""
    layout, leaflets = draft.layout, draft.layout.leaflets
    value, use = np.zeros(areas.size), np.zeros((areas.size, layout.rows.size))
    if kind != NONE:
        value, use = leaflets.values[areas, kind].copy(), leaflets.use[:, areas, kind].T.copy()
    if not leaflets.on_top:
        of_area = np.full(leaflets.n_areas + 1, -1)
        of_area[areas] = np.arange(areas.size)
        rows = leaflets.inside[of_area[leaflets.area[leaflets.inside]] >= 0]
        place = of_area[leaflets.area[rows]]
        for pick in _picks(draft, relaxation, rows, kind, now[place]):
            some = np.flatnonzero(pick >= 0)
            who, option = rows[some], pick[some].astype(np.int64)
            value += np.bincount(place[some], weights=layout.values[option, who], minlength=areas.size)
            for row, column in enumerate(layout.sums.uses(who, option).T):
                use[:, row] += np.bincount(place[some], weights=column, minlength=areas.size)
    return value - use @ relaxation.prices, value, use


def _picks(draft: Draft, relaxation: Relaxation, rows: np.ndarray, kind: int, now: np.ndarray) -> np.ndarray:
    """(C, rows) of customers inside when their area is in this state."""
    return np.where(now == kind, draft.picks[:, rows], picks_in(draft, relaxation, rows, kind))


def picks_in(draft: Draft, relaxation: Relaxation, rows: np.ndarray, kind: int) -> np.ndarray:
    if kind == NONE:
        return relaxation.closed_picks[:, rows]
    covered = draft.layout.leaflets.covered[kind][rows]
    return np.where(covered, NONE, relaxation.left_picks[kind][:, rows])
