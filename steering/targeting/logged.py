"""Logged decisions as arrays, refused with a clear reason where they make no sense."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Logged:
    """n decisions; treatment 0 is no contact, j + 1 is option j."""

    X: np.ndarray
    treatment: np.ndarray
    outcome: np.ndarray
    propensity: np.ndarray
    eligible: np.ndarray

    @property
    def n_options(self) -> int:
        return self.eligible.shape[1]


def checked_log(
    X: object, treatment: object, outcome: object, propensity: object, eligible: object, *, n_options: int | None  # noqa: N803
) -> Logged:  # fmt: skip
    X = checked_features(X)  # noqa: N806
    n = len(X)
    treatment = checked_treatment("treatment", treatment, n, n_options)
    m = int(treatment.max(initial=0)) if n_options is None else n_options
    outcome = checked_column("outcome", outcome, n)
    propensity = checked_propensity(propensity, n)
    eligible = np.ones((n, m), dtype=bool) if eligible is None else np.asarray(eligible, dtype=bool)
    if eligible.shape != (n, m):
        raise ValueError(f"eligible must have shape {(n, m)}, got {eligible.shape}")
    return Logged(X, treatment, outcome, propensity, eligible)


def checked_features(X: object, n_features: int | None = None) -> np.ndarray:  # noqa: N803
    X = np.asarray(X)  # noqa: N806
    if X.dtype != np.float32:
        X = X.astype(float)  # noqa: N806
    if X.ndim != 2:
        raise ValueError(f"X must be two-dimensional (customers, features), got {X.ndim} dimensions")
    if n_features is not None and X.shape[1] != n_features:
        raise ValueError(f"X must have {n_features} features as in fit, got {X.shape[1]}")
    if np.isinf(X).any():
        raise ValueError("X must be finite, or NaN where missing, got inf")
    return X


def checked_treatment(name: str, given: object, n: int, n_options: int | None) -> np.ndarray:
    treatment = np.asarray(given)
    if treatment.shape != (n,):
        raise ValueError(f"{name} must have shape {(n,)}, got {treatment.shape}")
    if n and not np.issubdtype(treatment.dtype, np.integer):
        raise ValueError(f"{name} must be whole numbers, got {treatment.dtype}")
    treatment = treatment.astype(np.int64)
    if n and treatment.min() < 0:
        raise ValueError(f"{name} must be at least 0 (no contact), got {treatment.min()}")
    if n and n_options is not None and treatment.max() > n_options:
        raise ValueError(f"{name} must be at most {n_options}, the number of options, got {treatment.max()}")
    return treatment


def checked_propensity(given: object, n: int) -> np.ndarray:
    propensity = checked_column("propensity", given, n)
    if not ((propensity > 0) & (propensity <= 1)).all():
        bad = propensity[~((propensity > 0) & (propensity <= 1))][0]
        raise ValueError(f"propensity must be above 0 and at most 1, got {bad}")
    return propensity


def checked_column(name: str, given: object, n: int) -> np.ndarray:
    column = np.asarray(given, dtype=float)
    if column.shape != (n,):
        raise ValueError(f"{name} must have shape {(n,)}, got {column.shape}")
    if not np.isfinite(column).all():
        raise ValueError(f"{name} must be finite, got {column[~np.isfinite(column)][0]}")
    return column
