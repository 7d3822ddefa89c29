"""Features as lines want them: standardised, and with columns by which a line may bend."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from steering.targeting.columns import BEND, Standardised

anything = arrays(np.float32, st.tuples(st.integers(1, 30), st.integers(1, 4)), elements=st.floats(-1e6, 1e6, width=32))


def bent(X, categorical=()):
    return Standardised(categorical=categorical, is_bent=True).fit(X)


def fitted(columns, y):
    columns = np.column_stack([np.ones(len(y)), columns])
    return columns @ np.linalg.lstsq(columns, y, rcond=None)[0]


def test_a_line_with_bends_follows_what_is_no_line():
    x = np.random.default_rng(1).uniform(-2, 2, 4000).astype(np.float32)
    y = np.abs(x)
    columns = bent(x[:, None])
    straight = columns.transform(x[:, None])[:, : columns.n_lines_]
    assert (fitted(straight, y) - y).std() > 5 * (fitted(columns.transform(x[:, None]), y) - y).std()


def test_bends_are_believed_less_than_slopes():
    X = np.random.default_rng(2).normal(size=(5000, 3))
    columns = bent(X)
    spread = columns.transform(X).std(axis=0)
    assert spread[: columns.n_lines_] == pytest.approx(1, abs=0.01)
    assert spread[columns.n_lines_ :] == pytest.approx(BEND, abs=0.01)


def test_flags_few_values_and_categories_do_not_bend():
    rng = np.random.default_rng(3)
    X = np.column_stack([rng.integers(0, 2, 900), rng.integers(0, 4, 900), rng.integers(0, 50, 900)])
    columns = bent(X.astype(np.float32), categorical=(2,))
    assert columns.transform(X).shape[1] == columns.n_lines_


def test_the_missing_are_not_above_any_knot():
    X = np.append(np.arange(100), np.nan)[:, None].astype(np.float32)
    columns = bent(X)
    seen = columns.transform(X)[:, columns.n_lines_ :]
    assert np.array_equal(seen[-1], seen[0])


def test_who_is_farther_than_anybody_seen_is_not_told_to_be_more_so():
    columns = bent(np.arange(1000, dtype=np.float32)[:, None])
    far, farther = columns.transform(np.array([[1e4], [1e9]]))
    assert np.array_equal(far, farther)


@given(anything)
def test_any_numbers_have_finite_columns(X):
    columns = bent(X).transform(X)
    assert columns.dtype == np.float32
    assert np.isfinite(columns).all()
