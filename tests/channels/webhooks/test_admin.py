"""Staff make webhooks, see how they fare, and tell once more; the secret is shown this once, to who may."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from channels import standard_webhooks, webhooks
from channels.models import WebhookDelivery, WebhookEndpoint
from channels.webhooks import announcing, delivering, endpoints
from tests import admin_clients

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    return admin_clients.in_role("Campaign manager")


@pytest.fixture
def called(monkeypatch) -> list[int]:
    calls: list[int] = []
    monkeypatch.setattr(announcing, "call", calls.append)
    return calls


def press(client, verb: str, endpoint, **fields):
    return client.post(reverse(f"admin:channels_webhookendpoint_{verb}", args=[endpoint.pk]), fields)


class TestANewOne:
    def make(self, client, vendor, url="https://press.example/hook"):
        form = {"vendor": vendor.pk, "url": url, "types": ["job.ready"], "is_active": "on"}
        return client.post(reverse("admin:channels_webhookendpoint_add"), form)

    def test_shows_its_secret_this_once(self, client, vendor):
        answer = self.make(client, vendor)
        made = WebhookEndpoint.objects.get()
        assert (made.vendor, made.types) == (vendor, ["job.ready"])
        raw = answer.context["raw"]
        assert raw.encode() in answer.content
        assert "no-store" in answer["Cache-Control"]
        assert endpoints.keys_of(made) == [standard_webhooks.key_of(raw)]
        page = client.get(reverse("admin:channels_webhookendpoint_change", args=[made.pk])).content
        assert raw.encode() not in page
        assert made.sealed_secret.encode() not in page

    @pytest.mark.parametrize("url", ["http://press.example/", "https://u:p@press.example/", "press.example"])
    def test_with_no_safe_address_is_refused(self, client, vendor, url):
        answer = self.make(client, vendor, url)
        assert "url" in answer.context["adminform"].form.errors
        assert not WebhookEndpoint.objects.exists()


class TestOneThatIsThere:
    def test_gets_a_new_secret_while_the_former_one_still_signs(self, client, endpoint):
        answer = press(client, "secret", endpoint)
        endpoint.refresh_from_db()
        assert len(endpoints.keys_of(endpoint)) == 2
        assert standard_webhooks.key_of(answer.context["raw"]) == endpoints.keys_of(endpoint)[0]

    def test_is_tried_by_a_ping(self, client, endpoint, receives):
        press(client, "ping", endpoint)
        delivering.deliver_due(endpoint.pk, seconds=5)
        assert b'"type":"ping"' in receives.calls[0].body

    def test_is_told_again_what_was_given_up(self, client, endpoint, vendor, receives, called):
        receives.answers = [410]
        webhooks.announce(vendor, "job.ready", {"job": 1})
        delivering.deliver_due(endpoint.pk, seconds=5)
        press(client, "enable", endpoint)
        press(client, "replay", endpoint)
        assert called == [endpoint.pk]
        delivering.deliver_due(endpoint.pk, seconds=5)
        assert WebhookDelivery.objects.get().state == "delivered"

    def test_is_told_one_thing_again_from_the_delivery_log(self, client, endpoint, vendor, receives, called):
        for number in (1, 2):
            webhooks.announce(vendor, "job.ready", {"job": number})
        delivering.deliver_due(endpoint.pk, seconds=5)
        one = WebhookDelivery.objects.first()
        page = client.get(reverse("admin:channels_webhookdelivery_change", args=[one.pk])).content.decode()
        assert "Send once more" in page
        assert one.event.uid in page
        press(client, "replay", endpoint, delivery=one.pk)
        delivering.deliver_due(endpoint.pk, seconds=5)
        assert receives.ids[2:] == [one.event.uid]

    def test_of_another_number_is_replayed_by_no_trick(self, client, endpoint, called):
        webhooks.announce(endpoint.vendor, "job.ready", {"job": 1})
        WebhookDelivery.objects.update(state="given_up")
        called.clear()
        for trick in ("0", "-1", "x", "", "9" * 30):
            answer = press(client, "replay", endpoint, delivery=trick)
            assert answer.status_code == 302
        assert (called, WebhookDelivery.objects.get().state) == ([], "given_up")

    @pytest.mark.parametrize("change", [{"is_active": False}, {"health": "disabled"}, {"health": "gone"}])
    def test_is_told_nothing_again_while_it_is_not_called(self, client, endpoint, called, change):
        webhooks.announce(endpoint.vendor, "job.ready", {"job": 1})
        WebhookDelivery.objects.update(state="given_up")
        WebhookEndpoint.objects.update(**change)
        called.clear()
        page = client.get(press(client, "replay", endpoint).url).content.decode()
        assert "Nothing is sent to this webhook now" in page
        assert (called, WebhookDelivery.objects.get().state) == ([], "given_up")

    @pytest.mark.parametrize("change", [{"is_active": False}, {"health": "disabled"}, {"health": "gone"}])
    def test_is_not_tried_while_it_is_not_called(self, client, endpoint, called, change):
        WebhookEndpoint.objects.update(**change)
        page = client.get(press(client, "ping", endpoint).url).content.decode()
        assert "Nothing is sent to this webhook now" in page
        assert (called, WebhookDelivery.objects.count()) == ([], 0)


@pytest.mark.parametrize("verb", ["secret", "enable", "ping", "replay"])
@pytest.mark.parametrize("role", ["Privacy officer", "Analyst", "Content editor"])
def test_who_may_only_look_does_nothing(endpoint, verb, role):
    before = WebhookEndpoint.objects.values().get()
    assert press(admin_clients.in_role(role), verb, endpoint).status_code == 403
    assert WebhookEndpoint.objects.values().get() == before


@pytest.mark.parametrize("verb", ["secret", "enable", "ping", "replay"])
def test_nothing_is_done_by_looking(client, endpoint, verb):
    assert client.get(reverse(f"admin:channels_webhookendpoint_{verb}", args=[endpoint.pk])).status_code == 405


def test_the_vendors_page_shows_it_with_its_health(client, endpoint):
    page = client.get(reverse("admin:channels_vendor_change", args=[endpoint.vendor_id])).content.decode()
    assert endpoint.url in page
    assert "not called yet" in page


@pytest.mark.parametrize("health", ["disabled", "gone", "failing"])
def test_the_overview_says_which_is_not_reached(client, endpoint, health):
    changes = {
        "health": health,
        "health_reason": "it answered 500",
        "failing_since": timezone.now() - timedelta(hours=2),
    }
    WebhookEndpoint.objects.update(**changes)
    page = client.get(reverse("admin:index")).content.decode()
    assert f"webhook of {endpoint.vendor.name}</a> is not reached: it answered 500" in page


def test_the_overview_does_not_mind_a_short_trouble(client, endpoint):
    WebhookEndpoint.objects.update(health="failing", failing_since=timezone.now() - timedelta(minutes=5))
    assert "is not reached" not in client.get(reverse("admin:index")).content.decode()
