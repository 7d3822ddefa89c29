"""A comparison that may be looked at after every wave: an interval that holds at all looks together, not at one.

Each customer who was drawn adds hit * (1 for a, -1 for b) / (probability of what they got): without bias the difference of the
rates, whatever the shares were, as long as they were set before the draw. Their sum is a martingale around what is true, and
the normal mixture boundary bounds it at all times at once: with probability 1 - alpha no look ever shows an interval that
misses. Asymptotic, so it begins with LEAST_HITS hits of each.

Sources: Robbins (1970); Howard, Ramdas, McAuliffe and Sekhon, Time-uniform, nonparametric, nonasymptotic confidence sequences
(2021), for the boundary and where it is tightest; Ham, Bojinov, Lindon and Tingley, Design-based confidence sequences (2022),
for inverse probabilities and the variance, which is estimated from above.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log, sqrt

ALPHA = 0.05
LEAST_HITS = 30
TIGHTEST_AT = 100  # hits of each variant at which it is narrowest; chosen beforehand, never by the data


@dataclass(frozen=True)
class Batch:
    """One wave: how many were drawn in all, and of the two variants their shares and hits."""

    drawn: int
    share_a: float
    hits_a: int
    share_b: float
    hits_b: int


@dataclass(frozen=True)
class Difference:
    """Of the rates, a less b. `low` and `high` hold at all looks together."""

    estimate: float
    low: float
    high: float

    @property
    def is_decided(self) -> bool:
        return self.low > 0 or self.high < 0


def difference(batches: Sequence[Batch], *, alpha: float = ALPHA) -> Difference | None:
    """After these waves; None where too little happened yet to say anything."""
    if min(sum(batch.hits_a for batch in batches), sum(batch.hits_b for batch in batches)) < LEAST_HITS:
        return None
    drawn = sum(batch.drawn for batch in batches)
    total = sum(batch.hits_a / batch.share_a - batch.hits_b / batch.share_b for batch in batches)
    variance = sum(batch.hits_a / batch.share_a**2 + batch.hits_b / batch.share_b**2 for batch in batches)
    width = boundary(variance, first=batches[0], alpha=alpha) / drawn
    return Difference(total / drawn, total / drawn - width, total / drawn + width)


def boundary(variance: float, *, first: Batch, alpha: float) -> float:
    """How far the sum strays at most, ever, by the variance so far. Tightest at that of TIGHTEST_AT hits with the first shares."""
    tightest = TIGHTEST_AT * (1 / first.share_a**2 + 1 / first.share_b**2)
    spread = -2 * log(alpha)
    rho = tightest / (spread + log(spread) + 1)
    return sqrt((variance + rho) * log((variance + rho) / (rho * alpha**2)))
