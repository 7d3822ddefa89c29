"""What areas with leaflets did beside areas without, counted from what everybody there bought."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.models import CouponUse, Customer, Event, Wave
from steering import measurement
from steering.measurement.area_lift import ALL, LEAFLETS
from steering.models import Assignment, Plan, PlanArea
from tests import builders

NOW = timezone.now()
STARTED = NOW - timedelta(days=10)
PAIRS = 8


@pytest.fixture
def wave(db) -> Wave:
    campaign = builders.campaign(channels=("email", "direct_post"), margin_share="0.5", goal_days=14)
    return compared(builders.wave(campaign, started_at=STARTED))


def compared(wave: Wave, *, wanted: int = PAIRS) -> Wave:
    """Pairs of areas of 500 households with a customer each; of the first pairs both are wanted."""
    plan = Plan.objects.create(
        wave=wave, as_of_at=STARTED, seed=1, customers=0, eligible=0, holdout=0, value_cents=0, dual_bound_cents=0, gap=0,
        cost_cents=0, prices={}, options=[], excluded={},
    )  # fmt: skip
    for pair in range(1, PAIRS + 1):
        for group in ("treated", "holdout"):
            area = builders.area(builders.customer(household=True))
            PlanArea.objects.create(
                plan=plan, area=area, option=wave.campaign.options.get(channel="direct_post"), customers=1, quantity=500,
                expected_customer_value=0, expected_new_value=0, cost=6000, chosen=group == "treated", wanted=pair <= wanted,
                group=group, pair=pair,
            )  # fmt: skip
    return wave


def residents(wave: Wave, group: str) -> list[Customer]:
    rows = PlanArea.objects.filter(plan__wave=wave, group=group).order_by("pair")
    return [Customer.objects.get(household__delivery_area=row.area_id) for row in rows]


def buys(person: Customer, cents: int, *, days: float = 2) -> None:
    Event.objects.create(
        customer=person, kind="purchased", medium="store", is_online=False, occurred_at=STARTED + timedelta(days=days),
        value_cents=cents, source="test", source_key=f"{person.pk}-{days}",
    )  # fmt: skip


def areas_of(wave: Wave) -> dict[str, measurement.AreaLift]:
    return {lift.of: lift for lift in measurement.results(wave.campaign_id).areas}


def test_margin_of_all_residents_is_compared_pair_by_pair(wave):
    for number, person in enumerate(residents(wave, "treated")):
        buys(person, 4000 + 100 * number)
    for person in residents(wave, "holdout"):
        buys(person, 1000)
    lift = areas_of(wave)[ALL].margin_cents
    assert lift.pairs == PAIRS
    assert lift.estimate == pytest.approx(1000 * 0.5 * (4350 - 1000) / 500)
    assert lift.low <= lift.estimate <= lift.high
    assert lift.low > 0
    assert lift.p_value == pytest.approx(2 / 2**PAIRS)
    assert lift.is_exact


def test_cost_of_what_went_out_is_taken_off(wave):
    for person in residents(wave, "treated"):
        option = wave.campaign.options.get(channel="direct_post")
        Assignment.objects.create(
            wave=wave, customer=person, option=option, channel="direct_post", cost_cents=500, decided_at=STARTED
        )
        builders.dispatch(wave, person, channel="direct_post", state="sent")
    assert areas_of(wave)[ALL].margin_cents.estimate == pytest.approx(-1000)


def test_new_customers_and_what_they_buy_count(wave):
    for person in residents(wave, "treated"):
        since = (STARTED + timedelta(days=3)).date()
        fresh = builders.customer(household_id=person.household_id, customer_since_on=since)
        buys(fresh, 2000, days=3)
    lift = areas_of(wave)[ALL]
    assert lift.new_customers.estimate == pytest.approx(2)
    assert lift.margin_cents.estimate == pytest.approx(2000)


def test_only_the_goal_window_counts(wave):
    for person in residents(wave, "treated"):
        buys(person, 4000, days=-1)
    assert areas_of(wave)[ALL].margin_cents.estimate == 0


def test_of_a_wave_that_arrives_later_the_window_begins_then(wave):
    Wave.objects.filter(pk=wave.pk).update(arrives_at=STARTED + timedelta(days=4))
    wave.campaign.goal_days = 3
    wave.campaign.save()
    for person in residents(wave, "treated"):
        buys(person, 4000, days=2)
        buys(person, 1000, days=6)
    assert areas_of(wave)[ALL].margin_cents.estimate == pytest.approx(1000)


def test_a_purchase_counts_for_the_newest_wave_and_a_pair_in_two_waves_is_one(wave):
    second = builders.wave(wave.campaign, started_at=STARTED + timedelta(days=1))
    plan = Plan.objects.get(wave=wave)
    rows = list(plan.area_rows.all())
    plan.pk, plan.wave = None, second
    plan.save()
    for row in rows:
        row.pk, row.plan = None, plan
        row.save()
    for person in residents(wave, "treated"):
        buys(person, 4000, days=2)
    lift = areas_of(wave)[ALL].margin_cents
    assert lift.pairs == PAIRS
    assert lift.estimate == pytest.approx(1000 * 0.5 * 4000 / 1000)


def test_pairs_in_which_leaflets_were_wanted_are_told_apart(db):
    campaign = builders.campaign(channels=("direct_post",), margin_share="0.5", goal_days=14)
    wave = compared(builders.wave(campaign, started_at=STARTED), wanted=6)
    for person in residents(wave, "treated")[:6]:
        buys(person, 4000)
    found = areas_of(wave)
    assert found[LEAFLETS].margin_cents.pairs == 6
    assert found[LEAFLETS].margin_cents.estimate == pytest.approx(4000)
    assert found[ALL].margin_cents.estimate == pytest.approx(3000)


def test_too_few_pairs_are_not_compared(wave):
    PlanArea.objects.filter(pair__gt=5).delete()
    assert areas_of(wave) == {}


def test_a_campaign_without_leaflets_has_no_areas_to_compare(db):
    assert measurement.results(builders.wave().campaign_id).areas == ()


def test_the_results_page_shows_the_comparison(client, wave):
    for person in residents(wave, "treated"):
        buys(person, 4000)
    looker = builders.user("campaigns.view_campaign", "campaigns.view_wave")
    looker.is_staff = True
    looker.save()
    client.force_login(looker)
    page = client.get(reverse("admin:campaigns_campaign_results", args=[wave.campaign_id])).content.decode()
    assert "Area against area" in page
    assert "New customers, all pairs" in page
    assert "0.008" in page


def test_what_redeemed_coupons_cost_is_taken_off_the_area_of_whom_redeemed_them(wave):
    offer = builders.offer(kind="shared", code="SUMMER", cost_cents=500)
    for number, person in enumerate(residents(wave, "treated")):
        dispatch = builders.dispatch(wave, person, channel="direct_post", state="sent")
        CouponUse.objects.create(
            offer=offer, receipt=str(number), is_online=False, value_cents=None, dispatch_id=dispatch.pk,
            redeemed_at=STARTED + timedelta(days=3),
        )  # fmt: skip
    assert areas_of(wave)[ALL].margin_cents.estimate == pytest.approx(-1000)
