"""Lines of treatments are drawn to a shared one as far as the treatments are alike, and are kept exactly."""

import numpy as np
import pytest

from steering.targeting.bases import Viewer
from steering.targeting.columns import varying
from steering.targeting.learners.base import Sample
from steering.targeting.learners.curves import Curves
from steering.targeting.learners.lines import Spreads, fit_lines, spreads_of

WIDE, NARROW = Spreads(1.0, 1.0), Spreads(1.0, 1e-6)


def sample(n=8_000, *, apart=1.0, is_chance=True, seed=0):
    """Two treatments against none; the first feature moves everybody, the second as the treatment has it."""
    rng = np.random.default_rng(seed)
    X, treatment = rng.normal(size=(n, 6)), rng.integers(0, 3, n)
    score = 0.8 * X[:, 0] + apart * np.array([0.0, 1.0, -1.0])[treatment] * X[:, 1] - 1
    rate = (rng.random(n) < 1 / (1 + np.exp(-score))) * 1.0 if is_chance else score + rng.normal(size=n)
    view = Viewer().fit(X).view(X)
    return Sample(view, treatment, rate, np.ones(n), np.full(n, 1 / 3), np.ones((n, 2), bool), is_chance)


def everybody(given):
    return np.ones(len(given.rate), dtype=bool)


@pytest.mark.parametrize("is_chance", [True, False], ids=["chance", "value"])
def test_true_weights_are_found(is_chance):
    given = sample(20_000, is_chance=is_chance)
    found = fit_lines(given, everybody(given), WIDE).weights
    assert found[:, 1] == pytest.approx([0.8, 0.8, 0.8], abs=0.12)
    assert found[:, 2] == pytest.approx([0, 1, -1], abs=0.12)
    assert found[:, 0] == pytest.approx([-1, -1, -1], abs=0.12)


def test_treatments_that_may_not_differ_have_one_line():
    given = sample()
    found = fit_lines(given, everybody(given), NARROW).weights
    assert found[1, 1:] == pytest.approx(found[0, 1:], abs=0.01)


def test_spread_follows_how_unlike_treatments_are():
    alike, unlike = spreads_of(sample(apart=0.0)), spreads_of(sample(apart=1.0))
    assert unlike.apart > 5 * alike.apart
    assert unlike.shared == pytest.approx(alike.shared, rel=0.5)


def test_another_unit_only_scales_a_value():
    given = sample(3_000, is_chance=False)
    cents = Sample(
        given.view, given.treatment, 100 * given.rate, given.amount, given.propensity, given.eligible, False
    )  # fmt: skip
    assert spreads_of(cents).apart == pytest.approx(spreads_of(given).apart)
    spreads = spreads_of(given)
    in_cents, found = (fit_lines(own, everybody(own), spreads).weights for own in (cents, given))
    assert in_cents == pytest.approx(100 * found, rel=1e-6)


def test_rows_that_are_left_out_say_nothing():
    given = sample(2_000)
    rows = np.arange(2_000) < 1_500
    twisted = Sample(
        given.view, given.treatment, np.where(rows, given.rate, 1 - given.rate), given.amount, given.propensity,
        given.eligible, True,
    )  # fmt: skip
    assert np.array_equal(fit_lines(given, rows, WIDE).weights, fit_lines(twisted, rows, WIDE).weights)


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_outcome_that_is_alike_for_all_has_no_slope(rate):
    given = sample(300)
    given = Sample(
        given.view, given.treatment, np.full(300, rate), given.amount, given.propensity, given.eligible, True
    )
    found = fit_lines(given, everybody(given), spreads_of(given))
    assert not found.weights[:, 1:].any()
    assert found.predict(given.view) == pytest.approx(rate, abs=1e-6)


def test_treatment_that_nobody_got_has_the_shared_line():
    given = sample(3_000)
    rows = given.treatment != 2
    found = fit_lines(given, rows, WIDE).weights
    assert found[2] == pytest.approx(found[0])


def test_curves_say_what_their_lines_say_times_the_amount():
    given = sample(500)
    lines = fit_lines(given, everybody(given), WIDE)
    amount = np.array([3.0, 1, 0, 0, 0, 0, 0], dtype=np.float32)
    curves = Curves(
        lines.weights[None].astype(np.float32), np.array([[0.5], [2.0]]), amount, np.array([1.0, 4.0]), True
    )  # fmt: skip
    rate = lines.predict(given.view)
    expected = np.clip(3 + given.view.lines[:, 0], 1, 4)[:, None] * [0.5, 2.0] * (rate[:, 1:] - rate[:, [0]])
    assert curves.predict(given.view.lines) == pytest.approx(expected, abs=1e-4)


def test_columns_that_tell_nobody_apart_are_left_out():
    nan = np.nan
    X = np.array([[1, nan, nan, 2, 3], [1, nan, 1, 3, 3]])
    assert varying(X).tolist() == [2, 3]
    assert varying(np.full((3, 2), nan)).tolist() == [0]
    assert varying(np.zeros((4, 0))).size == 0
