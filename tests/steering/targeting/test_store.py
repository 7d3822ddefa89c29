"""A stored model predicts the same, and bytes that hold anything else are refused."""

import numpy as np
import pytest
import skops.io
from sklearn.linear_model import Ridge

from steering.targeting import UntrustedModelError, UpliftModel, dumps, loads

from .worlds import world


class Stranger:
    pass


@pytest.mark.parametrize("n", [0, 200, 6_000])
def test_stored_model_predicts_the_same(n):
    logged = world(n, seed=1)
    model = UpliftModel(priors=np.array([1.0, 2.0, 3.0])).fit(
        logged.X, logged.treatment, logged.outcome, logged.propensity
    )
    fresh = world(500, seed=2).X
    again = loads(memoryview(dumps(model)))
    assert np.array_equal(again.predict(fresh), model.predict(fresh))
    assert again.get_params()["prior_strength"] == model.prior_strength


@pytest.mark.parametrize("thing", [Stranger(), Ridge()], ids=["untrusted type", "another model"])
def test_anything_else_is_refused(thing):
    with pytest.raises(UntrustedModelError):
        loads(skops.io.dumps(thing))


def test_bytes_that_are_no_model_are_refused():
    with pytest.raises(UntrustedModelError):
        loads(b"not a model")


class Trap:
    """Would run a command when unpickled; skops must not even ask for that."""

    ran = False

    def __reduce__(self):
        return (setattr, (Trap, "ran", True))


def test_loading_runs_no_code_from_the_bytes():
    model = UpliftModel(priors=[1.0, 2.0, 3.0])
    model.priors = Trap()
    with pytest.raises(UntrustedModelError):
        loads(skops.io.dumps(model))
    assert not Trap.ran


def test_model_by_channels_and_categories_is_stored_whole():
    logged = world(3_000, seed=1)
    X = np.column_stack([logged.X, np.arange(3_000) % 4])
    model = UpliftModel(groups=[0, 0, 1], categorical=[8]).fit(X, logged.treatment, logged.outcome, logged.propensity)
    again = loads(dumps(model))
    assert np.array_equal(again.predict(X[:100]), model.predict(X[:100]))
    assert np.array_equal(again.predict_groups(X[:100]), model.predict_groups(X[:100]))
    assert again.chosen_ == model.chosen_
