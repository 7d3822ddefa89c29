"""Candidates are averaged and believed as far as they explain more than noise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steering.targeting.selector import (
    LEAST_FACTOR,
    Evidence,
    explained,
    factors,
    ranking_terms,
    ranking_value,
    weights_of,
)

rng = np.random.default_rng(0)
TRUE = rng.normal(size=5_000)
NOISE = rng.normal(size=5_000)
PSEUDO = 0.5 * TRUE + rng.normal(0, 3, 5_000)
FOLD = np.arange(5_000) % 3


def test_candidate_that_knows_gets_more_weight_than_one_that_does_not():
    weights, _ = weights_of([Evidence.of(np.column_stack([0.5 * TRUE, 0.5 * NOISE]), PSEUDO, FOLD)], np.full(2, 0.5))
    assert weights[0, 0] > weights[0, 1] + 0.3


def test_without_evidence_the_weights_are_where_they_begin():
    weights, freedom = weights_of(
        [Evidence.of(1e-6 * np.column_stack([TRUE, NOISE, -TRUE]), PSEUDO, FOLD)], np.array([0.5, 0.3, 0.2])
    )
    assert weights[0] == pytest.approx([0.5, 0.3, 0.2], abs=1e-3)
    assert freedom[0] < 0.01


def test_effects_all_alike_have_no_equations():
    weights, _ = weights_of([Evidence.of(np.zeros((50, 2)), np.arange(50.0), np.zeros(50))], np.full(2, 0.5))
    assert weights[0] == pytest.approx([0.5, 0.5])


def test_pattern_of_noise_is_left_to_break_ties_only():
    assert factors([NOISE], [PSEUDO])[0] < 0.2
    assert factors([-TRUE], [PSEUDO])[0] == LEAST_FACTOR


def test_pattern_that_is_true_is_believed_by_its_slope():
    assert factors([TRUE], [PSEUDO])[0] == pytest.approx(0.5, abs=0.1)


def test_nothing_to_multiply_is_nothing():
    assert factors([np.zeros(9)], [np.arange(9.0)])[0] == 0


def test_value_and_explained_are_zero_for_a_score_that_knows_nothing():
    assert ranking_value(np.zeros(5_000), PSEUDO)[0] == 0
    assert explained(np.zeros(5_000), PSEUDO)[0] == 0


def test_ranking_value_is_the_mean_over_all_budgets():
    value, error = ranking_value(TRUE, PSEUDO)
    order = np.argsort(-TRUE)
    by_budget = np.cumsum(PSEUDO[order]) / 5_000 - np.arange(1, 5_001) / 5_000 * PSEUDO.mean()
    assert value == pytest.approx(by_budget.mean(), abs=1e-3)
    assert value > 3 * error


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30))
def test_ranks_are_balanced_and_alike_for_alike_scores(scores):
    terms = ranking_terms(np.array(scores, dtype=float))
    assert terms.sum() == pytest.approx(0, abs=1e-9)
    assert len(np.unique(terms.round(12))) == len(set(scores))
