"""What is believed of each variant after what was seen: intervals, the chance to be the best, what choosing it may cost.

Goals: Beta-binomial with Jeffreys' prior, Beta(1/2, 1/2). Money: Student's t around the mean, with as many degrees of freedom
as there were buyers less one rather than customers, since all that is known of amounts comes from buyers. Amounts are skewed,
so that with thirty buyers such an interval holds in 90 of 100 cases only; it is made for MONEY_LEVEL, and then holds in 95.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy  # which loads its parts when they are asked for

DRAWS = 20_000
LEVEL = 0.95
MONEY_LEVEL = 0.99


@dataclass(frozen=True)
class Sample:
    """What is known of a rate: `trials` and `hits` may be fractions, where waves were weighted."""

    trials: float
    hits: float

    @property
    def rate(self) -> float:
        return self.hits / self.trials if self.trials else 0.0


@dataclass(frozen=True)
class Interval:
    low: float
    high: float


@dataclass(frozen=True)
class Belief:
    interval: Interval
    best: float  # probability that its rate is the highest
    expected_loss: float  # rate given up on average by choosing it, where another one is better


def beliefs(samples: Sequence[Sample], *, seed: int = 1) -> list[Belief]:
    """Of the rates of k variants. The chance to be the best and the loss are of DRAWS draws: exact to about 0.4 points."""
    drawn = draws(samples, seed=seed)
    best = drawn.max(axis=1)
    wins = np.bincount(drawn.argmax(axis=1), minlength=len(samples)) / len(drawn)
    lost = (best[:, None] - drawn).mean(axis=0)
    return [
        Belief(interval(sample), float(win), float(loss)) for sample, win, loss in zip(samples, wins, lost, strict=True)
    ]


def interval(sample: Sample, *, level: float = LEVEL) -> Interval:
    """Equal tails."""
    low, high = scipy.special.betaincinv(*_beta(sample), [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high))


def draws(samples: Sequence[Sample], *, seed: int = 1) -> np.ndarray:
    """(DRAWS, k) rates."""
    random = np.random.default_rng(seed)
    return np.column_stack([random.beta(*_beta(sample), size=DRAWS) for sample in samples])


def shares(samples: Sequence[Sample], *, floor: float, seed: int = 1) -> list[float]:
    """Thompson sampling for a batch: each variant gets customers as often as it is the best of a draw.

    None gets less than `floor` (of 1), so that all are still learned about and inverse probabilities stay bounded. Source:
    Thompson (1933); Scott, A modern Bayesian look at the multi-armed bandit (2010), for batches.
    """
    wins = np.array([belief.best for belief in beliefs(samples, seed=seed)])
    floor = min(floor, 1 / len(samples))
    return [float(share) for share in floor + (1 - floor * len(samples)) * wins]


def money(mean: float, error: float, buyers: float, *, level: float = MONEY_LEVEL) -> Interval | None:
    """Around a mean with its standard error; None with fewer than two buyers, of whom nothing can be said."""
    if buyers < 2:
        return None
    width = float(scipy.special.stdtrit(buyers - 1, (1 + level) / 2)) * error
    return Interval(mean - width, mean + width)


def _beta(sample: Sample) -> tuple[float, float]:
    return 0.5 + sample.hits, 0.5 + max(sample.trials - sample.hits, 0.0)
