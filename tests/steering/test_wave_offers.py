"""Codes are reserved with a plan, given with its dispatches, and go back with whatever is not sent."""

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from campaigns import offers
from campaigns.models import Campaign, ContactLimit, Coupon, Customer, Event, Offer, Wave
from channels.invariants import check, ledger_invariants
from channels.models import Dispatch
from steering import wave_offers, waves
from steering.admin import offer_words
from steering.models import Assignment
from steering.waves import WaveError
from tests import builders

NOW = timezone.now()
BLOCKS = [
    {"id": "headline", "type": "headline", "text": "Neues"},
    {"id": "o", "type": "offer", "title": "20 %", "offer": "herbst"},
]


@pytest.fixture
def offer(db) -> Offer:
    made = builders.offer("herbst")
    offers.generate(made, 30)
    return made


@pytest.fixture
def campaign(offer) -> Campaign:
    for _ in range(20):
        builders.customer()
    return builders.campaign(blocks=BLOCKS, holdout_share=0, exploration_share=0)


@pytest.fixture
def manager(db) -> User:
    return builders.user("campaigns.change_wave", "campaigns.run_wave")


@pytest.fixture
def approver(db) -> User:
    return builders.user("campaigns.approve_wave")


@pytest.fixture
def simulated(campaign, manager) -> Wave:
    wave = waves.create(campaign)
    waves.simulate(wave.pk, by=manager)
    return wave


def planned(wave: Wave) -> int:
    return Assignment.objects.filter(wave=wave, option__isnull=False).count()


def test_a_plan_reserves_a_code_for_everybody_who_gets_the_offer(simulated, offer):
    assert planned(simulated) == offers.counts(offer)["reserved"] == 20
    holders = Coupon.objects.filter(state="reserved").values_list("customer_id", flat=True)
    assert len(set(holders)) == 20


def test_a_plan_made_anew_keeps_what_fits_and_returns_the_rest(simulated, offer, manager, campaign):
    before = set(Coupon.objects.filter(state="reserved").values_list("customer_id", "id"))
    campaign.holdout_share = 0.5
    campaign.save()
    waves.simulate(simulated.pk, by=manager)
    after = set(Coupon.objects.filter(state="reserved").values_list("customer_id", "id"))
    assert len(after) == planned(simulated) < 20
    assert after < before
    assert offers.counts(offer)["free"] == 30 - len(after)


def test_a_started_wave_gives_them_with_its_dispatches(simulated, offer, manager, approver):
    waves.approve(simulated.pk, by=approver)
    waves.start(simulated.pk, by=manager)
    assert offers.counts(offer) == {"free": 10, "reserved": 0, "given": 20, "redeemed": 0, "withdrawn": 0}
    given = dict(Coupon.objects.filter(state="given").values_list("dispatch_id", "code"))
    assert given == dict(Dispatch.objects.filter(wave=simulated).values_list("id", "coupon_code"))
    assert all(verdict.holds for verdict in check(ledger_invariants()))


def test_a_pool_that_is_too_small_is_refused_with_what_is_missing(campaign, offer, manager, approver):
    for _ in range(15):
        builders.customer()
    wave = waves.create(campaign)
    waves.simulate(wave.pk, by=manager)
    assert wave_offers.missing(wave) == {"herbst": 5}
    with pytest.raises(WaveError, match="codes are missing: 5 of “herbst”"):
        waves.approve(wave.pk, by=approver)
    wave.refresh_from_db()
    assert wave.state == "simulated"
    offers.generate(offer, 5)
    assert waves.approve(wave.pk, by=approver).state == "approved"
    assert wave_offers.missing(wave) == {}


def test_two_plans_never_share_a_code(simulated, campaign, offer, manager):
    other = waves.create(campaign)
    waves.simulate(other.pk, by=manager)
    assert offers.counts(offer)["reserved"] == 30
    assert wave_offers.missing(other) == {"herbst": 10}


@pytest.mark.parametrize("is_approved", [False, True])
def test_a_cancelled_wave_returns_what_it_reserved(simulated, offer, manager, approver, is_approved):
    if is_approved:
        waves.approve(simulated.pk, by=approver)
    waves.cancel(simulated.pk, by=manager)
    assert offers.counts(offer)["free"] == 30


