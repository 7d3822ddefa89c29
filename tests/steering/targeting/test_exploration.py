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
