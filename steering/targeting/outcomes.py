"""Expected outcome of every customer under every treatment, learned on others than those it is predicted for."""

import numpy as np

from .two_part import TwoPartRegressor


def fit_outcomes(
    X: np.ndarray, treatment: np.ndarray, outcome: np.ndarray, n_options: int, *, random_state: int  # noqa: N803
) -> TwoPartRegressor:  # fmt: skip
    """One model over all treatments: what the customers share is learned once, the treatment is one more feature."""
    return TwoPartRegressor(random_state=random_state).fit(_with_treatment(X, treatment, n_options), outcome)


def predict_outcomes(model: TwoPartRegressor, X: np.ndarray, n_options: int) -> np.ndarray:  # noqa: N803
    """(n, 1 + m) under no contact and under each option."""
    given = (np.full(len(X), treatment) for treatment in range(n_options + 1))
    return np.column_stack([model.predict(_with_treatment(X, treatment, n_options)) for treatment in given])


def _with_treatment(X: np.ndarray, treatment: np.ndarray, n_options: int) -> np.ndarray:  # noqa: N803
    # One column per option: trees with native categories would store a function, which loading refuses.
    return np.column_stack([X, treatment[:, None] == np.arange(1, n_options + 1)])


def folds_of(treatment: np.ndarray, folds: int, *, random_state: int) -> np.ndarray:
    """(n,) fold of each row, every treatment spread evenly over the folds."""
    rng = np.random.default_rng(random_state)
    order = np.lexsort([rng.random(treatment.size), treatment])
    fold = np.empty(treatment.size, dtype=np.int64)
    fold[order] = np.arange(treatment.size) % folds
    return fold


def cross_fitted_outcomes(
    X: np.ndarray, treatment: np.ndarray, outcome: np.ndarray, fold: np.ndarray, n_options: int, *, random_state: int  # noqa: N803
) -> np.ndarray:  # fmt: skip
    """(n, 1 + m); each row is predicted by a model that has not seen its fold."""
    expected = np.zeros((len(X), n_options + 1))
    for number in np.unique(fold):
        out = fold == number
        model = fit_outcomes(X[~out], treatment[~out], outcome[~out], n_options, random_state=random_state)
        expected[out] = predict_outcomes(model, X[out], n_options)
    return expected


def doubly_robust(
    expected: np.ndarray, treatment: np.ndarray, outcome: np.ndarray, propensity: np.ndarray
) -> np.ndarray:
    """(n, 1 + m) pseudo-outcomes whose mean is right when the propensities or the expectations are.

    Only the propensity of the treatment that was given is needed.
    """
    pseudo = expected.copy()
    rows = np.arange(len(outcome))
    pseudo[rows, treatment] += (outcome - expected[rows, treatment]) / propensity
    return pseudo


def winsorised(outcome: np.ndarray, share: float) -> np.ndarray:
    """Amounts beyond the outer `share` of those that are not 0 are set to that quantile; one order must not decide."""
    some = outcome != 0
    if not some.any() or share <= 0:
        return outcome
    low, high = np.quantile(outcome[some], [share, 1 - share])
    return np.where(some, np.clip(outcome, low, high), 0.0)
