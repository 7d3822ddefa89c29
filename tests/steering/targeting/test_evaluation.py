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


def as_chances(policy, logged):
    return np.eye(logged.expected.shape[1])[policy]


@pytest.mark.parametrize("name", ["nobody", "everybody option 0", "the best", "any by chance"])
def test_off_policy_values_are_unbiased_with_honest_errors(name):
    deviations = {"ips": [], "snips": [], "dr": []}
    for seed in range(40):
        logged = world(3_000, seed=100 + seed, biased=True)
        codes = logged.expected.shape[1]
        policy = policies(logged).get(name, np.full(logged.expected.shape, 1 / codes))
        chances = policy if policy.ndim == 2 else as_chances(policy, logged)
        truth = (chances * logged.expected).sum(axis=1).mean()
        log = policy, logged.treatment, logged.outcome, logged.propensity
        wrong_model = 0.5 * logged.expected
        for kind, found in (
            ("ips", evaluation.policy_value_ips(*log)),
            ("snips", evaluation.policy_value_snips(*log)),
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


@pytest.mark.parametrize("name", ["nobody", "the best"])
def test_a_policy_that_is_certain_is_worth_the_same_in_both_forms(name):
    logged = world(2_000, seed=14, biased=True)
    policy = policies(logged)[name]
    log = logged.treatment, logged.outcome, logged.propensity
    for value in (evaluation.policy_value_ips, evaluation.policy_value_snips):
        assert value(policy, *log) == value(as_chances(policy, logged), *log)
    one = evaluation.policy_value_dr(policy, *log, logged.expected)
    other = evaluation.policy_value_dr(as_chances(policy, logged), *log, logged.expected)
    assert one.value == pytest.approx(other.value)
    assert one.standard_error == pytest.approx(other.standard_error)


def test_two_policies_are_compared_more_precisely_than_each_is_known():
    logged = world(5_000, seed=15)
    best = policies(logged)["the best"]
    nearly = np.where(np.arange(len(best)) % 10 == 0, 0, best)
    log = logged.treatment, logged.outcome, logged.propensity, logged.expected
    difference = evaluation.policy_difference_dr(best, nearly, *log)
    values = [evaluation.policy_value_dr(policy, *log) for policy in (best, nearly)]
    assert difference.value == pytest.approx(values[0].value - values[1].value)
    assert difference.standard_error < 0.5 * values[0].standard_error
    same = evaluation.policy_difference_dr(best, best, *log)
    assert (same.value, same.standard_error) == (0, 0)


def test_the_same_decisions_counted_four_times_say_no_more():
    logged = world(1_000, seed=16)
    log = policies(logged)["the best"], logged.treatment, logged.outcome, logged.propensity
    once = evaluation.policy_value_dr(*log, logged.expected)
    repeated = [np.tile(column, 4) for column in log]
    expected, units = np.tile(logged.expected, (4, 1)), np.tile(np.arange(1_000), 4)
    again = evaluation.policy_value_dr(*repeated, expected, units=units)
    assert again.value == pytest.approx(once.value)
    assert again.standard_error == pytest.approx(once.standard_error)
    naive = evaluation.policy_value_dr(*repeated, expected)
    assert naive.standard_error == pytest.approx(once.standard_error / 2, rel=0.01)


@pytest.mark.parametrize("value", [evaluation.policy_value_ips, evaluation.policy_value_snips])
def test_policy_that_was_never_tried_has_no_value(value):
    for found in (
        value(np.array([1, 1]), np.array([0, 0]), np.ones(2), np.ones(2)),
        value(np.zeros(0, int), np.zeros(0, int), np.ones(0), np.ones(0)),
    ):
        assert np.isnan(found.value)
        assert found.standard_error == np.inf
        assert found.effective_count == 0


def test_one_decision_has_a_value_but_no_error():
    one = np.zeros(1, int), np.zeros(1, int), np.full(1, 7.0), np.ones(1)
    for found in (
        evaluation.policy_value_ips(*one), evaluation.policy_value_snips(*one), evaluation.policy_value_dr(*one, np.zeros((1, 1))),
    ):  # fmt: skip
        assert found.value == 7
        assert found.standard_error == np.inf


def test_a_policy_may_give_what_was_never_given_where_the_model_expects_something_of_it():
    log = np.zeros(4, int), np.full(4, 10.0), np.ones(4)
    found = evaluation.policy_value_dr(np.full(4, 2), *log, np.tile([1.0, 2.0, 3.0], (4, 1)))
    assert (found.value, found.effective_count) == (3, 0)


def test_calibration_finds_what_was_predicted_too_large_by_half(pair):
    truth, treated, outcome = pair
    right, doubled = (evaluation.calibration(factor * truth, treated, outcome) for factor in (1, 2))
    assert right.slope == pytest.approx(1, abs=3 * right.slope_error)
    assert right.intercept == pytest.approx(0, abs=3 * right.intercept_error)
    assert doubled.slope == pytest.approx(right.slope / 2)
    assert doubled.intercept == pytest.approx(right.intercept)
    assert right.predicted == pytest.approx(truth.mean())
    assert right.observed == pytest.approx(outcome[treated].mean() - outcome[~treated].mean())
    assert len(right.bins) == 10


def test_calibration_weights_undo_biased_logging():
    z = []
    for seed in range(30):
        logged = world(4_000, seed=200 + seed, biased=True)
        rows = logged.treatment <= 1
        found = evaluation.calibration(
            logged.uplift[rows, 0], logged.treatment[rows] == 1, logged.outcome[rows], logged.propensity[rows]
        )
        z.append([(found.slope - 1) / found.slope_error, found.intercept / found.intercept_error])
    assert (np.abs(np.mean(z, axis=0)) < 0.7).all()
    assert ((np.std(z, axis=0) > 0.6) & (np.std(z, axis=0) < 1.5)).all()


def test_where_everybody_is_predicted_alike_there_is_a_mean_but_no_line(pair):
    _, treated, outcome = pair
    found = evaluation.calibration(np.full(outcome.size, 100.0), treated, outcome)
    assert np.isnan(found.slope)
    assert np.isnan(found.intercept)
    assert found.observed == pytest.approx(outcome[treated].mean() - outcome[~treated].mean())


def test_calibration_of_nobody_of_one_and_of_one_group_is_unknown():
    for n in (0, 1, 5):
        found = evaluation.calibration(np.arange(float(n)), np.ones(n, bool), np.ones(n))
        assert np.isnan(found.slope)
        assert np.isnan(found.observed)


def test_equal_scores_are_shared_out_by_chance_and_not_by_the_order_of_rows():
    treated = np.arange(1_000) < 500
    deciles = evaluation.uplift_by_decile(np.zeros(1_000), treated, treated * 10.0)
    assert all(decile.observed == 10 for decile in deciles)


@pytest.mark.parametrize("curve", [evaluation.qini_curve, evaluation.uplift_curve])
def test_without_one_of_the_groups_no_gain_is_known(curve):
    for treated in (np.ones(3, bool), np.zeros(3, bool)):
        assert np.isnan(curve(np.arange(3.0), treated, np.ones(3)).gain[1:]).all()


def test_a_curve_can_be_thinned_for_drawing(pair):
    curve = evaluation.qini_curve(*pair)
    thin = curve.thinned(21)
    assert len(thin.share) == 21
    assert thin.gain[-1] == curve.gain[-1]
    assert thin.area == pytest.approx(curve.area, rel=0.02)


def test_bad_input_is_refused_by_name():
    with pytest.raises(ValueError, match="propensity must be above 0 and at most 1"):
        evaluation.policy_value_ips(np.zeros(1, int), np.zeros(1, int), np.ones(1), np.zeros(1))
    with pytest.raises(ValueError, match=r"treated must have shape \(2,\)"):
        evaluation.qini_curve(np.ones(2), np.ones(3, bool), np.ones(2))
    with pytest.raises(ValueError, match="score must have at least one row"):
        evaluation.qini_curve(np.ones(0), np.ones(0, bool), np.ones(0))
    with pytest.raises(ValueError, match="add up to 1"):
        evaluation.policy_value_ips(np.ones((1, 2)), np.zeros(1, int), np.ones(1), np.ones(1))
    with pytest.raises(ValueError, match="policy must have a column for each treatment up to 2"):
        evaluation.policy_value_ips(np.ones((1, 1)), np.full(1, 2), np.ones(1), np.ones(1))
    with pytest.raises(ValueError, match="units must have shape"):
        evaluation.policy_value_snips(np.zeros(1, int), np.zeros(1, int), np.ones(1), np.ones(1), units=np.ones(2))
    with pytest.raises(ValueError, match="expected must have shape"):
        evaluation.policy_value_dr(np.ones(1, int), np.ones(1, int), np.ones(1), np.ones(1), np.ones((1, 1)))
