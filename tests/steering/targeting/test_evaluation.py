"""Evaluation from logged decisions agrees with the truth that made them."""

import numpy as np
import pytest

from steering.targeting import evaluation

from .worlds import world


@pytest.fixture(scope="module")
def pair():
    """Option 0 against no contact, with the true uplift of each row."""
    logged = world(20_000, seed=11)
    rows = logged.treatment <= 1
    return logged.uplift[rows, 0], logged.treatment[rows] == 1, logged.outcome[rows]


def test_qini_of_the_truth_is_positive_and_of_its_opposite_negative(pair):
    truth, treated, outcome = pair
    right = evaluation.qini_coefficient(truth, treated, outcome)
    assert right > 40
    assert evaluation.qini_coefficient(-truth, treated, outcome) == pytest.approx(-right, rel=0.2)


def test_qini_of_a_random_score_is_about_nothing(pair):
    truth, treated, outcome = pair
    chance = np.random.default_rng(0).normal(size=truth.size)
    assert abs(evaluation.qini_coefficient(chance, treated, outcome)) < 10


def test_qini_of_equal_scores_is_exactly_nothing(pair):
    truth, treated, outcome = pair
    assert evaluation.qini_coefficient(np.zeros(truth.size), treated, outcome) == pytest.approx(0)


def test_curves_end_at_the_mean_effect(pair):
    truth, treated, outcome = pair
    difference = outcome[treated].mean() - outcome[~treated].mean()
    for curve in (evaluation.qini_curve, evaluation.uplift_curve):
        ends = curve(truth, treated, outcome)
        assert (ends.share[0], ends.gain[0], ends.share[-1]) == (0, 0, 1)
        assert ends.gain[-1] == pytest.approx(difference)


def test_auuc_prefers_the_better_score(pair):
    truth, treated, outcome = pair
    blurred = truth + np.random.default_rng(1).normal(0, 400, truth.size)
    assert evaluation.auuc(truth, treated, outcome) > evaluation.auuc(blurred, treated, outcome)


def test_propensities_undo_biased_logging():
    logged = world(40_000, seed=12, biased=True)
    rows = logged.treatment <= 1
    parts = logged.uplift[rows, 0], logged.treatment[rows] == 1, logged.outcome[rows]
    truth = logged.uplift[:, 0].mean()
    naive = evaluation.qini_curve(*parts).gain[-1]
    weighted = evaluation.qini_curve(*parts, logged.propensity[rows]).gain[-1]
    assert abs(weighted - truth) < 30 < abs(naive - truth)


def test_deciles_show_predicted_and_observed(pair):
    deciles = evaluation.uplift_by_decile(*pair)
    assert [decile.number for decile in deciles] == list(range(1, 11))
    assert deciles[0].predicted == 500
    assert deciles[-1].predicted == 0
    for decile in deciles:
        assert abs(decile.observed - decile.predicted) < 4 * decile.standard_error


def test_deciles_of_few_customers_and_one_group():
    deciles = evaluation.uplift_by_decile(np.arange(3.0), np.ones(3, bool), np.ones(3))
    assert len(deciles) == 3
    assert np.isnan(deciles[0].observed)


def policies(logged):
    n = len(logged.X)
    return {
        "nobody": np.zeros(n, dtype=int),
        "everybody option 0": np.ones(n, dtype=int),
        "the best": np.where(logged.uplift.max(axis=1) > 0, logged.uplift.argmax(axis=1) + 1, 0),
    }


@pytest.mark.parametrize("name", ["nobody", "everybody option 0", "the best"])
def test_off_policy_values_are_unbiased_with_honest_errors(name):
    deviations = {"ips": [], "dr": []}
    for seed in range(40):
        logged = world(3_000, seed=100 + seed, biased=True)
        policy = policies(logged)[name]
        truth = logged.expected[np.arange(len(policy)), policy].mean()
        log = policy, logged.treatment, logged.outcome, logged.propensity
        wrong_model = 0.5 * logged.expected
        for kind, found in (
            ("ips", evaluation.policy_value_ips(*log)),
            ("dr", evaluation.policy_value_dr(*log, wrong_model)),
        ):
            deviations[kind].append((found.value - truth) / found.standard_error)
    for z in deviations.values():
        assert abs(np.mean(z)) < 0.6
        assert 0.6 < np.std(z) < 1.5


def test_doubly_robust_is_more_precise_with_a_good_model():
    logged = world(5_000, seed=13)
    log = policies(logged)["the best"], logged.treatment, logged.outcome, logged.propensity
    good = evaluation.policy_value_dr(*log, logged.expected)
    assert good.standard_error < evaluation.policy_value_dr(*log, np.zeros_like(logged.expected)).standard_error
    low, high = good.interval
    assert low < good.value < high


def test_policy_that_was_never_tried_has_no_value():
    found = evaluation.policy_value_ips(np.array([1, 1]), np.array([0, 0]), np.ones(2), np.ones(2))
    assert np.isnan(found.value)
    assert found.effective_count == 0


def test_bad_input_is_refused_by_name():
    with pytest.raises(ValueError, match="propensity must be above 0 and at most 1"):
        evaluation.policy_value_ips(np.zeros(1, int), np.zeros(1, int), np.ones(1), np.zeros(1))
    with pytest.raises(ValueError, match=r"treated must have shape \(2,\)"):
        evaluation.qini_curve(np.ones(2), np.ones(3, bool), np.ones(2))
    with pytest.raises(ValueError, match="score must have at least one row"):
        evaluation.qini_curve(np.ones(0), np.ones(0, bool), np.ones(0))
    with pytest.raises(ValueError, match="expected must have shape"):
        evaluation.policy_value_dr(np.ones(1, int), np.ones(1, int), np.ones(1), np.ones(1), np.ones((1, 1)))
