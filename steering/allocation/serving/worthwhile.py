"""Which delivery areas are worth opening, against what their customers would get alone."""

import numpy as np

from ..amounts import covered_by, own_values
from ..problem import Problem


def best_alone(problem: Problem, gains: np.ndarray) -> np.ndarray:
    """(n,) the most that personal options can gain a customer by `gains` (n, m), whatever others get."""
    alone = np.maximum(gains, 0.0)
    alone[:, list(problem.area_options)] = 0.0
    campaigns = np.unique(problem.campaigns)
    of_each = np.column_stack([alone[:, problem.campaigns == campaign].max(axis=1) for campaign in campaigns])
    of_each = -np.sort(-of_each, axis=1)
    return np.where(np.arange(campaigns.size) < problem.contact_limit[:, None], of_each, 0.0).sum(axis=1)


def worthwhile_areas(problem: Problem, gains: np.ndarray, paid: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Areas and area options that gain more than is `paid` (areas, area options) and than their customers would alone.

    `gains` (n, m) of customers; the best per cent of the areas' cost come first.
    """
    if not problem.area_options:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    covered, alone = covered_by(problem), best_alone(problem, gains)
    more = own_values(problem, covered) - np.asarray(paid, dtype=float)
    for kind, option in enumerate(problem.area_options):
        rows = np.flatnonzero(covered[:, kind])
        adds = gains[rows, option] - (0.0 if problem.on_top else alone[rows])
        more[:, kind] += np.bincount(problem.area[rows], weights=adds, minlength=problem.n_areas)
    areas, kinds = np.nonzero(more > 0)
    order = np.argsort(-more[areas, kinds] / np.maximum(problem.area_costs[areas, kinds], 1e-9), kind="stable")
    return areas[order], kinds[order]
