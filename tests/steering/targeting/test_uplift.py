"""The model finds what options add, says no more than the data does, and never fails on poor data."""

import numpy as np
import pytest

from steering.targeting import UpliftModel

from .worlds import N_OPTIONS, world

PRIORS = [30.0, 20.0, 10.0]


@pytest.fixture(scope="module")
def logged():
    return world(8_000, seed=1)


@pytest.fixture(scope="module")
def fitted(logged):
    return UpliftModel().fit(logged.X, logged.treatment, logged.outcome, logged.propensity)


def earned(uplift, truth, cost=150.0):
    """Mean true margin when everyone gets the option that `uplift` likes best, if it pays."""
    best = uplift.argmax(axis=1)
    contacted = uplift.max(axis=1) > cost
    return np.where(contacted, truth[np.arange(len(best)), best] - cost, 0.0).mean()


def test_policy_by_the_model_is_close_to_the_oracle_and_far_better_than_random(fitted):
    fresh = world(8_000, seed=2)
    oracle, steered = earned(fresh.uplift, fresh.uplift), earned(fitted.predict(fresh.X), fresh.uplift)
    random = earned(np.random.default_rng(0).normal(1e6, 1, fresh.uplift.shape), fresh.uplift)
    assert steered > 0.85 * oracle
    assert steered > random + 0.5 * oracle


def test_mean_effects_are_right_under_biased_logging():
    biased = world(12_000, seed=3, biased=True)
    model = UpliftModel(prior_strength=0).fit(biased.X, biased.treatment, biased.outcome, biased.propensity)
    assert model.pooled_ == pytest.approx(biased.uplift.mean(axis=0), abs=40)


def test_option_without_effect_is_shrunk_to_about_nothing(fitted):
    useless = fitted.predict(world(2_000, seed=4).X)[:, 2]
    assert np.abs(useless).mean() < 30


def test_noise_is_not_taken_for_individual_effects():
    rng = np.random.default_rng(0)
    X, treatment, outcome = rng.normal(size=(3_000, 5)), rng.integers(0, 2, 3_000), rng.normal(100, 50, 3_000)
    uplift = UpliftModel().fit(X, treatment, outcome, np.full(3_000, 0.5)).predict(X)
    assert uplift.std() < 5


def test_option_without_data_keeps_its_prior_exactly(logged):
    rows = logged.treatment != 2
    log = (logged.X[rows], logged.treatment[rows], logged.outcome[rows], logged.propensity[rows])
    model = UpliftModel(priors=PRIORS).fit(*log)
    assert (model.predict(logged.X[:50])[:, 1] == 20.0).all()
    assert model.believed_[1] == 0
    assert model.believed_[0] > 0.5


def test_no_data_at_all_is_the_prior():
    nothing = np.empty((0, 4)), np.empty(0, int), np.empty(0), np.empty(0)
    assert UpliftModel(priors=PRIORS).fit(*nothing).predict(np.zeros((2, 4))).tolist() == [PRIORS, PRIORS]


def test_more_data_is_believed_more(logged):
    weights = []
    for n in (400, 2_000, 8_000):
        part = (logged.X[:n], logged.treatment[:n], logged.outcome[:n], logged.propensity[:n])
        weights.append(UpliftModel(priors=PRIORS).fit(*part).believed_[0])
    assert weights == sorted(weights)
    assert weights[0] < 0.2 < 0.6 < weights[-1]


def test_stronger_prior_pulls_the_mean_closer(logged):
    log = (logged.X, logged.treatment, logged.outcome, logged.propensity)
    weak, strong = (UpliftModel(priors=PRIORS, prior_strength=s).fit(*log).pooled_ for s in (10, 1e6))
    assert strong == pytest.approx(PRIORS, abs=2)
    assert abs(weak[0] - PRIORS[0]) > 50


def test_same_seed_same_predictions(logged):
    log = (logged.X[:3_000], logged.treatment[:3_000], logged.outcome[:3_000], logged.propensity[:3_000])
    first, second = (UpliftModel(random_state=5).fit(*log).predict(logged.X[:100]) for _ in range(2))
    assert np.array_equal(first, second)