def test_what_was_given_stays_with_its_dispatch_when_the_wave_is_cancelled(simulated, offer, manager, approver):
    waves.approve(simulated.pk, by=approver)
    waves.start(simulated.pk, by=manager)
    waves.cancel(simulated.pk, by=manager)
    assert offers.counts(offer)["given"] == 20


def test_who_is_not_to_be_contacted_any_more_leaves_the_code_to_others(simulated, offer, manager, approver):
    waves.approve(simulated.pk, by=approver)
    ContactLimit.objects.create(most=1, days=30)
    for person in Customer.objects.order_by("id")[:3]:
        Event.objects.create(
            customer=person,
            kind="contacted",
            medium="email",
            is_online=True,
            occurred_at=NOW,
            source="x",
            source_key=str(person.pk),
        )
    waves.start(simulated.pk, by=manager)
    late = Dispatch.objects.filter(wave=simulated, state="suppressed")
    assert late.count() == 3
    assert offers.counts(offer) == {"free": 13, "reserved": 0, "given": 17, "redeemed": 0, "withdrawn": 0}
    assert not Coupon.objects.filter(code__in=late.values("coupon_code")).exists()


def test_whoever_lacks_a_code_gets_nothing(simulated, offer, manager, approver):
    waves.approve(simulated.pk, by=approver)
    lost = Coupon.objects.filter(state="reserved").first()
    Coupon.objects.filter(pk=lost.pk).update(state="free", wave=None, customer=None)
    waves.start(simulated.pk, by=manager)
    assert list(Dispatch.objects.filter(state="suppressed").values_list("reason", flat=True)) == ["no coupon code left"]


def test_a_withdrawn_offer_cannot_be_planned(campaign, offer, manager):
    offers.withdraw(offer)
    wave = waves.create(campaign)
    with pytest.raises(WaveError, match="herbst"):
        waves.simulate(wave.pk, by=manager)


def test_a_content_may_give_two_codes(offer, manager, approver):
    other = builders.offer("winter")
    offers.generate(other, 10)
    builders.customer()
    second = {"id": "p", "type": "offer", "title": "5 €", "offer": "winter"}
    wave = waves.create(builders.campaign(blocks=[*BLOCKS, second], holdout_share=0))
    waves.simulate(wave.pk, by=manager)
    waves.approve(wave.pk, by=approver)
    waves.start(wave.pk, by=manager)
    dispatch = Dispatch.objects.get()
    mine = Coupon.objects.filter(dispatch_id=dispatch.pk).order_by("offer__slug")
    assert [coupon.offer.slug for coupon in mine] == ["herbst", "winter"]
    assert dispatch.coupon_code == mine[0].code


def test_beside_a_code_of_the_message_itself_the_pools_code_is_another(offer, manager, approver):
    builders.customer()
    own = {"id": "p", "type": "offer", "title": "5 €", "coupon": "personal"}
    wave = waves.create(builders.campaign(blocks=[*BLOCKS, own], holdout_share=0))
    waves.simulate(wave.pk, by=manager)
    waves.approve(wave.pk, by=approver)
    waves.start(wave.pk, by=manager)
    assert Dispatch.objects.get().coupon_code not in Coupon.objects.values_list("code", flat=True)
    assert offers.counts(offer)["given"] == 1


def test_a_shared_offer_reserves_nothing(db, manager, approver):
    builders.offer("herbst", kind="shared", code="HERBST20")
    builders.customer()
    wave = waves.create(builders.campaign(blocks=BLOCKS, holdout_share=0))
    waves.simulate(wave.pk, by=manager)
    waves.approve(wave.pk, by=approver)
    waves.start(wave.pk, by=manager)
    assert Dispatch.objects.get().state == "queued"
    assert not Coupon.objects.exists()


def test_reserving_takes_a_constant_number_of_statements(simulated, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        wave_offers.reserve(simulated)


def test_the_wave_says_how_many_codes_it_has_and_lacks(simulated, campaign, offer, manager):
    other = waves.create(campaign)
    waves.simulate(other.pk, by=manager)
    told = offer_words.of(other, other.plan)
    assert dict(zip(told["headers"], told["rows"][0], strict=True)) == {
        "Offer": "Herbst",
        "Customers": "20",
        "Codes reserved": "10",
        "Codes missing": "10",
        "Expected to be redeemed by": "3.0 %",
        "Each costs": "0.00 EUR",
    }
