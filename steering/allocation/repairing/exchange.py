"""The best set of moves among those that lose least at the prices, everything else staying as it is.

The core of a knapsack problem (Balas and Zemel 1980; Martello and Toth 1990) with many rows: one column per move, a row
per limit, and rows for customers and households only where several moves concern them. Solved by HiGHS, up to a limit
on nodes, never on time, so that the same problem has the same plan.
"""

from dataclasses import dataclass

import numpy as np

from ..pricing.pricing import Relaxation
from ..solution import TOLERANCE
from .draft import Draft
from .moving import Moving
from .pool import Pool, of_areas
from .program import Program

DEAR = 1e3
ALIKE = 6


@dataclass(frozen=True, eq=False)
class Moves:
    """Columns: entries of a pool that are not what the draft has."""

    entries: np.ndarray
    group: np.ndarray
    row: np.ndarray
    gain: np.ndarray
    more: np.ndarray  # (moves, R)
    letters: np.ndarray  # printed pieces more
    of_areas: bool = False


def nearest(draft: Draft, pool: Pool, most: int, *, alike: int | None = None) -> Moves:
    """The `most` moves that lose least at the prices, each allowed by itself, and `alike` of those that do the same."""
    now = pool.now[pool.group]
    loss = np.where(now == np.arange(pool.size), np.inf, pool.reduced[now] - pool.reduced)
    entries = np.argsort(loss, kind="stable")
    entries = entries[: int(np.isfinite(loss).sum())][: 2 * most if alike is None else None]
    if alike is not None:
        entries = entries[_is_varied(pool, entries, alike)][: 2 * most]
    entries = entries[_allowed(draft, pool, entries)][:most]
    group, before = pool.group[entries], pool.now[pool.group[entries]]
    printed = np.append(draft.layout.homes.is_printed, False).astype(float)
    letters = printed[pool.target[entries]] - printed[pool.target[before]]
    more = pool.use[entries] - pool.use[before]
    return Moves(entries, group, pool.row[group], pool.value[entries] - pool.value[before], more, letters)


def _is_varied(pool: Pool, entries: np.ndarray, alike: int) -> np.ndarray:
    """Whether fewer than `alike` entries before do exactly the same; where values are tied, all near ones might."""
    before = pool.now[pool.group[entries]]
    more = np.column_stack([pool.use[entries] - pool.use[before], pool.value[entries] - pool.value[before]])
    mixed = more @ np.random.default_rng(0).random(more.shape[1])
    _, kind = np.unique(np.round(mixed, 9), return_inverse=True)
    order = np.argsort(kind, kind="stable")
    starts = np.searchsorted(kind[order], kind[order])
    varied = np.zeros(entries.size, dtype=bool)
    varied[order] = np.arange(entries.size) - starts < alike
    return varied


def _allowed(draft: Draft, pool: Pool, entries: np.ndarray) -> np.ndarray:
    """Whether the customer's contact limit and personal rules allow the move."""
    layout, group = draft.layout, pool.group[entries]
    rows = pool.row[group]
    sets = draft.picks[:, rows].copy()
    sets[pool.slot[group], np.arange(rows.size)] = pool.target[entries]
    allowed = np.ones(entries.size, dtype=bool)
    if layout.contacts is not None:
        allowed &= (sets >= 0).sum(axis=0) <= layout.contacts[rows]
    if layout.personal is not None:
        allowed &= ~layout.personal.broken(sets, rows)
    return allowed


def exchange(draft: Draft, pool: Pool, *, most: int, nodes: int = 0, gap: float = 0.0) -> bool:
    """Carry out the best set of `most` moves; whether anything changed.

    With `nodes` 0 moves may be halved while searching, and those that are stay undone: a row may then be overrun.
    Otherwise the rows of a draft that keeps them stay kept, and a relative `gap` of the gain is near enough.
    """
    moves = nearest(draft, pool, most, alike=ALIKE if nodes else None)
    if not moves.entries.size:
        return False
    lent = np.zeros(draft.used.size)
    found = _relaxed(draft, moves) if not nodes else _whole(draft, moves, nodes, gap, lent)
    if found is None:
        return False
    taken = np.flatnonzero(found > 1 - 1e-6)
    used = draft.used + moves.more[taken].sum(axis=0)
    if not taken.size or (nodes and (used > draft.bounds + TOLERANCE * (1 + np.abs(draft.bounds))).any()):
        return False
    group = moves.group[taken]
    draft.picks[pool.slot[group], pool.row[group]] = pool.target[moves.entries[taken]]
    pool.now[group] = moves.entries[taken]
    draft.used = used
    return True


