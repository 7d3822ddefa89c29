"""What staff see of print jobs and do with them: finish, date, cancel, and look after what was withdrawn too late."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import formats, timezone

from campaigns import consent
from channels import ledger, print_jobs
from channels.admin import print_jobs as admin_page
from channels.models import EncryptionKey, JobState, MailingFile, PrintItem, PrintJob, PrintWithdrawal
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

    def test_a_cut_off_in_the_past_would_end_the_job_and_is_refused(self):
        job, client = printing.bare_job(), admin_clients.in_role("Campaign manager")
        answer = client.post(url("printjob_cut_off", job.pk), {"cut_off": "2020-05-04T12:30"})
        job.refresh_from_db()
        assert job.cut_off_at is None
        assert "in the past" in admin_clients.said(answer)[0]

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


class TestWhatComesNext:
    """Said on the job's page: who has to do what now."""

    def page(self, job: PrintJob, role: str = "Campaign manager"):
        return admin_clients.in_role(role).get(url("printjob_change", job.pk))

    @pytest.mark.parametrize("state", [state for state in JobState.values if state != "draft"])
    def test_every_state_says_it(self, state):
        assert self.page(printing.bare_job(state)).context["comes_next"]

    def test_a_draft_that_no_key_can_be_written_to_says_so_and_leads_to_the_vendor(self):
        job = printing.bare_job("draft")
        PrintJob.objects.filter(pk=job.pk).update(gathered_at=timezone.now())
        EncryptionKey.objects.create(vendor=job.vendor, kind="age", public_key="age1x", fingerprint="f")
        assert "no key of its vendor is confirmed" in self.page(job).content.decode()

    def test_withdrawals_that_the_vendor_has_not_acknowledged_hold_up_its_press(self):
        job = printing.bare_job("acknowledged")
        item = printing.bare_items(job, 1)[0]
        PrintWithdrawal.objects.create(job=job, seq=1, item=item, reason="objection", in_time=True)
        assert "has not acknowledged 1 withdrawn letter" in self.page(job).context["comes_next"]

    def test_what_the_vendor_says_is_wrong_stands_there(self):
        job = printing.bare_job()
        wrong = {"code": "file_unreadable", "text": "broken at the end", "file": "letters.csv", "sequence": 7}
        print_jobs.reject(job.pk, reason="cannot be opened", details=[wrong])
        page = self.page(job).content.decode()
        for said in ("cannot be opened", "File unreadable", "broken at the end", "letters.csv, row 7"):
            assert said in page

    def test_pieces_of_a_large_job_are_written_with_commas(self):
        job = printing.bare_job("posted")
        PrintItem.objects.bulk_create([PrintItem(job=job, sequence=n, state="posted") for n in range(1, 1235)])
        assert "1,234" in self.page(job).content.decode()


def test_letters_withdrawn_too_late_are_found_by_their_job(late):
    other = printing.bare_job("in_production")
    PrintWithdrawal.objects.create(
        job=other, seq=1, item=printing.bare_items(other, 1)[0], reason="objection", in_time=False
    )
    client = admin_clients.in_role("Privacy officer")
    assert f"?job={late.job_id}" in client.get(url("printjob_change", late.job_id)).content.decode()
    found = client.get(url("printwithdrawal_changelist") + f"?job={late.job_id}").context["cl"].result_list
    assert [one.pk for one in found] == [late.pk]


def test_the_proof_of_destruction_says_why():
    job = printing.bare_job("reconciled")
    file = printing.bare_file(job)
    MailingFile.objects.filter(pk=file.pk).update(destroyed_at=timezone.now(), destroyed_because="kept long enough")
    page = admin_clients.in_role("Campaign manager").get(url("printjob_change", job.pk)).content.decode()
    assert "kept long enough" in page


def test_items_of_a_job_are_listed_as_they_are_printed():
    job = printing.bare_job()
    PrintItem.objects.bulk_create([PrintItem(job=job, sequence=sequence) for sequence in (3, 1, 2)])
    client = admin_clients.in_role("Campaign manager")
    listed = client.get(url("printitem_changelist") + f"?job={job.pk}").context["cl"].result_list
    assert [item.sequence for item in listed] == [1, 2, 3]


def test_a_withdrawn_letter_leads_to_what_became_of_it(late):
    page = admin_clients.in_role("Privacy officer").get(url("printjob_change", late.job_id)).content.decode()
    assert url("printitem_change", late.item_id) in page


class TestLargeJobs:
    def test_files_are_shown_fifty_at_a_time_with_links_that_keys_reach(self):
        job, client = printing.bare_job(), admin_clients.in_role("Campaign manager")
        for number in range(60):
            printing.bare_file(job, f"letters-{number:04}.pdf")
        page = client.get(url("printjob_change", job.pk)).content.decode()
        assert "letters-0049.pdf" in page
        assert "letters-0050.pdf" not in page
        assert 'href="?files-page=2#files-group"' in page
        assert "letters-0059.pdf" in client.get(url("printjob_change", job.pk) + "?files-page=2").content.decode()

    @pytest.mark.parametrize("asked", ["0", "-1", "x", "9" * 5000, "\u00b2", "99"])
    def test_a_page_that_there_is_not_is_the_first(self, asked):
        job, client = printing.bare_job(), admin_clients.in_role("Campaign manager")
        for number in range(60):
            printing.bare_file(job, f"letters-{number:04}.pdf")
        page = client.get(url("printjob_change", job.pk), {"files-page": asked})
        assert "letters-0000.pdf" in page.content.decode()
