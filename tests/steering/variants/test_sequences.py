"""Looking after every wave does not mislead: shown by experiments whose truth is known."""

from math import sqrt

import numpy as np
import pytest

from steering.variants import posterior, sequences
from steering.variants.posterior import Sample
from steering.variants.sequences import Batch

LOOKS, DRAWN = 20, 1000  # waves, and customers of each


def waves(random: np.random.Generator, rate_a: float, rate_b: float, *, share: float = 0.5) -> list[Batch]:
    made = []
    for _ in range(LOOKS):
        number_a = random.binomial(DRAWN, share)
        hits = random.binomial(number_a, rate_a), random.binomial(DRAWN - number_a, rate_b)
        made.append(Batch(DRAWN, share, hits[0], 1 - share, hits[1]))
    return made


def is_ever_decided(batches: list[Batch], *, alpha: float = 0.05) -> bool:
    looks = (sequences.difference(batches[:look], alpha=alpha) for look in range(1, len(batches) + 1))
    return any(found is not None and found.is_decided for found in looks)


def is_ever_significant(batches: list[Batch]) -> bool:
    """What a test that is meant for one look says, asked again after every wave."""
    for look in range(1, len(batches) + 1):
        seen = batches[:look]
        each = DRAWN * look / 2
        rates = sum(one.hits_a for one in seen) / each, sum(one.hits_b for one in seen) / each
        error = sqrt(sum(rate * (1 - rate) for rate in rates) / each)
        if error and abs(rates[0] - rates[1]) > 1.96 * error:
            return True
    return False


@pytest.mark.parametrize(("rate", "share"), [(0.03, 0.5), (0.2, 0.5), (0.05, 0.8)])
def test_equal_variants_are_taken_for_different_no_more_often_than_is_said(rate, share):
    random = np.random.default_rng(1)
    wrong = sum(is_ever_decided(waves(random, rate, rate, share=share)) for _ in range(600))
    assert wrong / 600 <= 0.05


def test_a_test_for_one_look_misleads_when_it_is_asked_after_every_wave():
    """So the test above can fail: the same looks, by the usual interval."""
    random = np.random.default_rng(1)
    wrong = sum(is_ever_significant(waves(random, 0.05, 0.05)) for _ in range(300))
    assert wrong / 300 > 0.15


def test_a_variant_that_is_better_by_half_is_found():
    random = np.random.default_rng(2)
    found = sum(is_ever_decided(waves(random, 0.05, 0.075)) for _ in range(200))
    assert found / 200 > 0.9


def test_the_true_difference_is_missed_no_more_often_than_is_said():
    random = np.random.default_rng(3)
    missed = 0
    for _ in range(400):
        batches = waves(random, 0.06, 0.04)
        looks = [sequences.difference(batches[:look]) for look in range(1, LOOKS + 1)]
        missed += any(one is not None and not one.low <= 0.02 <= one.high for one in looks)
    assert missed / 400 <= 0.05


def test_shares_that_follow_results_do_not_mislead_either(monkeypatch):
    monkeypatch.setattr(posterior, "DRAWS", 1000)
    random = np.random.default_rng(4)
    wrong = 0
    for _ in range(100):
        batches: list[Batch] = []
        for _ in range(LOOKS):
            batches.append(_by_thompson(random, batches, rate=0.05))
        wrong += is_ever_decided(batches)
    assert wrong / 100 <= 0.05


def _by_thompson(random: np.random.Generator, before: list[Batch], *, rate: float) -> Batch:
    samples = [
        Sample(sum(one.drawn * one.share_a for one in before), sum(one.hits_a for one in before)),
        Sample(sum(one.drawn * one.share_b for one in before), sum(one.hits_b for one in before)),
    ]
    share_a, share_b = posterior.shares(samples, floor=0.05)
    number_a = random.binomial(DRAWN, share_a)
    return Batch(DRAWN, share_a, random.binomial(number_a, rate), share_b, random.binomial(DRAWN - number_a, rate))


def test_the_estimate_does_not_depend_on_the_shares():
    """100 of 1,000 and 50 of 500 are the same rate, whatever part of the customers that was."""
    even = sequences.difference([Batch(2000, 0.5, 100, 0.5, 50)])
    uneven = sequences.difference([Batch(2000, 0.75, 150, 0.25, 25), Batch(2000, 0.25, 50, 0.75, 75)])
    assert even.estimate == pytest.approx(0.05)
    assert uneven.estimate == pytest.approx(0.05)
    assert (uneven.low, uneven.high) != (even.low, even.high)


def test_nothing_is_said_before_enough_has_happened():
    assert sequences.difference([]) is None
    assert sequences.difference([Batch(9000, 0.5, 400, 0.5, 29)]) is None
    assert sequences.difference([Batch(9000, 0.5, 400, 0.5, 30)]) is not None


def test_what_is_compared_many_times_has_to_differ_more():
    batches = [Batch(10_000, 0.5, 250, 0.5, 300)]
    one, many = sequences.difference(batches), sequences.difference(batches, alpha=0.005)
    assert many.high - many.low > one.high - one.low
