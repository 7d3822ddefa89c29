"""What is believed of variants after what was seen."""

import numpy as np
import pytest
from scipy import stats

from steering.variants import posterior
from steering.variants.posterior import Sample


def test_the_interval_of_a_rate_is_that_of_jeffreys():
    found = posterior.interval(Sample(200, 10))
    assert (found.low, found.high) == pytest.approx(tuple(stats.beta(10.5, 190.5).ppf([0.025, 0.975])))


def test_intervals_cover_what_is_true_as_often_as_they_say():
    random = np.random.default_rng(1)
    hits = random.binomial(2000, 0.04, size=500)
    covered = sum(found.low <= 0.04 <= found.high for found in (posterior.interval(Sample(2000, n)) for n in hits))
    assert 0.92 <= covered / 500 <= 0.98


def test_the_chance_to_be_the_best_adds_up_and_is_even_where_nothing_is_known():
    beliefs = posterior.beliefs([Sample(0, 0)] * 3)
    assert sum(one.best for one in beliefs) == pytest.approx(1)
    assert all(one.best == pytest.approx(1 / 3, abs=0.02) for one in beliefs)


def test_the_better_one_is_likely_the_best_and_choosing_it_costs_little():
    good, bad = posterior.beliefs([Sample(1000, 80), Sample(1000, 40)])
    assert good.best > 0.99
    assert bad.expected_loss == pytest.approx(0.04, abs=0.005)
    assert good.expected_loss < 0.0005


def test_the_chance_to_be_the_best_is_that_of_the_two_beta_distributions():
    grid = np.linspace(0, 0.3, 20_001)
    a, b = stats.beta(30.5, 470.5), stats.beta(22.5, 478.5)
    exact = np.trapezoid(a.pdf(grid) * b.cdf(grid), grid)
    assert posterior.beliefs([Sample(500, 30), Sample(500, 22)])[0].best == pytest.approx(exact, abs=0.015)


def test_shares_follow_what_may_be_best_and_leave_none_without_any():
    shares = posterior.shares([Sample(1000, 100), Sample(1000, 20), Sample(1000, 20)], floor=0.05)
    assert shares == pytest.approx([0.9, 0.05, 0.05], abs=0.001)
    assert sum(shares) == pytest.approx(1)


def test_a_floor_that_is_too_high_for_so_many_makes_them_even():
    assert posterior.shares([Sample(10, 9), Sample(10, 0)], floor=0.9) == pytest.approx([0.5, 0.5])


def test_money_of_few_buyers_is_less_certain_than_the_same_of_many():
    few, many = posterior.money(500, 100, 4), posterior.money(500, 100, 4000)
    assert few.high - few.low > many.high - many.low > 2 * 2.5 * 100
    assert posterior.money(500, 100, 1) is None


def test_intervals_of_money_cover_what_is_true_at_least_as_often_as_they_say():
    """Few buyers with amounts as shops have them: most small, some large."""
    random = np.random.default_rng(5)
    covered = 0
    true = 0.02 * np.exp(3 + 0.5)
    for _ in range(400):
        cents = np.zeros(1500)
        buyers = random.binomial(1500, 0.02)
        cents[:buyers] = random.lognormal(3, 1, buyers)
        found = posterior.money(cents.mean(), cents.std(ddof=1) / np.sqrt(1500), buyers)
        covered += found is not None and found.low <= true <= found.high
    assert covered / 400 > 0.93
