"""Two beats, none, one that is killed, and clocks that are an hour off: each slot is worked on once, and nothing waits."""

import os
import re
import signal
from datetime import timedelta
from pathlib import Path

from django.utils import timezone

from channels.models import Dispatch
from steering.models import ScheduleRun
from tests.faults.staging import Stage, await_that

SABOTAGE = str(Path(__file__).parent / "sabotage")
QUICK = {"PYTHONPATH": SABOTAGE, "FAULT_MINUTE": "0.3"}
HOUR = 3600


def asked(stage: Stage, name: str) -> int:
    """How often a worker was asked for the work of a minute."""
    log = (stage.folder / name / "logs" / "worker.log").read_text()
    return len(re.findall(r"every_minute\[\S+\] received", log))


def is_over(wave) -> bool:
    return not Dispatch.objects.filter(wave=wave, state__in=("queued", "claimed", "sending")).exists()


def test_two_beats_of_which_one_is_killed_do_the_work_of_each_minute_once(stage: Stage):
    with (
        stage.worker("one", beat=True, env=QUICK | {"WORKERS_KEEP_TIME": "off"}) as there,
        stage.worker("two", beat=True, env=QUICK | {"WORKERS_KEEP_TIME": "off"}),
    ):
        await_that(lambda: asked(stage, "one") + asked(stage, "two") > 6, "no beat beats")
        os.kill(there.children.pid("beat"), signal.SIGKILL)
        so_far = asked(stage, "one") + asked(stage, "two")
        await_that(lambda: asked(stage, "one") + asked(stage, "two") > so_far + 3, "the other beat fell silent")
    slots = list(ScheduleRun.objects.filter(name="every minute").values_list("slot", flat=True))
    assert 1 <= len(slots) == len(set(slots))
    stage.check_invariants()


def test_without_any_beat_workers_find_what_is_due_themselves(stage: Stage):
    wave = stage.wave(30)
    with stage.worker(env=QUICK):
        await_that(lambda: is_over(wave), "nobody found what is due")
    stage.check(wave, uncertain=0)


def test_workers_whose_clocks_are_an_hour_off_beside_one_that_is_right(stage: Stage):
    wave = stage.wave(60)
    late = {"PYTHONPATH": SABOTAGE, "FAULT_CLOCK": str(-HOUR), "FAULT_MINUTE": "0.3"}
    early = late | {"FAULT_CLOCK": str(HOUR)}
    with stage.worker("early", processes=1, env=early), stage.worker("late", processes=1, env=late):
        stage.wake()
        await_that(lambda: is_over(wave), "somebody's clock stopped the wave")
        await_that(lambda: min(asked(stage, "early"), asked(stage, "late")) > 0, "one of them was not asked")
    stage.check(wave, uncertain=0)
    slots = list(ScheduleRun.objects.values_list("slot", flat=True))
    now = timezone.now()
    assert slots
    assert all(now - timedelta(minutes=10) < slot <= now for slot in slots)  # nobody took one of another hour


def test_a_deployment_in_the_middle_of_a_wave_leaves_nothing_half_way(stage: Stage):
    wave = stage.wave()
    with stage.worker("old") as old, stage.worker("new"):
        stage.wake()
        stage.at_mail(20, lambda: os.kill(old.children.pid("worker"), signal.SIGTERM))
        await_that(old.children.ended, "the old worker does not end")
        stage.await_end(wave)
    stage.check(wave, uncertain=0)
