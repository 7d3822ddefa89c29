"""A worker dies while it answers what customers did, and Redis forgets everything: each customer is answered once."""

from django.db import connection, transaction

from campaigns import events
from campaigns.models import Wave
from channels.models import Dispatch
from steering.models import Firing
from tests import builders
from tests.at_once import blocked
from tests.faults import staging
from tests.faults.staging import Stage, await_that

PEOPLE = 60
LARGE = 10_000  # so many that it takes seconds to send them


def is_answered() -> bool:
    return not Firing.objects.filter(outcome="waiting").exists()


def test_a_worker_killed_in_the_middle_of_an_answer(stage: Stage):
    builders.trigger()
    events.record([builders.event(person) for person in stage.people(PEOPLE)])
    with stage.worker(beat=True) as there:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE steering_assignment IN EXCLUSIVE MODE")  # the decision cannot be written yet
            await_that(blocked, "nobody answered")
            staging.kill(there.children.pid("worker"))
        assert set(Firing.objects.values_list("outcome", flat=True)) == {"waiting"}
    stage.redis.client().flushall()
    with stage.worker("another", beat=True):
        await_that(is_answered, "nobody answered again")
        wave = Wave.objects.get(open_until_at__isnull=False)
        states = stage.await_end(wave)
    assert sum(states.values()) == PEOPLE == Firing.objects.filter(outcome="contacted").count()
    stage.check(wave)


def test_two_workers_and_every_call_twice(stage: Stage):
    builders.trigger()
    people = stage.people(PEOPLE)
    with stage.worker(beat=True), stage.worker("other", beat=True):
        for person in people:
            once = builders.event(person)
            events.record([once])
            events.record([once])
        await_that(is_answered, "nobody answered")
        wave = Wave.objects.get(open_until_at__isnull=False)
        states = stage.await_end(wave)
    assert sum(states.values()) == PEOPLE
    stage.check(wave)


def test_a_large_wave_does_not_hold_up_what_a_customer_triggers(stage: Stage):
    builders.trigger()
    [person] = stage.people(1)
    large = stage.wave(LARGE)
    with stage.worker(beat=True):
        stage.wake()
        stage.await_mails(50)
        events.record([builders.event(person)])
        await_that(lambda: Dispatch.objects.filter(customer=person, state="sent").exists(), "it was held up")
        assert Dispatch.objects.filter(wave=large, state="queued").count() > LARGE / 4
