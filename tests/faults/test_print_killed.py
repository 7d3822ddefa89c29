"""Whoever gathers letters or writes their files is killed, cut off, or has no disk: no letter is lost or there twice.

And a vendor sees a job whole or not at all.
"""

import random
import resource
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial

import psutil
import pytest
from django.db import OperationalError, connection, transaction

from campaigns import consent
from channels import calls, ledger, print_files, queues, tasks
from channels.base import ChannelError
from channels.mailing_files import csv_table
from channels.models import Dispatch, MailingFile, PrintPart, Vendor
from channels.print_jobs import encrypting, finishing, writing
from channels.print_mailing import letters as bundles
from steering.processes import Running
from tests.at_once import elsewhere
from tests.channels.mailing_files import keys_of_vendors

from .printed import Mailing, check, check_offered, mailing, progress
from .staging import FEW, MOMENTS, PEOPLE, Stage, await_that, sweep
from .test_postgres import HANG_UP

LETTERS = 330 if PEOPLE <= FEW else PEOPLE  # more than a bundle
BATCH = 30  # of a hand-over
LEASE_SECONDS = 8
A_MOMENT = 0.2  # seconds at most, after which a kill comes


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path) -> None:
    settings.PRINT_ROOT = tmp_path / "print"
    settings.DELIVERY_TOGETHER = BATCH


@pytest.fixture
def patient(stage: Stage, settings) -> Stage:
    settings.DELIVERY_LEASE_SECONDS = LEASE_SECONDS
    return stage


ENV = {"DELIVERY_TOGETHER": str(BATCH), "DELIVERY_LEASE_SECONDS": str(LEASE_SECONDS), "PRINT_AT_ONCE": "1"}


def test_killed_while_letters_are_gathered_and_files_are_written(patient: Stage):
    made = mailing(LETTERS, encryption="age")
    whole = LETTERS // BATCH + LETTERS // 300 + LETTERS // 40  # of progress, but for the last
    moments = sorted(random.sample(range(whole), max(4, MOMENTS)))
    with patient.worker("first", env=ENV) as there:
        for moment in moments[:-1]:
            at_progress(made, moment)
            kill_one(there)
        at_progress(made, moments[-1])
    with patient.worker("last", env=ENV):
        await_that(lambda: is_ready(made), "the job was not made", every=0.2)
    check(made)
    assert set(made.wave.dispatches.values_list("state", flat=True)) == {"handed_over"}
    patient.check_invariants()


def at_progress(made: Mailing, moment: int) -> None:
    """Somewhere between this and the next step."""
    await_that(lambda: is_ready(made) or progress(made.wave, BATCH) >= moment, "nothing goes on")
    time.sleep(random.uniform(0, A_MOMENT))  # for other processes


def is_ready(made: Mailing) -> bool:
    """Does what each minute brings, and looks at what is offered."""
    check_offered(made.wave)
    if time.monotonic() % 1 < 0.3:
        sweep()
        finishing.finish_due()
        calls.call(queues.SEND_CHANNEL, "print_mailing")
    return made.wave.print_jobs.filter(state="ready").exists()


def kill_one(there: Running) -> None:
    children = psutil.Process(there.children.pid("worker")).children()
    random.choice(children).kill()


def test_the_database_hangs_up_in_the_middle_of_a_table(stage: Stage, monkeypatch):
    made = mailing(60)
    job = made.gather()
    finishing.close(job.pk)
    cut, calls = csv_table._with_crlf, []

    def hung_up(lines: list[bytes]) -> bytes:
        if not calls:
            calls.append(stage.postgres.execute(HANG_UP))
        return cut(lines)

    monkeypatch.setattr(csv_table, "_with_crlf", hung_up)
    with pytest.raises(OperationalError):
        writing.write(job.pk)
    connection.close()
    assert calls
    check_offered(made.wave)
    assert made.job.state == "draft"
    assert not MailingFile.objects.filter(job=job, kind="table").exists()
    assert writing.write(job.pk)
    check(made)


