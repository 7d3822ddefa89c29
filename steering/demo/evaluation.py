"""How good a plan really is: what it earns in expectation by the truth, beside chance and beside knowing everything.

Pure arithmetic on a planned wave: the same customers, eligibility, costs, budget and capacities for all three.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from steering.allocation import Problem, random_assignment, solve

DRAWS = 20  # of chance, averaged


@dataclass(frozen=True)
class Margins:
    """Incremental margin after the cost of contacts, in cents per customer of the plan."""

    customers: int
    random: float
    steered: float
    oracle: float

    @property
    def share_of_reachable(self) -> float:
        """0: no better than chance; 1: as good as somebody who knows how everybody will respond."""
        reachable = self.oracle - self.random
        return (self.steered - self.random) / reachable if reachable > 0 else 0.0

    @property
    def share_of_oracle(self) -> float:
        """What the plan earned as a share of what somebody would have who knows how everybody will respond."""
        return self.steered / self.oracle if self.oracle > 0 else 0.0


def margins(
    problem: Problem, choice: np.ndarray, uplift_cents: np.ndarray, *, seed: int, new_cents: np.ndarray | None = None
) -> Margins:
    """Compare a plan's choices; `uplift_cents` (n, m) is what each option truly adds, before cost, and `new_cents` (areas,)
    what new customers of an area do."""
    real = true_problem(problem, uplift_cents, new_cents)
    n = problem.n_customers
    chance = [earned(real, random_assignment(problem, seed=seed + draw).choice) for draw in range(DRAWS)]
    return Margins(
        customers=n,
        random=float(np.mean(chance)) / n,
        steered=earned(real, choice) / n,
        oracle=earned(real, solve(real, seed=seed).choice) / n,
    )


def true_problem(problem: Problem, uplift_cents: np.ndarray, new_cents: np.ndarray | None = None) -> Problem:
    """The same decision with true values: whoever was not eligible still is not."""
    net = uplift_cents - np.broadcast_to(problem.costs, uplift_cents.shape)
    if problem.area_option is not None:
        net[:, problem.area_option] = uplift_cents[:, problem.area_option]  # paid per area
    area_values = None if new_cents is None or problem.area_option is None else new_cents[:, None]
    return replace(problem, values=np.where(np.isneginf(problem.values), -np.inf, net), area_values=area_values)


def earned(problem: Problem, choice: np.ndarray) -> float:
    """Cents that the choices add, after the cost of pieces and of opened areas."""
    rows = np.flatnonzero(choice >= 0)
    worth = problem.values[rows, choice[rows]]
    if not np.isfinite(worth).all():
        raise ValueError(f"customer {rows[~np.isfinite(worth)][0]} of the plan gets what it is not eligible for")
    return float(worth.sum()) + _net_of_areas(problem, rows[choice[rows] == problem.area_option])


def _net_of_areas(problem: Problem, rows: np.ndarray) -> float:
    if problem.area_option is None or not rows.size:
        return 0.0
    opened = np.unique(problem.area[rows])
    new = 0.0 if problem.area_values is None else problem.area_values[opened].sum()
    return float(new - problem.area_costs[opened].sum())


def columns(uplift: np.ndarray, channels: Sequence[str], order: Sequence[str]) -> np.ndarray:
    """The columns of `uplift`, which come in `order`, as the options of a plan have them."""
    return uplift[:, [list(order).index(channel) for channel in channels]]
