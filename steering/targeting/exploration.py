"""A share of the customers decides at random, with known probabilities, so that later evaluation is without bias.

Explorers draw evenly (`uniform`), or by Thompson sampling: each option as often as it is probably the best one
(`thompson`). Either way the chances are computed before anything is drawn, and the draw follows them exactly. How draws are
thinned so that no limit is overrun, and what the plan does with the rest, is the caller's.

An option that is bought by delivery area is not personal: leave it out of `eligible` (False) and draw it with
`explore_areas`, always evenly.
"""

from dataclasses import dataclass

import numpy as np

from .thompson import thompson

__all__ = [
    "NO_CONTACT", "AreaExploration", "area_propensity", "draw_explorers", "draw_options", "explore_areas", "thompson",
    "uniform",
]  # fmt: skip
NO_CONTACT = -1
MARGIN = 3.0  # standard deviations of room below a limit


@dataclass(frozen=True, eq=False)
class AreaExploration:
    """What was drawn for delivery areas: an explored area is opened or kept closed whatever the plan says."""

    share: float
    opening: float  # probability with which an explored area is opened
    explores: np.ndarray
    opened: np.ndarray


def draw_explorers(n: int, *, share: float, seed: int) -> np.ndarray:
    """(n,) True with probability `share`, each alone."""
    return np.random.default_rng([seed, 1]).random(n) < _checked_share(share)


def uniform(eligible: np.ndarray) -> np.ndarray:
    """(n, 1 + m) chances of no contact and of each option: the same for all that a customer may get."""
    eligible = _checked_eligible(eligible)
    open_ = np.column_stack([np.ones(len(eligible), dtype=bool), eligible])
    return open_ / open_.sum(axis=1, keepdims=True)


def draw_options(chances: np.ndarray, *, seed: int, acceptance: np.ndarray | None = None) -> np.ndarray:
    """(n,) an option by its chance (n, m), no contact by what is left; then kept with its acceptance, else no contact."""
    chances = np.asarray(chances, dtype=float)
    if chances.ndim != 2 or not (chances >= 0).all() or chances.sum(axis=1).max(initial=0.0) > 1 + 1e-9:
        raise ValueError("chances must be (customers, options), at least 0 and in sum at most 1 for every customer")
    n, m = chances.shape
    rng = np.random.default_rng([seed, 2])
    choice = (np.cumsum(chances, axis=1) <= rng.random(n)[:, None]).sum(axis=1)
    choice = np.where(choice < m, choice, NO_CONTACT)
    if acceptance is not None and m:
        kept = rng.random(n) < acceptance[np.arange(n), np.maximum(choice, 0)]
        choice = np.where(kept, choice, NO_CONTACT)
    return choice


def explore_areas(
    costs: np.ndarray, pieces: np.ndarray, *, share: float, seed: int, budget: float, capacity: float
) -> AreaExploration:
    """Draw which delivery areas explore, and open half of those, fewer where `share` of the limits allows fewer."""
    costs, pieces = np.asarray(costs, dtype=float), np.asarray(pieces, dtype=float)
    explores = np.random.default_rng([seed, 5]).random(costs.size) < _checked_share(share)
    opening = 0.5 * min(
        _share_that_fits(share * 0.5, amounts, share * limit if share else limit)
        for amounts, limit in ((costs, budget), (pieces, capacity))
    )
    opened = explores & (np.random.default_rng([seed, 6]).random(costs.size) < opening)
    # Few large areas can overrun what is expected: those drawn last then count as not exploring.
    fits = (np.cumsum(costs * opened) <= budget) & (np.cumsum(pieces * opened) <= capacity)
    return AreaExploration(share, opening, explores & (fits | ~opened), opened & fits)


def area_propensity(exploration: AreaExploration, opened: np.ndarray, optimised: np.ndarray) -> np.ndarray:
    """(areas,) probability that an area is as it is in `opened`, where the plan would have it as in `optimised`.

    It is the propensity of the leaflet for a customer of an opened area. In a closed area multiply it with the
    propensity of the customer's personal choice, if the customer could have got the leaflet.
    """
    drawn = np.where(opened, exploration.opening, 1 - exploration.opening)
    return exploration.share * drawn + (1 - exploration.share) * (np.asarray(opened) == np.asarray(optimised))


def _share_that_fits(chance: np.ndarray | float, amounts: np.ndarray | float, limit: float) -> float:
    """Factor a <= 1 on the chances of `amounts` to be drawn, so that the sum of what is drawn hardly exceeds the limit.

    a * mean + MARGIN * sqrt(a * the chances' sum of squares) <= limit; that sum bounds the variance.
    """
    mean, squares = float(np.sum(chance * amounts)), float(np.sum(chance * np.square(amounts)))
    if mean <= 0 or np.isinf(limit):
        return 1.0
    deviation = MARGIN * np.sqrt(squares)
    root = (-deviation + np.sqrt(deviation**2 + 4 * mean * limit)) / (2 * mean)  # of the factor
    return float(min(1.0, root**2))


def _checked_share(share: float) -> float:
    if not 0 <= share <= 1:
        raise ValueError(f"share must be between 0 and 1, got {share}")
    return share


def _checked_eligible(eligible: np.ndarray) -> np.ndarray:
    eligible = np.asarray(eligible)
    if eligible.ndim != 2 or eligible.dtype != bool:
        raise ValueError(f"eligible must be (customers, options) of bool, got {eligible.shape} of {eligible.dtype}")
    return eligible
