"""A campaign that buys the areas of one of several carriers, from its plan to its results."""

from datetime import timedelta

import numpy as np
import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.models import AreaWeek, Campaign, Customer, DeliveryArea, Event, OpenedArea, Option, OtherArea, Wave
from channels import delivery, registry
from channels.models import Dispatch, PrintItem
from steering import measurement, planning, waves
from steering.areas import features, pairing
from steering.measurement.lift import difference
from steering.models import AreaPair, Assignment, PlanArea
from steering.people import Reading, in_audience
from steering.planning import PlanningError, apart, rebuilding, splitting
from tests import admin_clients, builders

from . import worlds

pytestmark = pytest.mark.django_db


def world(areas: int = 6) -> None:
    """Every two areas of the first carrier are one of Bote's."""
    mine = worlds.areas(areas)
    for pair in range(0, areas, 2):
        people = Customer.objects.filter(household__delivery_area__in=mine[pair : pair + 2])
        builders.other_area(*people, code=f"b{pair}", households=150, refusing_households=30)
    worlds.area_model()


def campaign(carrier: str = "Bote", **fields) -> Campaign:
    made = worlds.campaign(**fields)
    Option.objects.filter(campaign=made, channel="direct_post").update(
        settings={"vendor": builders.vendor().slug, "carrier": carrier}
    )
    return made


def planned(of: Campaign):
    return worlds.plan(of, state="draft")


def started(plan) -> Wave:
    Wave.objects.filter(pk=plan.wave_id).update(state="approved")
    waves.start(plan.wave_id)
    return Wave.objects.get(pk=plan.wave_id)


def codes(plan, **fields) -> list[str]:
    return sorted(PlanArea.objects.filter(plan=plan, **fields).values_list("area__code", flat=True))


def test_a_plan_opens_areas_of_the_carrier_that_its_option_names():
    world()
    plan = planned(campaign())
    assert codes(plan, chosen=True) == ["b0", "b2", "b4"]
    assert set(PlanArea.objects.filter(plan=plan).values_list("customers", "quantity", "cost")) == {(4, 120, 1440.0)}
    got = Assignment.objects.filter(wave=plan.wave, channel="direct_post").first()
    assert len(rebuilding.concerned(plan, rebuilding.options.as_planned(plan), got.customer_id)) == 4


def test_whoever_is_in_no_area_of_the_carrier_may_not_get_its_leaflet():
    world()
    OtherArea.objects.filter(area__code="b0").delete()
    plan = planned(campaign())
    assert codes(plan) == ["b2", "b4"]
    assert plan.excluded["direct_post"] == {"no delivery area": 4}


def test_another_campaign_buys_the_areas_of_the_first_carrier_as_ever():
    world()
    planned(campaign())
    assert PlanArea.objects.filter(plan=planned(worlds.campaign()), area__carrier="Post").count() == 6


def test_a_household_whose_first_area_is_the_carriers_needs_no_other():
    world()
    made = builders.customer(household=True)
    builders.area(made, carrier="Bote", code="b9", households=150)
    assert codes(planned(campaign())) == ["b0", "b2", "b4", "b9"]


def test_leaflets_are_ordered_for_areas_of_the_carrier_and_not_for_those_held_out():
    world(12)
    plan = planned(campaign(holdout_share="0.5"))
    started(plan)
    assert len(codes(plan, group="holdout")) == 3
    assert sorted(OpenedArea.objects.values_list("area__code", flat=True)) == codes(plan, chosen=True)
    delivery.send_due("direct_post")
    assert sorted(PrintItem.objects.values_list("delivery_area__code", flat=True)) == codes(plan, chosen=True)
    assert set(Dispatch.objects.filter(channel="direct_post").values_list("state", flat=True)) == {"handed_over"}


def test_dispatches_wait_for_the_week_of_the_carriers_area():
    world()
    made = campaign(goal_days=30)
    option = Option.objects.get(campaign=made, channel="direct_post")
    option.settings |= {"weeks": 2}
    option.save()
    plan = planned(made)
    started(plan)
    weeks = dict(AreaWeek.objects.values_list("area_id", "week_on"))
    assert len(set(weeks.values())) == 2
    late = max(weeks.values())
    waiting = Dispatch.objects.filter(channel="direct_post", due_at__gt=timezone.now())
    areas_late = [area_id for area_id, week in weeks.items() if week == late]
    assert waiting.count() == 4 * len(areas_late)
    homes = set(OtherArea.objects.filter(area__in=areas_late).values_list("household_id", flat=True))
    assert set(waiting.values_list("customer__household_id", flat=True)) == homes


