"""Steps of large waves are left to a worker, and people see what becomes of them."""

from unittest.mock import Mock

import pytest
from django.contrib.auth.models import User

from campaigns.models import Wave, WaveState
from channels.models import Dispatch
from steering import long_steps, tasks, waves
from steering.long_steps import Progress
from steering.waves import WaveError
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager() -> User:
    return builders.user("campaigns.change_wave", "campaigns.run_wave")


@pytest.fixture
def wave() -> Wave:
    for _ in range(5):
        builders.customer()
    return waves.create(builders.campaign())


@pytest.fixture
def large(monkeypatch) -> None:
    """Every wave counts as a large one."""
    monkeypatch.setattr(long_steps, "LARGE", 0)


def ask(wave: Wave, verb: str, by: User, *, django_callbacks) -> Mock:
    """Who asks, and the worker that was woken for it."""
    worker = Mock()
    wave.refresh_from_db()
    with django_callbacks(execute=True):
        long_steps.ask(wave, verb, by=by, worker=worker)
    return worker


def state_of(wave: Wave) -> str:
    return Wave.objects.get(pk=wave.pk).state


def test_a_small_wave_is_planned_at_once(wave, manager, django_capture_on_commit_callbacks):
    worker = ask(wave, "simulate", manager, django_callbacks=django_capture_on_commit_callbacks)
    assert state_of(wave) == WaveState.SIMULATED
    worker.assert_not_called()


def test_a_large_one_is_left_to_a_worker(large, wave, manager, django_capture_on_commit_callbacks):
    worker = ask(wave, "simulate", manager, django_callbacks=django_capture_on_commit_callbacks)
    worker.assert_called_once_with(wave.pk, "simulate", manager.pk)
    assert (state_of(wave), long_steps.progress(wave.pk)) == (WaveState.DRAFT, Progress(verb="simulate"))
    tasks.take_step(*worker.call_args.args)
    assert (state_of(wave), long_steps.progress(wave.pk)) == (WaveState.SIMULATED, Progress())


def test_starting_a_large_one_makes_its_dispatches(large, wave, manager, django_capture_on_commit_callbacks):
    waves.simulate(wave.pk, by=manager)
    waves.approve(wave.pk, by=builders.user("campaigns.approve_wave"))
    worker = ask(wave, "start", manager, django_callbacks=django_capture_on_commit_callbacks)
    assert not Dispatch.objects.exists()
    tasks.take_step(*worker.call_args.args)
    assert Dispatch.objects.filter(wave=wave).exists()


def test_quick_steps_are_never_left_to_a_worker(large, wave, manager, django_capture_on_commit_callbacks):
    ask(wave, "cancel", manager, django_callbacks=django_capture_on_commit_callbacks)
    assert state_of(wave) == WaveState.CANCELLED


def test_who_may_not_is_told_at_once(large, wave):
    with pytest.raises(WaveError, match="you may not simulate"):
        long_steps.ask(wave, "simulate", by=builders.user(), worker=Mock())
    assert long_steps.progress(wave.pk) == Progress()


def test_a_second_person_asking_meanwhile_is_told_so(large, wave, manager, django_capture_on_commit_callbacks):
    ask(wave, "simulate", manager, django_callbacks=django_capture_on_commit_callbacks)
    with pytest.raises(WaveError, match="busy with this wave"):
        long_steps.ask(wave, "simulate", by=manager, worker=Mock())


def test_why_a_step_came_to_nothing_is_kept_until_the_next(large, wave, manager, django_capture_on_commit_callbacks):
    worker = ask(wave, "simulate", manager, django_callbacks=django_capture_on_commit_callbacks)
    wave.campaign.options.all().delete()
    tasks.take_step(*worker.call_args.args)
    assert "has no options" in long_steps.progress(wave.pk).failure
    builders.Option.objects.create(campaign=wave.campaign, channel="email")
    worker = ask(wave, "simulate", manager, django_callbacks=django_capture_on_commit_callbacks)
    tasks.take_step(*worker.call_args.args)
    assert long_steps.progress(wave.pk) == Progress()


def test_a_message_that_comes_twice_changes_nothing(large, wave, manager):
    for _ in range(2):
        tasks.take_step(wave.pk, "cancel", manager.pk)
    assert state_of(wave) == WaveState.CANCELLED
