"""Candidates are averaged and believed as far as they explain more than noise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steering.targeting.selector import (
    LEAST,
    Evidence,
    explained,
    ranking_terms,
    ranking_value,
    weights_of,
)

rng = np.random.default_rng(0)
TRUE = rng.normal(size=5_000)
NOISE = rng.normal(size=5_000)
PSEUDO = 0.5 * TRUE + rng.normal(0, 3, 5_000)
FOLD = np.arange(5_000) % 3


def weights(*effects, pseudo=PSEUDO, start=0.5):
    """Of one option alone."""
    columns = np.column_stack(effects)
    return weights_of([Evidence.of(columns, pseudo, np.arange(len(pseudo)) % 3)], np.full(len(effects), start))[0]


def test_candidate_that_knows_gets_more_weight_than_one_that_does_not():
    found = weights(0.5 * TRUE, 0.5 * NOISE)
    assert found[0] > found[1] + 0.3


def test_without_evidence_the_weights_are_where_they_begin():
    tiny = 1e-6 * np.column_stack([TRUE, NOISE, -TRUE])
    found = weights_of([Evidence.of(tiny, PSEUDO, FOLD)], np.array([0.5, 0.3, 0.1]))
    assert found[0] == pytest.approx([0.5, 0.3, 0.1], abs=1e-3)


def test_effects_all_alike_leave_the_weights_where_they_begin():
    assert weights(np.zeros(50), np.zeros(50), pseudo=np.arange(50.0)) == pytest.approx([0.5, 0.5])


def test_pattern_of_noise_is_believed_little_and_a_false_one_only_orders():
    assert weights(NOISE, start=1.0).sum() < 0.2
    assert weights(-TRUE, start=1.0).sum() == pytest.approx(LEAST)


def test_pattern_that_is_true_is_believed_by_its_slope():
    assert weights(TRUE, start=1.0).sum() == pytest.approx(0.5, abs=0.1)


def test_option_without_evidence_has_the_weights_of_the_others():
    known = Evidence.of(np.column_stack([0.5 * TRUE, 0.5 * NOISE]), PSEUDO, FOLD)
    unknown = Evidence.of(1e-6 * np.column_stack([TRUE, NOISE]), PSEUDO, FOLD)
    found = weights_of([known, unknown], np.full(2, 0.5))
    assert found[1, 0] > found[1, 1] + 0.2


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
