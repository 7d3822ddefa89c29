"""What a vendor is told is written down with what happened, once, and told after the commit."""

import pytest
from django.db import transaction

from channels import webhooks
from channels.models import WebhookDelivery, WebhookEvent
from channels.webhooks import announcing
from tests import builders


@pytest.fixture
def called(monkeypatch) -> list[int]:
    calls: list[int] = []
    monkeypatch.setattr(announcing, "call", calls.append)
    return calls


def test_an_event_is_one_row_and_one_delivery_for_each_endpoint_that_wants_it(vendor, make):
    all_, some, _other = make(), make(types=["job.ready"]), make(types=["job.cancelled"])
    make(is_active=False)
    make(health="disabled")
    make(health="gone")
    make(vendor=builders.vendor("other"))
    event = webhooks.announce(vendor, "job.ready", {"job": 7})
    assert (event.type, event.payload, event.vendor) == ("job.ready", {"job": 7}, vendor)
    assert WebhookEvent.objects.count() == 1
    assert set(WebhookDelivery.objects.values_list("endpoint", flat=True)) == {all_.pk, some.pk}


def test_without_an_endpoint_it_is_written_down_all_the_same(vendor):
    webhooks.announce(vendor, "job.ready", {"job": 7})
    assert (WebhookEvent.objects.count(), WebhookDelivery.objects.count()) == (1, 0)


def test_whoever_delivers_is_called_after_the_commit(vendor, make, called, django_capture_on_commit_callbacks):
    endpoint = make()
    with django_capture_on_commit_callbacks(execute=True):
        webhooks.announce(vendor, "job.ready", {"job": 7})
        assert called == []
    assert called == [endpoint.pk]


def test_what_did_not_happen_is_not_told(vendor, make, called, django_capture_on_commit_callbacks):
    make()
    with django_capture_on_commit_callbacks(execute=True) as callbacks, transaction.atomic():
        webhooks.announce(vendor, "job.ready", {"job": 7})
        transaction.set_rollback(True)
    assert (callbacks, called, WebhookEvent.objects.exists()) == ([], [], False)


def test_a_broker_that_is_away_stops_nobody(vendor, make, django_capture_on_commit_callbacks, monkeypatch):
    def away(_: int) -> None:
        raise OSError

    make()
    monkeypatch.setattr(announcing, "call", away)
    with django_capture_on_commit_callbacks(execute=True):
        webhooks.announce(vendor, "job.ready", {"job": 7})
    assert WebhookDelivery.objects.get().state == "due"


def test_each_event_has_a_name_of_its_own(vendor):
    names = {webhooks.announce(vendor, "job.ready", {"job": 7}).uid for _ in range(3)}
    assert len(names) == 3


@pytest.mark.parametrize("value", ["Erika Muster", "a@b.example", {"name": "x"}, ["x"], 1.5, "x" * 101])
def test_only_ids_are_told(vendor, value):
    with pytest.raises(ValueError, match="who must be a number or a short name"):
        webhooks.announce(vendor, "job.ready", {"job": 7, "who": value})
    assert not WebhookEvent.objects.exists()


def test_an_unknown_event_is_refused_by_name(vendor):
    with pytest.raises(ValueError, match=r"type must be one of job\.ready, .* got 'job\.lost'"):
        webhooks.announce(vendor, "job.lost", {})
