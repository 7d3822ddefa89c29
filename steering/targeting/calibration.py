"""Is an uplift as large as it was predicted to be? By tenths of the customers, and as a line through all of them.

`treated` and `propensity` as for the curves: one option against no contact, each row weighted by 1 / its propensity.
"""

from dataclasses import dataclass

import numpy as np

from .curves import checked_pair


@dataclass(frozen=True)
class Decile:
    """One tenth of the customers, best-scored first: what was predicted and what was observed.

    Observed is NaN where one of the two groups is missing; its standard error is NaN also where one has a single customer.
    """

    number: int
    customers: int
    predicted: float
    observed: float
    standard_error: float


@dataclass(frozen=True)
class Calibration:
    """True uplift as a line over the predicted: intercept + slope * predicted, each with its standard error.

    Intercept 0 and slope 1 are right; a slope below 1 says that the differences between customers are exaggerated. NaN
    where all are predicted alike. `observed` and `predicted` are the means over everybody.
    """

    intercept: float
    slope: float
    intercept_error: float
    slope_error: float
    predicted: float
    observed: float
    observed_error: float
    bins: tuple[Decile, ...]


def uplift_by_decile(
    uplift: np.ndarray,
    treated: np.ndarray,
    outcome: np.ndarray,
    propensity: np.ndarray | None = None,
    *,
    bins: int = 10,
) -> list[Decile]:
    """Predicted against observed uplift; fewer than ten where there are fewer customers.

    Customers with the same prediction are shared out by a fixed shuffle, since the order of rows may mean something.
    """
    uplift, treated, outcome, weight = checked_pair(uplift, treated, outcome, propensity)
    if bins < 1:
        raise ValueError(f"bins must be at least 1, got {bins}")
    order = np.lexsort([np.random.default_rng(0).permutation(uplift.size), -uplift])
    parts = [part for part in np.array_split(order, bins) if part.size]
    return [
        _decile(number, uplift[part], treated[part], outcome[part], weight[part])
        for number, part in enumerate(parts, start=1)
    ]


def calibration(
    uplift: np.ndarray,
    treated: np.ndarray,
    outcome: np.ndarray,
    propensity: np.ndarray | None = None,
    *,
    bins: int = 10,
) -> Calibration:
    """A weighted line through the outcomes of each group over the prediction; the uplift's line is their difference.

    Its errors are robust to rows of unlike noise (White 1980).
    """
    parts = uplift_by_decile(uplift, treated, outcome, propensity, bins=bins)
    uplift, treated, outcome, weight = checked_pair(uplift, treated, outcome, propensity)
    lines = [_line(uplift[group], outcome[group], weight[group]) for group in (treated, ~treated)]
    (intercept, slope), (intercept_error, slope_error) = _difference(*lines)
    (observed, observed_error) = _difference_of_means(treated, outcome, weight)
    return Calibration(
        float(intercept), float(slope), float(intercept_error), float(slope_error),
        float(uplift.mean()) if uplift.size else np.nan, observed, observed_error, tuple(parts),
    )  # fmt: skip


Line = tuple[np.ndarray, np.ndarray]


def _difference(one: Line, other: Line) -> Line:
    return one[0] - other[0], np.sqrt(one[1] + other[1])


def _line(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> Line:
    """(intercept, slope) by weighted least squares, and their variances; NaN where no line can be drawn."""
    unknown = np.full(2, np.nan)
    if x.size < 3 or np.ptp(x) <= 1e-9 * max(1.0, float(np.abs(x).max())):
        return unknown, unknown
    middle = weight @ x / weight.sum()
    design = np.column_stack([np.ones(x.size), x - middle])
    inverse = np.linalg.inv((design * weight[:, None]).T @ design)
    at_middle = inverse @ (design.T @ (weight * y))
    scores = design * (weight * (y - design @ at_middle))[:, None]
    spread = inverse @ (scores.T @ scores) @ inverse * x.size / (x.size - 2)
    back = np.array([[1.0, -middle], [0.0, 1.0]])  # from the middle to where the prediction is 0
    return back @ at_middle, np.diag(back @ spread @ back.T)


def _difference_of_means(treated: np.ndarray, outcome: np.ndarray, weight: np.ndarray) -> tuple[float, float]:
    """Weighted mean outcome of the treated less that of the others, with its standard error."""
    means, variance = [], 0.0
    for group in (treated, ~treated):
        total, count = weight[group].sum(), int(group.sum())
        mean = weight[group] @ outcome[group] / total if count else np.nan
        squares = (weight[group] ** 2 * (outcome[group] - mean) ** 2).sum()
        variance += squares / total**2 * count / (count - 1) if count > 1 else np.nan
        means.append(mean)
    return float(means[0] - means[1]), float(np.sqrt(variance))


def _decile(number: int, uplift: np.ndarray, treated: np.ndarray, outcome: np.ndarray, weight: np.ndarray) -> Decile:
    observed, error = _difference_of_means(treated, outcome, weight)
    return Decile(number, uplift.size, float(uplift.mean()), observed, error)
