"""What a campaign brought, counted on small waves of which everything is known."""

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from campaigns import events
from campaigns.models import Campaign, CouponUse, Customer, Event, Wave
from steering import measurement
from steering.measurement.lift import difference
from steering.models import Assignment
from tests import builders

NOW = timezone.now()
STARTED = NOW - timedelta(days=10)


@pytest.fixture
def campaign(db) -> Campaign:
    return builders.campaign(channels=("email", "print_mailing"), margin_share="0.5", goal_days=14)


@pytest.fixture
def wave(campaign) -> Wave:
    return builders.wave(campaign, started_at=STARTED)


def assigned(wave: Wave, channel: str = "", *, state: str = "sent", cost: float = 10, **fields) -> Customer:
    """Somebody with this decision, and its dispatch if there is a channel."""
    person = builders.customer()
    option = wave.campaign.options.filter(channel=channel).first()
    Assignment.objects.create(
        wave=wave, customer=person, option=option, channel=channel, cost_cents=cost if channel else 0,
        decided_at=wave.started_at, **fields,
    )  # fmt: skip
    if channel:
        builders.dispatch(wave, person, channel=channel, state=state)
    return person


def happened(
    person: Customer,
    kind: str,
    *,
    days: float = 2,
    medium: str = "web",
    online: bool = True,
    cents: int = 0,
    answers: bool = False,
):
    """So many days after the wave's start."""
    dispatch = person.dispatches.first().pk if answers else None
    at = STARTED + timedelta(days=days)
    key = f"{kind}-{person.pk}-{days}"
    events.record(
        [events.NewEvent(person.pk, kind, medium, online, at, "test", key, value_cents=cents, dispatch_id=dispatch)]
    )


def results(campaign: Campaign, **fields) -> measurement.Results:
    return measurement.results(campaign.pk, **fields)


def test_nothing_started_brings_nothing(campaign):
    found = results(campaign)
    assert (found.customers, found.contacted, found.conversions, found.funnel, found.lift) == (0, 0, 0, (), None)


def test_the_funnel_counts_people_and_no_machines(wave):
    fetched = assigned(wave, "email")
    for kind in ("opened", "clicked"):
        happened(fetched, kind, days=1, medium="email", answers=True)
    Event.objects.filter(kind__in=["opened", "clicked"]).update(attributes={"is_machine": True})
    [row] = results(wave.campaign).funnel
    assert (row.sent, row.seen, row.clicked) == (1, 0, 0)


def test_the_funnel_counts_every_step_once_a_person(wave):
    reader, buyer = assigned(wave, "email"), assigned(wave, "email")
    assigned(wave, "email", state="bounced")
    assigned(wave, "email", state="failed")
    for kind in ("opened", "opened", "clicked"):
        happened(reader, kind, days=1, medium="email", answers=True)
    happened(reader, "opened", days=3, medium="email", answers=True)
    happened(buyer, "redeemed", days=2, medium="store", online=False, answers=True)
    happened(buyer, "purchased", cents=4000, medium="store", online=False)
    [row] = results(wave.campaign).funnel
    assert (row.planned, row.sent, row.delivered, row.bounced) == (4, 3, 2, 1)
    assert (row.seen, row.clicked, row.redeemed) == (1, 1, 1)
    assert (row.conversions, row.value_cents, row.cost_cents) == (1, 4000, 30)


def test_channels_are_told_apart_in_the_order_of_the_registry(wave):
    assigned(wave, "print_mailing", state="handed_over", cost=85)
    assigned(wave, "email", cost=1)
    assert [(row.channel, row.sent, row.cost_cents) for row in results(wave.campaign).funnel] == [
        ("email", 1, 1),
        ("print_mailing", 1, 85),
    ]


def test_what_did_not_leave_costs_nothing(wave):
    assigned(wave, "email", state="suppressed")
    assigned(wave, "email", state="queued")
    assert results(wave.campaign).cost_cents == 0


@pytest.mark.parametrize(("days", "counts"), [(-1, 0), (0.5, 1), (9.5, 1)])
def test_only_the_goal_window_counts(wave, days, counts):
    happened(assigned(wave, "email"), "purchased", days=days, cents=100)
    assert results(wave.campaign).conversions == counts


def test_a_purchase_within_two_waves_counts_once_for_the_later_one(wave):
    person = assigned(wave, "email")
    second = builders.wave(wave.campaign, started_at=STARTED + timedelta(days=1))
    Assignment.objects.create(wave=second, customer=person, decided_at=second.started_at)
    happened(person, "purchased", days=2, cents=100)
    assert results(wave.campaign).conversions == 1
    assert results(wave.campaign, wave_id=second.pk).conversions == 1


def test_one_wave_can_be_looked_at_alone(wave):
    assigned(wave, "email")
    second = builders.wave(wave.campaign, started_at=STARTED)
    assert results(wave.campaign, wave_id=second.pk).customers == 0