def test_money_in_another_unit_scales_the_effects(logged):
    log = (logged.X[:4_000], logged.treatment[:4_000])
    cents = UpliftModel().fit(*log, logged.outcome[:4_000], logged.propensity[:4_000])
    double = UpliftModel().fit(*log, 2 * logged.outcome[:4_000], logged.propensity[:4_000])
    assert double.pooled_ == pytest.approx(2 * cents.pooled_, rel=1e-3)


def test_ineligible_customers_do_not_count_for_an_option(logged):
    helped = logged.X[:, 0] > 0.3
    rows = helped | (logged.treatment != 1)  # option 0 went only to those whom it helps
    eligible = np.column_stack([helped, np.ones((len(helped), 2), bool)])[rows]
    log = (logged.X[rows], logged.treatment[rows], logged.outcome[rows], logged.propensity[rows])
    model = UpliftModel(prior_strength=0).fit(*log, eligible=eligible)
    assert model.pooled_[0] == pytest.approx(500, rel=0.2)


def few(n=60):
    return np.random.default_rng(0).normal(size=(n, 3)), np.arange(n) % 3, np.arange(n) % 2 * 100.0


@pytest.mark.parametrize("n", [0, 1, 2, 5, 60, 400])
def test_few_rows(n):
    X, treatment, outcome = few(n)
    model = UpliftModel(priors=PRIORS, fewest=1, fewest_individual=1).fit(X, treatment, outcome, np.full(n, 0.3))
    assert np.isfinite(model.predict(np.zeros((4, 3)))).all()


@pytest.mark.parametrize("treatment", [0, 1, 3])
def test_one_treatment_only_is_the_prior(treatment):
    X, _, outcome = few(600)
    model = UpliftModel(priors=PRIORS).fit(X, np.full(600, treatment), outcome, np.ones(600))
    assert model.predict(X[:1]).tolist() == [PRIORS]


@pytest.mark.parametrize("constant", [0.0, 250.0, -40.0])
def test_constant_outcome_has_no_effect(constant):
    X, treatment, _ = few(1_500)
    model = UpliftModel().fit(X, treatment, np.full(1_500, constant), np.full(1_500, 1 / 3))
    assert model.predict(X) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("column", [np.nan, 7.0], ids=["all missing", "constant"])
def test_empty_features(logged, column):
    X = np.column_stack([np.full(3_000, column), logged.X[:3_000]])
    model = UpliftModel().fit(X, logged.treatment[:3_000], logged.outcome[:3_000], logged.propensity[:3_000])
    assert np.isfinite(model.predict(X)).all()


def test_missing_values_and_no_useful_feature(logged):
    X = np.full((3_000, 2), np.nan)
    model = UpliftModel().fit(X, logged.treatment[:3_000], logged.outcome[:3_000], logged.propensity[:3_000])
    assert np.ptp(model.predict(X), axis=0) == pytest.approx(0, abs=1e-6)


def test_prediction_for_nobody(fitted):
    assert fitted.predict(np.empty((0, 8))).shape == (0, N_OPTIONS)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"X": np.zeros(3)}, "X must be two-dimensional"),
        ({"X": np.full((3, 2), np.inf)}, "X must be finite, or NaN where missing, got inf"),
        ({"treatment": np.array([0, 1])}, r"treatment must have shape \(3,\), got \(2,\)"),
        ({"treatment": np.array([0, 1, -1])}, "treatment must be at least 0"),
        ({"treatment": np.array([0, 1, 4])}, "treatment must be at most 3, the number of options, got 4"),
        ({"treatment": np.array([0.5, 1, 2])}, "treatment must be whole numbers, got float64"),
        ({"outcome": np.array([0, np.nan, 1])}, "outcome must be finite, got nan"),
        ({"propensity": np.array([0.5, 0.0, 0.5])}, "propensity must be above 0 and at most 1, got 0.0"),
    ],
)
def test_bad_input_is_refused_by_name(change, message):
    given = {"X": np.zeros((3, 2)), "treatment": np.arange(3), "outcome": np.zeros(3), "propensity": np.full(3, 0.5)}
    with pytest.raises(ValueError, match=message):
        UpliftModel(priors=PRIORS).fit(**(given | change))


