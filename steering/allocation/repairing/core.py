"""The last step: what is nearest to a tie is solved exactly, all else staying as it is.

The core of a knapsack problem (Balas and Zemel 1980; Martello and Toth 1990), for many rows, by HiGHS. A small problem
is its own core, and its optimum is proven. Limits on nodes, never on time: the same problem has the same plan.
"""

from dataclasses import dataclass

import numpy as np

from ..pricing.charges import Charges
from ..pricing.pricing import Relaxation
from .draft import Draft
from .exchange import exchange, trade
from .fixing import Unsettled
from .moving import Moving
from .pool import of_customers
from .program import Core

WHOLE = 6_000  # pairs of a problem that is solved as a whole
WORK = 1_000_000  # nodes times columns
MOVES = (1_000, 20_000)  # of a larger one, as a linear program: one in a hundred customers, within these
PARTS = ((300, 2e-6), (600, 2e-6), (2_000, 2e-5))  # as an integer program, each where the gap is still larger
PART_NODES = 20
SETS = 300
COARSE = 2e-5
FINE = 1e-6  # relative gap that is left as it is
SAFETY = 1e-6  # HiGHS keeps rows to about that
MOST_TRIES = 3


@dataclass(frozen=True, eq=False)
class Polished:
    draft: Draft
    bound: float  # no plan is worth more; inf where only a part was solved


def solve_whole(draft: Draft, left: Unsettled) -> Polished:
    """All that is left unsettled, and all minimum runs; the bound is that of these.

    `draft.case` must leave open what is not settled about minimum runs.
    """
    core = Core(draft, left.rows, left.may, left.may_open)
    return _solve(core, nodes=max(WORK // max(core.size, 1), 1), gap=FINE / 10)


def solve_part(draft: Draft, relaxation: Relaxation, *, bound: float) -> Draft:
    """The best of `draft` and what those nearest to a tie could do better."""
    fine = FINE * max(abs(bound), 1e-9)
    charges, better = relaxation.charges, Draft(draft.layout, draft.case, draft.picks, draft.opened)
    if draft.opened.size:
        _trade_areas(better, relaxation, bound)
    pool = of_customers(better, charges)
    people = Moving(better, pool)
    if exchange(better, pool, most=int(np.clip(draft.layout.n // 100, *MOVES))):
        people.relieve()
    for most, enough in PARTS:
        hope = bound - better.value
        if better.shortfall > 0 or hope <= enough * max(abs(bound), 1e-9):
            break
        exchange(better, pool, most=most, nodes=PART_NODES, gap=fine / hope)
        people.fill()
    better = _with_sets(better, charges, bound) if len(draft.layout.slots) > 1 else better
    return max(draft, better, key=lambda one: one.rank)


def _trade_areas(draft: Draft, relaxation: Relaxation, bound: float) -> None:
    """Areas that are nearest to a tie, as an integer program, for as long as that helps."""
    for most, enough in PARTS:
        hope = bound - draft.value
        if draft.shortfall > 0 or hope <= enough * max(abs(bound), 1e-9):
            return
        trade(draft, relaxation, most=most, nodes=PART_NODES, gap=FINE * max(abs(bound), 1e-9) / hope)


def _with_sets(draft: Draft, charges: Charges, bound: float) -> Draft:
    """Where customers get several options, moves of one at a time may not do: whole sets of some customers."""
    hope, pool = bound - draft.value, of_customers(draft, charges)
    if (draft.shortfall == 0 and hope <= COARSE * max(abs(bound), 1e-9)) or not pool.size:
        return draft
    loss = np.where(pool.now[pool.group] == np.arange(pool.size), np.inf, -pool.reduced)
    loss += pool.reduced[pool.now[pool.group]]
    entries = np.argsort(loss, kind="stable")[:SETS]
    rows = np.unique(pool.row[pool.group[entries]])
    may = np.zeros((draft.layout.values.shape[0], rows.size), dtype=bool)
    may[draft.layout.options] = draft.layout.values[np.ix_(draft.layout.options, rows)] > -np.inf
    may[draft.case.closed] = False
    core = Core(draft, rows, may)
    worth = float(np.abs(core.gains()).sum())
    return _solve(core, nodes=PART_NODES, gap=min(FINE * abs(bound) / max(worth, 1e-9), 0.01)).draft


def _solve(core: Core, *, nodes: int, gap: float) -> Polished:
    if not core.size:
        return Polished(core.draft, np.inf)
    used, value = core.rest()
    room = core.draft.bounds - used
    best, lacking = core.draft, np.zeros(room.size)
    if best.shortfall > 0:
        lacking = _least_lacking(core, room, nodes)
        if lacking is None:
            return Polished(best, np.inf)
    bound, tight = np.inf, np.zeros(room.size)
    for attempt in range(MOST_TRIES):
        program = core.program(room + lacking * (1 + SAFETY) + SAFETY * (lacking > 0) - tight)
        answer = program.solve(core.gains(), np.ones(core.size, dtype=bool), nodes=nodes, gap=gap)
        if attempt == 0 and answer.mip_dual_bound is not None and not lacking.any():
            bound = value - answer.mip_dual_bound
        if answer.x is None:
            break
        found = core.apply(answer.x)
        best = max(best, found, key=lambda draft: draft.rank)
        over = np.maximum(-found.spare, 0.0)
        if not (over > lacking + 2 * SAFETY * (lacking > 0)).any():
            break
        tight += np.where(over > 0, over + SAFETY * (1 + np.abs(room)), 0.0)
    return Polished(best, bound + SAFETY * abs(bound) * 0.1 if np.isfinite(bound) else np.inf)


def _least_lacking(core: Core, room: np.ndarray, nodes: int) -> np.ndarray | None:
    """(R,) what each row lacks when all together lack least, each relative to its bound; None where not found."""
    rows = np.flatnonzero(np.isfinite(room))
    scale = np.maximum(np.abs(core.layout.rows.bounds[rows]), 1.0)
    scale[~np.isfinite(scale)] = 1.0
    gains = np.concatenate([np.zeros(core.size), -1.0 / scale])
    whole = np.concatenate([np.ones(core.size, dtype=bool), np.zeros(rows.size, dtype=bool)])
    answer = core.program(room, elastic=True).solve(gains, whole, nodes=nodes, gap=1e-9)
    if answer.x is None:
        return None
    lacking = np.zeros(room.size)
    lacking[rows] = np.where(answer.x[core.size :] > 10 * SAFETY, answer.x[core.size :], 0.0)
    return lacking
