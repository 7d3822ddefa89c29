"""The made-up map: cells that fill a postcode, houses in them, and figures that go with who lives there."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns import areas
from campaigns.areas import geometry
from campaigns.models import Customer, DeliveryArea, Household
from steering.population import districts, shape, statistics
from steering.population.places import PLACES

DRAWN = shape.draw(customers=20_000, seed=1)


def cells(drawn: districts.Districts) -> list[shapely.Polygon]:
    return [geometry.outline({"type": "Polygon", "coordinates": [drawn.ring(n)]}) for n in range(len(drawn.middles))]


def test_every_city_has_its_place_on_the_map():
    assert {place.city for place in PLACES} == set(districts.MIDDLES)


@settings(max_examples=20)
@given(st.lists(st.integers(0, len(PLACES) - 1), min_size=1, max_size=40), st.integers(0, 2**32))
def test_areas_are_sound_outlines_that_do_not_overlap(places, seed):
    drawn = districts.draw(np.array(places), np.random.default_rng(seed))
    made = cells(drawn)
    whole = shapely.union_all(made)
    assert sum(cell.area for cell in made) == pytest.approx(whole.area, rel=1e-3)
    assert all(cell.contains(shapely.Point(middle)) for cell, middle in zip(made, drawn.middles, strict=True))


def test_houses_lie_in_their_areas():
    made, houses = cells(DRAWN.districts), DRAWN.houses(0)
    of = DRAWN.area[np.asarray(DRAWN.households(0))]
    assert all(made[area].contains(shapely.Point(house)) for area, house in zip(of, houses, strict=True))


def test_statistics_go_with_the_truth_but_are_not_it():
    known = statistics.of(DRAWN)
    power = np.array([figures["purchasing_power"] for figures in known])
    families = np.array([figures["families_share"] for figures in known])
    assert 0.5 < np.corrcoef(power, DRAWN.areas.effect)[0, 1] < 0.9
    assert 0.5 < np.corrcoef(families, statistics._families(DRAWN))[0, 1] < 0.99
    assert all(0 <= figures["houses_share"] <= 100 for figures in known)


@pytest.mark.django_db
class TestWritten:
    @pytest.mark.usefixtures("population")
    def test_placing_finds_everybody_where_they_were_drawn(self):
        drawn = dict(Household.objects.values_list("id", "delivery_area_id"))
        Household.objects.update(delivery_area=None)
        placed = areas.place_customers()
        assert placed.ways == {"outline": Customer.objects.count()}
        assert dict(Household.objects.values_list("id", "delivery_area_id")) == drawn

    @pytest.mark.usefixtures("population")
    def test_areas_have_all_that_carriers_tell(self):
        for area in DeliveryArea.objects.all():
            area.full_clean()
            assert area.statistics.keys() == {"purchasing_power", "houses_share", "families_share", "mean_age"}
            assert 18 < area.statistics["mean_age"] < 92
            assert geometry.outline(area.outline).contains(shapely.Point(area.longitude, area.latitude))