def test_pairs_are_matched_among_areas_of_the_carrier():
    world(12)
    made = campaign()
    pairing.ensure(made, as_of_at=timezone.now())
    assert AreaPair.objects.count() == 3
    assert set(AreaPair.objects.values_list("first__carrier", "second__carrier")) == {("Bote", "Bote")}


def areas_of_another_carrier(of: Campaign):
    """What the same waves brought, as told when the next one is to buy the areas of Post."""
    Option.objects.filter(campaign=of, channel="direct_post").update(settings={"carrier": "Post"})
    return measurement.results(of.pk).areas


def test_results_are_counted_by_areas_of_the_carrier():
    """In every treated area somebody buys; what is drawn as a whole is the carrier's area."""
    world(24)
    made = campaign(holdout_share="0.5")
    wave = started(planned(made))
    Wave.objects.filter(pk=wave.pk).update(started_at=timezone.now() - timedelta(days=2))
    lives_in = dict(OtherArea.objects.values_list("household__customers", "area"))
    treated = set(PlanArea.objects.filter(plan__wave=wave, chosen=True).values_list("area", flat=True))
    first = {area: customer for customer, area in sorted(lives_in.items(), reverse=True)}
    for area in treated:
        Event.objects.create(
            customer_id=first[area], kind="purchased", medium="store", is_online=False, value_cents=4000, source="test",
            occurred_at=timezone.now() - timedelta(days=1), source_key=str(area),
        )  # fmt: skip
    found = measurement.results(made.pk)
    assert found.areas[0].new_customers.pairs == 6
    assert found.areas[0].margin_cents.estimate == pytest.approx(1000 * 0.5 * 4000 / 120)
    assert areas_of_another_carrier(made) == found.areas
    everybody = np.array(sorted(lives_in))
    area = np.array([lives_in[one] for one in everybody])
    bought = np.isin(everybody, [first[one] for one in treated]).astype(float)
    is_treated = np.isin(area, list(treated))
    groups = [(area[group], bought[group]) for group in (is_treated, ~is_treated)]
    assert found.lift.rate == difference(*groups[0], *groups[1])


def test_shards_hold_whole_areas_of_the_carrier():
    world(12)
    who = in_audience(apart.audiences.query(campaign().audience, as_of_at=timezone.now()))
    for ids in splitting.split(who, by_area=True, size=4, carrier="Bote"):
        there = OtherArea.objects.filter(household__customers__in=ids.tolist())
        assert len(ids) == 4 * there.values("area").distinct().count()


def test_an_area_is_known_by_all_who_live_there_whichever_carrier_comes_first():
    world()
    known = features.read(["penetration"], as_of_at=timezone.now())
    assert sorted(set((known.values[:, 0] > 0).tolist())) == [True]


def test_what_models_know_of_people_is_their_first_area_whatever_is_bought():
    world()
    first, at = Customer.objects.select_related("household__delivery_area").order_by("pk").first(), timezone.now()
    DeliveryArea.objects.filter(carrier="Post").update(customers=7)
    DeliveryArea.objects.filter(carrier="Bote").update(customers=9)
    names = ["area_customer_share"]
    of_bote = Reading.of(names, (), as_of_at=at, campaign_id=campaign().pk).of_ids(np.array([first.pk]))
    of_any = Reading.of(names, (), as_of_at=at).of_ids(np.array([first.pk]))
    assert of_bote.area.tolist() != of_any.area.tolist() == [first.household.delivery_area_id]
    assert np.array_equal(of_bote.features, of_any.features, equal_nan=True)


def test_campaigns_of_different_carriers_are_not_planned_as_one():
    world()
    both = [builders.wave(made, state="draft", started_at=None) for made in (campaign(), worlds.campaign())]
    with pytest.raises(PlanningError, match="buy areas of different carriers: plan them apart"):
        planning.make_together(both, most=1, version=None, as_of_at=timezone.now())


@pytest.mark.parametrize("carrier", ["nobody", "", 5])
def test_a_carrier_without_areas_is_refused_by_name(carrier):
    world(2)
    with pytest.raises(ValueError, match=f"carrier: there are no areas of a carrier '{carrier}'"):
        registry.get("direct_post").check_option({"vendor": builders.vendor().slug, "carrier": carrier})


def test_staff_see_the_areas_of_every_carrier_at_a_household():
    world(2)
    home = Customer.objects.first().household
    page = admin_clients.superuser().get(reverse("admin:campaigns_household_change", args=[home.pk])).content.decode()
    assert home.delivery_area.name in page
    assert "Bote:b0" in page
