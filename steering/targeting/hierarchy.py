"""Mean effects of contents, of their channels, and what was believed before: each drawn to the next as its data is thin."""

from dataclasses import dataclass

import numpy as np

from .shrinkage import believed


@dataclass(frozen=True, eq=False)
class Means:
    """Of m options: the mean effect, its variance, and how many equally weighted customers got it, and got nothing."""

    effect: np.ndarray
    variance: np.ndarray
    given: np.ndarray
    spared: np.ndarray

    @property
    def count(self) -> np.ndarray:
        return np.minimum(self.given, self.spared)


@dataclass(frozen=True, eq=False)
class Pooled:
    """Mean effects, and the weight of the data in them against the priors."""

    option: np.ndarray  # (m,)
    option_believed: np.ndarray
    group: np.ndarray  # (g,)
    group_believed: np.ndarray


def pool(
    means: Means, groups: np.ndarray, priors: np.ndarray, group_priors: np.ndarray, *, strength: float, fewest: float
) -> Pooled:  # fmt: skip
    """A channel's mean against its prior, worth `strength` customers; then a content's own against that of its channel.

    Everything is a difference from the prior, so contents that were believed to differ do so until they are seen not to.
    An option with fewer than `fewest` customers says nothing by itself and follows its channel.
    """
    m, n_groups = len(priors), len(group_priors)
    option, trust = np.zeros(m), np.zeros(m)
    group, group_trust = np.zeros(n_groups), np.zeros(n_groups)
    seen, surprise = means.count >= fewest, means.effect - priors
    for number in range(n_groups):
        own = np.flatnonzero(groups == number)
        told = own[seen[own]]
        if not told.size:
            continue
        count = min(means.given[told].sum(), means.spared[told].max())
        group_trust[number] = believed(float(count), strength)
        group[number] = group_trust[number] * np.average(surprise[told], weights=means.count[told])
        kept = _kept(surprise[told], means.variance[told])
        option[own], trust[own] = group[number], group_trust[number]
        option[told] += kept * (surprise[told] - group[number])
        trust[told] += (1 - trust[told]) * kept
    return Pooled(priors + option, trust, group_priors + group, group_trust)


def _kept(effect: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """(k,) how much of its difference from the others each keeps: as far as they differ by more than noise.

    The variance between them is that of DerSimonian and Laird (1986).
    """
    if effect.size < 2:
        return np.zeros(effect.size)
    precision = 1 / np.maximum(variance, 1e-100)
    mean = precision @ effect / precision.sum()
    spread = precision.sum() - precision @ precision / precision.sum()
    excess = precision @ (effect - mean) ** 2 - (effect.size - 1)
    if spread <= 0 or excess <= 0:
        return np.zeros(effect.size)
    between = excess / spread
    return between / (between + variance)
