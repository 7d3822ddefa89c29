"""What is due is told at least once under one name, tried again for about a day, and failing endpoints are left alone."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.utils import timezone

from channels import calls, tasks, webhooks
from channels.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookEvent
from channels.webhooks import calling, delivering, endpoints, forgetting


@pytest.fixture
def announce(vendor):
    return lambda **fields: webhooks.announce(vendor, "job.ready", {"job": 7} | fields)


def deliver(endpoint) -> bool:
    return delivering.deliver_due(endpoint.pk, seconds=30)


def only() -> WebhookDelivery:
    return WebhookDelivery.objects.select_related("endpoint").get()


def let_pass(interval: timedelta) -> None:
    """As if it had gone by: every moment that something waits for, or was done at, moves into the past."""
    for one in WebhookDelivery.objects.all():
        WebhookDelivery.objects.filter(pk=one.pk).update(
            due_at=one.due_at - interval, state_changed_at=one.state_changed_at - interval
        )
    for one in WebhookEndpoint.objects.all():
        WebhookEndpoint.objects.filter(pk=one.pk).update(
            failing_since=one.failing_since and one.failing_since - interval,
            quiet_until=one.quiet_until and one.quiet_until - interval,
        )


class TestWhatIsTaken:
    def test_is_told_once(self, endpoint, announce, receives):
        event = announce()
        assert deliver(endpoint) is False
        deliver(endpoint)
        assert receives.ids == [event.uid]
        assert (only().state, only().endpoint.health) == ("delivered", "works")
        (attempt,) = WebhookAttempt.objects.all()
        assert (attempt.status, attempt.reason) == (204, "")

    def test_comes_oldest_first(self, endpoint, announce, receives):
        told = [announce(revision=number).uid for number in range(5)]
        deliver(endpoint)
        assert receives.ids == told

    def test_ends_when_the_time_is_over_and_says_that_more_is_due(self, endpoint, announce, receives):
        announce(), announce()
        assert delivering.deliver_due(endpoint.pk, seconds=0) is True
        assert len(receives.calls) == 1

    def test_goes_to_each_endpoint_by_itself(self, endpoint, make, announce, receives):
        second = make(receives.url)
        announce()
        deliver(second)
        assert {(one.endpoint_id, one.state) for one in WebhookDelivery.objects.all()} == {
            (endpoint.pk, "due"),
            (second.pk, "delivered"),
        }

    def test_is_taken_by_the_task_as_well(self, endpoint, announce, receives):
        announce()
        tasks.deliver_webhooks(endpoint.pk)
        assert len(receives.calls) == 1


class TestWhatFails:
    def test_is_tried_again_under_the_same_name(self, endpoint, announce, receives):
        receives.answers = [500, 500]
        event = announce()
        for _ in range(3):
            deliver(endpoint)
            let_pass(timedelta(minutes=3))
        assert receives.ids == [event.uid] * 3
        assert (only().state, only().endpoint.health, only().endpoint.failures) == ("delivered", "works", 0)

    def test_waits_longer_each_time_for_about_a_day_and_is_then_given_up(self, endpoint, announce, receives):
        receives.answers = [500] * 20
        announce()
        waits = []
        while only().state == "due":
            deliver(endpoint)
            waits.append(only().due_at - timezone.now())
            let_pass(max(waits[-1], timedelta(minutes=11)))
        assert len(receives.calls) == delivering.MOST_TRIES == 9
        tried = waits[:-1]
        assert all(later > 1.9 * earlier for earlier, later in pairwise(tried))
        assert timedelta(hours=18) < sum(tried, timedelta()) < timedelta(hours=28)
        assert (only().state, only().endpoint.health) == ("given_up", "failing")

    def test_waits_by_chance_a_little_more_or_less(self):
        drawn = {delivering.delay(1) for _ in range(50)}
        assert len(drawn) > 40
        assert all(20 <= one <= 30 for one in drawn)

    def test_waits_at_least_as_long_as_it_is_asked_to(self, endpoint, announce, receives):
        receives.answers, receives.headers = [429], {"Retry-After": "7200"}
        announce()
        deliver(endpoint)
        assert only().due_at - timezone.now() > timedelta(minutes=119)
        assert only().endpoint.quiet_until - timezone.now() > timedelta(minutes=119)

    def test_keeps_of_the_answer_its_status_only(self, endpoint, announce, receives):
        def personal(handler) -> None:
            handler.send_response(500, "Erika Muster has moved")
            handler.end_headers()
            handler.wfile.write(b"Erika Muster, Weg 1")

        receives.answers = [personal]
        announce()
        deliver(endpoint)
        kept = str([list(model.objects.values()) for model in (WebhookAttempt, WebhookDelivery, WebhookEndpoint)])
        assert "Muster" not in kept
        assert WebhookAttempt.objects.get().reason == "it answered 500"

    def test_costs_one_call_now_and_then_however_much_waits(self, endpoint, announce, receives):
        receives.answers = [500] * 9
        for number in range(9):
            announce(revision=number)
        deliver(endpoint)
        deliver(endpoint)
        assert len(receives.calls) == 1
        assert sorted(WebhookDelivery.objects.values_list("tries", flat=True)) == [0] * 8 + [1]

    def test_lets_everything_through_when_it_works_again(self, endpoint, announce, receives):
        receives.answers = [500]
        for number in range(3):
            announce(revision=number)
        deliver(endpoint)
        let_pass(timedelta(minutes=1))
        deliver(endpoint)
        assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"delivered"}

    def test_what_waited_a_day_behind_it_is_given_up_too(self, endpoint, announce, receives):
        receives.answers = [500]
        announce(), announce()
        deliver(endpoint)
        assert delivering.give_up_waiting() == 0
        let_pass(timedelta(hours=27))
        assert delivering.give_up_waiting() == 2

    def test_what_waits_for_us_and_not_for_the_vendor_is_not_given_up(self, endpoint, announce):
        announce()
        let_pass(timedelta(days=3))
        assert delivering.give_up_waiting() == 0
        deliver(endpoint)
        assert only().state == "delivered"


class TestAnEndpoint:
    def test_that_fails_for_days_is_disabled_and_staff_are_told(self, endpoint, announce, receives, caplog):
        receives.answers = [500] * 5
        announce()
        deliver(endpoint)
        let_pass(timedelta(days=4))
        announce()
        deliver(endpoint)
        endpoint.refresh_from_db()
        assert endpoint.health == "failing"
        let_pass(timedelta(days=1, minutes=20))
        deliver(endpoint)
        endpoint.refresh_from_db()
        assert (endpoint.health, endpoint.is_active) == ("disabled", True)
        assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"given_up"}
        assert f"webhook {endpoint.pk} of vendor {endpoint.vendor_id} is disabled" in caplog.text
        announce()
        assert WebhookDelivery.objects.filter(state="due").count() == 0

    def test_that_answers_410_wants_no_more(self, endpoint, announce, receives):
        receives.answers = [410]
        announce(), announce()
        deliver(endpoint)
        endpoint.refresh_from_db()
        assert (endpoint.health, len(receives.calls)) == ("gone", 1)
        assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"given_up"}

    def test_can_be_enabled_again_and_told_what_it_missed(self, endpoint, announce, receives):
        receives.answers = [410]
        missed = announce()
        deliver(endpoint)
        endpoints.enable(endpoint)
        assert endpoints.replay(endpoint) == 1
        deliver(endpoint)
        assert receives.ids == [missed.uid, missed.uid]
        assert only().state == "delivered"

    def test_that_is_switched_off_is_not_called(self, endpoint, announce, receives):
        announce()
        WebhookEndpoint.objects.update(is_active=False)
        deliver(endpoint)
        assert receives.calls == []
        WebhookEndpoint.objects.update(is_active=True)
        deliver(endpoint)
        assert len(receives.calls) == 1

    def test_can_be_told_a_single_event_again(self, endpoint, announce, receives):
        first, _ = announce(), announce()
        deliver(endpoint)
        assert endpoints.replay(endpoint, first.deliveries.get().pk) == 1
        deliver(endpoint)
        assert receives.ids[2:] == [first.uid]

    def test_is_told_nothing_again_by_anothers_button(self, endpoint, make, announce, receives):
        other = make(receives.url)
        announce()
        deliver(endpoint)
        of_mine = WebhookDelivery.objects.get(endpoint=endpoint)
        assert endpoints.replay(other, of_mine.pk) == 0


class TestWorkers:
    def test_what_one_holds_no_other_takes(self, endpoint, announce, receives):
        announce()
        assert delivering._claim(endpoint.pk) is not None
        deliver(endpoint)
        assert receives.calls == []

    def test_what_a_dead_one_held_is_told_when_its_lease_ends(self, endpoint, announce, receives):
        announce()
        delivering._claim(endpoint.pk)
        let_pass(timedelta(seconds=61))
        deliver(endpoint)
        assert (len(receives.calls), only().state, only().tries) == (1, "delivered", 2)

    def test_one_that_comes_late_changes_nothing(self, endpoint, announce):
        """Its claim ended, and another told it meanwhile."""
        announce()
        late = delivering._claim(endpoint.pk)
        let_pass(timedelta(seconds=61))
        deliver(endpoint)
        delivering._record(late, calling.Told(500, 1, "it answered 500"))
        assert only().state == "delivered"

    def test_the_sweep_finds_what_nobody_was_called_for(self, endpoint, announce, monkeypatch):
        called = []
        monkeypatch.setattr(calls, "call", lambda task, *args, **_: called.append((task, *args)))
        announce()
        tasks.wake_webhooks()
        assert called == [("channels.tasks.deliver_webhooks", endpoint.pk)]
        deliver(endpoint)
        called.clear()
        tasks.wake_webhooks()
        assert called == []

    def test_what_is_due_within_the_minute_is_not_left_to_the_sweep(self, endpoint, announce, receives, monkeypatch):
        called = []
        monkeypatch.setattr(calls, "call", lambda task, *args, **when: called.append((args, when)))
        receives.answers = [500]
        announce()
        tasks.deliver_webhooks(endpoint.pk)
        ((args, when),) = called
        assert args == (endpoint.pk,)
        assert 15 < when["countdown"] <= 30


def test_what_is_old_is_forgotten_with_every_try(endpoint, announce):
    announce()
    deliver(endpoint)
    announce()
    WebhookEvent.objects.filter(pk=WebhookEvent.objects.first().pk).update(
        created_at=timezone.now() - timedelta(days=91)
    )
    assert forgetting.forget_old() == 3
    assert (WebhookEvent.objects.count(), WebhookAttempt.objects.count()) == (1, 0)