def test_the_lift_is_the_difference_to_the_holdout(wave):
    for n in range(40):
        treated = assigned(wave, "email", cost=20)
        spared = assigned(wave, is_holdout=True)
        if n % 2 == 0:
            happened(treated, "purchased", cents=1000)
        if n % 4 == 0:
            happened(spared, "purchased", cents=1000)
    lift = results(wave.campaign).lift
    assert (lift.treated, lift.holdout) == (40, 40)
    assert (lift.treated_rate, lift.holdout_rate) == (0.5, 0.25)
    assert lift.rate.estimate == pytest.approx(0.25)
    assert lift.margin_cents.estimate == pytest.approx(0.5 * 500 - 0.25 * 500 - 20)
    assert lift.rate.low < 0.25 < lift.rate.high


def test_whoever_was_planned_for_nothing_counts_with_the_steered(wave):
    for _ in range(3):
        assigned(wave, "email")
        assigned(wave)
        assigned(wave, is_holdout=True)
    assert results(wave.campaign).lift.treated == 6


def redeemed(person: Customer, offer, receipt: str, *, cents: int | None, days: float = 3) -> None:
    CouponUse.objects.create(
        offer=offer, receipt=receipt, is_online=False, value_cents=cents, dispatch_id=person.dispatches.first().pk,
        redeemed_at=STARTED + timedelta(days=days),
    )  # fmt: skip


def test_redeemed_coupons_are_a_cost_of_the_campaign(wave):
    offer = builders.offer(kind="shared", code="SUMMER", cost_cents=100, cost_share="0.2", expected_basket_cents=5000)
    people = [assigned(wave, "email") for _ in range(4)]
    for _ in range(4):
        assigned(wave, is_holdout=True)
    before = measurement.results(wave.campaign_id)
    redeemed(people[0], offer, "1", cents=10_000)
    redeemed(people[1], offer, "2", cents=None)
    after = measurement.results(wave.campaign_id)
    told = (100 + 2000) + (100 + 1000)
    assert (before.coupons_cents, after.coupons_cents) == (0, told)
    assert after.cost_cents == before.cost_cents
    lost = before.lift.margin_cents.estimate - after.lift.margin_cents.estimate
    assert lost == pytest.approx(told / 4)


def test_coupons_of_other_waves_and_later_days_are_none_of_it(wave):
    offer = builders.offer(kind="shared", code="SUMMER", cost_cents=100)
    other = builders.wave(wave.campaign, started_at=STARTED)
    for number, of in enumerate((wave, other)):
        redeemed(assigned(of, "email"), offer, str(number), cents=None)
    redeemed(assigned(wave, "email"), offer, "late", cents=None, days=9)
    seen = measurement.results(wave.campaign_id, wave_id=wave.pk, as_of_at=STARTED + timedelta(days=5))
    assert seen.coupons_cents == 100


def test_without_a_holdout_there_is_no_lift(wave):
    for _ in range(5):
        assigned(wave, "email")
    assert results(wave.campaign).lift is None


def test_research_and_purchase_are_crossed(wave):
    both, online, offline, neither = (assigned(wave, "email") for _ in range(4))
    happened(both, "product_viewed", days=-3)
    happened(both, "store_visited", days=-2, medium="store", online=False)
    happened(online, "page_viewed", days=1)
    happened(offline, "store_visited", days=1, medium="store", online=False)
    happened(neither, "page_viewed", days=-40)
    for person in (both, online, offline):
        happened(person, "purchased", days=2, cents=100, medium="store", online=False)
    happened(neither, "purchased", days=2, cents=700)
    found = {row.researched: row for row in results(wave.campaign).ropo}
    assert [found[kind].bought_offline for kind in ("both", "online", "offline", "neither")] == [1, 1, 1, 0]
    assert (found["neither"].bought_online, found["neither"].value_online_cents) == (1, 700)
    assert found["online"].value_offline_cents == 100


def test_the_code_on_a_letter_counts_as_research_offline(wave):
    person = assigned(wave, "print_mailing")
    happened(person, "clicked", days=1, medium="print_mailing", answers=True)
    happened(person, "purchased", days=2, cents=100)
    assert {row.researched: row.bought_online for row in results(wave.campaign).ropo}["offline"] == 1


class TestDifference:
    def test_covers_the_truth_in_about_95_of_100_cases(self):
        rng, hits, times = np.random.default_rng(3), 0, 400
        for _ in range(times):
            units = np.arange(300)
            found = difference(units, rng.random(300) < 0.3, units[:80], rng.random(80) < 0.2)
            hits += found.low <= 0.1 <= found.high
        assert hits / times == pytest.approx(0.95, abs=0.03)

    def test_customers_of_one_unit_say_less_than_as_many_apart(self):
        rng = np.random.default_rng(4)
        effect = np.repeat(rng.normal(size=20), 30)
        values = effect + 0.1 * rng.normal(size=600)
        apart = difference(np.arange(600), values, np.arange(600), values)
        together = difference(np.repeat(np.arange(20), 30), values, np.repeat(np.arange(20), 30), values)
        assert together.high - together.low > 3 * (apart.high - apart.low)

    def test_without_any_variance_the_interval_is_a_point(self):
        units = np.arange(5)
        found = difference(units, np.ones(5), units, np.zeros(5))
        assert (found.estimate, found.low, found.high) == (1, 1, 1)
