"""Files, and the rows that they were made of, are destroyed in time; what is kept is the proof."""

from datetime import timedelta

import pytest
from django.utils import timezone

from channels import print_files, print_jobs
from channels.models import MailingFile, PrintRow
from tests.channels import printing

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]


@pytest.fixture
def sweep(django_capture_on_commit_callbacks):
    def run() -> int:
        with django_capture_on_commit_callbacks(execute=True):
            return print_files.sweep()

    return run


def posted(job, *, days: int = 0):
    printing.Caller(job.vendor).produce(job)
    return print_jobs.post(job.pk, print_jobs.Posting(job.rows, timezone.now() - timedelta(days=days), "P-1"))


def left(job) -> list[str]:
    return sorted(file.name for file in MailingFile.objects.filter(job=job) if print_files.location(file).exists())


def test_rows_go_with_the_files(sweep, settings):
    job = posted(printing.mailing(2), days=15)
    assert PrintRow.objects.count() == 2
    assert sweep() == 2
    assert (left(job), PrintRow.objects.count()) == ([], 0)


def test_how_long_they_are_kept_is_set(sweep, settings):
    settings.PRINT_KEPT_DAYS = 3
    job = posted(printing.mailing(1), days=4)
    sweep()
    assert left(job) == []


def test_the_proof_says_what_was_destroyed_when_and_why(sweep):
    job = posted(printing.mailing(1), days=15)
    before = {file.name: file.sha256 for file in MailingFile.objects.filter(job=job)}
    sweep()
    proofs = MailingFile.objects.filter(job=job)
    assert {proof.name: proof.sha256 for proof in proofs} == before
    assert {proof.destroyed_because for proof in proofs} == {"kept as long as was agreed"}
    assert all(timezone.now() - proof.destroyed_at < timedelta(minutes=1) for proof in proofs)
    assert sweep() == 0


@pytest.mark.parametrize("end", ["cancel", "reject"])
def test_those_of_a_job_that_came_to_nothing_go_the_next_night(sweep, end):
    job = printing.mailing(1)
    print_jobs.cancel(job.pk) if end == "cancel" else print_jobs.reject(job.pk, reason="no paper")
    sweep()
    assert (left(job), PrintRow.objects.count()) == ([], 0)


def test_once_a_job_is_posted_an_erased_person_takes_the_files_along(sweep):
    job = posted(printing.mailing(2))
    sweep()
    assert left(job) == ["letters-0001.pdf", "letters.csv"]
    printing.dispatches(job)[0].customer.delete()
    assert PrintRow.objects.count() == 1
    sweep()
    assert left(job) == []


def test_files_that_are_needed_stay(sweep):
    job = printing.mailing(1)
    assert (sweep(), left(job)) == (0, ["letters-0001.pdf", "letters.csv"])
