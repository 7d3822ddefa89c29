"""What chance alone would do to pairs of which it took one: a permutation test, its interval, and what could be found.

If nothing had an effect, it would be the same which of a pair was taken: every difference could as well have the other
sign (Fisher 1935). The interval holds every effect that this test would not refuse; its ends are quantiles of the means of
random subsets of the pairs (Hartigan, Using subsample values as typical values, 1969). Nothing is assumed of how
differences are spread.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy  # which loads its parts when they are asked for

FEWEST_PAIRS = 6  # of fewer, no sign of 5 % can come
EXACT_UP_TO = 14  # pairs: every way to give signs is tried
DRAWS = 9_999
AT_ONCE = 4_000_000  # signs
LEVEL, POWER = 0.95, 0.8
SEED = 20_061


@dataclass(frozen=True)
class Paired:
    """Of n pairs; in the unit of the differences."""

    pairs: int
    estimate: float  # weighted mean difference
    low: float  # the effect lies between low and high in 95 of 100 cases
    high: float
    p_value: float  # two-sided
    is_exact: bool  # all ways were tried, not some by chance
    detectable: float  # an effect that would be seen in 8 of 10 cases


def compared(differences: np.ndarray, weights: np.ndarray | None = None) -> Paired | None:
    """Of (n,) differences, taken less not taken; `weights` (n,) above 0, e.g. households. None for too few pairs.

    ValueError for arrays that make no sense. Same differences, same answer.
    """
    differences = np.asarray(differences, dtype=float)
    weights = np.ones(len(differences)) if weights is None else np.asarray(weights, dtype=float)
    _check(differences, weights)
    n = len(differences)
    if n < FEWEST_PAIRS:
        return None
    weights = weights / weights.sum()
    weighted, is_exact = weights * differences, n <= EXACT_UP_TO
    estimate = float(weighted.sum())
    # Of each way to give signs: what the flipped pairs add up to, and their weight.
    sums, sizes = (np.concatenate(parts) for parts in zip(*_flipped(weights, weighted, is_exact), strict=True))
    return Paired(
        n,
        estimate,
        *_interval(sums, sizes),
        _p_value(estimate, sums, is_exact),
        is_exact,
        _detectable(differences, weights),
    )


def _p_value(estimate: float, sums: np.ndarray, is_exact: bool) -> float:
    """Flipping pairs that add up to s turns the mean m into m - 2 s."""
    slack = 1e-9 * max(abs(estimate), float(np.abs(sums).max(initial=0.0)), 1e-300)
    as_far = int((np.abs(estimate - 2 * sums) >= abs(estimate) - slack).sum())
    return as_far / sums.size if is_exact else (as_far + 1) / (sums.size + 1)  # as it is seen counts as one draw


def _interval(sums: np.ndarray, sizes: np.ndarray) -> tuple[float, float]:
    """Quantiles of the means of subsets; none is the empty one."""
    some = sizes > 0
    means = np.sort(sums[some] / sizes[some])
    place = int(np.floor((means.size + 1) * (1 - LEVEL) / 2))
    if place < 1:
        return -np.inf, np.inf
    return float(means[place - 1]), float(means[means.size - place])


def _detectable(differences: np.ndarray, weights: np.ndarray) -> float:
    n = len(differences)
    rest = differences - (weights * differences).sum()
    error = np.sqrt(np.square(weights * rest).sum() * n / (n - 1))
    return float((scipy.special.stdtrit(n - 1, (1 + LEVEL) / 2) + scipy.special.stdtrit(n - 1, POWER)) * error)


def _flipped(weights: np.ndarray, weighted: np.ndarray, is_exact: bool) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    n = len(weights)
    if is_exact:
        ways = (np.arange(2**n)[:, None] >> np.arange(n)) & 1
        yield ways @ weighted, ways @ weights
        return
    rng, left = np.random.default_rng(SEED), DRAWS
    while left:
        some = min(left, max(1, AT_ONCE // n))
        ways = rng.integers(0, 2, (some, n), dtype=np.int8)
        yield ways @ weighted, ways @ weights
        left -= some


def _check(differences: np.ndarray, weights: np.ndarray) -> None:
    if differences.ndim != 1 or weights.shape != differences.shape:
        raise ValueError(f"weights must have the shape of differences, {differences.shape}, got {weights.shape}")
    if not np.isfinite(differences).all():
        raise ValueError("differences must be finite, got NaN or inf")
    if not (np.isfinite(weights).all() and (weights > 0).all()):
        raise ValueError("weights must be above 0 and finite")
