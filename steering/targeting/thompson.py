"""How probably each option is the best one for a customer, given what is known: the chances of Thompson sampling."""

import numpy as np
import scipy  # which loads its parts when they are asked for

ROWS_AT_ONCE = 20_000  # so that a draw stays in the processor's cache


def thompson(
    mean: np.ndarray, standard_error: np.ndarray, eligible: np.ndarray, *, draws: int = 128, seed: int = 0,
    floor: float = 0.02,
) -> np.ndarray:  # fmt: skip
    """(n, 1 + m) chances of no contact and of each option: how probably it is the best for the customer (Thompson 1933).

    mean (n, m) or (m,): what an option is expected to add after its cost, in any unit; standard_error alike: how far that
    may be off, the posterior being normal. No contact adds exactly 0, and wins ties. An option that is not eligible
    (n, m) has no chance. The share of `draws` stratified draws in which an option is best *is* its chance, by definition,
    so the propensity is exact however few they are. `floor` is mixed in evenly, so that nothing that is open is ever
    tried less often; where so much is open that this is impossible, all are alike.
    """
    eligible = np.asarray(eligible)
    if eligible.ndim != 2 or eligible.dtype != bool:
        raise ValueError(f"eligible must be (customers, options) of bool, got {eligible.shape} of {eligible.dtype}")
    if draws < 1 or not 0 <= floor <= 1:
        raise ValueError(f"draws must be at least 1 and floor between 0 and 1, got {draws} and {floor}")
    mean, error = (
        _checked(name, given, eligible) for name, given in (("mean", mean), ("standard_error", standard_error))
    )
    if error.min(initial=0.0) < 0:
        raise ValueError(f"standard_error must be at least 0, got {error.min()}")
    deviates = _stratified_normals(eligible.shape[1], draws, seed)
    chances = np.zeros((len(eligible), 1 + eligible.shape[1]))
    for first in range(0, len(eligible), ROWS_AT_ONCE):
        rows = slice(first, first + ROWS_AT_ONCE)
        drawable = np.where(eligible[rows], mean[rows], -np.inf)
        chances[rows] = _share_of_wins(drawable.T.copy(), error[rows].T.copy(), deviates)
    return _with_floor(chances, eligible, floor)


def _stratified_normals(m: int, draws: int, seed: int) -> np.ndarray:
    """(draws, m) standard normal quantiles of equal strata, shuffled for each option apart (a Latin hypercube)."""
    strata = np.tile((np.arange(draws) + 0.5)[:, None] / draws, (1, m))
    return scipy.special.ndtri(np.random.default_rng([seed, 7]).permuted(strata, axis=0))


def _share_of_wins(mean: np.ndarray, error: np.ndarray, deviates: np.ndarray) -> np.ndarray:
    """(n, 1 + m) in which share of the draws each is best, no contact first; `mean` and `error` are (m, n)."""
    m, n = mean.shape
    wins = np.zeros((1 + m, n))
    for deviate in deviates:
        best, winner = np.zeros(n), np.zeros(n, dtype=np.int16)
        for option in range(m):
            drawn = mean[option] + error[option] * deviate[option]
            np.putmask(winner, drawn > best, option + 1)
            np.maximum(best, drawn, out=best)
        for code in range(1 + m):
            wins[code] += winner == code
    return wins.T / len(deviates)


def _with_floor(chances: np.ndarray, eligible: np.ndarray, floor: float) -> np.ndarray:
    open_ = np.column_stack([np.ones(len(eligible), dtype=bool), eligible])
    count = open_.sum(axis=1, keepdims=True)
    least = np.minimum(1.0, floor * count)
    return (1 - least) * chances + least * open_ / count


def _checked(name: str, given: object, eligible: np.ndarray) -> np.ndarray:
    """(n, m); what it says of an option that is not eligible does not matter."""
    given = np.asarray(given, dtype=float)
    if given.shape not in (eligible.shape, eligible.shape[1:]):
        raise ValueError(f"{name} must have shape {eligible.shape} or {eligible.shape[1:]}, got {given.shape}")
    given = np.where(eligible, given, 0.0)
    if not np.isfinite(given).all():
        raise ValueError(f"{name} must be finite where eligible, got {given[~np.isfinite(given)][0]}")
    return given
