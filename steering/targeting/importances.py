"""What a model would no longer know without a feature: its predictions with that feature shuffled among the customers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from .logged import checked_features


@dataclass(frozen=True)
class Importance:
    """Of a feature, or of a family of features shuffled together.

    moved  cents by which predictions change, root mean square over customers and options.
    lost   effect explained that is lost, cents squared, with its standard error: how much worse the predictions fit
           decisions that the model has not seen. Not above noise where the model is wrong to look at the feature.
    """

    name: str
    moved: float
    lost: float
    standard_error: float


def permutation_importances(
    predict: Callable[[np.ndarray], np.ndarray], X: np.ndarray, effect: np.ndarray, names: Sequence[str],  # noqa: N803
    *, families: Sequence[str] | None = None, rows: int = 4_000, most: int = 40, random_state: int = 0,
) -> list[Importance]:  # fmt: skip
    """The most important first, by `moved` (Breiman 2001, for effects instead of outcomes).

    `predict` gives (n, m) uplift; X (n, f) features and effect (n, m) pseudo-effects in cents of held-out customers, NaN
    where an option was not open. A prediction t of an effect e explains 2 e t - t^2, the same for every option. In the mean
    that loses `moved` squared times the slope of calibration, which is why the one without outcomes, and so without their
    noise, decides the order.

    Time is bounded by `rows` customers, drawn at random, and by shuffling whole families (one name a feature) where there
    are more than `most` features. Deterministic for a `random_state`.
    """
    X, effect = _checked(X, effect, names, families)  # noqa: N806
    rng = np.random.default_rng(random_state)
    if len(X) > rows:
        drawn = np.sort(rng.choice(len(X), rows, replace=False))
        X, effect = X[drawn], effect[drawn]  # noqa: N806
    kinds = np.array(names if families is None or len(names) <= most else families, dtype=object)
    if not len(X):
        return [Importance(str(kind), 0.0, 0.0, float("inf")) for kind in dict.fromkeys(kinds)]
    whole, order = predict(X), rng.permutation(len(X))
    found = []
    for kind in dict.fromkeys(kinds):
        columns = np.flatnonzero(kinds == kind)
        shuffled = X.copy()
        shuffled[:, columns] = X[np.ix_(order, columns)]
        found.append(_importance(str(kind), whole, predict(shuffled), effect))
    return sorted(found, key=lambda one: -one.moved)


def _importance(name: str, whole: np.ndarray, shuffled: np.ndarray, effect: np.ndarray) -> Importance:
    known = np.isfinite(effect)
    effect, change = np.where(known, effect, 0.0), np.where(known, whole - shuffled, 0.0)
    count = max(int(known.sum()), 1)
    lost = (2 * effect * change - np.where(known, whole**2 - shuffled**2, 0.0)).sum(axis=1)
    error = lost.std(ddof=1) * np.sqrt(len(lost)) / count if len(lost) > 1 else np.inf
    return Importance(name, float(np.sqrt((change**2).sum() / count)), float(lost.sum() / count), float(error))


def _checked(
    X: object, effect: object, names: Sequence[str], families: Sequence[str] | None  # noqa: N803
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    X = checked_features(X, len(names))  # noqa: N806
    effect = np.asarray(effect, dtype=float)
    if effect.ndim != 2 or len(effect) != len(X):
        raise ValueError(f"effect must have shape ({len(X)}, options), got {effect.shape}")
    if families is not None and len(families) != len(names):
        raise ValueError(f"families must be {len(names)} names, one per feature, got {len(families)}")
    return X, effect
