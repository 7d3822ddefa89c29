"""A worker is killed while it scores: its shard is scored once more, and nobody is missing or there twice."""

import os
import signal
import time
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from django.db import connection, transaction
from django.utils import timezone

from campaigns import audiences
from campaigns.models import Wave
from steering import people
from steering.models import Scoring, Shard
from steering.planning import options, parts, shards
from steering.planning.scoring import Scorer
from steering.processes import running
from tests import builders
from tests.at_once import blocked

CUSTOMERS = 40
SHARD = 10
PATIENCE = timedelta(seconds=60)


@pytest.fixture
def wave(transactional_db) -> Wave:
    for _ in range(CUSTOMERS):
        builders.customer()
    return builders.wave(state="draft")


def begun(wave: Wave) -> tuple[Scoring, parts.PartScorer]:
    how = parts.PartScorer.of(
        options.of_campaign(wave.campaign), Scorer(), as_of_at=timezone.now(), campaign_id=wave.campaign_id
    )
    ids = people.ids(people.in_audience(audiences.query(wave.campaign.audience)))
    return shards.begin(people.parts(ids, chunk=SHARD), how, wave=wave, version=None), how


def found_ids(made: Scoring, how: parts.PartScorer) -> list[int]:
    return np.concatenate([part.people.customer_ids for part in shards._scored(made, how)]).tolist()


def worker(folder: Path):
    return running(web=False, mail=False, worker=True, concurrency=2, folder=folder)


def awaited(is_so) -> None:
    deadline = timezone.now() + PATIENCE
    while not is_so():
        assert timezone.now() < deadline, "it did not happen"
        time.sleep(0.05)  # for other processes; nothing tells us


def is_done() -> bool:
    return not Shard.objects.filter(done_at=None).exists()


def test_workers_score_and_one_that_is_killed_at_it_leaves_its_shard_to_the_planner(wave, tmp_path):
    made, how = begun(wave)
    with worker(tmp_path) as there, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE steering_score IN EXCLUSIVE MODE")  # their scores cannot be written yet
        shards.wake(made.pk, 2)
        awaited(lambda: blocked() == 2)
        os.killpg(there.children.pid("worker"), signal.SIGKILL)
    assert not Shard.objects.exclude(done_at=None).exists()
    shards.work(made.pk, how)
    assert found_ids(made, how) == people.ids(everybody(wave)).tolist()


def test_workers_alone_score_everybody(wave, tmp_path):
    made, how = begun(wave)
    with worker(tmp_path) as there:
        shards.wake(made.pk, 2 * CUSTOMERS // SHARD)  # every message twice
        awaited(is_done)
        os.killpg(there.children.pid("worker"), signal.SIGKILL)  # idle; a polite end takes its time
    assert found_ids(made, how) == people.ids(everybody(wave)).tolist()


def everybody(wave: Wave) -> people.Who:
    return people.in_audience(audiences.query(wave.campaign.audience))
