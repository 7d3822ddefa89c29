"""What is due runs once a slot, however many ask, and one failing step stops no other."""

from datetime import UTC, datetime, timedelta
from unittest.mock import Mock

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from channels.models import DispatchState
from channels.steps import run_all
from steering import champion, schedule, tasks
from steering.celery import app
from steering.models import ScheduleRun
from tests import builders

MINUTE = timedelta(minutes=1)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))


def test_a_slot_is_claimed_once(db):
    assert schedule.claim("work", every=timedelta(days=1))
    assert not schedule.claim("work", every=timedelta(days=1))


def test_other_work_has_slots_of_its_own(db):
    assert schedule.claim("work", every=timedelta(days=1))
    assert schedule.claim("other work", every=timedelta(days=1))


@given(MOMENTS, st.sampled_from([MINUTE, 15 * MINUTE, 60 * MINUTE, timedelta(days=1)]))
def test_every_moment_lies_in_exactly_one_slot(moment, every):
    slot = schedule.slot_of(moment, every)
    assert slot <= moment < slot + every
    assert schedule.slot_of(slot, every) == slot


@pytest.mark.parametrize("day", [datetime(2027, 3, 28, tzinfo=UTC), datetime(2027, 10, 31, tzinfo=UTC)])
def test_the_days_of_the_clock_change_have_as_many_slots_as_others(day):
    moments = [day + timedelta(minutes=n) for n in range(24 * 60)]
    assert len({schedule.slot_of(moment, timedelta(hours=1)) for moment in moments}) == 24


def test_a_failing_step_stops_no_other_and_is_told():
    done = Mock()
    with pytest.raises(ZeroDivisionError):
        run_all(lambda: done("first"), lambda: 1 / 0, lambda: done("last"))
    assert [call.args for call in done.call_args_list] == [("first",), ("last",)]


def test_beat_knows_every_task_it_calls():
    app.finalize()
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= set(app.tasks)


def test_each_minute_what_is_past_its_deadline_expires(db):
    late = builders.dispatch(builders.wave(), deadline_at=datetime(2020, 1, 1, tzinfo=UTC))
    tasks.every_minute()
    late.refresh_from_db()
    assert late.state == DispatchState.EXPIRED


def test_two_beats_do_no_harm(db):
    for _ in range(2):
        tasks.every_quarter()
        tasks.every_hour()
    assert sorted(ScheduleRun.objects.values_list("name", flat=True)) == ["every hour", "every quarter"]


def test_a_night_goes_through(db):
    ScheduleRun.objects.create(name="every minute", slot=datetime(2020, 1, 1, tzinfo=UTC))
    tasks.every_night()
    assert list(ScheduleRun.objects.values_list("name", flat=True)) == ["every night"]


def test_broken_invariants_are_logged_each_hour(db, caplog):
    wave = builders.wave()
    builders.dispatch(wave, state="claimed", claimed_at=datetime(2020, 1, 1, tzinfo=UTC))
    tasks.every_hour()
    assert "no worker holds anything longer than its lease" in caplog.text


def test_training_without_a_log_says_so_and_does_not_fail(db, caplog):
    tasks.train_model()
    assert "no model was trained" in caplog.text
    assert champion.present() is None


def test_all_invariants_hold_on_an_empty_database(db, capsys):
    call_command("check_invariants")
    assert "BROKEN" not in capsys.readouterr().out
