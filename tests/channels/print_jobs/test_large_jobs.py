"""Of a large job letters are withdrawn at once, and its files are written anew beside, part by part."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from campaigns import consent
from channels import calls, encryption_keys, invariants, ledger, print_files, print_jobs, registry, valid_keys
from channels.models import PrintJob, PrintPart
from channels.print_jobs import encrypting, finishing, made_anew, outdated, writing
from channels.print_jobs.invariants import print_invariants
from channels.print_mailing import letters
from tests.channels import printing
from tests.channels.mailing_files import keys_of_vendors

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]


@pytest.fixture
def job(monkeypatch, settings) -> PrintJob:
    """Five letters in three bundles."""
    monkeypatch.setattr(letters, "BUNDLE", 2)
    made = printing.mailing(5)
    settings.PRINT_AT_ONCE = 0
    return made


def object_to(job: PrintJob, *numbers: int) -> int:
    """The people of these sequences object, and the sweep comes."""
    for number in numbers:
        customer = job.items.get(sequence=number).dispatch.customer_id
        consent.object_to(customer_id=customer, source="test")
    return ledger.stop_objected("print_mailing")


def sequences(job: PrintJob) -> list[str]:
    """Of the latest revision, each with its coupon on the page where it is said to be."""
    files = printing.files(job)
    rows = list(print_files.read_csv(files["letters.csv"]))
    for row in rows:
        pages = PdfReader(print_files.location(files[row["pdf_file"]])).pages
        assert row["coupon_code"] in pages[int(row["pdf_page"]) - 1].extract_text()
    assert sum(file.rows for name, file in files.items() if name.endswith(".pdf")) == len(rows) == job.rows
    return [row["sequence"] for row in rows]


def fetch(job: PrintJob, name: str = "letters.csv"):
    return printing.Caller(job.vendor).get(f"jobs/{job.pk}/files/{name}")


def test_letters_are_withdrawn_before_the_files_are_written(job: PrintJob):
    before = printing.files(job)
    assert object_to(job, 1, 4) == 2
    job.refresh_from_db()
    assert (job.revision, job.stale_at is None) == (1, False)
    assert printing.items(job) == ["withdrawn", "planned", "planned", "withdrawn", "planned"]
    assert printing.files(job) == before
    assert writing.write(job.pk)
    assert sequences(job) == ["2", "3", "5"]
    job.refresh_from_db()
    assert (job.state, job.revision, job.stale_at) == ("ready", 2, None)
    assert printing.files(job)["letters-0003.pdf"].sha256 == before["letters-0003.pdf"].sha256


def test_a_worker_is_asked_after_the_commit(job: PrintJob, monkeypatch, django_capture_on_commit_callbacks):
    called: list[int] = []
    monkeypatch.setattr(calls, "call", lambda task, job_id: called.append(job_id))
    with django_capture_on_commit_callbacks(execute=True):
        object_to(job, 1)
    assert called == [job.pk]
    finishing.finish_due()  # if that call was lost
    assert called == [job.pk, job.pk]
    writing.write(job.pk)
    finishing.finish_due()
    assert called == [job.pk, job.pk]


def test_who_never_fetched_them_does_not_get_the_old_files(job: PrintJob):
    object_to(job, 1)
    refused = fetch(job)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:problem:withdrawals-pending")
    writing.write(job.pk)
    assert fetch(job).status_code == 200
    assert not print_jobs.withdrawals(job).exists()


def test_who_has_them_is_told_at_once(job: PrintJob):
    vendor = printing.Caller(job.vendor)
    assert fetch(job).status_code == 200
    vendor.acknowledge(job)
    object_to(job, 3)
    assert [one.item.sequence for one in print_jobs.withdrawals(job)] == [3]
    vendor.acknowledge_withdrawals(job)
    started = vendor.start(job)
    assert (started.status_code, started.json()["type"]) == (409, "urn:problem:withdrawals-pending")
    writing.write(job.pk)
    assert vendor.start(job).status_code == 409  # of the old revision
    vendor.acknowledge(job)
    assert vendor.start(job).status_code == 200


def test_production_does_not_start_between_an_objection_and_the_sweep(job: PrintJob):
    vendor = printing.Caller(job.vendor)
    vendor.acknowledge(job)
    consent.object_to(customer_id=job.items.get(sequence=2).dispatch.customer_id, source="test")
    assert vendor.start(job).status_code == 409
    job.refresh_from_db()
    assert job.stale_at is not None


def test_whoever_dies_leaves_parts_to_the_next(job: PrintJob):
    object_to(job, 1, 4)
    assert not writing.publish(job.pk)  # it finds what is to be written
    writing.write(job.pk, seconds=-1)  # and dies after a part
    assert PrintPart.objects.filter(job=job, written_at=None).count() == 2
    finishing.finish_due()
    assert writing.write(job.pk)
    assert sequences(job) == ["2", "3", "5"]


def test_letters_withdrawn_while_files_are_written_are_out_of_them_too(job: PrintJob):
    object_to(job, 1)
    assert not writing.publish(job.pk)  # it finds what is to be written
    writing.write(job.pk, seconds=-1)  # the first bundle
    assert printing.files(job)["letters-0001.pdf"].rows == 2
    object_to(job, 2, 3)
    assert writing.write(job.pk)
    assert sequences(job) == ["4", "5"]
    assert job.revision == 2
    assert "letters-0001.pdf" not in printing.files(job)
    assert [one.name for one in invariants.check(print_invariants()) if not one.holds] == []


def test_people_who_are_erased_while_files_are_written_are_out_of_them_too(job: PrintJob):
    fetch(job)
    object_to(job, 1)
    job.items.get(sequence=5).dispatch.customer.delete()
    assert writing.write(job.pk)
    assert sequences(job) == ["2", "3", "4"]
    assert [(one.item.sequence, one.reason) for one in print_jobs.withdrawals(job)] == [
        (1, "objection"),
        (5, "erasure"),
    ]


def test_a_job_that_loses_its_last_letter_meanwhile_is_cancelled(job: PrintJob):
    object_to(job, 1)
    assert not writing.publish(job.pk)
    writing.write(job.pk, seconds=-1)
    object_to(job, 2, 3, 4, 5)
    assert writing.write(job.pk)
    job.refresh_from_db()
    assert (job.state, job.rows) == ("cancelled", 0)
    print_files.sweep()
    assert not job.files.filter(destroyed_at=None).exists()


def test_a_job_that_is_cancelled_meanwhile_is_not_written(job: PrintJob):
    object_to(job, 1)
    assert not writing.publish(job.pk)
    print_jobs.cancel(job.pk)
    assert writing.write(job.pk)
    job.refresh_from_db()
    assert (job.state, job.revision) == ("cancelled", 1)


def test_a_full_disk_keeps_it_from_the_press(job: PrintJob, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    vendor = printing.Caller(job.vendor)
    vendor.acknowledge(job)
    object_to(job, 1)
    with monkeypatch.context() as disk:
        disk.setattr(print_files.os, "fsync", full)
        with pytest.raises(print_files.ChannelError):
            writing.write(job.pk)
    assert vendor.start(job).status_code == 409
    assert writing.write(job.pk)
    assert sequences(job) == ["2", "3", "4", "5"]


def test_files_for_other_keys_wait_for_the_revision(job: PrintJob):
    pair = keys_of_vendors.age()
    keys_of_vendors.confirmed(job.vendor, pair.public)
    object_to(job, 1)
    assert encrypting.encrypt(job.pk)
    files = printing.files(job)
    assert {file.encryption for file in files.values()} == {"age"}
    assert job.rows == 4
    assert job.stale_at is None


def test_letters_withdrawn_while_files_are_made_for_other_keys_are_not_in_them(job: PrintJob, monkeypatch):
    keys_of_vendors.confirmed(job.vendor, keys_of_vendors.age().public)
    encrypting.encrypt(job.pk)
    for key in valid_keys.of(job.vendor):
        encryption_keys.revoke(key.pk)
    keys_of_vendors.confirmed(job.vendor, keys_of_vendors.age().public)
    make, made = made_anew.make, []

    def withdrawing(*args):
        made.append(args)
        if len(made) == 1:
            object_to(job, 1)
        return make(*args)

    monkeypatch.setattr(made_anew, "make", withdrawing)
    assert encrypting.encrypt(job.pk)
    job.refresh_from_db()
    files = printing.files(job)
    assert files["letters-0001.pdf.age"].rows == 1
    assert (job.rows, {file.revision for file in files.values()}) == (4, {job.revision})
    assert not outdated.files(job)


def test_jobs_are_withdrawn_from_one_by_one(job: PrintJob, settings):
    other = printing.mailing(2, slug="other-press")
    ids = [one.pk for made in (other, job) for one in printing.dispatches(made)]
    assert [len(some) for some in registry.get("print_mailing").apart(ids)] == [5, 2]


def test_of_which_jobs_letters_are_is_asked_once_a_job(job: PrintJob):
    other = printing.mailing(2, slug="other-press")
    for made in (job, other):
        consent.object_to(customer_id=printing.dispatches(made)[0].customer_id, source="test")
    with CaptureQueriesContext(connection) as context:
        assert ledger.stop_objected("print_mailing") == 2
    asked = [one["sql"] for one in context if "channels_printitem" in one["sql"] and '"dispatch_id" IN' in one["sql"]]
    assert (len(asked), sum("ARRAY_AGG" in sql for sql in asked)) == (3, 1)


def test_as_many_queries_however_many_object_before_production_starts(job: PrintJob):
    def queries(*numbers: int) -> int:
        for number in numbers:
            consent.object_to(customer_id=job.items.get(sequence=number).dispatch.customer_id, source="test")
        with CaptureQueriesContext(connection) as context, transaction.atomic():
            assert print_jobs.withdraw_barred(job.pk) == len(numbers)
        return len(context)

    assert queries(1) == queries(2, 3, 4)


def test_whoever_has_no_address_any_more_is_found_before_production_starts(job: PrintJob):
    """Those who could be barred are looked for, not all letters."""
    vendor = printing.Caller(job.vendor)
    vendor.acknowledge(job)
    job.items.get(sequence=2).dispatch.customer.household.delete()
    assert vendor.start(job).status_code == 409
    assert printing.items(job)[1] == "withdrawn"
