"""Codes of offers handed in online and in stores: once each, and every refusal says why."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from campaigns import offers
from campaigns.models import Coupon, CouponUse, Event, Offer
from campaigns.offers import codes
from channels import keys, redemptions
from channels.invariants import check, ledger_invariants
from channels.models import Dispatch
from tests import builders
from tests.at_once import elsewhere, wait_until_it_waits

NOON = "2026-05-04T12:00:00+02:00"
DAY = date(2026, 5, 4)
BLOCKS = [{"id": "o", "type": "offer", "title": "20 %", "offer": "herbst"}]


@pytest.fixture
def post(client: Client):
    raw = keys.create(name="shop", scope="redemptions")[1]

    def send(code: str, *, status: int, kind: str = "", **fields: Any) -> dict[str, Any]:
        body = {"code": code, "receipt": "bon-1", "redeemed_at": NOON, "place": "store"} | fields
        response = client.post("/api/redemptions", body, "application/json", headers={"Authorization": f"Bearer {raw}"})
        assert response.status_code == status, response.json()
        assert response.json().get("type", "") == (f"urn:problem:{kind}" if kind else "")
        return response.json()

    return send


def given(offer: Offer, **fields: Any) -> Coupon:
    """A code of the pool, given with a message that was sent."""
    offers.generate(offer, 1)
    dispatch = builders.dispatch(builders.wave(), state="sent", **fields)
    return give(offer, dispatch)


def give(offer: Offer, dispatch: Dispatch) -> Coupon:
    coupon = offer.coupons.filter(state="free").first()
    found = Coupon.objects.filter(pk=coupon.pk)
    found.update(state="reserved", wave=dispatch.wave_id, customer=dispatch.customer_id)
    found.update(state="given", dispatch_id=dispatch.pk)
    coupon.refresh_from_db()
    return coupon


@pytest.mark.django_db
class TestUniqueCodes:
    @pytest.fixture
    def offer(self) -> Offer:
        return builders.offer("herbst")

    @pytest.fixture
    def coupon(self, offer) -> Coupon:
        return given(offer)

    def test_in_a_store_it_answers_the_message_that_it_came_with(self, post, coupon):
        told = post(coupon.code, status=201, value="80.00", store="S1")
        assert told == {"dispatch": coupon.dispatch_id, "is_new": True, "offer": "herbst"}
        assert set(Event.objects.values_list("kind", "medium", "value_cents", "dispatch_id")) == {
            ("redeemed", "store", 0, coupon.dispatch_id),
            ("purchased", "store", 8000, coupon.dispatch_id),
        }
        use = CouponUse.objects.get()
        assert (use.coupon_id, use.store, use.value_cents) == (coupon.pk, "S1", 8000)
        assert all(verdict.holds for verdict in check(ledger_invariants()))

    @pytest.mark.parametrize(
        "change", [str.lower, lambda code: f" {code.replace('-', ' ')} ", lambda code: codes.key(code)]
    )
    def test_it_may_be_typed_carelessly(self, post, coupon, change):
        post(change(coupon.code), status=201)

    def test_the_same_receipt_again_changes_nothing_even_when_it_has_expired_since(self, post, coupon, offer):
        post(coupon.code, status=201)
        Offer.objects.update(valid_until_on=DAY - timedelta(days=1))
        assert post(coupon.code, status=200)["is_new"] is False
        assert Event.objects.count() == CouponUse.objects.count() == 1

    def test_a_second_receipt_is_a_conflict(self, post, coupon):
        post(coupon.code, status=201)
        post(coupon.code, status=409, kind="already-redeemed", receipt="bon-2")
        assert Event.objects.count() == 1

    def test_a_slip_is_told_from_an_unknown_code(self, post, coupon):
        wrong = ("2" if coupon.key[0] != "2" else "3") + coupon.key[1:]
        post(wrong, status=404, kind="mistyped-code")
        post("SOMMER99", status=404, kind="unknown-code")

    def test_a_code_that_nobody_was_given_is_unknown(self, post, offer):
        offers.generate(offer, 1)
        post(offer.coupons.get().code, status=404, kind="unknown-code")

    def test_a_withdrawn_code_is_gone(self, post, coupon, offer):
        offers.withdraw_code(offer, coupon.key)
        post(coupon.code, status=410, kind="withdrawn")

    @pytest.mark.parametrize(
        ("terms", "status", "kind", "fields"),
        [
            ({"valid_until_on": DAY}, 201, "", {}),
            ({"valid_until_on": DAY}, 201, "", {"redeemed_at": "2026-05-04T23:59:59+02:00"}),
            ({"valid_until_on": DAY}, 410, "expired", {"redeemed_at": "2026-05-05T00:00:00+02:00"}),
            ({"valid_from_on": DAY}, 201, "", {"redeemed_at": "2026-05-04T00:00:00+02:00"}),
            ({"valid_from_on": DAY}, 422, "not-yet-valid", {"redeemed_at": "2026-05-03T23:59:59+02:00"}),
            ({"where": "online"}, 422, "not-here", {}),
            ({"where": "online"}, 201, "", {"place": "online"}),
            ({"where": "store"}, 422, "not-here", {"place": "online"}),
            ({"stores": ["S1", "S2"]}, 201, "", {"store": "S2"}),
            ({"stores": ["S1", "S2"]}, 422, "not-here", {"store": "S3"}),
            ({"stores": ["S1", "S2"]}, 422, "not-here", {}),
            ({"stores": ["S1"]}, 201, "", {"place": "online"}),
            ({"minimum_basket_cents": 5000}, 422, "basket-too-small", {"value": "49.99"}),
            ({"minimum_basket_cents": 5000}, 201, "", {"value": "50.00"}),
        ],
    )
    def test_terms_are_kept(self, post, coupon, terms, status, kind, fields):
        Offer.objects.update(**terms)
        post(coupon.code, status=status, kind=kind, **fields)
        assert Coupon.objects.get().state == ("redeemed" if status == 201 else "given")

    def test_of_an_erased_customer_it_can_still_be_redeemed_and_answers_nobody(self, post, coupon):
        Dispatch.objects.get(pk=coupon.dispatch_id).customer.delete()
        assert post(coupon.code, status=201)["dispatch"] is None
        assert not Event.objects.exists()
        assert all(verdict.holds for verdict in check(ledger_invariants()))

    def test_two_codes_of_one_message_on_one_receipt_are_one_purchase(self, post, coupon):
        other = builders.offer("winter")
        offers.generate(other, 1)
        second = give(other, Dispatch.objects.get(pk=coupon.dispatch_id))
        post(coupon.code, status=201, value="80.00")
        post(second.code, status=201, value="80.00")
        assert Event.objects.filter(kind="redeemed").count() == 2
        assert Event.objects.filter(kind="purchased").count() == 1
        assert all(verdict.holds for verdict in check(ledger_invariants()))


@pytest.mark.django_db
class TestSharedCodes:
    @pytest.fixture
    def offer(self) -> Offer:
        return builders.offer("herbst", kind="shared", code="HERBST-20")

    @pytest.fixture
    def dispatch(self, offer) -> Dispatch:
        wave = builders.wave(builders.campaign(blocks=BLOCKS))
        return builders.dispatch(wave, builders.customer(customer_number="K1"), state="sent")

    def test_without_a_customer_it_is_a_use_that_answers_nobody(self, post, dispatch):
        told = post("herbst20", status=201)
        assert told == {"dispatch": None, "is_new": True, "offer": "herbst"}
        assert not Event.objects.exists()

    def test_with_the_customer_it_answers_the_message_that_showed_it(self, post, dispatch):
        assert post("HERBST-20", status=201, customer_number="K1")["dispatch"] == dispatch.pk
        assert Event.objects.get().dispatch_id == dispatch.pk

    def test_a_customer_redeems_it_once_with_each_message(self, post, dispatch):
        post("HERBST-20", status=201, customer_number="K1")
        assert post("HERBST-20", status=200, customer_number="K1")["is_new"] is False
        post("HERBST-20", status=409, kind="already-redeemed", receipt="bon-2", customer_number="K1")

    def test_the_same_receipt_is_one_use(self, post, offer):
        Offer.objects.update(most_uses=5)
        post("HERBST-20", status=201)
        post("HERBST-20", status=200)
        offer.refresh_from_db()
        assert offer.uses == CouponUse.objects.count() == 1

    def test_it_can_be_used_up(self, post, offer):
        Offer.objects.update(most_uses=2)
        post("HERBST-20", status=201)
        post("HERBST-20", status=201, receipt="bon-2")
        post("HERBST-20", status=409, kind="used-up", receipt="bon-3")
        assert CouponUse.objects.count() == 2

    def test_a_refused_one_leaves_nothing_behind(self, post, offer):
        Offer.objects.update(valid_until_on=DAY - timedelta(days=1))
        post("HERBST-20", status=410, kind="expired")
        assert not CouponUse.objects.exists()


@pytest.mark.django_db(transaction=True)
class TestAtTheSameMoment:
    def redeem(self, code: str, receipt: str) -> redemptions.Redeemed:
        return redemptions.redeem(redemptions.Redemption(code, receipt, timezone.now(), is_online=False))

    def test_one_code_at_two_tills_is_redeemed_at_one(self):
        coupon = given(builders.offer("herbst"))
        with transaction.atomic():
            assert self.redeem(coupon.code, "bon-1").is_new
            second = elsewhere(lambda: self.redeem(coupon.code, "bon-2"))
            wait_until_it_waits()
        with pytest.raises(redemptions.RedemptionRefused, match="on another receipt"):
            second.result(timeout=30)
        assert CouponUse.objects.count() == Event.objects.count() == 1

    def test_one_receipt_told_twice_is_one_redemption(self):
        coupon = given(builders.offer("herbst"))
        with transaction.atomic():
            self.redeem(coupon.code, "bon-1")
            second = elsewhere(lambda: self.redeem(coupon.code, "bon-1"))
            wait_until_it_waits()
        assert second.result(timeout=30).is_new is False

    def test_the_last_use_of_a_shared_code_goes_to_one(self):
        builders.offer("herbst", kind="shared", code="HERBST20", most_uses=1)
        with transaction.atomic():
            self.redeem("HERBST20", "bon-1")
            second = elsewhere(lambda: self.redeem("HERBST20", "bon-2"))
            wait_until_it_waits()
        with pytest.raises(redemptions.RedemptionRefused, match="1 times"):
            second.result(timeout=30)
        assert CouponUse.objects.count() == 1

    def test_many_at_once_redeem_each_code_once(self):
        offer = builders.offer("herbst")
        mine = [given(offer).code for _ in range(4)]
        answers = [elsewhere(lambda code=code, n=n: self.redeem(code, f"bon-{n}")) for n in range(3) for code in mine]
        done = [answer.exception(timeout=30) is None for answer in answers]
        assert sum(done) == CouponUse.objects.count() == 4
        assert Offer.objects.get().coupons.filter(state="redeemed").count() == 4

    def test_two_plans_at_once_reserve_different_codes(self):
        offer = builders.offer("herbst")
        offers.generate(offer, 6)
        waves = [builders.wave(builders.campaign(blocks=BLOCKS)) for _ in range(2)]
        people = [builders.customer().pk for _ in range(6)]
        for wave in waves:
            offers.note_offers(wave.pk, [offers.Shown(wave.campaign.options.get().pk, "email", BLOCKS)])
        sql = "SELECT unnest(%(people)s::bigint[]) AS customer_id, %(option)s::bigint AS option_id"

        def reserve(wave, few: list[int]) -> dict[str, int]:
            return offers.reserve(wave.pk, sql, {"people": few, "option": wave.campaign.options.get().pk})

        with transaction.atomic():
            assert reserve(waves[0], people[:4]) == {}
            # Nobody waits: what the first is just taking is passed over.
            assert elsewhere(lambda: reserve(waves[1], people)).result(timeout=30) == {"herbst": 4}
        assert offers.counts(offer)["reserved"] == 6
