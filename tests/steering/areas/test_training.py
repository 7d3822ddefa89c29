"""The model of new customers learns from waves of the past, is kept as a version, and says what it could not learn."""

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from campaigns.models import Customer, DeliveryArea, Event, Household, Wave
from steering.areas import features, observing, training, valuing
from steering.models import AreaModel, Plan, PlanArea
from tests import builders

pytestmark = pytest.mark.django_db
NOW = timezone.now()
STARTED = NOW - timedelta(days=30)
AREAS = 90


def past_wave(*, chance: float | None = 0.5, with_leaflets: int = AREAS // 2, per_leaflet: int = 2) -> Wave:
    """The first areas got leaflets; in all of them one new customer came, and where leaflets were, some more."""
    wave = builders.wave(builders.campaign(channels=("direct_post",)), state="completed", started_at=STARTED)
    plan = Plan.objects.create(
        wave=wave, as_of_at=STARTED, seed=1, customers=0, eligible=0, holdout=0, value_cents=0, dual_bound_cents=0, gap=0,
        cost_cents=0, prices={}, options=[], excluded={},
    )  # fmt: skip
    made = DeliveryArea.objects.bulk_create(
        DeliveryArea(code=f"A{n}", carrier="Post", postcode=f"1{n % 5}115", place="Ort", households=100 + n % 7)
        for n in range(AREAS)
    )
    PlanArea.objects.bulk_create(
        PlanArea(
            plan=plan, area=area, option=wave.campaign.options.get(), customers=1, quantity=area.households,
            expected_customer_value=0, expected_new_value=0, cost=0, chosen=n < with_leaflets, wanted=True, chance=chance,
        )
        for n, area in enumerate(made)
    )  # fmt: skip
    for n, area in enumerate(made):
        newcomers(area, 1 + per_leaflet * (n < with_leaflets))
    return wave


def newcomers(area: DeliveryArea, count: int, *, days: int = 5, cents: int = 3000) -> None:
    """So many days after the wave's start, each with a purchase."""
    key = f"{area.pk}-{days}-{count}"
    home = Household.objects.create(address_key=key, street="Weg 1", postcode="10115", city="Ort", delivery_area=area)
    at = STARTED + timedelta(days=days)
    people = Customer.objects.bulk_create(
        Customer(customer_number=f"N{key}-{n}", household=home, customer_since_on=at.date()) for n in range(count)
    )
    Event.objects.bulk_create(
        Event(customer=one, kind="purchased", medium="store", is_online=False, occurred_at=at, value_cents=cents,
              source="test", source_key=f"E{key}-{n}")
        for n, one in enumerate(people)
    )  # fmt: skip


def test_what_leaflets_brought_is_learned_and_told_per_thousand_households():
    wave = past_wave()
    version = training.train(as_of_at=NOW)
    assert (version.number, version.reason, version.assumption) == (1, "", "")
    assert version.trained_on_rows == AREAS
    assert version.metrics["waves"] == [wave.pk]
    assert version.metrics["effect_per_thousand"] == pytest.approx(2000 / 103, rel=0.15)
    assert version.new_customer_cents == 3000


def test_it_values_areas_that_nobody_has_tried():
    wave = past_wave()
    training.train(as_of_at=NOW)
    fresh = builders.area(households=110, refusing_households=10)
    [value] = valuing.new_values([fresh.pk], campaign=wave.campaign, as_of_at=NOW)
    assert value == pytest.approx(100 * 2 / 103 * 3000 * float(wave.campaign.margin_share), rel=0.2)


def test_few_areas_are_too_few_and_that_is_said():
    wave = past_wave(with_leaflets=20)
    version = training.train(as_of_at=NOW)
    assert version.reason.startswith("20 areas with the leaflet can be compared with 70 without it")
    assert training.newest() is None
    area_ids = list(DeliveryArea.objects.order_by("pk").values_list("pk", flat=True)[:3])
    assert valuing.new_values(area_ids, campaign=wave.campaign, as_of_at=NOW).tolist() == [0, 0, 0]


def test_without_chance_it_says_what_it_assumes():
    past_wave(chance=None)
    assert "differ in nothing else" in training.train(as_of_at=NOW).assumption


def test_waves_whose_window_is_open_are_not_learned_from():
    past_wave()
    assert observing.read(as_of_at=STARTED + timedelta(days=13)).observed.area.size == 0
    assert training.train(as_of_at=STARTED + timedelta(days=13)).trained_on_rows == 0


def test_only_who_came_within_the_window_counts():
    past_wave(per_leaflet=0)
    area = DeliveryArea.objects.order_by("pk").first()
    newcomers(area, 5, days=0)
    newcomers(area, 7, days=15)
    assert observing.read(as_of_at=NOW).observed.arrived.tolist() == [1.0] * AREAS


def test_of_a_wave_that_arrives_later_the_window_begins_then():
    wave = past_wave(per_leaflet=0)
    Wave.objects.filter(pk=wave.pk).update(arrives_at=STARTED + timedelta(days=6))
    newcomers(DeliveryArea.objects.order_by("pk").first(), 7, days=15, cents=5000)
    past = observing.read(as_of_at=NOW)
    assert past.observed.arrived.tolist() == [7.0] + [0.0] * (AREAS - 1)
    assert observing.read(as_of_at=STARTED + timedelta(days=17)).observed.area.size == 0


def test_a_wave_that_was_cancelled_is_not_learned_from():
    past_wave()
    Wave.objects.update(state="cancelled")
    assert observing.read(as_of_at=NOW).observed.area.size == 0


def test_the_newest_version_that_was_known_then_decides():
    past_wave()
    first = training.train(as_of_at=NOW - timedelta(days=1))
    second = training.train(as_of_at=NOW)
    assert first.fingerprint == second.fingerprint
    assert training.newest() == second
    assert training.newest(as_of_at=NOW - timedelta(hours=1)) == first
    assert AreaModel.objects.count() == 2


class TestFeatures:
    def test_of_an_area_are_counted_as_of_a_moment(self):
        people = [
            builders.customer(household=True, customer_since_on=(NOW - timedelta(days=days)).date())
            for days in (400, 9, 2)
        ]
        area = builders.area(
            *people, households=10, refusing_households=2, region="Nord", statistics={"cars": 3, "flag": "x"}
        )
        Event.objects.create(
            customer=people[0], kind="purchased", medium="store", is_online=False, occurred_at=NOW - timedelta(days=6),
            value_cents=500, source="test", source_key="1",
        )  # fmt: skip
        names = [
            "penetration",
            "fresh_share",
            "purchases_per_household",
            "basket_cents",
            "region:Nord",
            "statistic:cars",
        ]
        known = features.read(names, as_of_at=NOW - timedelta(days=5), area_ids=[area.pk])
        assert known.quantity.tolist() == [8]
        assert known.values.tolist() == [[0.2, 0.1, 0.1, 500.0, 1.0, 3.0]]
        before = features.read(names, as_of_at=NOW - timedelta(days=7), area_ids=[area.pk])
        assert before.values[0, 2] == 0
        assert np.isnan(before.values[0, 3])

    def test_of_areas_nearby_are_those_of_the_carrier_that_are_open(self):
        here = builders.area(postcode="10115", households=100)
        builders.area(postcode="10999", households=100)
        builders.area(postcode="10117", households=500, closed_at=NOW)
        builders.area(postcode="10117", households=300, carrier="Bote")
        DeliveryArea.objects.filter(postcode__in=("10115", "10999")).update(customers=20)
        DeliveryArea.objects.filter(carrier="Bote").update(customers=0)
        known = features.read(["customers_nearby"], as_of_at=NOW, area_ids=[here.pk])
        assert known.values.tolist() == [[0.2]]

    def test_know_the_way_to_the_nearest_open_store(self):
        builders.store(latitude=52.0, longitude=13.0)
        builders.store(latitude=52.0, longitude=13.1, is_open=False)
        builders.area(latitude=52.0, longitude=13.1)
        builders.area(latitude=None, longitude=None)
        near, unknown = features.read(["store_km"], as_of_at=NOW).values[:, 0]
        assert near == pytest.approx(6.85, abs=0.05)
        assert np.isnan(unknown)

    def test_are_regions_and_statistics_that_enough_areas_have(self):
        builders.area(region="Nord", statistics={"cars": 3})
        builders.area(region="Süd")
        assert features.known_names()[-3:] == ["region:Nord", "region:Süd", "statistic:cars"]

    def test_that_are_no_longer_known_are_missing(self):
        builders.area()
        known = features.read(["statistic:gone", "region:Gone"], as_of_at=NOW)
        assert np.isnan(known.values[0, 0])
        assert known.values[0, 1] == 0


def test_every_night_learns_where_there_is_news():
    assert training.retrain() is None
    past_wave()
    assert training.retrain().number == 1
    assert training.retrain() is None
