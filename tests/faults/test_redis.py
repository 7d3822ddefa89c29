"""Redis dies, forgets, hangs and hangs up in the middle of a wave: it held only wake-up calls."""

import pytest

from channels.models import Dispatch
from tests.faults.staging import PEOPLE, Stage

PARTS = 6


def test_redis_killed_emptied_flushed_hung_and_cut_off_while_a_wave_goes_out(stage: Stage):
    wave = stage.wave()
    faults = [
        stage.redis.restart_empty,
        lambda: stage.redis.client().flushall(),
        lambda: stage.redis.hang(2),
        lambda: stage.redis.client().client_kill_filter(_type="normal", skipme=True),
        lambda: (stage.redis.kill(), stage.redis.start()),
    ]
    with stage.worker():
        stage.wake()
        for part, fault in enumerate(faults, 1):
            stage.await_mails(part * PEOPLE // PARTS - PEOPLE // 12)
            fault()
            stage.wake()
        stage.await_end(wave)
    stage.check(wave, uncertain=0)


@pytest.mark.parametrize("copies", [6])
def test_the_same_task_delivered_many_times(stage: Stage, copies: int):
    """As after the visibility timeout: the same message, with the same id."""
    from channels.tasks import send_channel

    wave = stage.wave(60)
    for _ in range(copies):
        send_channel.apply_async(("email",), task_id="the-same-task")
    with stage.worker():
        stage.await_end(wave)
    stage.check(wave, uncertain=0)
    assert Dispatch.objects.filter(wave=wave, attempts=1).count() == 60


def test_no_redis_at_all_stops_neither_a_wave_from_starting_nor_the_database_from_knowing(stage: Stage):
    stage.redis.kill()
    try:
        wave = stage.wave(20)
        stage.wake(1)  # as starting a wave does: nobody takes the call
    finally:
        stage.redis.start()
    with stage.worker():
        stage.await_end(wave)
    stage.check(wave, uncertain=0)
