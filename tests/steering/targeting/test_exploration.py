"""Exploration stays within the limits, and the logged propensity is the true frequency of every decision."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steering.targeting import exploration
from steering.targeting.exploration import area_propensity, combine, explore, explore_areas

UNLIMITED = {"costs": np.zeros(3), "budget": np.inf, "capacities": np.full(3, np.inf)}


def some_eligible(n, *, seed=0):
    return np.random.default_rng(seed).random((n, 3)) < 0.7


def test_about_the_share_explores():
    assert exploration.draw_explorers(50_000, share=0.1, seed=1).mean() == pytest.approx(0.1, abs=0.005)


def test_same_seed_same_draw():
    first, second = (explore(some_eligible(500), share=0.5, seed=9, **UNLIMITED) for _ in range(2))
    assert np.array_equal(first.choice, second.choice)
    assert not np.array_equal(first.choice, explore(some_eligible(500), share=0.5, seed=8, **UNLIMITED).choice)


def test_only_eligible_options_are_drawn():
    eligible = some_eligible(5_000)
    choice = exploration.explore_uniformly(eligible, seed=1)
    contacted = choice >= 0
    assert eligible[np.flatnonzero(contacted), choice[contacted]].all()
    assert (choice[~eligible.any(axis=1)] == -1).all()


def test_no_contact_and_every_option_are_equally_likely():
    choice = exploration.explore_uniformly(np.ones((40_000, 3), bool), seed=1)
    assert np.bincount(choice + 1) / 40_000 == pytest.approx(np.full(4, 0.25), abs=0.01)


def test_who_does_not_explore_gets_what_the_plan_says():
    optimised = np.full(1_000, 2)
    drawn = explore(np.ones((1_000, 3), bool), share=0.2, seed=1, **UNLIMITED)
    choice, known = combine(drawn, optimised)
    assert (choice[~drawn.explores] == 2).all()
    assert known[choice == 2] == pytest.approx(0.2 / 4 + 0.8)
    assert known[choice != 2] == pytest.approx(0.2 / 4)


def test_without_exploration_every_choice_is_certain():
    drawn = explore(some_eligible(100), share=0.0, seed=1, **UNLIMITED)
    choice, known = combine(drawn, np.full(100, -1))
    assert (choice == -1).all()
    assert (known == 1).all()


TIGHT = {"costs": np.array([1.0, 10.0, 80.0]), "budget": 20_000.0, "capacities": np.array([900.0, 400.0, np.inf])}


@pytest.mark.parametrize("share", [0.1, 0.5, 1.0])
def test_propensities_of_all_choices_add_up_to_one(share):
    eligible = some_eligible(300)
    drawn = explore(eligible, share=share, seed=3, **TIGHT)
    optimised = np.where(eligible[:, 1], 1, -1)
    total = sum(
        exploration.propensity(
            np.full(300, c), optimised, eligible, share=share, acceptance=drawn.acceptance
        )
        for c in (-1, 0, 1, 2)
    )  # fmt: skip
    assert total == pytest.approx(1)


def test_propensity_is_the_frequency_under_limits_and_in_households():
    n, times = 400, 1_500
    eligible, household = some_eligible(n), np.arange(n) // 4
    household[:100] = -1
    limits = {"costs": np.array([1.0, 4.0, 9.0]), "budget": 700.0, "capacities": np.array([80.0, 100.0, 50.0])}
    optimised = np.where(eligible[:, 2], 2, -1)
    seen, expected, evaluable = np.zeros((n, 4)), np.zeros((n, 4)), 0
    for seed in range(times):
        drawn = explore(eligible, share=0.6, seed=seed, household=household, print_options=(2,), **limits)
        choice, known = combine(drawn, optimised)
        seen[np.arange(n), choice + 1] += 1
        evaluable += np.isfinite(known).mean() / times
        printed = household[(drawn.choice == 2) & (household >= 0)]
        assert len(set(printed)) == len(printed)
    for c in range(-1, 3):
        acceptance = drawn.acceptance
        expected[:, c + 1] = exploration.propensity(
            np.full(n, c), optimised, eligible, share=0.6, acceptance=acceptance
        )
    error = np.sqrt(expected * (1 - expected) / times) + 1e-9
    assert np.abs((seen / times - expected) / error).mean() < 1.0
    assert evaluable > 0.999


@given(
    n=st.integers(0, 60),
    share=st.floats(0, 1),
    budget=st.one_of(st.just(np.inf), st.floats(0, 200)),
    capacity=st.one_of(st.just(np.inf), st.floats(0, 20)),
    seed=st.integers(0, 99),
)
def test_exploration_never_uses_more_than_its_share_of_a_limit(n, share, budget, capacity, seed):
    limits = {"costs": np.array([1.0, 5.0, 20.0]), "budget": budget, "capacities": np.full(3, capacity)}
    drawn = explore(some_eligible(n, seed=seed), share=share, seed=seed, **limits)
    _, known = combine(drawn, np.full(n, -1))
    assert drawn.used[0] <= (share * budget if budget < np.inf else np.inf) + 1e-9
    assert (drawn.used[1:] <= (share * capacity if capacity < np.inf else np.inf)).all()
    assert np.isnan(known[~drawn.evaluable]).all()
    assert ((known[drawn.evaluable] > 0) & (known[drawn.evaluable] <= 1 + 1e-12)).all()


def test_overrun_is_rare_and_then_marked():
    overruns = [
        (~explore(np.ones((5_000, 3), bool), share=0.3, seed=seed, **TIGHT).evaluable).sum() for seed in range(60)
    ]
    assert np.mean(np.array(overruns) > 0) < 0.05


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


def test_bad_input_is_refused_by_name():
    with pytest.raises(ValueError, match=r"share must be between 0 and 1, got 1\.5"):
        explore(some_eligible(3), share=1.5, seed=0, **UNLIMITED)
    with pytest.raises(ValueError, match=r"eligible must be \(customers, options\) of bool"):
        exploration.explore_uniformly(np.ones((3, 2)), seed=0)
    with pytest.raises(ValueError, match=r"optimised must have shape \(3,\), got \(2,\)"):
        combine(explore(some_eligible(3), share=0.5, seed=0, **UNLIMITED), np.zeros(2, int))


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


def test_by_given_chances_the_propensity_is_the_frequency_under_limits():
    n, times = 300, 1_500
    eligible = some_eligible(n)
    mean = np.random.default_rng(2).normal(20, 40, (n, 3))
    chances = exploration.thompson(mean, np.full(3, 40.0), eligible, seed=1)
    limits = {"costs": np.array([1.0, 4.0, 9.0]), "budget": 600.0, "capacities": np.array([50.0, 100.0, 50.0])}
    optimised = np.where(eligible[:, 2], 2, -1)
    seen = np.zeros((n, 4))
    for seed in range(times):
        drawn = explore(eligible, share=0.6, seed=seed, chances=chances, **limits)
        choice, known = combine(drawn, optimised)
        seen[np.arange(n), choice + 1] += 1
    for option in range(-1, 3):
        expected = exploration.propensity(
            np.full(n, option), optimised, eligible, share=0.6, acceptance=drawn.acceptance, chances=chances
        )
        error = np.sqrt(expected * (1 - expected) / times) + 1e-9
        assert np.abs((seen[:, option + 1] / times - expected) / error).mean() < 1.0
        was_drawn = np.isfinite(known) & (choice == option)
        assert known[was_drawn] == pytest.approx(expected[was_drawn])


def test_chances_of_what_is_not_open_go_to_no_contact():
    eligible = np.zeros((2_000, 3), bool)
    drawn = explore(eligible, share=1.0, seed=1, chances=np.full((2_000, 4), 0.25), **UNLIMITED)
    choice, known = combine(drawn, np.full(2_000, -1))
    assert (choice == -1).all()
    assert known == pytest.approx(1)


def test_bad_chances_are_refused_by_name():
    with pytest.raises(ValueError, match=r"chances must have shape \(3, 4\), got \(3, 3\)"):
        explore(some_eligible(3), share=0.5, seed=0, chances=np.ones((3, 3)), **UNLIMITED)
    with pytest.raises(ValueError, match="add up to 1"):
        explore(some_eligible(3), share=0.5, seed=0, chances=np.ones((3, 4)), **UNLIMITED)
    with pytest.raises(ValueError, match="standard_error must be at least 0"):
        chances_of_best([1.0], [-1.0])
    with pytest.raises(ValueError, match="mean must be finite where eligible"):
        chances_of_best([np.nan], [1.0])