@pytest.mark.parametrize("encryption", ["", "age", "openpgp"])
def test_a_full_disk_offers_nothing_and_with_room_it_goes_on(stage: Stage, encryption: str):
    made = mailing(60, encryption=encryption)
    Vendor.objects.update(is_gzipped=False)
    job = made.gather()
    finishing.close(job.pk)
    with largest_file(4_000), pytest.raises(ChannelError, match="letters cannot be set"):
        writing.write(job.pk)
    assert not MailingFile.objects.filter(job=job).exists()
    writing.write(job.pk, seconds=-1)  # the letters
    with largest_file(4_000), pytest.raises(ChannelError, match="files cannot be written"):
        writing.write(job.pk)
    check_offered(made.wave)
    (letters,) = MailingFile.objects.filter(job=job)
    assert list(made.folder.iterdir()) == [print_files.location(letters)]
    assert made.job.state == "draft"
    assert writing.write(job.pk)
    check(made)


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """As `prlimit --fsize`, for this process and those that it begins: writing more fails as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_without_redis_a_small_job_is_made_and_a_large_one_in_the_next_minute(stage: Stage, settings):
    small = mailing(3)
    stage.redis.kill()
    try:
        small.hand_over()
        check(small)
        settings.PRINT_AT_ONCE = 1
        large = mailing(4)
        large.hand_over()
    finally:
        stage.redis.start()
    assert large.job.state == "draft"
    finishing.finish_due()
    assert stage.redis.client().llen("print") == 1
    tasks.write_print_job(large.job.pk)
    check(large)


def test_a_key_is_confirmed_while_files_are_written(stage: Stage):
    made = mailing(90)
    job = made.gather()
    finishing.close(job.pk)
    pair = keys_of_vendors.age()
    together = threading.Barrier(3)

    def write() -> None:
        together.wait(30)
        writing.write(job.pk)

    def confirm() -> None:
        together.wait(30)
        with transaction.atomic():  # else writing is refused until it is confirmed
            keys_of_vendors.confirmed(job.vendor, pair.public)
        for _ in range(20):
            encrypting.encrypt(job.pk)

    futures: list[Future] = [elsewhere(what) for what in (write, write, confirm)]
    for future in futures:
        future.result(60)
    assert writing.write(job.pk)
    assert encrypting.encrypt(job.pk) or encrypting.encrypt(job.pk)
    check(Mailing(made.wave, pair))


def object_one_by_one(refusing: list[Dispatch], together: threading.Barrier) -> None:
    together.wait(30)
    for one in refusing:
        consent.object_to(customer_id=one.customer_id, source="test")
        ledger.stop_objected("print_mailing")


def test_many_finish_and_write_a_job_while_people_object(stage: Stage):
    made = mailing(90, encryption="age")
    job = made.gather()
    refusing = random.sample(list(Dispatch.objects.filter(wave=made.wave)), 8)
    together = threading.Barrier(5)

    def finish() -> None:
        together.wait(30)
        finishing.finish(job.pk)
        writing.write(job.pk)

    futures: list[Future] = [
        elsewhere(what) for what in (*[finish] * 4, partial(object_one_by_one, refusing, together))
    ]
    for future in futures:
        future.result(60)
    writing.write(job.pk)
    check(made, withdrawn=len(refusing))
    assert PrintPart.objects.filter(job=job).count() == 4
    stage.check_invariants()


def test_many_write_a_large_job_anew_while_people_object_and_another_key_is_confirmed(
    stage: Stage, settings, monkeypatch
):
    settings.PRINT_AT_ONCE = 0
    monkeypatch.setattr(bundles, "BUNDLE", 20)
    made = mailing(90)
    job = made.gather()
    finishing.close(job.pk)
    assert writing.write(job.pk)
    refusing = random.sample(list(Dispatch.objects.filter(wave=made.wave)), 8)
    pair = keys_of_vendors.age()
    together = threading.Barrier(4)

    def write() -> None:
        together.wait(30)
        for _ in range(20):
            writing.write(job.pk)

    def confirm() -> None:
        together.wait(30)
        with transaction.atomic():
            keys_of_vendors.confirmed(job.vendor, pair.public)
        encrypting.encrypt(job.pk)

    futures: list[Future] = [
        elsewhere(what) for what in (write, write, partial(object_one_by_one, refusing, together), confirm)
    ]
    for future in futures:
        future.result(120)
    writing.write(job.pk)
    assert encrypting.encrypt(job.pk)
    check(Mailing(made.wave, pair), withdrawn=len(refusing))
    stage.check_invariants()
