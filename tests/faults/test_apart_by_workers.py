"""Real workers decide a wave apart, one of them is killed at it, and everybody still gets one decision within the limits."""

import os
import signal

import numpy as np
from django.db import transaction

from steering.models import Portion, Room
from steering.planning import apart, portions, shards, summing
from tests.at_once import blocked
from tests.faults.test_shard_killed import SHARD, awaited, begun, wave, worker

__all__ = ["wave"]


def test_workers_decide_and_what_a_killed_one_leaves_the_planner_decides(wave, tmp_path):
    made, how = begun(wave)
    shards.work(made.pk, how)
    sizes = [SHARD] * made.shards.count()
    sample, _ = apart._sample(made, wave, how, sizes)
    apart._begin(made, sample, apart.fit_prices(sample.steered, 1.0))
    with worker(tmp_path) as there:
        shards.wake(made.pk, len(sizes), task=shards.DECIDE)
        awaited(lambda: not Portion.objects.filter(asked=None).exists())
        apart._allot(made, sample, apart.np.array(sizes))
        with transaction.atomic():
            room = Room.objects.select_for_update().get()  # they have decided, but nothing can be booked yet
            shards.wake(made.pk, 2, task=shards.DECIDE)
            awaited(lambda: blocked() == 2)
            os.killpg(there.children.pid("worker"), signal.SIGKILL)
    assert not Portion.objects.filter(told__isnull=False).exists()
    shards.finish(apart.partial(portions.work_one, made.pk, how, wave), portions.waiting(made.pk), "decided")
    told = summing.summed(made)
    assert told.eligible == sum(sizes)
    np.testing.assert_allclose(Room.objects.get().left, np.array(room.left) - told.used)  # each has booked once
