"""What a prediction looks at is important, what it ignores is not."""

import numpy as np
import pytest

from steering.targeting.importances import permutation_importances

RNG = np.random.default_rng(2)
X = RNG.normal(size=(3_000, 4))
TRUTH = np.column_stack([100 * X[:, 0] + 20 * X[:, 1], np.zeros(3_000)])
EFFECT = TRUTH + RNG.normal(0, 300, TRUTH.shape)
NAMES = ["much", "little", "noise", "nothing"]


def predict(X):
    """Right about the first two, wrong to look at the third."""
    return np.column_stack([100 * X[:, 0] + 20 * X[:, 1] + 50 * X[:, 2], np.zeros(len(X))])


def found(**more):
    return {one.name: one for one in permutation_importances(predict, X, EFFECT, NAMES, **more)}


def test_they_come_by_how_far_predictions_move():
    assert list(found()) == ["much", "noise", "little", "nothing"]
    assert found()["much"].moved == pytest.approx(100, rel=0.05)  # the square root of 2, over two options
    assert found()["nothing"].moved == found()["nothing"].lost == 0


def test_only_what_is_true_is_lost():
    importances = found()
    assert importances["much"].lost > 10 * importances["much"].standard_error
    assert importances["much"].lost == pytest.approx(100**2, rel=0.15)
    assert importances["noise"].lost < 3 * importances["noise"].standard_error


def test_same_seed_same_importances_and_few_rows_are_enough():
    assert found(rows=500) == found(rows=500)
    assert found(rows=500) != found(rows=500, random_state=1)
    assert found(rows=500)["much"].moved == pytest.approx(100, rel=0.15)


def test_many_features_are_shuffled_by_family():
    families = ["a", "a", "b", "b"]
    assert list(found(families=families, most=3)) == ["a", "b"]
    assert list(found(families=families, most=4)) == ["much", "noise", "little", "nothing"]


def test_the_model_is_asked_once_for_each_and_for_few_rows():
    asked = []
    permutation_importances(lambda X: asked.append(len(X)) or predict(X), X, EFFECT, NAMES, rows=100)
    assert asked == [100] * 5


def test_options_that_were_not_open_do_not_count():
    effect = EFFECT.copy()
    effect[:, 1] = np.nan
    one = permutation_importances(predict, X, effect, NAMES)[0]
    assert one.moved == pytest.approx(100 * np.sqrt(2), rel=0.05)


def test_nobody_has_no_importances():
    for one in permutation_importances(predict, X[:0], EFFECT[:0], NAMES):
        assert (one.moved, one.lost) == (0, 0)


def test_bad_input_is_refused_by_name():
    with pytest.raises(ValueError, match=r"effect must have shape \(3000, options\)"):
        permutation_importances(predict, X, EFFECT[:5], NAMES)
    with pytest.raises(ValueError, match="families must be 4 names"):
        permutation_importances(predict, X, EFFECT, NAMES, families=["a"])
