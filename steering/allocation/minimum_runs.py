"""Nothing or at least so many pieces: branch over open and closed options, the most promising first.

Branch and bound (Land and Doig 1960) with the dual value of `prices` as the bound of every branch, begun at the prices
of the branch before. An option about which nothing is settled may take any number, so its branch's bound is true of
both; the bound of the whole is the largest of those that are left.
"""

import heapq
from dataclasses import dataclass, replace

import numpy as np

from .layout.layout import Layout
from .pricing.prices import Search, find
from .pricing.pricing import Case, Relaxation, price
from .repairing.draft import Draft, nothing
from .repairing.repair import repair

FINE = 1e-7
NEAR = 2.0  # times its run: an option with more pieces is as good as open
BRANCHES = ((5_000, 60), (50_000, 30), (200_000, 16), (np.inf, 8))
REPAIR_ROWS = 30_000  # small problems are repaired from several price vectors: one customer matters more there


@dataclass
class Best:
    draft: Draft
    relaxation: Relaxation  # that the draft was made from
    root: Relaxation  # true of every branch
    bound: float


def first_case(layout: Layout) -> Case:
    """What has begun must reach its run, all else is open."""
    return Case(np.zeros(layout.runs.size, dtype=bool), layout.begun & (layout.runs > 0))


def branch(layout: Layout, *, seed: int, most: int | None = None, start: np.ndarray | None = None) -> Best:
    """The best plan found, and the bound of the whole; `most` branches, `start` (R,) prices to begin with."""
    search = find(layout, first_case(layout), seed=seed, start=start)
    best = Best(nothing(layout, search.case), search.best, search.best, -np.inf)
    left = next(number for size, number in BRANCHES if layout.n <= size) if most is None else most
    waiting, closed = [(-search.best.bound, 0, search)], -np.inf
    while waiting and left >= 0:
        bound, _, search = heapq.heappop(waiting)
        closed = max(closed, -bound) if _is_beaten(-bound, best) else closed
        if _is_beaten(-bound, best):
            break
        draft = _try(search, best)
        option = _unsettled(search, draft, -bound)
        if option is None or left < 2:
            closed = max(closed, -bound)
            continue
        for case in _children(search.case, option):
            left -= 1
            child = find(layout, case, seed=seed, start=_begin(search.best, layout, case))
            heapq.heappush(waiting, (max(bound, -child.best.bound), left, child))
    best.bound = max(closed, *(-bound for bound, _, _ in waiting)) if waiting else closed
    return best


def _is_beaten(bound: float, best: Best) -> bool:
    return best.draft.shortfall == 0 and bound <= best.draft.value + FINE * abs(best.draft.value)


def _undecided(layout: Layout, case: Case) -> np.ndarray:
    return np.flatnonzero((layout.runs > 0) & ~case.required & ~case.closed)


def _counts(relaxation: Relaxation) -> np.ndarray:
    """(m,) pieces of options with a run, by what the prices say."""
    run_rows = relaxation.charges.layout.run_rows
    return np.where(run_rows >= 0, -relaxation.used[run_rows], 0.0)


def _unsettled(search: Search, draft: Draft, bound: float) -> int | None:
    """The option to branch on: nearest to its run among those about which nothing is settled; None where it is good."""
    layout = search.layout
    options = _undecided(layout, search.case)
    counts, runs = _counts(search.best)[options], layout.runs[options]
    broken = (counts > 0) & (counts < runs)
    close_enough = draft.shortfall == 0 and bound - draft.value <= 10 * FINE * abs(bound)
    near = options[broken | ((counts < NEAR * runs) & (not close_enough))]
    if close_enough or not near.size:
        return None
    return int(near[np.abs(np.log((_counts(search.best)[near] + 1) / layout.runs[near])).argmin()])


def _children(case: Case, option: int) -> list[Case]:
    closed, required = case.closed.copy(), case.required.copy()
    closed[option] = required[option] = True
    return [replace(case, required=required), replace(case, closed=closed)]


def _begin(relaxation: Relaxation, layout: Layout, case: Case) -> np.ndarray:
    """Prices of the branch before, without those of runs that are not required."""
    prices = relaxation.prices.copy()
    free = layout.run_rows[(layout.run_rows >= 0) & ~case.required]
    prices[free] = 0.0
    return prices


def _try(search: Search, best: Best) -> Draft:
    """Repair the answers that the search remembers, each with the runs rounded; keep the best plan."""
    layout = search.layout
    others = [answer for answer in reversed(search.recent) if answer is not search.best]
    drafts = []
    for answer in [search.best, *others[: REPAIR_ROWS // (layout.n + 1)]]:
        case = rounded(layout, answer)
        if _undecided(layout, answer.case).size:
            answer = price(layout, answer.prices, case)
        drafts.append(repair(answer, case, answer.charges))
        if drafts[-1].rank > best.draft.rank:
            best.draft, best.relaxation = drafts[-1], search.best
    return max(drafts, key=lambda draft: draft.rank)


def rounded(layout: Layout, answer: Relaxation) -> Case:
    """What has half of its run or more is opened, the rest closed."""
    counts, undecided = _counts(answer), np.zeros(layout.runs.size, dtype=bool)
    undecided[_undecided(layout, answer.case)] = True
    opens = undecided & (counts >= layout.runs / 2)
    return Case(answer.case.closed | (undecided & ~opens), answer.case.required | opens)
