"""What a plan is worth and uses, and which limits it misses, counted from the problem and nothing else."""

import numpy as np

from .amounts import covered_by, own_values, used_by
from .problem import Problem
from .rules import AT_LEAST
from .solution import TOLERANCE, Solution, shortfalls


def judged(
    problem: Problem, chosen: np.ndarray, opened: np.ndarray, *, dual_bound: float, prices: np.ndarray
) -> Solution:
    """The plan as a solution. Expects a checked problem; `chosen` (n, m) with leaflets, `opened` (areas, area options)."""
    limits = problem.limits
    at_least = np.array([False] * (1 + problem.n_options) + [rule.sense == AT_LEAST for rule in problem.rules])
    used = used_by(problem, chosen, opened)
    used = np.where(at_least, -used, used)
    missed = shortfalls(used, limits, at_least)
    unmet = {name: float(lack) for name, lack in zip(problem.names, missed, strict=True) if lack > 0}
    return Solution(
        chosen=chosen,
        choice=np.where(chosen.any(axis=1), chosen.argmax(axis=1), -1),
        opened_areas=opened[:, 0] if problem.area_option is not None else opened,
        value=value_of(problem, chosen, opened),
        dual_bound=float(dual_bound),
        prices=prices,
        used=used,
        limits=limits,
        at_least=at_least,
        names=problem.names,
        unmet=unmet | _runs(problem, _pieces(problem, chosen, opened)),
    )


def value_of(problem: Problem, chosen: np.ndarray, opened: np.ndarray) -> float:
    """Leaflets gross, what areas add themselves and cost counted once for each; what is locked may have no value."""
    values = problem.values[chosen]
    net = (own_values(problem, covered_by(problem)) - problem.area_costs)[opened].sum() if opened.size else 0.0
    return float(values[values > -np.inf].sum(dtype=float) + net)


def _pieces(problem: Problem, chosen: np.ndarray, opened: np.ndarray) -> np.ndarray:
    """(m,)"""
    pieces = chosen.sum(axis=0).astype(float)
    if problem.area_options:
        pieces[list(problem.area_options)] = np.where(opened, problem.area_pieces, 0.0).sum(axis=0)
    return pieces


def _runs(problem: Problem, pieces: np.ndarray) -> dict[str, float]:
    lack = np.where(pieces > 0, problem.minimum_runs - pieces, 0.0)
    return {f"minimum run {option}": float(lack[option]) for option in np.flatnonzero(lack > TOLERANCE)}
