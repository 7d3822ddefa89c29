"""What staff see of print jobs and do with them: finish, date, cancel, and look after what was withdrawn too late."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import formats, timezone

from campaigns import consent
from channels import ledger, print_jobs
from channels.admin import print_jobs as admin_page
from channels.models import PrintJob, PrintWithdrawal
from channels.print_jobs import writing
from channels.print_mailing import letters
from tests import admin_clients
from tests.channels import printing

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]


def url(name: str, *args: int) -> str:
    return reverse(f"admin:channels_{name}", args=args)


@pytest.fixture
def late() -> PrintWithdrawal:
    """A letter whose person objected when it was on the press."""
    job = printing.bare_job("in_production")
    item = printing.bare_items(job, 2)[0]
    consent.object_to(customer_id=item.dispatch.customer_id, source="test")
    print_jobs.withdraw_barred(job.pk)
    return PrintWithdrawal.objects.get()


class TestExceptions:
    def test_the_privacy_officer_sees_what_became_of_each_and_says_what_was_done(self, late):
        client = admin_clients.in_role("Privacy officer")
        page = client.get(url("printwithdrawal_changelist")).content.decode()
        assert "in production, not posted yet" in page
        assert "has not acknowledged it" in page
        client.post(url("printwithdrawal_handle", late.pk), {"how": "told the customer"})
        late.refresh_from_db()
        assert (late.handling, late.handled_by.username) == (
            "told the customer",
            client.get("/admin/").wsgi_request.user.username,
        )
        assert "told the customer" in client.get(url("printwithdrawal_change", late.pk)).content.decode()

    @pytest.mark.parametrize(
        ("state", "says"), [("damaged", "destroyed by the vendor"), ("posted", "posted, or never told otherwise")]
    )
    def test_the_fate_of_a_piece_follows_from_what_the_vendor_reported(self, late, state, says):
        press = printing.Caller(late.job.vendor)
        press.report(late.job, printing.row("a", late.item.sequence, state))
        press.posted(late.job, 1)
        client = admin_clients.in_role("Privacy officer")
        assert says in client.get(url("printwithdrawal_changelist")).content.decode()

    def test_nothing_said_is_nothing_done(self, late):
        client = admin_clients.in_role("Privacy officer")
        answer = client.post(url("printwithdrawal_handle", late.pk), {"how": "  "})
        assert admin_clients.said(answer) == ["Say what was done."]
        late.refresh_from_db()
        assert late.handled_at is None

    @pytest.mark.parametrize("role", ["Campaign manager", "Analyst", "Service agent"])
    def test_others_do_not_handle_them(self, late, role):
        client = admin_clients.in_role(role)
        assert client.post(url("printwithdrawal_handle", late.pk), {"how": "x"}).status_code == 403

    def test_those_in_time_stand_with_their_job_only(self):
        job = printing.bare_job("acknowledged")
        item = printing.bare_items(job, 1)[0]
        one = PrintWithdrawal.objects.create(job=job, seq=1, item=item, reason="objection", in_time=True)
        client = admin_clients.in_role("Privacy officer")
        assert client.post(url("printwithdrawal_handle", one.pk), {"how": "x"}).status_code == 404


class TestJobs:
    def test_a_cut_off_is_set_and_taken_away(self):
        job, client = printing.bare_job(), admin_clients.in_role("Campaign manager")
        client.post(url("printjob_cut_off", job.pk), {"cut_off": "2030-05-04T12:30"})
        job.refresh_from_db()
        assert timezone.localtime(job.cut_off_at).strftime("%d.%m.%Y %H:%M") == "04.05.2030 12:30"
        client.post(url("printjob_cut_off", job.pk), {"cut_off": ""})
        job.refresh_from_db()
        assert job.cut_off_at is None

    @pytest.mark.parametrize("text", ["soon", "2030-02-31T00:00", "2030-05-04"])
    def test_what_is_no_time_is_refused(self, text):
        job, client = printing.bare_job(), admin_clients.in_role("Campaign manager")
        answer = client.post(url("printjob_cut_off", job.pk), {"cut_off": text})
        job.refresh_from_db()
        assert job.cut_off_at is None or text == "2030-05-04"
        assert admin_clients.said(answer)

    def test_a_draft_is_finished_by_a_button(self):
        job, client = printing.bare_job("draft"), admin_clients.in_role("Campaign manager")
        assert client.get(url("printjob_change", job.pk)).context["may_finish"]
        client.post(url("printjob_finish", job.pk))
        job.refresh_from_db()
        assert job.state == "cancelled"  # there was nothing in it

    def test_who_owes_a_certificate_is_shown(self):
        job = printing.bare_job("reconciled")
        PrintJob.objects.filter(pk=job.pk).update(posted_at=timezone.now() - timedelta(days=40), pulled_revision=1)
        printing.bare_job("reconciled")
        client = admin_clients.in_role("Campaign manager")
        page = client.get(url("printjob_changelist") + "?certificate=owed")
        assert [one.pk for one in page.context["cl"].result_list] == [job.pk]
        assert "has not certified in time" in client.get(url("printjob_change", job.pk)).content.decode()

    @pytest.mark.parametrize("verb", ["cancel", "finish", "cut_off"])
    def test_only_who_may_change_jobs_does(self, verb):
        job = printing.bare_job("draft")
        assert admin_clients.in_role("Privacy officer").post(url(f"printjob_{verb}", job.pk)).status_code == 403


def test_the_jobs_page_lists_each_posting_with_its_receipt_and_postage():
    job = printing.bare_job("in_production")
    printing.bare_items(job, 2)
    print_jobs.post(job.pk, print_jobs.Posting(1, timezone.now(), "EL-4711", 4_711), more_follows=True)
    page = admin_clients.in_role("Campaign manager").get(url("printjob_change", job.pk)).content.decode()
    assert "EL-4711" in page
    assert "47.11" in page.replace(",", ".")


class TestFilesThatAreWrittenAnew:
    @pytest.fixture
    def job(self, monkeypatch, settings) -> PrintJob:
        """Five letters in three bundles; those of the first and the fourth are withdrawn, and nobody has written since."""
        monkeypatch.setattr(letters, "BUNDLE", 2)
        made = printing.mailing(5)
        settings.PRINT_AT_ONCE = 0
        for number in (1, 4):
            consent.object_to(customer_id=made.items.get(sequence=number).dispatch.customer_id, source="test")
        ledger.stop_objected("print_mailing")
        made.refresh_from_db()
        return made

    def page(self, job: PrintJob) -> str:
        return " ".join(
            admin_clients.in_role("Campaign manager").get(url("printjob_change", job.pk)).content.decode().split()
        )

    def test_are_named_with_the_time_since_when(self, job):
        page = self.page(job)
        since = timezone.localtime(job.stale_at)
        assert f"being written anew, since {formats.date_format(since, 'DATETIME_FORMAT')}" in page
        assert "Still to be written: letters-0001.pdf, letters-0002.pdf, letters.csv." in page
        assert "as revision 2, production does not start, and the vendor cannot fetch the old ones." in page
        assert "This takes minutes as a rule" not in page

    def test_are_named_no_more_once_they_are_written(self, job):
        assert not writing.write(job.pk, seconds=0)
        page = self.page(job)
        assert "1 of 3 are done." in page
        assert "Still to be written: letters-0002.pdf, letters.csv." in page

    def test_are_the_vendors_already_where_it_fetched_some(self, job):
        PrintJob.objects.filter(pk=job.pk).update(pulled_revision=1)
        assert "production does not start." in self.page(job)

    def test_that_take_too_long_are_said_to(self, job):
        PrintJob.objects.filter(pk=job.pk).update(stale_at=timezone.now() - timedelta(hours=2))
        assert "This takes minutes as a rule" in self.page(job)

    def test_a_job_with_hundreds_names_a_few(self, job, monkeypatch):
        monkeypatch.setattr(admin_page, "MOST_NAMES", 1)
        assert "Still to be written: letters-0001.pdf and 2 more." in self.page(job)

    def test_is_not_said_of_others(self, job):
        writing.write(job.pk)
        assert "written anew" not in self.page(job)
        assert "written anew" not in self.page(printing.bare_job())
