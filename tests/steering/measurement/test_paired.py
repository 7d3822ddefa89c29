"""The permutation test of pairs: right about chance, and against scipy's own."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from steering.measurement.paired import FEWEST_PAIRS, compared

RUNS = 400


def drawn(seed: int, pairs: int, *, effect: float = 0.0) -> np.ndarray:
    """Skewed, as money is, and symmetrical about the effect: which of two is taken is chance."""
    rng = np.random.default_rng(seed)
    one, other = rng.lognormal(0, 1, (2, pairs)) * (rng.random((2, pairs)) < 0.7)
    return one - other + effect


@settings(max_examples=40)
@given(st.lists(st.integers(-5, 9).map(float), min_size=FEWEST_PAIRS, max_size=9))
def test_few_pairs_are_tested_as_every_way_to_give_signs_says(differences):
    told = compared(np.array(differences))
    means = [np.mean(np.multiply(signs, differences)) for signs in product((1, -1), repeat=len(differences))]
    assert told.is_exact
    assert told.p_value == pytest.approx(np.mean(np.abs(means) >= abs(np.mean(differences)) - 1e-9))


def test_many_pairs_are_tested_as_scipy_does():
    differences = drawn(3, 40, effect=0.4)
    theirs = stats.permutation_test(
        (differences,), np.mean, permutation_type="samples", n_resamples=9_999, rng=np.random.default_rng(1)
    )
    told = compared(differences)
    assert told.p_value == pytest.approx(theirs.pvalue, abs=0.02)
    assert not told.is_exact


def test_without_an_effect_the_p_value_is_uniform_and_false_alarms_are_as_rare_as_said():
    told = [compared(drawn(seed, 12)) for seed in range(RUNS)]
    p_values = np.array([one.p_value for one in told])
    assert stats.kstest(p_values, "uniform").pvalue > 0.01
    assert (p_values <= 0.05).mean() == pytest.approx(0.05, abs=0.03)
    assert np.mean([one.low <= 0 <= one.high for one in told]) == pytest.approx(0.95, abs=0.03)


def test_an_effect_is_found_the_more_often_the_larger_it_is_and_the_interval_holds_it():
    found = []
    for effect in (0.0, 0.5, 1.0):
        told = [compared(drawn(seed, 30, effect=effect)) for seed in range(100)]
        found.append(np.mean([one.p_value <= 0.05 for one in told]))
        assert np.mean([one.low <= effect <= one.high for one in told]) > 0.88
    assert found[0] < 0.12 < found[1] < found[2]


def test_what_would_be_seen_is_seen_in_about_eight_of_ten_cases():
    usual = np.mean([compared(drawn(seed, 60)).detectable for seed in range(30)])
    seen = np.mean([compared(drawn(seed, 60, effect=usual)).p_value <= 0.05 for seed in range(150)])
    assert seen == pytest.approx(0.8, abs=0.12)


def test_large_pairs_weigh_more():
    differences, weights = np.array([5.0, 0, 0, 0, 0, 0]), np.array([10.0, 1, 1, 1, 1, 1])
    assert compared(differences, weights).estimate == pytest.approx(50 / 15)


def test_pairs_that_do_not_differ_at_all_say_nothing():
    told = compared(np.zeros(20))
    assert (told.estimate, told.low, told.high, told.p_value, told.detectable) == (0, 0, 0, 1, 0)


def test_too_few_pairs_are_not_tested():
    assert compared(np.ones(FEWEST_PAIRS - 1)) is None


@pytest.mark.parametrize(
    ("differences", "weights", "message"),
    [([1.0, np.nan], None, "must be finite"), ([1.0, 2.0], [1.0], "must have the shape"), ([1.0], [0.0], "above 0")],
)
def test_what_are_no_pairs_is_refused(differences, weights, message):
    with pytest.raises(ValueError, match=message):
        compared(np.array(differences), None if weights is None else np.array(weights))
