"""Areas in pairs: everybody once, alike, within the region, and the same again."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steering.targeting.pairs import matched


@settings(max_examples=60)
@given(st.integers(0, 60), st.integers(1, 4), st.integers(0, 999))
def test_everybody_is_in_one_pair_but_for_one_of_an_odd_number(n, groups, seed):
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n, 3))
    features[rng.random((n, 3)) < 0.2] = np.nan
    pairs, apart = matched(features, rng.integers(0, groups, n))
    assert sorted(pairs.ravel().tolist()) == sorted(set(pairs.ravel().tolist()))
    assert len(pairs) == len(apart) == n // 2


def test_twins_find_each_other():
    rng = np.random.default_rng(1)
    half = rng.normal(size=(200, 4))
    pairs, apart = matched(np.vstack([half, half]), np.zeros(400))
    assert (pairs[:, 1] - pairs[:, 0] == 200).all()
    assert apart.max() == 0


def test_pairs_are_nearer_than_chance_would_have_them():
    rng = np.random.default_rng(2)
    features = rng.normal(size=(2000, 5))
    _, apart = matched(features, rng.integers(0, 8, 2000))
    by_chance = np.sqrt(np.square(features[:1000] - features[1000:]).mean(axis=1))
    assert np.median(apart) < 0.5 * np.median(by_chance)


def test_pairs_lie_in_one_region_where_they_can():
    rng = np.random.default_rng(3)
    regions = np.repeat([0, 1, 2], [100, 51, 51])
    pairs, _ = matched(rng.normal(size=(202, 2)), regions)
    assert (regions[pairs[:, 0]] != regions[pairs[:, 1]]).sum() == 1


def test_features_and_groups_must_belong_together():
    with pytest.raises(ValueError, match="features must have shape"):
        matched(np.ones((3, 2)), np.zeros(2))
