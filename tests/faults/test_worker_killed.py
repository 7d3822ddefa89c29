"""Real workers are killed in the middle of their batches: nobody is lost, and nobody is mailed twice."""

import os
import random
import signal
import time
from collections import Counter
from pathlib import Path
from threading import Event

import pytest

from campaigns.models import Wave
from channels import ledger, tasks
from channels.invariants import check, ledger_invariants
from steering.processes import Running, running
from tests import builders, mail_server
from tests.mail_server import MailServer

PEOPLE = 400
WORKERS = 2  # processes, so at most so many conversations at once
BATCH = 30
PATIENCE_SECONDS = 60


@pytest.fixture
def wave(transactional_db) -> Wave:
    made = builders.wave()
    for _ in range(PEOPLE):
        builders.dispatch(made)
    return made


@pytest.fixture
def server():
    with mail_server.running() as server:
        yield server


def workers(server: MailServer, folder: Path):
    env = {"EMAIL_URL": f"smtp://127.0.0.1:{server.port}", "DELIVERY_BATCH": str(BATCH)}
    return running(web=False, mail=False, worker=True, concurrency=WORKERS, folder=folder, env=env)


def wake() -> None:
    for _ in range(WORKERS):
        tasks.send_channel.delay("email")


def kill_at(server: MailServer, number: int, there: Running) -> None:
    """Kill every process of the worker after the server took this message and before it says so; wait for the end."""
    killed = Event()

    def kill(arrived: int) -> None:
        if arrived >= number and not killed.is_set():
            os.killpg(there.children.pid("worker"), signal.SIGKILL)
            killed.set()

    server.on_message = kill
    wake()
    assert killed.wait(PATIENCE_SECONDS), "the worker sent nothing"
    server.on_message = lambda _: None


def await_end(wave: Wave) -> Counter[str]:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        states = Counter(ledger.counts(wave.pk)["email"])
        if not states["queued"] + states["claimed"] + states["sending"]:
            return states
        time.sleep(0.05)  # for other processes; nothing tells us
    raise AssertionError(f"not finished: {dict(states)}")


def test_a_worker_killed_in_the_middle_loses_nobody_and_mails_nobody_twice(wave, server, tmp_path, settings):
    moments = sorted(random.Random(7).sample(range(10, PEOPLE - 3 * BATCH), 2))
    for number, moment in enumerate(moments):
        with workers(server, tmp_path / str(number)) as there:
            kill_at(server, moment, there)
        settings.DELIVERY_LEASE_SECONDS = 0  # its lease has ended
        tasks.sweep()
    with workers(server, tmp_path / "last") as there:
        wake()
        states = await_end(wave)
        os.killpg(there.children.pid("worker"), signal.SIGKILL)  # idle; a polite end takes its time

    assert set(states) <= {"sent", "uncertain"}
    assert sum(states.values()) == PEOPLE
    assert 1 <= states["uncertain"] <= WORKERS * len(moments)
    mailed = Counter((message["Message-ID"], message["X-Recipient"]) for message in server.messages)
    assert max(mailed.values()) == 1
    assert states["sent"] <= len(mailed) <= PEOPLE
    settings.DELIVERY_LEASE_SECONDS = 300
    assert [verdict.name for verdict in check(ledger_invariants()) if not verdict.holds] == []