def test_other_features_than_learned_are_refused(fitted):
    with pytest.raises(ValueError, match="X must have 8 features as in fit, got 3"):
        fitted.predict(np.zeros((1, 3)))


def test_parameters_are_kept_as_given():
    model = UpliftModel(priors=PRIORS, folds=4)
    assert model.get_params()["priors"] is PRIORS
    assert model.get_params()["folds"] == 4


def by_content(seed=1, n=9_000):
    """Options 0 and 1 of the world as two contents of one channel, 2 as a channel of its own."""
    return world(n, seed=seed), [0, 0, 1]


def test_content_never_sent_gets_its_channels_effect():
    logged, groups = by_content()
    rows = logged.treatment != 2
    log = (logged.X[rows], logged.treatment[rows], logged.outcome[rows], logged.propensity[rows])
    model = UpliftModel(priors=PRIORS, groups=groups, prior_strength=10).fit(*log)
    uplift, of_channel = model.predict(logged.X[:500]), model.predict_groups(logged.X[:500])
    assert of_channel.shape == (500, 2)
    assert model.pooled_[0] > 100
    assert model.pooled_[1] - PRIORS[1] == pytest.approx(model.pooled_[0] - PRIORS[0])
    assert uplift[:, 1] - uplift[:, 1].mean() == pytest.approx(of_channel[:, 0] - of_channel[:, 0].mean())


def test_contents_of_a_channel_are_told_apart():
    logged, groups = by_content()
    model = UpliftModel(groups=groups).fit(logged.X, logged.treatment, logged.outcome, logged.propensity)
    fresh = world(3_000, seed=2)
    apart = model.predict(fresh.X)[:, 0] - model.predict(fresh.X)[:, 1]
    assert np.corrcoef(apart, fresh.uplift[:, 0] - fresh.uplift[:, 1])[0, 1] > 0.5


def test_channel_without_any_content_has_its_prior(logged):
    log = (logged.X[:900], logged.treatment[:900], logged.outcome[:900], logged.propensity[:900])
    model = UpliftModel(priors=PRIORS, groups=[0, 0, 1], group_priors=[25.0, 10.0, 70.0]).fit(*log)
    assert (model.predict_groups(logged.X[:4])[:, 2] == 70.0).all()


def test_what_was_chosen_is_told_for_staff(fitted):
    told = fitted.chosen_["0"]
    assert set(told) >= {"t_linear", "shared_curves", "t_additive", "s_trees", "x_additive", "average"}
    assert told["average"]["value"] > 5 * told["average"]["value_error"]
    assert told["average"]["weight"] == pytest.approx(sum(told[name]["weight"] for name in told if name != "average"))


def test_more_rows_than_most_rows_are_sampled(logged):
    model = UpliftModel(most_rows=2_000).fit(logged.X, logged.treatment, logged.outcome, logged.propensity)
    assert model.counts_.sum() == 8_000
    assert np.corrcoef(model.predict(logged.X)[:, 0], logged.uplift[:, 0])[0, 1] > 0.4


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"groups": [0, 1]}, "groups must be 3 whole numbers from 0, one per option"),
        ({"groups": [0, 0.5, 1]}, "groups must be 3 whole numbers from 0"),
        ({"groups": [0, -1, 1]}, "groups must be 3 whole numbers from 0"),
        ({"groups": [0, 0, 1], "group_priors": [1.0]}, "group_priors must have one number for each of 2 groups, got 1"),
        ({"group_priors": [np.nan] * 3}, "group_priors must be finite numbers"),
    ],
)
def test_bad_groups_are_refused_by_name(parameters, message):
    with pytest.raises(ValueError, match=message):
        UpliftModel(priors=PRIORS, **parameters).fit(np.zeros((3, 2)), np.arange(3), np.zeros(3), np.full(3, 0.5))
