"""Purchases are told once each, when they happened, with the coupon where there was one."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from campaigns.models import Event
from channels import keys
from channels.models import ApiKey
from steering.demo import shopping
from steering.demo.errors import DemoError
from steering.demo.staff import Staff
from steering.demo.web import Web
from tests import builders

from . import worlds

pytestmark = pytest.mark.django_db(transaction=True)
DAYS_AGO = timedelta(days=13)


@pytest.fixture
def web(live_server) -> Web:
    return Web(live_server.url, site=settings.SITE_URL)


@pytest.fixture
def staff(db) -> Staff:
    return Staff(
        manager=builders.user(),
        approver=builders.user(),
        vendor_keys={},
        vendor_identities={},
        shop_key=keys.create(name="shop", scope=ApiKey.Scope.EVENTS)[1],
        till_key=keys.create(name="till", scope=ApiKey.Scope.REDEMPTIONS)[1],
    )


def report(people, web: Web, staff: Staff, *, codes: dict[int, str] | None = None, **who) -> shopping.Sales:
    world, wave = worlds.world(people), builders.wave(started_at=timezone.now() - DAYS_AGO)
    return shopping.report(world, worlds.answers(world, **who), wave=wave, codes=codes or {}, staff=staff, web=web)


def test_whoever_buys_without_a_coupon_is_told_by_the_shop(web, staff) -> None:
    online, offline, nobody = (builders.customer() for _ in range(3))
    sales = report([online, offline, nobody], web, staff, bought=[online, offline], bought_online=[online])
    found = {event.customer_id: (event.kind, event.medium, event.value_cents) for event in Event.objects.all()}
    assert found == {online.pk: ("purchased", "web", 1234), offline.pk: ("purchased", "store", 1234)}
    assert (sales.coupons, sales.purchases, sales.value_cents) == (0, 2, 2468)


def test_a_purchase_is_told_at_its_own_time(web, staff) -> None:
    person = builders.customer()
    report([person], web, staff, bought=[person])
    age = timezone.now() - Event.objects.get().occurred_at
    assert timedelta(days=10, hours=23) < age < timedelta(days=11, hours=1)


def test_a_coupon_is_one_purchase_and_answers_its_message(web, staff) -> None:
    person = builders.customer()
    dispatch = builders.dispatch(builders.wave(), person, state="sent", coupon_code="K7-MILD")
    sales = report([person], web, staff, codes={person.pk: "K7-MILD"}, bought=[person], redeemed=[person])
    found = sorted(Event.objects.values_list("kind", "value_cents", "dispatch_id"))
    assert found == [("purchased", 1234, dispatch.pk), ("redeemed", 0, dispatch.pk)]
    assert (sales.coupons, sales.purchases) == (1, 0)


def test_a_code_that_is_the_same_for_all_comes_with_the_customers_number(web, staff) -> None:
    wave = builders.wave(builders.campaign(channels=("social",), blocks=builders.content_blocks()))
    people = [builders.customer(), builders.customer()]
    for person in people:
        builders.dispatch(wave, person, channel="social", state="sent")
    report(people, web, staff, codes={person.pk: "SOMMER20" for person in people}, bought=people, redeemed=people)
    assert set(Event.objects.filter(kind="redeemed").values_list("customer_id", flat=True)) == {p.pk for p in people}


def test_whoever_never_saw_a_code_buys_without_it(web, staff) -> None:
    person = builders.customer()
    assert report([person], web, staff, bought=[person], redeemed=[person]).purchases == 1
    assert Event.objects.get().kind == "purchased"


def test_a_code_that_the_platform_does_not_know_ends_the_demo(web, staff) -> None:
    person = builders.customer()
    with pytest.raises(DemoError, match="POST /api/redemptions answered 404"):
        report([person], web, staff, codes={person.pk: "K7-WILD"}, bought=[person], redeemed=[person])
