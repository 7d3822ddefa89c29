"""What explorers draw comes as often as its chance says, by even chances as by Thompson sampling."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steering.targeting import exploration
from steering.targeting.exploration import area_propensity, explore_areas


def some_eligible(n, *, seed=0):
    return np.random.default_rng(seed).random((n, 3)) < 0.7


def test_about_the_share_explores():
    assert exploration.draw_explorers(50_000, share=0.1, seed=1).mean() == pytest.approx(0.1, abs=0.005)


def test_no_contact_and_all_that_is_open_are_equally_likely():
    eligible = np.tile([True, False, True], (40_000, 1))
    chances = exploration.uniform(eligible)
    assert chances[0].tolist() == pytest.approx([1 / 3, 1 / 3, 0, 1 / 3])
    choice = exploration.draw_options(chances[:, 1:], seed=1)
    assert np.bincount(choice + 1, minlength=4) / 40_000 == pytest.approx(chances[0], abs=0.01)


def test_who_may_get_nothing_gets_nothing():
    chances = exploration.uniform(np.zeros((5, 3), bool))
    assert chances[:, 0].tolist() == [1] * 5
    assert (exploration.draw_options(chances[:, 1:], seed=1) == -1).all()


def test_draws_are_the_same_for_the_same_seed_and_come_as_often_as_their_chances():
    n, times = 200, 2_000
    eligible = some_eligible(n)
    mean = np.random.default_rng(2).normal(20, 40, (n, 3))
    chances = exploration.thompson(mean, np.full(3, 40.0), eligible, seed=1)
    acceptance = np.tile([0.5, 1.0, 0.9], (n, 1))
    seen = np.zeros((n, 4))
    for seed in range(times):
        choice = exploration.draw_options(chances[:, 1:], seed=seed, acceptance=acceptance)
        seen[np.arange(n), choice + 1] += 1
    kept = chances[:, 1:] * acceptance
    expected = np.column_stack([1 - kept.sum(axis=1), kept])
    error = np.sqrt(expected * (1 - expected) / times) + 1e-9
    assert np.abs((seen / times - expected) / error)[expected > 0].mean() < 1.0
    assert not seen[expected == 0].any()
    assert np.array_equal(choice, exploration.draw_options(chances[:, 1:], seed=seed, acceptance=acceptance))


def test_areas_are_drawn_whole_with_known_probability():
    costs, pieces, times = np.full(50, 100.0), np.full(50, 40.0), 2_000
    opened = np.zeros(50)
    for seed in range(times):
        drawn = explore_areas(costs, pieces, share=0.4, seed=seed, budget=2_500.0, capacity=np.inf)
        assert (costs * drawn.opened).sum() <= 2_500
        opened += drawn.opened
    known = area_propensity(drawn, np.ones(50, bool), np.zeros(50, bool))
    assert opened / times == pytest.approx(known, abs=0.03)
    assert known + area_propensity(drawn, np.zeros(50, bool), np.zeros(50, bool)) == pytest.approx(1)


def chances_of_best(mean, error, eligible=None, **more):
    mean = np.asarray(mean, dtype=float)
    eligible = np.ones((1, mean.size), bool) if eligible is None else np.asarray([eligible])
    return exploration.thompson(mean[None, :], np.asarray(error, dtype=float), eligible, **more)[0]


def test_the_chance_of_an_option_is_how_probably_it_is_best():
    """Two options against nothing, by numeric integration over a fine grid of the posterior."""
    mean, error = np.array([30.0, 10.0]), np.array([40.0, 60.0])
    grid = np.linspace(-400, 400, 4001)
    density = np.exp(-(((grid[:, None] - mean) / error) ** 2) / 2)
    density /= density.sum(axis=0)
    below = np.cumsum(density, axis=0)
    first = (density[:, 0] * below[:, 1])[grid > 0].sum()
    second = (density[:, 1] * below[:, 0])[grid > 0].sum()
    found = chances_of_best(mean, error, draws=4000, floor=0.0)
    assert found == pytest.approx([1 - first - second, first, second], abs=0.02)


def test_what_is_certain_is_always_drawn_but_for_the_floor():
    assert chances_of_best([5.0, 4.0], [0.0, 0.0], floor=0.0).tolist() == [0, 1, 0]
    assert chances_of_best([5.0, 4.0], [0.0, 0.0], floor=0.02) == pytest.approx([0.02, 0.96, 0.02])
    assert chances_of_best([-5.0, 0.0], [0.0, 0.0], floor=0.0).tolist() == [1, 0, 0]


def test_a_floor_that_is_too_high_makes_all_alike():
    assert chances_of_best([5.0, 4.0], [1.0, 1.0], floor=0.5) == pytest.approx(np.full(3, 1 / 3))


@given(n=st.integers(0, 30), floor=st.floats(0, 0.5), scale=st.floats(0, 1e6), seed=st.integers(0, 99))
def test_chances_add_up_respect_the_floor_and_give_nothing_to_what_is_not_open(n, floor, scale, seed):
    rng, eligible = np.random.default_rng(seed), some_eligible(n, seed=seed)
    mean = np.where(eligible, rng.normal(0, scale, (n, 3)), np.nan)
    found = exploration.thompson(mean, np.full(3, scale), eligible, draws=16, seed=seed, floor=floor)
    assert found.sum(axis=1) == pytest.approx(1)
    assert not found[:, 1:][~eligible].any()
    open_ = np.column_stack([np.ones(n, bool), eligible])
    least = np.minimum(floor, 1 / open_.sum(axis=1))[:, None]
    assert (found >= least - 1e-12)[open_].all()


def test_thompson_is_the_same_for_the_same_seed_however_many_customers_there_are():
    mean, eligible = np.random.default_rng(3).normal(0, 50, (50, 3)), some_eligible(50)
    whole = exploration.thompson(mean, np.full(3, 30.0), eligible, seed=4)
    part = exploration.thompson(mean[:7], np.full(3, 30.0), eligible[:7], seed=4)
    assert np.array_equal(whole[:7], part)


def test_bad_chances_are_refused_by_name():
    for chances in (np.ones((3, 2)), np.full((3, 1), -0.1), np.ones(3)):
        with pytest.raises(ValueError, match="in sum at most 1 for every customer"):
            exploration.draw_options(chances, seed=0)
    with pytest.raises(ValueError, match=r"share must be between 0 and 1, got 1\.5"):
        exploration.draw_explorers(3, share=1.5, seed=0)
    with pytest.raises(ValueError, match=r"eligible must be \(customers, options\) of bool"):
        exploration.uniform(np.ones((3, 2)))
    with pytest.raises(ValueError, match="standard_error must be at least 0"):
        chances_of_best([1.0], [-1.0])
    with pytest.raises(ValueError, match="mean must be finite where eligible"):
        chances_of_best([np.nan], [1.0])
