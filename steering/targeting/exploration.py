"""A share of the customers decides at random, with known probabilities, so that later evaluation is without bias.

How a wave explores, within its limits:

1. `explore` draws who explores and what they get, before anything is optimised. So that random draws do not overrun a
   limit, every option is thinned beforehand: who draws it keeps it with its acceptance probability, else gets no contact.
   The probabilities follow from the whole audience alone, never from the draw, so they are part of the propensity. They
   leave three standard deviations of room; in the rare overrun that remains, those drawn last get no contact and their
   decision is marked as not evaluable.
2. The caller takes `Exploration.used` off budget and capacities and optimises everyone who does not explore. Where an
   explorer got a letter, the caller makes letters ineligible for the others of the household.
3. `combine` puts both together with the propensity of every decision. For explorers it needs what they would have
   got otherwise: their choice at the plan's prices (`allocation.choose_at_prices`).

Explorers draw evenly, or by Thompson sampling: each option as often as it is probably the best one (`thompson`). Either way
the chances are computed before anything is drawn, and the draw follows them exactly.

The area option is not personal: leave it out of `eligible` (False) and draw it with `explore_areas`, always evenly.
"""

from dataclasses import dataclass

import numpy as np

from .thompson import thompson

__all__ = [
    "NO_CONTACT", "AreaExploration", "Exploration", "area_propensity", "combine", "draw_explorers", "draw_options", "explore",
    "explore_areas", "explore_uniformly", "propensity", "thompson", "uniform",
]  # fmt: skip
NO_CONTACT = -1
MARGIN = 3.0  # standard deviations of room below a limit


@dataclass(frozen=True, eq=False)
class Exploration:
    """What was drawn for n customers and m options."""

    share: float
    explores: np.ndarray  # (n,) bool
    choice: np.ndarray  # (n,) what an explorer gets, -1 for no contact and for everyone else
    evaluable: np.ndarray  # (n,) False where a limit changed what was drawn
    chances: (
        np.ndarray
    )  # (n, m) of drawing each option when exploring, before it is kept or not; no contact has the rest
    acceptance: np.ndarray  # (n, m) with which a drawn option is kept
    used: np.ndarray  # (1 + m,) cents, then pieces


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


def explore_uniformly(eligible: np.ndarray, *, seed: int, acceptance: np.ndarray | None = None) -> np.ndarray:
    """(n,) evenly no contact or one of the eligible options; then kept with its acceptance, else no contact."""
    return draw_options(_of_options(eligible, None), seed=seed, acceptance=acceptance)


def draw_options(chances: np.ndarray, *, seed: int, acceptance: np.ndarray | None = None) -> np.ndarray:
    """(n,) an option by its chance (n, m), no contact by what is left; then kept with its acceptance, else no contact."""
    n, m = chances.shape
    rng = np.random.default_rng([seed, 2])
    choice = (np.cumsum(chances, axis=1) <= rng.random(n)[:, None]).sum(axis=1)
    choice = np.where(choice < m, choice, NO_CONTACT)
    if acceptance is not None and m:
        kept = rng.random(n) < acceptance[np.arange(n), np.maximum(choice, 0)]
        choice = np.where(kept, choice, NO_CONTACT)
    return choice


def explore(
    eligible: np.ndarray, *, share: float, seed: int, costs: np.ndarray, budget: float, capacities: np.ndarray,
    household: np.ndarray | None = None, print_options: tuple[int, ...] = (), chances: np.ndarray | None = None,
) -> Exploration:  # fmt: skip
    """Draw explorers and their options. They may use `share` of every limit, as they are that share of the customers.

    eligible (n, m) personal options; costs (m,) or (n, m) cents; limits as in allocation.Problem. Where a household may
    get one piece of `print_options`, one member drawn at random may. chances (n, 1 + m) as `thompson` gives them, known
    before anything is drawn; None: evenly. What they give to an option that is not eligible goes to no contact.
    """
    of_options = _of_options(eligible, chances)
    n, m = of_options.shape
    costs = np.broadcast_to(np.asarray(costs, dtype=float), (n, m))
    limits = np.concatenate([[budget], np.asarray(capacities, dtype=float)])
    limits = np.where(np.isinf(limits), np.inf, np.minimum(limits, 1e300) * _checked_share(share))
    explores = draw_explorers(n, share=share, seed=seed)
    member = _member_chance((n, m), household, print_options)
    thinning = _thinning(share * of_options * member, costs, limits)
    own = np.where(member < 1, _elected(n, household, seed)[:, None], True) * thinning
    drawn = np.where(explores, draw_options(of_options, seed=seed, acceptance=own), NO_CONTACT)
    kept = _within_limits(drawn, costs, limits, np.random.default_rng([seed, 4]))
    choice = np.where(kept, drawn, NO_CONTACT)
    return Exploration(share, explores, choice, kept, of_options, member * thinning, _use(choice, costs))


