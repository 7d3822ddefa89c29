"""Data ends on both sides: we destroy our files and keep the proof, the vendor certifies its own deletion or gets no more jobs."""

from datetime import timedelta

import pytest
from django.utils import timezone

from channels import print_jobs, vendors
from channels.models import DeletionCertificate, MailingFile, PrintJob, WebhookEvent
from channels.print_jobs import Certificate, Refused, deletion
from tests.channels import printing

pytestmark = pytest.mark.django_db


def over(state: str = "reconciled", *, days_ago: int = 31, pulled: bool = True) -> PrintJob:
    job = printing.bare_job(state)
    at = timezone.now() - timedelta(days=days_ago)
    is_posted = state in ("posted", "reconciled", "purged")
    PrintJob.objects.filter(pk=job.pk).update(
        state_changed_at=at, posted_at=at if is_posted else None, pulled_revision=1 if pulled else None
    )
    return PrintJob.objects.get(pk=job.pk)


def certify(job: PrintJob, *, days_ago: int = 1) -> PrintJob:
    return print_jobs.certify(job.pk, Certificate(timezone.now() - timedelta(days=days_ago), reference="D-1"))


@pytest.mark.parametrize("state", ["posted", "reconciled", "purged", "cancelled", "rejected", "expired"])
class TestCertificates:
    def test_one_is_owed_a_month_after_the_end(self, state):
        job = over(state)
        assert [one.pk for one in deletion.owed()] == [job.pk]

    def test_none_is_owed_before(self, state):
        over(state, days_ago=29)
        assert not deletion.owed().exists()

    def test_none_is_owed_of_files_that_were_never_fetched(self, state):
        over(state, pulled=False)
        assert not deletion.owed().exists()

    def test_who_gave_it_owes_nothing(self, state):
        certify(over(state))
        assert not deletion.owed().exists()


@pytest.mark.parametrize("state", ["ready", "downloaded", "acknowledged", "in_production", "printed"])
def test_files_that_are_needed_cannot_be_certified_as_destroyed(state):
    with pytest.raises(Refused, match="takes no deletion-certificate"):
        certify(printing.bare_job(state))


def test_they_cannot_have_been_destroyed_before_the_job_ended():
    with pytest.raises(Refused) as refusal:
        certify(over(days_ago=10), days_ago=11)
    assert refusal.value.kind == "deleted-too-early"


def test_what_was_said_first_stays():
    job = over()
    certify(job, days_ago=3)
    certify(job, days_ago=1)
    certificate = DeletionCertificate.objects.get(job=job)
    assert (timezone.now() - certificate.deleted_at).days == 3


def test_a_vendor_that_owes_one_gets_no_new_jobs_until_it_is_given():
    job = over()
    option = {"vendor": printing.PRESS}
    with pytest.raises(ValueError, match=f"owes the deletion certificate of print job {job.pk}"):
        vendors.of_option(option)
    certify(job)
    assert vendors.of_option(option) == job.vendor


def test_others_get_theirs():
    over()
    other = printing.vendor("other")
    assert vendors.of_option({"vendor": "other"}) == other


def test_staff_are_told_of_every_one_that_is_owed(caplog):
    job = over()
    assert print_jobs.remind_of_certificates() == 1
    assert f"owes the deletion certificate of print job {job.pk}" in caplog.text


class TestPurging:
    def file(self, job: PrintJob, **fields) -> MailingFile:
        return MailingFile.objects.create(
            job=job,
            revision=1,
            name="letters.csv",
            media_type="text/csv",
            path="x",
            rows=1,
            bytes=1,
            sha256="0" * 64,
            **fields,
        )

    def test_a_job_whose_files_are_destroyed_is_purged_and_its_vendor_told(self):
        job = over()
        proof = self.file(job, destroyed_at=timezone.now())
        assert print_jobs.purge_over() == 1
        job.refresh_from_db()
        assert job.state == "purged"
        assert MailingFile.objects.get(pk=proof.pk).sha256 == "0" * 64
        assert WebhookEvent.objects.get().type == "file.purged"

    def test_one_with_files_is_not(self):
        self.file(over())
        assert print_jobs.purge_over() == 0

    def test_one_whose_pieces_are_not_accounted_for_goes_on(self):
        over("posted")
        assert print_jobs.purge_over() == 0
