"""An outcome as whether anything happens times how much: the first is learned per option, the second mostly shared.

A contact moves few people to buy at all, and hardly changes what a buyer spends. So the amount is expected from all
buyers together, whatever they got, and uplift is learned on `rate * amount`, which is free of the luck of single baskets.
What that leaves out, the contact's effect on amounts themselves, is in `residual`, to be believed as far as it is more
than noise. The two-part model is of Duan, Manning, Morris and Newhouse (1983).
"""

from dataclasses import dataclass

import numpy as np

from .bases import ADDITIVE, Fitter, View
from .outcomes import winsorised
from .shrinkage import stack

KINDS = ("auto", "binary", "money")
FEWEST = 40  # buyers below which everybody's mean amount is the better model
LEAST_ZEROS = 0.05  # share without any outcome from which two parts are worth it
FOLDS = 3


@dataclass(frozen=True, eq=False)
class Amounts:
    """Expected amount if anything happens, for whoever; never outside what was seen."""

    mean: float
    weights: np.ndarray  # (2,) of the models of each fold
    models: tuple[tuple, ...] = ()
    centres: np.ndarray | None = None
    bounds: tuple[float, float] = (-np.inf, np.inf)

    def expected(self, view: View) -> np.ndarray:
        if not self.models:
            return np.full(len(view), self.mean)
        folds = [_predicted(models, view) - centre for models, centre in zip(self.models, self.centres, strict=True)]
        return np.clip(self.mean + np.mean(folds, axis=0) @ self.weights, *self.bounds)


@dataclass(frozen=True, eq=False)
class Parts:
    """Of n customers: `rate` 0 or 1 (or, where `is_chance` is False, the outcome itself) and expected `amount`."""

    rate: np.ndarray
    amount: np.ndarray
    residual: np.ndarray
    is_chance: bool


def split(view: View, outcome: np.ndarray, *, kind: str, tail: float, random_state: int) -> tuple[Parts, Amounts]:
    """Raises ValueError where the outcome is not of that kind."""
    kind = kind_of(outcome, kind)
    if kind == "value":
        ones = np.ones(outcome.size)
        return Parts(winsorised(outcome, tail), ones, 0 * ones, False), Amounts(1.0, np.zeros(2))
    some = outcome != 0
    outcome = winsorised(outcome, tail) if kind == "money" else outcome
    amounts, expected = _fit_amounts(view, outcome, some, random_state)
    rate = some.astype(float)
    return Parts(rate, expected, outcome - rate * expected, True), amounts


def kind_of(outcome: np.ndarray, kind: str) -> str:
    """binary: 0 and one other value. money: often exactly 0. value: neither, so it is learned as it is."""
    if kind not in KINDS:
        raise ValueError(f"outcome_kind must be one of {', '.join(KINDS)}, got {kind!r}")
    some = outcome != 0
    is_binary = not some.any() or np.ptp(outcome[some]) == 0
    if kind == "binary" and not is_binary:
        raise ValueError(f"outcome must hold 0 and one other value, got {len(np.unique(outcome))} values")
    if is_binary:
        return "binary"
    return "money" if (~some).mean() >= LEAST_ZEROS else "value"


def _fit_amounts(
    view: View, outcome: np.ndarray, some: np.ndarray, random_state: int
) -> tuple[Amounts, np.ndarray]:  # fmt: skip
    buyers, amount = np.flatnonzero(some), outcome[some]
    mean = float(amount.mean()) if amount.size else 0.0
    constant = Amounts(mean, np.zeros(2))
    if amount.size < FEWEST or np.ptp(amount) == 0:
        return constant, np.full(outcome.size, mean)
    fold = np.random.default_rng([random_state, 31]).permutation(outcome.size) % FOLDS
    held_out, models, centres = np.zeros((outcome.size, 2)), [], []
    for number in range(FOLDS):
        learns, out = buyers[fold[buyers] != number], fold == number
        fitted = _models(view.rows(learns), outcome[learns], random_state)
        found = _predicted(fitted, view.rows(out))
        centres.append(found[some[out]].mean(axis=0) if some[out].any() else found.mean(axis=0))
        held_out[out] = found - centres[-1]
        models.append(fitted)
    weights = stack(held_out[buyers], amount)
    if not weights.any():
        return constant, np.full(outcome.size, mean)
    bounds = (float(amount.min()), float(amount.max()))
    amounts = Amounts(mean, weights, tuple(models), np.array(centres), bounds)
    return amounts, np.clip(mean + held_out @ weights, *bounds)


def _models(view: View, amount: np.ndarray, random_state: int) -> tuple:
    bases = ("additive", "linear")
    return tuple(Fitter(base, False, ADDITIVE, random_state=random_state).fit(view, amount) for base in bases)


def _predicted(models: tuple, view: View) -> np.ndarray:
    return np.column_stack([model.predict(view) for model in models])