def trade(
    draft: Draft, relaxation: Relaxation, *, most: int, nodes: int, gap: float, lent: np.ndarray | None = None
) -> bool:
    """The same for areas, with their customers in their wake; an option that is closed stays so.

    A row that is overrun is mended as far as these areas can, at the cost of no other, unless
    a unit of that is `lent` (R,) at a price above 0, for customers to pay back.
    """
    pool = of_areas(draft, relaxation, most=most)
    moves = _of_areas(draft, pool)
    lent = np.zeros(draft.used.size) if lent is None else lent
    found = _whole(draft, moves, nodes, gap, lent) if moves.entries.size else None
    if found is None:
        return False
    taken = np.flatnonzero(found > 1 - 1e-6)
    used = draft.used + moves.more[taken].sum(axis=0)
    most = np.where(lent > 0, np.inf, np.maximum(draft.bounds, draft.used))
    if not taken.size or (used > most + TOLERANCE * (1 + np.abs(most))).any():
        return False
    Moving(draft, pool, relaxation).move(moves.entries[taken])
    draft.count()
    return True


def _of_areas(draft: Draft, pool: Pool) -> Moves:
    """All moves of areas; each area's groups by themselves."""
    before = pool.now[pool.group]
    shut = draft.layout.leaflets.shut(draft.case.closed)
    kinds = pool.target
    barred = (kinds >= 0) & shut[pool.row[pool.group], kinds]
    entries = np.flatnonzero((before != np.arange(pool.size)) & ~barred)
    group, before = pool.group[entries], before[entries]
    more = pool.use[entries] - pool.use[before]
    return Moves(entries, group, group, pool.value[entries] - pool.value[before], more, np.zeros(entries.size), True)


def _relaxed(draft: Draft, moves: Moves) -> np.ndarray | None:
    program, gains = _program(draft, moves, np.zeros(draft.used.size))
    answer = program.relaxed(gains, np.arange(gains.size) < moves.entries.size)
    return None if answer is None else answer[: moves.entries.size]


def _whole(draft: Draft, moves: Moves, nodes: int, gap: float, lent: np.ndarray) -> np.ndarray | None:
    scale = max(float(np.abs(moves.gain).max()), 1e-9)
    program, gains = _program(draft, moves, lent)
    answer = program.solve(gains / scale, np.arange(gains.size) < moves.entries.size, nodes=nodes, gap=gap).x
    return None if answer is None else answer[: moves.entries.size]


def _program(draft: Draft, moves: Moves, lent: np.ndarray) -> tuple[Program, np.ndarray]:
    """Of rows that are kept, those that the moves could break; a column more for each row that may be overrun.

    A row that is overrun may stay so, at more than anything is worth; others at the price at which they are lent.
    """
    program, spare = Program(moves.entries.size), draft.spare
    for row in np.flatnonzero(np.isfinite(spare) & (spare >= 0) & (lent == 0)):
        mine = np.flatnonzero(moves.more[:, row])
        if moves.more[mine, row].clip(min=0).sum() > spare[row]:
            program.add_row(mine, moves.more[mine, row], spare[row])
    _exclude(program, draft, moves)
    may_break = np.flatnonzero((spare < 0) | (np.isfinite(spare) & (lent > 0)))
    largest = np.abs(moves.more[:, may_break]).max(axis=0, initial=0.0)
    dear = DEAR * np.abs(moves.gain).max() / np.where(largest > 0, largest, np.inf)
    charged = np.where(spare[may_break] < 0, dear, lent[may_break])
    for number, row in enumerate(may_break):
        columns = np.append(np.flatnonzero(moves.more[:, row]), moves.entries.size + number)
        program.add_row(columns, np.append(moves.more[columns[:-1], row], -1.0), spare[row])
    return program, np.concatenate([moves.gain, -charged])


def _exclude(program: Program, draft: Draft, moves: Moves) -> None:
    """Moves that cannot be made together, whatever the rows."""
    if moves.of_areas:
        _one_each(program, moves.group)
        return
    is_alone = draft.layout.personal is None and draft.layout.contacts is None
    _one_each(program, moves.group if is_alone else moves.row)
    _homes(program, draft, moves)


def _one_each(program: Program, keys: np.ndarray) -> None:
    _, number, counts = np.unique(keys, return_inverse=True, return_counts=True)
    columns = np.flatnonzero(counts[number] > 1)
    _, number = np.unique(keys[columns], return_inverse=True)
    program.add(number, columns, np.ones(columns.size), np.ones(number.max(initial=-1) + 1))


def _homes(program: Program, draft: Draft, moves: Moves) -> None:
    homes = draft.layout.homes
    if not homes.rows.size:
        return
    home = np.full(draft.layout.n, -1)
    home[homes.rows] = homes.home
    mine = np.flatnonzero((home[moves.row] >= 0) & (moves.letters != 0))
    used, number = np.unique(home[moves.row[mine]], return_inverse=True)
    program.add(number, mine, moves.letters[mine], (homes.left - draft.letters())[used])
