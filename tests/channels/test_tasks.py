"""Tasks are wake-up calls: lost or doubled, they neither lose nor send anything twice."""

from datetime import timedelta

import pytest
from celery import current_app
from django.utils import timezone
from kombu.exceptions import OperationalError

from campaigns import consent
from channels import calls, canary, queues, reconcile, tasks
from channels.base import ChannelError, Receipt, ReceiptState
from channels.memory import MemoryChannel
from channels.models import Canary, Dispatch
from channels.registry import CHANNELS
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def wave(memory):
    return builders.wave(builders.campaign(channels=("memory",)))


@pytest.fixture
def called(monkeypatch) -> list[str]:
    """Channels that were woken."""
    woken: list[str] = []

    def call(task: str, *args: str, **_: object) -> None:
        woken.extend(args if task == queues.SEND_CHANNEL else ())

    monkeypatch.setattr(calls, "call", call)
    return woken


def due(wave, **fields) -> Dispatch:
    return builders.dispatch(wave, builders.customer(consents=("memory",)), channel="memory", **fields)


def state(of: Dispatch) -> str:
    of.refresh_from_db()
    return of.state


def test_sending_goes_on_until_nothing_is_due(wave, memory: MemoryChannel, settings):
    settings.DELIVERY_BATCH = 2
    for _ in range(5):
        due(wave)
    tasks.send_channel("memory")
    assert len(memory.outbox) == 5


def test_a_doubled_call_sends_nothing_twice(wave, memory: MemoryChannel):
    due(wave)
    tasks.send_channel("memory")
    tasks.send_channel("memory")
    assert len(memory.outbox) == 1


def test_a_long_run_ends_and_calls_itself_again(wave, memory: MemoryChannel, settings, monkeypatch, called):
    settings.DELIVERY_BATCH = 1
    monkeypatch.setattr(tasks, "TASK_SECONDS", -1)
    due(wave), due(wave)
    tasks.send_channel("memory")
    assert len(memory.outbox) == 1
    assert called == ["memory"]


def test_the_sweep_wakes_only_channels_with_something_due(wave, called):
    due(wave, due_at=timezone.now() + timedelta(hours=1))
    tasks.sweep()
    assert called == []
    due(wave)
    tasks.sweep()
    assert called == ["memory"]


def test_the_sweep_calls_as_many_workers_as_there_are_batches_and_room_in_the_queue(
    wave, called, settings, monkeypatch
):
    settings.DELIVERY_BATCH = 2
    for _ in range(7):
        due(wave)
    tasks.wake_channels()
    assert called == ["memory"] * 4
    called.clear()
    monkeypatch.setattr(calls, "waiting", lambda queue: tasks.MOST_CALLS - 1)
    tasks.wake_channels()
    assert called == ["memory"]


def test_a_broker_that_is_away_stops_nobody_and_is_told(wave, monkeypatch, caplog):
    def away(*_, **__):
        raise OperationalError("connection refused")

    monkeypatch.setattr(current_app, "send_task", away)
    due(wave)
    tasks.wake_channels()
    assert "channels.tasks.send_channel was not called" in caplog.text


def test_every_name_by_which_a_task_is_called_is_one_of_a_task():
    named = [queues.SEND_CHANNEL, queues.LOOK_AT_LINK, *queues.OF_THEIR_OWN]
    assert set(named) <= current_app.tasks.keys()


def test_what_is_urgent_sends_its_own_wave_only(wave, memory: MemoryChannel):
    due(wave)
    urgent = due(builders.wave(wave.campaign))
    tasks.send_urgent("memory", urgent.wave_id)
    assert [message.dispatch_id for message, _ in memory.outbox] == [urgent.pk]


class TestCanary:
    def test_every_queue_is_silent_until_somebody_takes_a_message_from_it(self):
        assert canary.silent() == queues.every()
        tasks.sing("urgent")
        tasks.sing("urgent")
        assert "urgent" not in canary.silent()
        assert "urgent" in canary.silent(after=timedelta(seconds=-1))

    def test_sending_is_a_sign_of_life(self, memory: MemoryChannel):
        tasks.send_channel("memory")
        assert Canary.objects.get().queue == "send.memory"

    def test_each_queue_that_is_empty_gets_a_call_a_minute(self, redis_connection):
        tasks.wake_canaries()
        tasks.wake_canaries()
        assert {queue: redis_connection.llen(queue) for queue in queues.every()} == dict.fromkeys(queues.every(), 1)


def test_the_sweep_puts_right_what_a_dead_worker_left(wave, called):
    long_ago = timezone.now() - timedelta(hours=1)
    claimed = due(wave, state="claimed", claimed_at=long_ago)
    sending = due(wave, state="sending", claimed_at=long_ago)
    late = due(wave, deadline_at=long_ago)
    tasks.sweep()
    assert (state(claimed), state(sending), state(late)) == ("queued", "uncertain", "expired")


def test_the_sweep_stops_who_objected(wave, called):
    made = due(wave)
    consent.object_to(customer_id=made.customer_id, source="test")
    tasks.sweep()
    assert state(made) == "suppressed"


def test_a_channel_that_fails_to_take_back_stops_no_other_step(wave, memory: MemoryChannel, called, monkeypatch):
    handed_over, waiting = due(wave, state="handed_over"), due(wave)
    consent.object_to(customer_id=handed_over.customer_id, source="test")

    def fail(dispatch_ids):
        raise RuntimeError("the vendor does not answer")

    monkeypatch.setattr(memory, "withdraw", fail)
    with pytest.raises(RuntimeError):
        tasks.sweep()
    assert called == ["memory"]
    assert state(waiting) == "queued"


class TestEvidence:
    def test_a_provider_that_remembers_settles_it(self, wave, memory: MemoryChannel):
        sent, refused, unknown = [due(wave, state="uncertain") for _ in range(3)]
        memory.known = {
            sent.pk: Receipt(sent.pk, ReceiptState.SENT),
            refused.pk: ChannelError("never taken", permanent=True),
        }
        assert reconcile.resolve_by_evidence(memory) == 2
        assert (state(sent), state(refused), state(unknown)) == ("sent", "failed", "uncertain")

    def test_not_now_is_no_evidence(self, wave, memory: MemoryChannel):
        made = due(wave, state="uncertain")
        memory.known = {made.pk: ChannelError("ask again", permanent=False)}
        assert reconcile.resolve_by_evidence(memory) == 0
        assert state(made) == "uncertain"


class TestQueues:
    def test_every_channel_has_its_own(self):
        assert set(queues.declare()) == {
            "celery",
            "urgent",
            "webhooks",
            "print",
            *(f"send.{name}" for name in CHANNELS),
        }

    def test_sending_is_routed_to_it(self):
        route = current_app.amqp.router.route({}, "channels.tasks.send_channel", args=("email",), kwargs={})
        assert route["queue"].name == "send.email"
        route = current_app.amqp.router.route({}, "channels.tasks.send_urgent", args=("email", 1), kwargs={})
        assert route["queue"].name == "urgent"

    def test_everything_else_goes_to_the_default_one(self):
        route = current_app.amqp.router.route({}, "channels.tasks.sweep", args=(), kwargs={})
        assert getattr(route["queue"], "name", "celery") == "celery"
