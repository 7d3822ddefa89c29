"""Which ways of learning are believed how far: by what they explain, and what their ranking is worth, out of fold.

Two criteria, both from doubly robust pseudo-outcomes with the logged propensities (Dudík, Langford and Li 2011), on
customers that the candidate has not seen:

- **ranking value**: the value of the policies "contact the best-scored share q", averaged over all q, less that of contacting
  as many by chance. One threshold's policy value jumps by single customers and needs a cost; the average over all budgets
  is a plain mean over customers, with a plain standard error, and is what an allocation under a budget draws on
  (Athey and Wager 2021 on policy value; Radcliffe 2007 on the curve).
- **effect explained**: by how much squared error against the pseudo-outcomes falls (the loss of Nie and Wager 2021 and
  Kennedy 2020). Ranking does not see the level and this does; it has the lower variance, and is quadratic in the weights
  of an average of candidates, so the weights follow from it.

Differences between candidates are mostly noise (the effect is a few per cent of the outcome's variance). So weights begin
at an average of all candidates, which no candidate beats by much, the simpler ones counting more, and leave it as far as
the data say: they are the likeliest under a normal prior. Their sum, by which noise is shrunk, is learned with them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy

SHARED_SPREAD = 0.3  # prior standard deviation of a candidate's weight around where it begins
OWN_SPREAD = 0.15  # and of an option's weight around that of all options together
LEAST = 0.05  # of the candidates is kept where the data speak against all: hardly a level, but an order


@dataclass(frozen=True, eq=False)
class Evidence:
    """Of one option: centred effects by K candidates (n, K), out of fold, and the centred pseudo-outcome (n,)."""

    effects: np.ndarray
    pseudo: np.ndarray

    @classmethod
    def of(cls, effects: np.ndarray, pseudo: np.ndarray, fold: np.ndarray) -> "Evidence":
        """Folds differ in their mean; only differences between customers are judged."""
        effects, pseudo = effects.astype(float), pseudo.astype(float)
        for number in np.unique(fold):
            rows = fold == number
            effects[rows] -= effects[rows].mean(axis=0)
            pseudo[rows] -= pseudo[rows].mean()
        return cls(effects, pseudo)

    def equations(self) -> tuple[np.ndarray, np.ndarray]:
        """Normal equations of the pseudo-outcome on the effects, in units of their noise."""
        mean = self.effects.mean(axis=1)
        size = float(mean @ mean)
        if size <= 0:
            return np.zeros((self.effects.shape[1],) * 2), np.zeros(self.effects.shape[1])
        # Robust to rows of unlike noise: the variance that matters is that of the rows with large effects.
        noise = max(float(mean**2 @ (self.pseudo - mean) ** 2) / size, 1e-300)
        return self.effects.T @ self.effects / noise, self.effects.T @ self.pseudo / noise


def weights_of(evidence: list[Evidence], start: np.ndarray) -> np.ndarray:
    """(options, K) at least 0: drawn to weights that the options share, and these to `start` (K,).

    Their sum is how far the average is believed, so noise shrinks it, and little evidence leaves it where `start` is.
    """
    equations = [found.equations() for found in evidence]
    together = (sum(left for left, _ in equations), sum(right for _, right in equations))
    shared = _weights(*together, start, SHARED_SPREAD)
    weights = np.array([_weights(*own, shared, OWN_SPREAD) for own in equations])
    weights[weights.sum(axis=1) < LEAST] = LEAST * start / start.sum()
    return weights


def proven(effect: np.ndarray, pseudo: np.ndarray) -> float:
    """The same for what is only added to a pattern if it is proven: 0 below two standard errors."""
    slope, variance = _slope(effect, pseudo)
    return float(np.clip(slope - variance / slope, 0, 1)) if slope > 2 * np.sqrt(variance) else 0.0


def _slope(effect: np.ndarray, pseudo: np.ndarray) -> tuple[float, float]:
    """Least squares, with its variance, robust to rows of unlike noise; infinite where there is no effect to multiply."""
    size = float(effect @ effect)
    if size <= 0:
        return 0.0, np.inf
    slope = float(effect @ pseudo) / size
    return slope, float(effect**2 @ (pseudo - slope * effect) ** 2) / size**2


def explained(effect: np.ndarray, pseudo: np.ndarray) -> tuple[float, float]:
    """By how much the mean squared error falls, and its standard error."""
    return _mean_and_error(2 * effect * pseudo - effect**2)


def ranking_value(effect: np.ndarray, pseudo: np.ndarray) -> tuple[float, float]:
    """In the outcome's unit per customer, and its standard error; 0 for a score that knows nothing."""
    return _mean_and_error(ranking_terms(effect) * pseudo)


def report(names: Sequence[str], evidence: Evidence, weights: np.ndarray) -> dict[str, dict[str, float]]:
    """For staff: what each candidate, and their average, is worth on customers that it has not seen."""
    shown = {}
    effects = [*evidence.effects.T, evidence.effects @ weights]
    for name, effect, weight in zip([*names, "average"], effects, [*weights, weights.sum()], strict=True):
        value, value_error = ranking_value(effect, evidence.pseudo)
        gain, gain_error = explained(effect, evidence.pseudo)
        shown[name] = {
            "weight": float(weight), "value": value, "value_error": value_error, "explained": gain, "explained_error": gain_error,
        }  # fmt: skip
    return shown


def ranking_terms(effect: np.ndarray) -> np.ndarray:
    """(n,) between -1/2 and 1/2: over how many budgets a customer is contacted, against chance; alike scores alike."""
    _, place, counts = np.unique(effect, return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - counts / 2
    return middle[place] / max(1, effect.size) - 0.5


def _mean_and_error(terms: np.ndarray) -> tuple[float, float]:
    if terms.size < 2:
        return 0.0, 0.0
    return float(terms.mean()), float(terms.std(ddof=1) / np.sqrt(terms.size))


def _weights(left: np.ndarray, right: np.ndarray, start: np.ndarray, spread: float) -> np.ndarray:
    """The likeliest at least 0 under a normal prior around `start`: ridge regression, by non-negative least squares."""
    left = left + np.eye(start.size) / spread**2
    triangle = np.linalg.cholesky(left).T
    return scipy.optimize.nnls(triangle, np.linalg.solve(triangle.T, right + start / spread**2))[0]
