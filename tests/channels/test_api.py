"""The APIs of shops and tills: what they report is recorded once, and bad input is named."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from campaigns.models import Event
from channels import keys
from channels.models import ApiKey
from tests import builders

pytestmark = pytest.mark.django_db
NOON = "2026-05-04T12:00:00+02:00"


@pytest.fixture
def post(client: Client):
    """Post JSON to an API with a key of the right scope."""
    raw = {scope: keys.create(name="shop", scope=scope)[1] for scope in ("events", "redemptions")}

    def send(name: str, body: Any, *, key: str | None = None):
        return client.post(
            f"/api/{name}", body, "application/json", headers={"Authorization": f"Bearer {key or raw[name]}"}
        )

    return send


class TestKeys:
    def test_a_key_opens_its_scope_only(self):
        key, raw = keys.create(name="shop", scope="events")
        assert keys.authenticate(raw, scope="events") == key
        assert keys.authenticate(raw, scope="redemptions") is None

    def test_the_key_itself_is_not_kept(self):
        key, raw = keys.create(name="shop", scope="events")
        secret = raw.partition(".")[2]
        assert all(secret not in str(value) for value in ApiKey.objects.values().get(pk=key.pk).values())

    @pytest.mark.parametrize(
        "change", [lambda raw: raw[:-1] + "!", lambda raw: raw + "a", lambda raw: "", lambda raw: "."]
    )
    def test_almost_the_key_is_not_the_key(self, change):
        _, raw = keys.create(name="shop", scope="events")
        assert keys.authenticate(change(raw), scope="events") is None

    def test_an_expired_or_revoked_key_opens_nothing(self):
        _, expired = keys.create(name="old", scope="events", expires_at=timezone.now() - timedelta(seconds=1))
        key, revoked = keys.create(name="lost", scope="events")
        keys.revoke(key)
        assert keys.authenticate(expired, scope="events") is None
        assert keys.authenticate(revoked, scope="events") is None

    def test_its_use_is_noted_now_and_then(self, django_assert_num_queries):
        key, raw = keys.create(name="shop", scope="events")
        keys.authenticate(raw, scope="events")
        key.refresh_from_db()
        assert key.last_used_at is not None
        with django_assert_num_queries(1):
            keys.authenticate(raw, scope="events")

    @pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic eDp5", "Bearer " + "x" * 5000])
    @pytest.mark.parametrize("name", ["events", "redemptions"])
    def test_without_a_key_the_answer_is_401_as_a_problem(self, client: Client, name, header):
        response = client.post(
            f"/api/{name}", {}, "application/json", headers={"Authorization": header} if header else {}
        )
        assert response.status_code == 401
        assert response["Content-Type"] == "application/problem+json"
        assert response["WWW-Authenticate"].startswith("Bearer")
        assert response.json()["type"] == "urn:problem:unauthorized"


class TestEvents:
    @pytest.fixture
    def person(self):
        return builders.customer(customer_number="K1", email="erika@example.com")

    def event(self, **fields: Any) -> dict[str, Any]:
        event = {"customer_number": "K1", "kind": "purchased", "medium": "store", "is_online": False}
        return event | {"occurred_at": NOON, "source_key": "bon-1", "value": "12.50"} | fields

    def test_are_recorded(self, post, person):
        response = post("events", {"events": [self.event()]})
        assert (response.status_code, response.json()) == (200, {"recorded": 1, "known": 0})
        event = Event.objects.get()
        assert (event.customer, event.kind, event.medium, event.value_cents) == (person, "purchased", "store", 1250)

    def test_reported_again_are_known(self, post, person):
        post("events", {"events": [self.event()]})
        assert post("events", {"events": [self.event()]}).json() == {"recorded": 0, "known": 1}

    def test_two_systems_may_use_the_same_key(self, post, person):
        post("events", {"events": [self.event()]})
        _, other = keys.create(name="till", scope="events")
        assert post("events", {"events": [self.event()]}, key=other).json()["recorded"] == 1

    def test_the_customer_may_be_named_by_an_identifier(self, post, person):
        identifier = {"kind": "email", "value": " Erika@Example.com"}
        event = self.event(identifier=identifier)
        del event["customer_number"]
        assert post("events", {"events": [event]}).json()["recorded"] == 1
        assert Event.objects.get().customer == person

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"kind": "danced"}, "kind"),
            ({"kind": "contacted"}, "kind"),
            ({"occurred_at": "yesterday"}, "occurred_at"),
            ({"occurred_at": "2999-01-01T00:00:00Z"}, "occurred_at"),
            ({"value": "12.505"}, "value"),
            ({"customer_number": "nobody"}, "customer_number"),
            ({"identifier": {"kind": "email", "value": "x@example.com"}}, "customer_number"),
            ({"source_key": ""}, "source_key"),
            ({"source_key": "a\x00b"}, "source_key"),
        ],
    )
    def test_one_bad_row_refuses_all_and_is_named(self, post, person, change, field):
        response = post("events", {"events": [self.event(), self.event(source_key="bon-2") | change]})
        assert response.status_code == 400
        assert not Event.objects.exists()
        error = response.json()["errors"][0]
        assert error["row"] == 2
        assert error["field"].endswith(field)
        assert error["reason"]

    def test_nobody_known_by_an_identifier_is_named(self, post, person):
        event = self.event(identifier={"kind": "email", "value": "nobody@example.com"})
        del event["customer_number"]
        error = post("events", {"events": [event]}).json()["errors"][0]
        assert (error["row"], error["field"]) == (1, "identifier")

    @pytest.mark.parametrize("body", [{}, {"events": []}, [], {"events": "x"}])
    def test_a_batch_of_the_wrong_shape_is_refused(self, post, body):
        assert post("events", body).status_code == 400

    def test_a_batch_is_limited(self, post, person):
        response = post("events", {"events": [self.event(source_key=str(n)) for n in range(1001)]})
        assert response.status_code == 400
        assert not Event.objects.exists()

    def test_a_batch_takes_few_queries(self, post, person, django_assert_max_num_queries):
        events = [self.event(source_key=str(n)) for n in range(300)]
        with django_assert_max_num_queries(12):
            assert post("events", {"events": events}).json()["recorded"] == 300

    def test_no_json_is_a_problem_too(self, client: Client):
        _, raw = keys.create(name="shop", scope="events")
        response = client.post("/api/events", "{", "application/json", headers={"Authorization": f"Bearer {raw}"})
        assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")


class TestRedemptions:
    @pytest.fixture
    def dispatch(self):
        person = builders.customer(customer_number="K1")
        return builders.dispatch(builders.wave(), person, state="sent", coupon_code="SOMMER7K")

    def coupon(self, **fields: Any) -> dict[str, Any]:
        return {"code": "SOMMER7K", "receipt": "bon-1", "redeemed_at": NOON, "place": "store"} | fields

    def test_a_coupon_in_the_store_is_an_offline_answer_to_the_mail(self, post, dispatch):
        response = post("redemptions", self.coupon())
        assert (response.status_code, response.json()) == (201, {"dispatch": dispatch.pk, "is_new": True})
        event = Event.objects.get()
        assert (event.kind, event.medium, event.is_online, event.dispatch_id) == (
            "redeemed",
            "store",
            False,
            dispatch.pk,
        )

    def test_with_its_value_it_is_a_purchase_as_well(self, post, dispatch):
        post("redemptions", self.coupon(value="80.00", place="online"))
        bought = Event.objects.get(kind="purchased")
        assert (bought.value_cents, bought.medium, bought.dispatch_id) == (8000, "web", dispatch.pk)
        assert Event.objects.get(kind="redeemed").value_cents == 0

    def test_the_code_may_be_typed_carelessly(self, post, dispatch):
        assert post("redemptions", self.coupon(code=" sommer7k ")).status_code == 201

    def test_the_same_receipt_again_is_known(self, post, dispatch):
        post("redemptions", self.coupon(value="80.00"))
        response = post("redemptions", self.coupon(value="80.00", redeemed_at="2026-05-04T12:00:09+02:00"))
        assert (response.status_code, response.json()["is_new"]) == (200, False)
        assert Event.objects.count() == 2

    def test_another_receipt_is_refused(self, post, dispatch):
        post("redemptions", self.coupon())
        response = post("redemptions", self.coupon(receipt="bon-2"))
        assert (response.status_code, response.json()["type"]) == (409, "urn:problem:already-redeemed")
        assert Event.objects.count() == 1

    @pytest.mark.parametrize("code", ["OTHER", "personal", "' OR 1=1 --", " "])
    def test_an_unknown_code_is_not_found(self, post, dispatch, code):
        response = post("redemptions", self.coupon(code=code))
        assert response.status_code in (400, 404)
        assert response["Content-Type"] == "application/problem+json"

    def test_a_code_shared_by_everybody_needs_the_customer(self, post):
        offer = [{"id": "o", "type": "offer", "title": "10 %", "coupon": "ALLE10"}]
        wave = builders.wave(builders.campaign(blocks=offer))
        made = builders.dispatch(wave, builders.customer(customer_number="K2"), state="sent")
        assert post("redemptions", self.coupon(code="alle10")).status_code == 404
        assert post("redemptions", self.coupon(code="alle10", customer_number="K2")).json()["dispatch"] == made.pk

    def test_a_code_that_only_another_channel_shows_is_not_found(self, post):
        wave = builders.wave(builders.campaign(channels=("email", "social")))
        builders.dispatch(wave, builders.customer(customer_number="K3"), state="sent")
        listed = builders.dispatch(wave, builders.customer(customer_number="K4"), channel="social", state="sent")
        assert post("redemptions", self.coupon(code="SHARED20", customer_number="K3")).status_code == 404
        assert post("redemptions", self.coupon(code="SHARED20", customer_number="K4")).json()["dispatch"] == listed.pk

    def test_a_negative_value_is_refused(self, post, dispatch):
        response = post("redemptions", self.coupon(value="-1.00"))
        assert response.json()["errors"][0]["field"] == "value"


def test_the_schema_describes_both(client: Client):
    schema = client.get("/api/schema").content.decode()
    assert "report_events" in schema
    assert "redeem_coupon" in schema
    assert "bearer" in schema
