"""One contract for every learner: scikit-learn's conventions, the truth where it is known, and nothing fails on poor data."""

import numpy as np
import pytest
from sklearn.base import clone

from steering.targeting import PolicySelector, TLearner
from steering.targeting.learners import LEARNERS

from .worlds import N_OPTIONS, World, world

MADE = [(learner, base) for learner in LEARNERS for base in ("trees", "additive", "linear")]
names = [f"{learner.__name__} {base}" for learner, base in MADE]
every = pytest.mark.parametrize("made", MADE, ids=names)
each = pytest.mark.parametrize("learner", LEARNERS, ids=lambda learner: learner.__name__)


def log(logged: World, rows: int | None = None) -> tuple[np.ndarray, ...]:
    return logged.X[:rows], logged.treatment[:rows], logged.outcome[:rows], logged.propensity[:rows]


@pytest.fixture(scope="module")
def logged() -> World:
    return world(4_000, seed=1, features=4)


@pytest.fixture(scope="module")
def fresh() -> World:
    return world(2_000, seed=2, features=4)


@every
def test_finds_whom_each_option_moves(made, logged, fresh):
    learner, base = made
    uplift = learner(base=base).fit(*log(logged)).predict(fresh.X)
    assert uplift.shape == (2_000, N_OPTIONS)
    for option in range(2):
        assert np.corrcoef(uplift[:, option], fresh.uplift[:, option])[0, 1] > 0.5


@each
def test_mean_effect_is_in_the_outcomes_unit_under_biased_logging(learner, fresh):
    biased = world(6_000, seed=3, features=4, biased=True)
    uplift = learner(base="trees").fit(*log(biased)).predict(fresh.X)
    assert uplift[:, 0].mean() == pytest.approx(fresh.uplift[:, 0].mean(), rel=0.5)


@each
def test_yes_or_no_outcomes_are_learned_as_probabilities(learner, logged, fresh):
    X, treatment, outcome, propensity = log(logged)
    uplift = learner(base="linear").fit(X, treatment, (outcome > 0).astype(float), propensity).predict(fresh.X)
    assert uplift[:, 0].mean() == pytest.approx((fresh.uplift[:, 0] / 2_000).mean(), rel=0.5)


@each
def test_parameters_are_kept_as_given_and_cloned(learner):
    parameters = learner(base="linear", folds=4, categorical=[1]).get_params()
    assert parameters == clone(learner(**parameters)).get_params()
    assert (parameters["base"], parameters["folds"], parameters["categorical"]) == ("linear", 4, [1])


@each
def test_fitting_again_forgets_and_gives_the_same(learner, logged, fresh):
    model = learner(base="linear").fit(*log(logged, 1_000))
    first = model.predict(fresh.X)
    model.fit(fresh.X[:, :3], *log(fresh)[1:])
    assert model.n_features_in_ == 3
    assert np.array_equal(model.fit(*log(logged, 1_000)).predict(fresh.X), first)


@each
def test_fit_changes_nothing_that_it_is_given(learner, logged):
    given = [part.copy() for part in log(logged, 500)]
    for part in given:
        part.setflags(write=False)
    learner(base="trees").fit(*given)


@every
def test_missing_values_and_categories_are_met(made, logged):
    learner, base = made
    X = logged.X[:1_500].copy()
    X[::3, 0] = np.nan
    X[:, 1] = np.digitize(X[:, 1], [-0.5, 0.5]) * 10
    uplift = learner(base=base, categorical=[1]).fit(X, *log(logged, 1_500)[1:]).predict(X)
    assert np.isfinite(uplift).all()


@each
def test_category_never_seen_is_scored(learner, logged):
    X = logged.X[:800].copy()
    X[:, 1] = np.arange(800) % 3
    model = learner(base="trees", categorical=[1]).fit(X, *log(logged, 800)[1:])
    X[:, 1] = 7
    assert np.isfinite(model.predict(X)).all()


