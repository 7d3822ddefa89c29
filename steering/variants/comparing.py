"""How the variants of an option stand, which one is better, and how the next wave shares customers out among them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations
from math import sqrt

from django.utils import timezone

from campaigns import variants
from campaigns.models import Comparison, Sharing, Variant

from . import posterior, sequences, tallies
from .posterior import Interval, Sample
from .sequences import Batch, Difference
from .tallies import Tally

FLOOR = 0.05  # of the customers, whatever a variant promises


@dataclass(frozen=True)
class Standing:
    """One variant over the waves in which all that are compared took part."""

    number: int
    customers: int
    hits: int
    rate: float  # of customers who reached the goal; weighted by wave where shares differed
    rate_interval: Interval
    best: float
    expected_loss: float
    cents: float  # of sales per customer
    cents_interval: Interval | None


@dataclass(frozen=True)
class Pair:
    """Two variants; `difference` of their rates, over waves of which the goal days are over. None: too early to say."""

    a: int
    b: int
    difference: Difference | None

    @property
    def better(self) -> int | None:
        if self.difference is None or not self.difference.is_decided:
            return None
        return self.a if self.difference.estimate > 0 else self.b


@dataclass(frozen=True)
class Report:
    standings: tuple[Standing, ...] = ()
    pairs: tuple[Pair, ...] = ()
    waves: int = 0  # that are counted
    waves_over: int = 0  # of them, whose goal days are over, so that they decide
    left_out: int = 0  # in which a variant did not take part
    shares: dict[int, list[tuple[int, float]]] = field(default_factory=dict)  # by wave number: variant, share

    @property
    def winner(self) -> int | None:
        """The variant that is better than each of the others, at a level that holds at all looks and pairs together."""
        beaten = defaultdict(set)
        for pair in self.pairs:
            if pair.better is not None:
                beaten[pair.better].add(pair.b if pair.better == pair.a else pair.a)
        return next((one for one, others in beaten.items() if len(others) == len(self.standings) - 1), None)


def report(comparison: Comparison, *, now: datetime | None = None) -> Report:
    compared = [variant.number for variant in comparison.variants.order_by("number") if variant.share > 0]
    found = tallies.of_option(comparison, now=now or timezone.now())
    by_wave = _by_wave(found)
    whole = [wave for wave in by_wave.values() if wave.keys() >= set(compared)]
    if not whole:
        return Report(left_out=len(by_wave))
    over = [wave for wave in whole if all(tally.is_over for tally in wave.values())]
    return Report(
        standings=_standings(compared, whole),
        pairs=_pairs(compared, over),
        waves=len(whole),
        waves_over=len(over),
        left_out=len(by_wave) - len(whole),
        shares={_number(wave): [(one.variant, one.share) for one in wave.values()] for wave in by_wave.values()},
    )


def shares_now(comparison: Comparison, *, now: datetime | None = None) -> list[tuple[Variant, float]]:
    """What a wave that is approved now uses. The winner alone, fixed shares, or by the chance to be the best so far."""
    active = variants.active(comparison)
    total = float(sum(variant.share for variant in active))
    if comparison.winner is not None or comparison.sharing == Sharing.FIXED or len(active) < 2:
        alone = len(active) == 1
        return [(variant, 1.0 if alone else float(variant.share) / total) for variant in active]
    found = _by_wave(tallies.of_option(comparison, now=now or timezone.now()))
    samples = [_sample(variant.number, found.values()) for variant in active]
    # Drawn anew for each wave, but the same when the same wave is looked at again.
    return list(zip(active, posterior.shares(samples, floor=FLOOR, seed=1 + len(found)), strict=True))


def _by_wave(found: Iterable[Tally]) -> dict[int, dict[int, Tally]]:
    waves: dict[int, dict[int, Tally]] = defaultdict(dict)
    for tally in found:
        waves[tally.wave_id][tally.variant] = tally
    return waves


def _number(wave: dict[int, Tally]) -> int:
    return next(iter(wave.values())).wave_number


def _standings(compared: Sequence[int], waves: Sequence[dict[int, Tally]]) -> tuple[Standing, ...]:
    samples = [_sample(number, waves) for number in compared]
    beliefs = posterior.beliefs(samples)
    made = []
    for number, sample, belief in zip(compared, samples, beliefs, strict=True):
        own = [wave[number] for wave in waves]
        cents, error = _money(number, waves)
        hits = sum(tally.hits for tally in own)
        made.append(
            Standing(
                number=number,
                customers=sum(tally.customers for tally in own),
                hits=hits,
                rate=sample.rate,
                rate_interval=belief.interval,
                best=belief.best,
                expected_loss=belief.expected_loss,
                cents=cents,
                cents_interval=posterior.money(cents, error, hits),
            )
        )
    return tuple(made)


def _weights(number: int, waves: Iterable[dict[int, Tally]]) -> list[tuple[Tally, float]]:
    """The variant's tallies, each with the weight of its wave: as many customers as were drawn there, whatever they got.

    That is weighting by the inverse of the share, as it came out: a variant that got more customers in good weeks because it
    looked good then would otherwise look better than it is.
    """
    own = [(wave[number], sum(one.customers for one in wave.values())) for wave in waves if number in wave]
    own = [(tally, drawn) for tally, drawn in own if tally.customers]
    total = sum(drawn for _, drawn in own)
    return [(tally, drawn / total) for tally, drawn in own]


def _sample(number: int, waves: Iterable[dict[int, Tally]]) -> Sample:
    """As many trials as say as much as the weighted waves do together; without different weights, their number."""
    weights = _weights(number, waves)
    if not weights:
        return Sample(0.0, 0.0)
    rate = sum(weight * tally.hits / tally.customers for tally, weight in weights)
    trials = 1 / sum(weight**2 / tally.customers for tally, weight in weights)
    return Sample(trials, rate * trials)


def _money(number: int, waves: Iterable[dict[int, Tally]]) -> tuple[float, float]:
    """Mean per customer and its standard error, in cents."""
    weights = _weights(number, waves)
    mean = sum(weight * tally.cents / tally.customers for tally, weight in weights)
    variance = sum(weight**2 * _variance(tally) / tally.customers for tally, weight in weights)
    return mean, sqrt(variance)


def _variance(tally: Tally) -> float:
    """Of a customer's money."""
    if tally.customers < 2:
        return tally.cents_squared
    mean = tally.cents / tally.customers
    return max(tally.cents_squared - tally.customers * mean**2, 0.0) / (tally.customers - 1)


def _pairs(compared: Sequence[int], waves: Sequence[dict[int, Tally]]) -> tuple[Pair, ...]:
    """Every two, at a level divided by the number of pairs, so that it holds for all of them together."""
    both = list(combinations(compared, 2))
    return tuple(Pair(a, b, _difference(a, b, waves, alpha=sequences.ALPHA / len(both))) for a, b in both)


def _difference(a: int, b: int, waves: Sequence[dict[int, Tally]], *, alpha: float) -> Difference | None:
    batches = [_batch(wave[a], wave[b], drawn=sum(one.customers for one in wave.values())) for wave in waves]
    return sequences.difference(batches, alpha=alpha)


def _batch(a: Tally, b: Tally, *, drawn: int) -> Batch:
    return Batch(drawn, a.share, a.hits, b.share, b.hits)