def combine(exploration: Exploration, optimised: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Choice of everyone and its propensity; NaN where not evaluable.

    `optimised` (n,): what the plan gives, or would have given to who explores; -1 for no contact.
    """
    optimised = np.asarray(optimised)
    if optimised.shape != exploration.choice.shape:
        raise ValueError(f"optimised must have shape {exploration.choice.shape}, got {optimised.shape}")
    choice = np.where(exploration.explores, exploration.choice, optimised)
    drawn = exploration.chances * exploration.acceptance
    return choice, np.where(exploration.evaluable, _mixed(choice, optimised, drawn, exploration.share, None), np.nan)


def propensity(
    choice: np.ndarray, optimised: np.ndarray, eligible: np.ndarray, *, share: float,
    acceptance: np.ndarray | None = None, kinds: np.ndarray | None = None, chances: np.ndarray | None = None,
) -> np.ndarray:  # fmt: skip
    """(n,) probability of `choice`: share * (its chance when exploring) + (1 - share) where it is the optimised one.

    With `kinds` (m,), numbers from 0, the probability of any option of the same kind. `chances` as in `explore`.
    """
    drawn = _of_options(eligible, chances) * (1.0 if acceptance is None else acceptance)
    return _mixed(np.asarray(choice), np.asarray(optimised), drawn, share, kinds)


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


def _of_options(eligible: np.ndarray, chances: np.ndarray | None) -> np.ndarray:
    """(n, m) chances of the options alone; what is not eligible has none."""
    eligible = _checked_eligible(eligible)
    if chances is None:
        return eligible / (eligible.sum(axis=1) + 1)[:, None]
    chances, shape = np.asarray(chances, dtype=float), (len(eligible), 1 + eligible.shape[1])
    if chances.shape != shape:
        raise ValueError(f"chances must have shape {shape}, got {chances.shape}")
    if not ((chances >= 0).all() and np.allclose(chances.sum(axis=1), 1.0)):
        raise ValueError("chances must be at least 0 and add up to 1 for every customer")
    return chances[:, 1:] * eligible


def _mixed(
    choice: np.ndarray, optimised: np.ndarray, drawn: np.ndarray, share: float, kinds: np.ndarray | None
) -> np.ndarray:
    """(n,) probability of `choice` where options are `drawn` (n, m) by a share and optimised by the others."""
    kinds = np.arange(drawn.shape[1]) if kinds is None else np.asarray(kinds)
    by_kind = np.column_stack([1.0 - drawn.sum(axis=1), drawn @ (kinds[:, None] == kinds[None, :])])
    kind = np.append(kinds, NO_CONTACT)
    by_chance = by_kind[np.arange(len(by_kind)), choice + 1]
    return _checked_share(share) * by_chance + (1 - share) * (kind[choice] == kind[optimised])


def _thinning(expected: np.ndarray, costs: np.ndarray, limits: np.ndarray) -> np.ndarray:
    """(m,) acceptance of each option: first for its capacity, then alike for all for the budget."""
    kept = np.array([_share_that_fits(expected[:, j], 1.0, limits[1 + j]) for j in range(expected.shape[1])])
    return kept * _share_that_fits(expected * kept, costs, limits[0])


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


def _member_chance(shape: tuple[int, int], household: np.ndarray | None, print_options: tuple[int, ...]) -> np.ndarray:
    """(n, m) chance to be the member of the household who may get a letter; 1 for other options."""
    chance = np.ones(shape)
    if household is None or not print_options:
        return chance
    household = np.asarray(household)
    _, number, size = np.unique(household, return_inverse=True, return_counts=True)
    chance[:, list(print_options)] = np.where(household >= 0, 1.0 / size[number], 1.0)[:, None]
    return chance


def _elected(n: int, household: np.ndarray | None, seed: int) -> np.ndarray:
    """(n,) True for one member per household, drawn at random, and for everyone without a household."""
    if household is None:
        return np.ones(n, dtype=bool)
    household = np.asarray(household)
    order = np.random.default_rng([seed, 3]).permutation(n)
    _, first = np.unique(household[order], return_index=True)
    elected = household < 0
    elected[order[first]] = True
    return elected


def _within_limits(choice: np.ndarray, costs: np.ndarray, limits: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(n,) False for those drawn last where the draws overrun a limit."""
    kept = np.ones(choice.size, dtype=bool)
    order = rng.permutation(np.flatnonzero(choice >= 0))
    for option in range(costs.shape[1]):
        takers = order[choice[order] == option]
        kept[takers] = np.arange(1, takers.size + 1) <= limits[1 + option]
    order = order[kept[order]]
    kept[order] = np.cumsum(costs[order, choice[order]]) <= limits[0]
    return kept


def _use(choice: np.ndarray, costs: np.ndarray) -> np.ndarray:
    rows = np.flatnonzero(choice >= 0)
    pieces = np.bincount(choice[rows], minlength=costs.shape[1])
    return np.concatenate([[costs[rows, choice[rows]].sum()], pieces])


def _checked_share(share: float) -> float:
    if not 0 <= share <= 1:
        raise ValueError(f"share must be between 0 and 1, got {share}")
    return share


def _checked_eligible(eligible: np.ndarray) -> np.ndarray:
    eligible = np.asarray(eligible)
    if eligible.ndim != 2 or eligible.dtype != bool:
        raise ValueError(f"eligible must be (customers, options) of bool, got {eligible.shape} of {eligible.dtype}")
    return eligible
