"""PostgreSQL restarts, hangs up and refuses connections in the middle of a wave."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

import psycopg
from django.db import connection

from tests.faults.staging import CONNECTIONS, PEOPLE, Stage, await_that

WORKERS = 2
OTHERS = "FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
HANG_UP = f"SELECT pg_terminate_backend(pid) {OTHERS}"
CUT_OFF = f"SELECT count(pg_terminate_backend(pid)) {OTHERS} AND wait_event_type = 'Lock'"
A_CLAIM = "LOCK campaigns_consent"  # its gate reads them
A_RECORD = (
    "SELECT FROM campaigns_customer FOR UPDATE"  # its contact refers to one: states are changed, nothing is committed
)


def test_restarted_at_once_and_cut_off_while_a_wave_goes_out(stage: Stage):
    wave = stage.wave()
    faults: list[Callable[[], object]] = [
        stage.postgres.restart_immediately,
        lambda: stage.postgres.execute(HANG_UP),
        lambda: stage.postgres.execute(HANG_UP),
        stage.postgres.restart_immediately,
    ]
    with stage.worker(processes=WORKERS):
        stage.wake()
        for part, fault in enumerate(faults, 1):
            stage.await_mails(part * PEOPLE // 6)
            connection.close()
            fault()
            stage.wake(1)
        stage.await_end(wave)
    stage.check(wave, uncertain=len(faults) * WORKERS * CONNECTIONS)


def test_cut_off_in_the_middle_of_a_claim_and_of_a_record(stage: Stage):
    wave = stage.wave(100)
    with stage.worker(processes=1):
        with held_up(stage, A_CLAIM):
            stage.wake(1)
        stage.wake(1)
        stage.await_mails(10)
        with held_up(stage, A_RECORD):
            pass
        stage.await_end(wave)
    stage.check(wave, uncertain=0)  # each step is done again on a new connection


def test_out_of_connections(stage: Stage):
    wave = stage.wave(100)
    with stage.worker(processes=WORKERS):
        stage.wake()
        stage.await_mails(10)
        with every_connection(stage):
            time.sleep(1)  # they ask, and are refused
        stage.await_end(wave)
    stage.check(wave, uncertain=0)


@contextmanager
def held_up(stage: Stage, lock: str) -> Iterator[None]:
    """Whoever needs what we lock is cut off while it waits."""
    connection.close()
    with psycopg.connect(stage.postgres.url) as own:
        own.execute(lock)
        yield
        await_that(lambda: stage.postgres.execute(CUT_OFF)[0][0], "nobody waits for us")


@contextmanager
def every_connection(stage: Stage) -> Iterator[None]:
    """All are ours, also those that workers had."""
    connection.close()
    with ExitStack() as stack:
        ours = [stack.enter_context(psycopg.connect(stage.postgres.url, autocommit=True))]
        for _ in range(3):  # they are quick to come back
            with suppress(psycopg.OperationalError):
                while True:
                    ours.append(stack.enter_context(psycopg.connect(stage.postgres.url)))
            pids = [one.info.backend_pid for one in ours]
            ours[0].execute(f"SELECT pg_terminate_backend(pid) {OTHERS} AND pid <> ALL(%s)", [pids])
        yield
