"""What a plan is worth and uses, and which limits it misses, counted from the problem and nothing else."""

import numpy as np

from .leaflets import leaflets_of
from .problem import Problem
from .rows import rows_of
from .rules import AT_LEAST
from .solution import TOLERANCE, Solution, shortfalls
from .sums import Sums


def judged(
    problem: Problem, chosen: np.ndarray, opened: np.ndarray, *, dual_bound: float, prices: np.ndarray
) -> Solution:
    """The plan as a solution. Expects a checked problem; `chosen` (n, m) with leaflets, `opened` (areas, area options)."""
    used, value, pieces = _counted(problem, chosen, opened)
    size, limits = len(problem.names), problem.limits
    at_least = np.array([False] * (1 + problem.n_options) + [rule.sense == AT_LEAST for rule in problem.rules])
    used = np.where(at_least, -used[:size], used[:size])
    missed = shortfalls(used, limits, at_least)
    unmet = {name: float(lack) for name, lack in zip(problem.names, missed, strict=True) if lack > 0}
    return Solution(
        chosen=chosen,
        choice=np.where(chosen.any(axis=1), chosen.argmax(axis=1), -1),
        opened_areas=opened[:, 0] if problem.area_option is not None else opened,
        value=value,
        dual_bound=float(dual_bound),
        prices=prices,
        used=used,
        limits=limits,
        at_least=at_least,
        names=problem.names,
        unmet=unmet | _runs(problem, pieces),
    )


def _counted(problem: Problem, chosen: np.ndarray, opened: np.ndarray) -> tuple[np.ndarray, float, np.ndarray]:
    """Use of the rows (R,), value, and pieces of each option (m,)."""
    rows = rows_of(problem)
    costs = problem.costs[:, None] if problem.costs.ndim == 1 else problem.costs.T
    sums = Sums(rows, problem.values.T, costs)
    leaflets = leaflets_of(problem, sums)
    personal = [option for option in range(problem.n_options) if option not in problem.area_options]
    used, value, pieces = np.zeros(rows.size), 0.0, chosen.sum(axis=0).astype(float)
    for option in personal:
        who = np.flatnonzero(chosen[:, option])
        used += sums.use_of(who, np.full(who.size, option))
        value += sums.amount("value", who, np.full(who.size, option)).sum(dtype=float)
    if leaflets is not None:
        used += leaflets.use[:, opened].sum(axis=1)
        value += leaflets.values[opened].sum()
        pieces[list(problem.area_options)] = np.where(opened, problem.area_pieces, 0.0).sum(axis=0)
    return used, float(value), pieces


def _runs(problem: Problem, pieces: np.ndarray) -> dict[str, float]:
    lack = np.where(pieces > 0, problem.minimum_runs - pieces, 0.0)
    return {f"minimum run {option}": float(lack[option]) for option in np.flatnonzero(lack > TOLERANCE)}
