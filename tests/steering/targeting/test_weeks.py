"""Leaflets over weeks: as many every week, and around stores one neighbourhood after the other."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from steering.targeting.weeks import by_stores, evenly


@settings(max_examples=60)
@given(st.lists(st.integers(0, 900), max_size=60), st.integers(1, 8), st.integers(0, 99))
def test_weeks_are_as_full_as_whole_areas_let_them_be(quantity, weeks, seed):
    quantity = np.array(quantity, dtype=float)
    number = evenly(quantity, weeks, seed=seed)
    full = np.bincount(number, weights=quantity, minlength=weeks + 1)[1:]
    assert ((number >= 1) & (number <= weeks)).all()
    assert full.max() - full.min() <= quantity.max(initial=0)
    assert number.tolist() == evenly(quantity, weeks, seed=seed).tolist()


def test_stores_take_turns_and_the_nearest_areas_come_first():
    stores = (np.array([50.0, 50.0, 50.0]), np.array([8.0, 12.0, 10.0]))
    east = np.array([8.1, 12.3, 10.2, 8.0, 12.0, 10.0])
    number = by_stores(np.full(6, 100.0), (np.full(6, 50.0), east), stores, 3)
    assert number.tolist() == [1, 3, 2, 1, 3, 2]
    in_six = by_stores(np.full(6, 100.0), (np.full(6, 50.0), east), stores, 6)
    assert in_six.tolist() == [2, 6, 4, 1, 5, 3]


def test_areas_whose_place_is_not_known_come_last():
    number = by_stores(
        np.ones(4), (np.array([np.nan, 50, 50, np.nan]), np.full(4, 8.0)), (np.array([50.0]), np.array([8.0])), 2
    )
    assert number.tolist() == [2, 1, 1, 2]


def test_without_stores_areas_keep_their_order():
    nowhere = (np.empty(0), np.empty(0))
    assert by_stores(np.ones(4), (np.full(4, 50.0), np.full(4, 8.0)), nowhere, 2).tolist() == [1, 1, 2, 2]
