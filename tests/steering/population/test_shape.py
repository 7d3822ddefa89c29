"""Households and delivery areas add up, whatever the size and the seed."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from steering.population import shape
from steering.population.places import CITIES, PLACES, STATES, WEIGHTS

shapes = st.builds(
    lambda customers, seed: shape.draw(customers=customers, seed=seed), st.integers(1, 3000), st.integers(0, 2**40)
)


@given(shapes)
def test_everybody_has_a_place_in_a_household_of_at_most_five(drawn):
    assert drawn.sizes.sum() == drawn.customers
    assert drawn.sizes.min() >= 1
    assert drawn.sizes.max() <= 5


@given(shapes)
def test_blocks_are_all_households_in_their_order(drawn):
    households = [household for block in drawn.blocks() for household in drawn.households(block)]
    assert households == list(range(len(drawn.sizes)))


@given(shapes)
def test_an_area_counts_our_households_and_not_all_refuse(drawn):
    ours = np.bincount(drawn.area, minlength=len(drawn.areas))
    assert (ours >= 1).all()
    assert (ours <= drawn.areas.households).all()
    assert (drawn.areas.refusing < drawn.areas.households).all()
    assert (drawn.areas.first_household == np.flatnonzero(np.diff(drawn.area, prepend=-1))).all()


@given(shapes)
def test_area_codes_are_unique(drawn):
    codes = [drawn.areas.code(area) for area in range(len(drawn.areas))]
    assert len({*codes}) == len(codes)


@given(shapes)
def test_no_two_households_of_a_postcode_share_an_address(drawn):
    addresses = [
        (int(drawn.areas.place[area]), shape.street(drawn.areas, area=int(area), household=household))
        for household, area in enumerate(drawn.area)
    ]
    assert len({*addresses}) == len(addresses)


def test_addresses_stay_unique_where_a_postcode_has_more_areas_than_streets():
    areas = shape.Areas(
        place=np.zeros(400, dtype=int),
        sequence=np.arange(1, 401),
        first_household=np.arange(400) * 36,
        households=np.full(400, 90),
        refusing=np.zeros(400, dtype=int),
        effect=np.zeros(400),
    )
    addresses = {shape.street(areas, area=household // 36, household=household) for household in range(400 * 36)}
    assert len(addresses) == 400 * 36


@given(st.integers(0, 2**40))
def test_streams_of_one_seed_are_independent_of_each_other(seed):
    drawn = shape.Shape(1, seed, np.array([1]), np.array([0]), None)
    first, second = drawn.random(1, 0).random(), drawn.random(1, 1).random()
    assert first != second
    assert first == drawn.random(1, 0).random()


def test_places_are_in_all_sixteen_states_and_have_postcodes_of_their_own():
    assert len(STATES) == 16 == len(CITIES.strip().splitlines())
    assert len({place.postcode for place in PLACES}) == len(PLACES)
    assert abs(WEIGHTS.sum() - 1) < 1e-9
