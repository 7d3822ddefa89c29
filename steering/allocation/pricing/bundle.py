"""Minimise a convex function of a few variables from its values and slopes: cutting planes in a trust region."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import scipy  # which loads its parts when they are asked for

Oracle = Callable[[np.ndarray], tuple[float, np.ndarray]]


@dataclass
class Bundle:
    """Every tangent seen so far; together they bound the function from below."""

    slopes: list[np.ndarray] = field(default_factory=list)
    heights: list[float] = field(default_factory=list)

    def add(self, point: np.ndarray, value: float, slope: np.ndarray) -> None:
        self.slopes.append(slope)
        self.heights.append(value - slope @ point)

    def lowest(self, low: np.ndarray, high: np.ndarray, scale: np.ndarray) -> tuple[np.ndarray, float] | None:
        """Where the tangents' maximum is least within the box, and that maximum; None where the solver fails."""
        slopes = np.array(self.slopes) * scale
        height = np.array(self.heights)
        unit = max(1.0, float(np.abs(slopes).max()))
        table = np.column_stack([slopes / unit, np.full(len(height), -1.0)])
        goal = np.zeros(scale.size + 1)
        goal[-1] = 1.0
        bounds = [*zip(low / scale, high / scale, strict=True), (None, None)]
        base = height.max()
        answer = scipy.optimize.linprog(goal, A_ub=table, b_ub=(base - height) / unit, bounds=bounds, method="highs")
        if answer.x is None:
            return None
        return np.clip(answer.x[:-1] * scale, low, high), float(answer.x[-1] * unit + base)


def minimise(
    oracle: Oracle, start: np.ndarray, high: np.ndarray, radius: np.ndarray, *, tolerance: float, most_steps: int
) -> np.ndarray:
    """The best point found in the box from 0 to `high`; `oracle` may keep what it wants to keep of those asked.

    Ends when no point of the box can be better than the best by more than `tolerance` relative to its value.
    The trust region starts at `radius` per coordinate, doubles where the model was right and halves where it was not.
    """
    bundle = Bundle()
    best = np.clip(start, 0.0, high)
    lowest, slope = oracle(best)
    bundle.add(best, lowest, slope)
    factor = 1.0
    for _ in range(most_steps if best.size else 0):
        low, top = np.maximum(best - factor * radius, 0.0), np.minimum(best + factor * radius, high)
        answer = bundle.lowest(low, top, radius)
        if answer is None:
            break
        point, promised = answer
        hoped = lowest - promised
        if hoped <= tolerance * max(abs(lowest), 1e-9):
            if not _is_held_back(point, low, top, high):
                break
            factor *= 4
            continue
        value, slope = oracle(point)
        bundle.add(point, value, slope)
        gained = lowest - value
        factor *= 2.0 if gained > 0.5 * hoped else 0.5 if gained < 0.1 * hoped else 1.0
        if gained > 0:
            best, lowest = point, value
    return best


def _is_held_back(point: np.ndarray, low: np.ndarray, top: np.ndarray, high: np.ndarray) -> bool:
    """The trust region, not the box, ended the step."""
    return bool((((point <= low) & (low > 0)) | ((point >= top) & (top < high))).any())
