"""Moves of single customers or areas that fit together, first come first served: to mend rows, or to fill what is left."""

import numpy as np

from ..layout.contacts import NONE
from ..pricing.pricing import Relaxation
from .draft import Draft
from .pool import Pool, picks_in

MOST_ROUNDS = 300  # each makes progress; the bound only cuts long tails of single moves
AT_ONCE = 4_096  # moves looked at in one round
MOST_SKIPS = 40
GAIN = 1e-9


class Moving:
    """Moves of a draft among the entries of a pool, of customers, or of areas where `relaxation` is given."""

    def __init__(self, draft: Draft, pool: Pool, relaxation: Relaxation | None = None) -> None:
        self.draft, self.pool, self.relaxation = draft, pool, relaxation
        self.home = np.full(draft.layout.n, -1)
        self.home[draft.layout.homes.rows] = draft.layout.homes.home

    def relieve(self) -> None:
        """Mend the rows, the most overrun first, by moves that lose least for what they free."""
        stuck = np.zeros(self.draft.bounds.size, dtype=bool)
        for _ in range(MOST_ROUNDS if self.pool.size else 0):
            over = np.maximum(-self.draft.spare, 0.0) / np.maximum(np.abs(self.draft.bounds), 1.0)
            over[stuck | ~np.isfinite(over)] = 0.0
            row = int(over.argmax())
            if over[row] <= 0:
                return
            if not self._relieve(row):
                stuck[row] = True
            elif stuck.any():
                stuck[:] = False

    def _relieve(self, row: int) -> int:
        pool, excess = self.pool, -self.draft.spare[row]
        now = pool.now[pool.group]
        freed = np.minimum(pool.use[now, row] - pool.use[:, row], excess)
        useful = np.flatnonzero(freed > 1e-12)
        score = (pool.reduced[now] - pool.reduced)[useful] / freed[useful]
        return self._accept(useful[np.argsort(score, kind="stable")], enough=(row, excess))

    def fill(self) -> int:
        """Moves to larger values while there is room, those first that lose least against the prices; how many."""
        pool, done = self.pool, 0
        for _ in range(MOST_ROUNDS if pool.size else 0):
            now = pool.now[pool.group]
            gain = pool.value - pool.value[now]
            useful = np.flatnonzero(gain > GAIN)
            loss = (pool.reduced[now] - pool.reduced)[useful]
            accepted = self._accept(useful[np.argsort(loss, kind="stable")])
            done += accepted
            if not accepted:
                return done
        return done

    def _accept(self, entries: np.ndarray, enough: tuple[int, float] | None = None) -> int:
        """Carry out, first come first served, the moves that fit together; how many did.

        `enough`: no more than free so much of a row.
        """
        pool, draft = self.pool, self.draft
        room = np.maximum(draft.spare, 0.0)
        room += 1e-12 * (1 + np.abs(np.where(np.isfinite(draft.bounds), draft.bounds, 0.0)))
        entries = self._allowed(entries, room)
        more = pool.use[entries] - pool.use[pool.now[pool.group[entries]]]
        taken = _together(more, room, enough)
        if not taken.size:
            return 0
        self.move(entries[taken])
        draft.used += more[taken].sum(axis=0)
        return taken.size

    def _allowed(self, entries: np.ndarray, room: np.ndarray) -> np.ndarray:
        """Those that fit alone, one per customer and household, the first of each."""
        pool, found = self.pool, []
        for start in range(0, entries.size, 4 * AT_ONCE):
            part = entries[start : start + 4 * AT_ONCE]
            more = pool.use[part] - pool.use[pool.now[pool.group[part]]]
            found.append(part[(more <= room).all(axis=1)])
            if sum(map(len, found)) >= AT_ONCE:
                break
        part = np.concatenate(found) if found else entries[:0]
        part = part[_first(pool.row[pool.group[part]])]
        return (part if self.relaxation is not None else self._within_units(part))[:AT_ONCE]

    def _within_units(self, entries: np.ndarray) -> np.ndarray:
        draft, pool, layout = self.draft, self.pool, self.draft.layout
        rows, target = pool.row[pool.group[entries]], pool.target[entries]
        before = pool.target[pool.now[pool.group[entries]]]
        kept = np.ones(entries.size, dtype=bool)
        if layout.contacts is not None:
            adds = (before == NONE) & (target != NONE)
            kept &= ~adds | ((draft.picks[:, rows] >= 0).sum(axis=0) < layout.contacts[rows])
        if layout.homes.rows.size:
            printed = np.append(layout.homes.is_printed, False)
            claims = np.flatnonzero(printed[target] & ~printed[before] & (self.home[rows] >= 0))
            homes = self.home[rows[claims]]
            first = np.zeros(claims.size, dtype=bool)
            first[_first(homes)] = True
            kept[claims] &= first & (draft.letters()[homes] < layout.homes.left[homes])
        if layout.personal is not None:
            sets = draft.picks[:, rows].copy()
            sets[pool.slot[pool.group[entries]], np.arange(rows.size)] = target
            kept &= ~layout.personal.broken(sets, rows)
        return entries[kept]

    def move(self, entries: np.ndarray) -> None:
        draft, pool = self.draft, self.pool
        group = pool.group[entries]
        pool.now[group] = entries
        if self.relaxation is None:
            draft.picks[pool.slot[group], pool.row[group]] = pool.target[entries]
            return
        for area, slot, kind in zip(pool.row[group], pool.slot[group], pool.target[entries], strict=True):
            draft.opened[area, list(draft.layout.leaflets.groups[slot])] = False
            if kind != NONE:
                draft.opened[area, kind] = True
        self._follow(pool.row[group], pool.target[entries])

    def _follow(self, areas: np.ndarray, kinds: np.ndarray) -> None:
        """Customers of areas that changed get what the prices say."""
        draft, leaflets = self.draft, self.draft.layout.leaflets
        if leaflets.on_top:
            return
        state = np.full(leaflets.n_areas + 1, -2)
        state[areas] = kinds
        now = state[leaflets.area[leaflets.inside]]
        for kind in np.unique(kinds):
            rows = leaflets.inside[now == kind]
            draft.picks[:, rows] = picks_in(draft, self.relaxation, rows, int(kind))


def _together(more: np.ndarray, room: np.ndarray, enough: tuple[int, float] | None) -> np.ndarray:
    """Positions of moves that fit one after the other; what does not fit is passed over, a few times."""
    left, taken, room = np.arange(len(more)), [], room.copy()
    needed = np.inf if enough is None else enough[1]
    for _ in range(MOST_SKIPS):
        if not left.size or needed <= 0:
            break
        total = np.cumsum(more[left], axis=0)
        good = int(np.append((total <= room).all(axis=1), False).argmin())
        if enough is not None and good:
            good = min(good, int(np.append(-total[:good, enough[0]] >= needed, True).argmax()) + 1)
        if good:
            taken.append(left[:good])
            room -= total[good - 1]
            needed -= 0.0 if enough is None else -total[good - 1, enough[0]]
        left = left[good + 1 :]
    return np.concatenate(taken) if taken else np.empty(0, dtype=np.int64)


def _first(keys: np.ndarray) -> np.ndarray:
    """Positions of the first of each key, ascending."""
    return np.sort(np.unique(keys, return_index=True)[1])
