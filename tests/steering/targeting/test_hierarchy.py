"""A content's mean is drawn to its channel's, and that to the prior, each as its data is thin."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steering.targeting.hierarchy import Means, pool

finite = st.floats(-1_000, 1_000)


def pooled(effect, *, variance=1.0, given=1_000.0, spared=1e6, groups=None, priors=None, strength=100.0):
    effect = np.array(effect, dtype=float)
    m = effect.size
    groups = np.zeros(m, dtype=int) if groups is None else np.array(groups)
    priors = np.zeros(m) if priors is None else np.array(priors, dtype=float)
    means = Means(effect, np.full(m, variance), np.broadcast_to(given, m).astype(float), np.full(m, spared))
    return pool(means, groups, priors, np.zeros(groups.max() + 1), strength=strength, fewest=30)


def test_much_data_beats_the_prior():
    assert pooled([50.0], given=1e6).option == pytest.approx([50.0], rel=1e-3)


def test_no_data_is_the_prior_exactly():
    found = pooled([999.0], given=0.0, priors=[7.0])
    assert found.option.tolist() == [7.0]
    assert found.option_believed.tolist() == [0.0]


def test_contents_that_differ_by_noise_alone_are_alike():
    found = pooled([10.0, 11.0], variance=100.0).option
    assert found[0] == found[1]


def test_contents_that_differ_truly_keep_their_difference():
    found = pooled([10.0, 90.0], variance=1.0, given=1e5).option
    assert found[1] - found[0] == pytest.approx(80, rel=0.02)


def test_unseen_content_follows_its_channel_and_no_other():
    found = pooled([40.0, 0.0, 0.0], given=[1e6, 0, 0], groups=[0, 0, 1])
    assert found.option == pytest.approx([40, 40, 0], rel=1e-3)
    assert found.group == pytest.approx([40, 0], rel=1e-3)


@given(st.lists(finite, min_size=1, max_size=5), st.floats(0.01, 1e4), st.floats(0, 1e4))
def test_nothing_lies_outside_of_what_was_seen_and_believed(effect, variance, strength):
    found = pooled(effect, variance=variance, strength=strength).option
    assert (found >= min([*effect, 0]) - 1e-6).all()
    assert (found <= max([*effect, 0]) + 1e-6).all()