@every
@pytest.mark.parametrize("rows", [1, 2, 7, 60])
def test_few_rows(made, rows, logged):
    learner, base = made
    assert np.isfinite(learner(base=base).fit(*log(logged, rows)).predict(logged.X[:5])).all()


@each
def test_option_that_was_never_given_adds_nothing(learner, logged):
    X, treatment, outcome, propensity = log(logged, 600)
    treatment = np.where(treatment == 2, 0, treatment)
    assert (learner(base="linear").fit(X, treatment, outcome, propensity).predict(X)[:, 1] == 0).all()


@each
def test_nobody_without_contact_leaves_nothing_to_compare_with(learner, logged):
    X, treatment, outcome, propensity = log(logged, 300)
    assert (learner(base="linear").fit(X, np.maximum(treatment, 1), outcome, propensity).predict(X) == 0).all()


@each
def test_prediction_for_nobody(learner, logged):
    assert learner(base="linear").fit(*log(logged, 300)).predict(np.empty((0, 4))).shape == (0, N_OPTIONS)


@each
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"X": np.zeros((0, 2)), "treatment": np.zeros(0, int), "outcome": [], "propensity": []}, "at least one row, got none"),
        ({"X": np.zeros(3)}, "X must be two-dimensional"),
        ({"treatment": np.array([0, 1, -1])}, "treatment must be at least 0"),
        ({"outcome": np.array([0, np.nan, 1])}, "outcome must be finite, got nan"),
        ({"propensity": np.array([0.5, 0.0, 0.5])}, "propensity must be above 0 and at most 1, got 0.0"),
        ({"eligible": np.ones((3, 1), bool)}, r"eligible must have shape \(3, 2\), got \(3, 1\)"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_by_name(learner, change, message):
    given = {"X": np.zeros((3, 2)), "treatment": np.arange(3), "outcome": np.zeros(3), "propensity": np.full(3, 0.5)}
    with pytest.raises(ValueError, match=message):
        learner().fit(**(given | change))


@each
@pytest.mark.parametrize(
    ("parameter", "message"),
    [
        ({"base": "forest"}, "base must be one of trees, additive, linear, got 'forest'"),
        ({"outcome_kind": "count"}, "outcome_kind must be one of auto, binary, money, got 'count'"),
        ({"outcome_kind": "binary"}, "outcome must hold 0 and one other value, got"),
        ({"categorical": [9]}, "categorical must be columns from 0 to 3"),
    ],
)
def test_bad_parameters_are_refused_by_name(learner, parameter, message, logged):
    with pytest.raises(ValueError, match=message):
        learner(**parameter).fit(*log(logged, 300))


def test_selector_picks_a_learner_that_ranks_and_tells_what_each_is_worth(logged, fresh):
    offered = [("linear", TLearner(base="linear")), ("additive", TLearner(base="additive"))]
    model = PolicySelector(offered).fit(*log(logged))
    assert model.picked_ == "additive"  # the effects are steps
    assert set(model.chosen_) == {"mean", "linear", "additive"}
    assert model.chosen_["mean"]["behind"] > 2 * model.chosen_["mean"]["behind_error"]
    assert np.corrcoef(model.predict(fresh.X)[:, 0], fresh.uplift[:, 0])[0, 1] > 0.8


def test_selector_falls_back_to_the_mean_where_there_is_only_noise():
    rng = np.random.default_rng(0)
    X, treatment, outcome = rng.normal(size=(1_500, 4)), rng.integers(0, 2, 1_500), rng.normal(100, 50, 1_500)
    model = PolicySelector([("linear", TLearner(base="linear"))]).fit(X, treatment, outcome, np.full(1_500, 0.5))
    assert model.picked_ == "mean"
    assert np.ptp(model.predict(X)) == 0


def test_selector_is_an_estimator():
    assert clone(PolicySelector(folds=4)).get_params()["folds"] == 4
    with pytest.raises(ValueError, match="X must have at least 3 rows, one for each fold, got 1"):
        PolicySelector().fit(np.zeros((1, 2)), np.zeros(1, int), np.zeros(1), np.ones(1))
