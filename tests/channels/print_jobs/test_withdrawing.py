"""An objection takes a letter out of the files until production starts, and is noted afterwards."""

import pytest
from django.db import transaction
from pypdf import PdfReader

from campaigns import consent
from channels import encryption_keys, ledger, print_files, print_jobs, registry
from channels.models import MailingFile, PrintItem, PrintJob, PrintSeed
from channels.print_jobs import contents
from channels.print_mailing import letters
from tests import builders
from tests.channels import printing
from tests.channels.mailing_files import keys_of_vendors

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]


def object_to_letter(job: PrintJob, number: int) -> None:
    """The person of the n-th letter objects."""
    consent.object_to(customer_id=printing.dispatches(job)[number].customer_id, source="test")


def withdraw(job: PrintJob, *numbers: int) -> list[int]:
    ids = [printing.dispatches(job)[number].pk for number in numbers]
    with transaction.atomic():
        return list(registry.get("print_mailing").withdraw(ids))


def table(job: PrintJob) -> list[dict[str, str]]:
    return list(print_files.read_csv(printing.files(job)["letters.csv"]))


def pages(job: PrintJob, name: str) -> list[str]:
    return [page.extract_text() for page in PdfReader(print_files.location(printing.files(job)[name])).pages]


class TestInTime:
    def test_the_sweep_writes_a_revision_without_the_letter(self):
        job = printing.mailing(3)
        object_to_letter(job, 1)
        assert ledger.stop_objected("print_mailing") == 1
        assert [row["sequence"] for row in table(job)] == ["1", "3"]
        assert (job.revision, job.rows, job.state) == (2, 2, "ready")
        assert printing.states(job) == ["handed_over", "suppressed", "handed_over"]
        assert printing.items(job) == ["planned", "withdrawn", "planned"]

    def test_the_rows_that_stay_point_to_their_pages(self):
        job = printing.mailing(3)
        before = {row["sequence"]: row for row in table(job)}
        withdraw(job, 0)
        shown = pages(job, "letters-0001.pdf")
        for row in table(job):
            assert row["coupon_code"] in shown[int(row["pdf_page"]) - 1]
            assert row | {"pdf_page": ""} == before[row["sequence"]] | {"pdf_page": ""}

    def test_nothing_of_the_withdrawn_letter_is_left_in_the_new_files(self):
        job = printing.mailing(3, people=[printing.person(last_name=name) for name in ("Aal", "Barsch", "Zander")])
        gone = printing.dispatches(job)[1]
        withdraw(job, 1)
        text = "".join(pages(job, "letters-0001.pdf"))
        assert gone.coupon_code not in text
        assert "Barsch" not in text
        assert len(PdfReader(print_files.location(printing.files(job)["letters-0001.pdf"])).pages) == 2
        data = print_files.location(printing.files(job)["letters-0001.pdf"]).read_bytes()
        assert data.count(b"/Type /Page\n") == 2
        assert "Barsch" not in print_files.location(printing.files(job)["letters.csv"]).read_text()

    def test_bundles_without_a_withdrawal_stay_bit_by_bit(self, monkeypatch):
        monkeypatch.setattr(letters, "BUNDLE", 2)
        job = printing.mailing(5)
        before = printing.files(job)
        withdraw(job, 0)
        after = printing.files(job)
        assert after["letters-0001.pdf"].sha256 != before["letters-0001.pdf"].sha256
        assert after["letters-0002.pdf"].sha256 == before["letters-0002.pdf"].sha256
        assert after["letters-0001.pdf"].rows == 1

    def test_a_bundle_that_is_empty_now_is_gone(self, monkeypatch):
        monkeypatch.setattr(letters, "BUNDLE", 2)
        job = printing.mailing(3)
        withdraw(job, 2)
        assert sorted(printing.files(job)) == ["letters-0001.pdf", "letters.csv"]

    def test_the_files_before_are_destroyed_and_the_proof_is_kept(self, django_capture_on_commit_callbacks):
        job = printing.mailing(3)
        old = list(MailingFile.objects.filter(job=job))
        with django_capture_on_commit_callbacks(execute=True):
            withdraw(job, 0)
        assert not any(print_files.location(file).exists() for file in old)
        assert {file.destroyed_because for file in MailingFile.objects.filter(job=job, revision=1)} == {
            "letters were withdrawn"
        }

    def test_what_was_carried_over_is_destroyed_when_it_is_replaced(
        self, monkeypatch, django_capture_on_commit_callbacks
    ):
        monkeypatch.setattr(letters, "BUNDLE", 2)
        job = printing.mailing(4)
        old = printing.files(job)["letters-0002.pdf"]
        with django_capture_on_commit_callbacks(execute=True):
            withdraw(job, 0)
            withdraw(job, 2)
        assert not print_files.location(old).exists()

    def test_revisions_follow_each_other(self):
        job = printing.mailing(4)
        withdraw(job, 0)
        withdraw(job, 3)
        assert [row["sequence"] for row in table(job)] == ["2", "3"]
        assert job.revision == 3

    def test_all_who_object_between_two_sweeps_share_a_revision(self, monkeypatch):
        job, written = printing.mailing(4), []
        write = contents.write
        monkeypatch.setattr(contents, "write", lambda *args, **how: written.append(args) or write(*args, **how))
        for number in (0, 1, 3):
            object_to_letter(job, number)
        assert written == []  # the objection itself writes no file
        assert ledger.stop_objected("print_mailing") == 3
        job.refresh_from_db()
        assert (job.revision, len(written)) == (2, 2)  # the letters and the table

    def test_nothing_happens_the_second_time(self):
        job = printing.mailing(2)
        assert withdraw(job, 0) == [printing.dispatches(job)[0].pk]
        assert withdraw(job, 0) == []
        job.refresh_from_db()
        assert job.revision == 2

    def test_a_job_without_letters_is_cancelled(self):
        job = printing.mailing(2)
        withdraw(job, 0, 1)
        job.refresh_from_db()
        assert (job.state, job.rows) == ("cancelled", 0)

    def test_somebody_who_moved_away_since_does_not_stand_in_the_way(self):
        """Files are made from the files before, not from what is known of people today."""
        people = [printing.person() for _ in range(2)]
        job = printing.mailing(people=people)
        people[0].household.delete()
        assert len(withdraw(job, 1)) == 1

    def test_a_full_disk_leaves_the_job_as_it_was(self, monkeypatch):
        job = printing.mailing(2)

        def full(*_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(print_files.os, "fsync", full)
        assert withdraw(job, 0) == []
        files = [print_files.location(file) for file in printing.files(job).values()]
        assert sorted(files[0].parent.iterdir()) == sorted(files)
        assert printing.items(job) == ["planned", "planned"]

    def test_a_job_whose_files_cannot_be_written_holds_up_no_other(self):
        job, other = printing.mailing(2), printing.mailing(2, slug="other-press")
        encryption_keys.register(job.vendor, keys_of_vendors.age().public)  # and nobody has confirmed it
        object_to_letter(job, 0)
        object_to_letter(other, 0)
        assert ledger.stop_objected("print_mailing") == 1
        assert printing.items(other) == ["withdrawn", "planned"]

    def test_nor_does_it_go_to_the_press_before_they_are(self):
        job = printing.mailing(2)
        press = printing.Caller(job.vendor)
        press.acknowledge(job)
        encryption_keys.register(job.vendor, keys_of_vendors.age().public)
        object_to_letter(job, 0)
        refused = press.start(job)
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:problem:withdrawals-pending")

    def test_a_job_of_which_only_seed_addresses_are_left_is_cancelled(self):
        builders.vendor(printing.PRESS, adds_seeds=True)
        PrintSeed.objects.create(name="Muster", street="Weg 1", postcode="10115", city="Berlin")
        job = printing.mailing(1)
        object_to_letter(job, 0)
        ledger.stop_objected("print_mailing")
        job.refresh_from_db()
        assert (job.state, job.rows, printing.items(job)) == ("cancelled", 0, ["withdrawn", "withdrawn"])


class TestTooLate:
    @pytest.fixture
    def press(self) -> printing.Caller:
        return printing.Caller(printing.vendor())

    def test_it_is_noted_and_the_files_stay(self, press):
        job = printing.mailing(2)
        press.produce(job)
        object_to_letter(job, 0)
        assert ledger.stop_objected("print_mailing") == 0
        assert printing.items(job) == ["withdrawn_too_late", "planned"]
        assert printing.files(job)["letters.csv"].rows == 2
        assert printing.states(job) == ["handed_over"] * 2

    def test_the_posting_itself_looks_once_more(self, press):
        job = printing.mailing(2)
        press.produce(job)
        object_to_letter(job, 0)
        assert press.posted(job, 2).status_code == 200
        assert printing.items(job) == ["withdrawn_too_late", "posted"]
        assert printing.states(job) == ["sent", "sent"]

    def test_a_report_looks_once_more(self, press):
        job = printing.mailing(2)
        press.produce(job)
        object_to_letter(job, 0)
        press.report(job, printing.row("a", 1, "posted"))
        assert printing.items(job) == ["withdrawn_too_late", "planned"]

    def test_a_letter_taken_out_by_hand_counts_as_sent_once_the_job_is_closed(self, press):
        """We cannot know that it was; a dispatch must end somewhere."""
        job = printing.mailing(2)
        press.produce(job)
        object_to_letter(job, 0)
        assert press.posted(job, 1).json()["state"] == "reconciled"
        assert printing.states(job) == ["sent", "sent"]

    def test_one_that_was_destroyed_has_failed(self, press):
        job = printing.mailing(2)
        press.produce(job)
        object_to_letter(job, 0)
        press.report(job, printing.row("a", 1, "produced", minutes_ago=9), printing.row("b", 1, "damaged"))
        press.posted(job, 1)
        assert printing.states(job) == ["failed", "sent"]

    def test_a_posted_letter_is_no_exception_any_more(self, press):
        job = printing.mailing(1)
        press.produce(job)
        press.posted(job, 1)
        object_to_letter(job, 0)
        ledger.stop_objected("print_mailing")
        press.report(job, printing.row("a", 1, "posted"))
        assert printing.items(job) == ["posted"]


class TestErasedPeople:
    """Their dispatches are gone, their letters must go as well."""

    def test_their_letters_leave_the_files(self):
        job = printing.mailing(3)
        printing.dispatches(job)[0].customer.delete()
        assert print_jobs.withdraw_erased() == 1
        assert [row["sequence"] for row in table(job)] == ["2", "3"]
        assert printing.items(job) == ["withdrawn", "planned", "planned"]
        assert print_jobs.withdraw_erased() == 0

    def test_production_does_not_start_with_them(self):
        press = printing.Caller(printing.vendor())
        job = printing.mailing(2)
        press.acknowledge(job)
        printing.dispatches(job)[0].customer.delete()
        response = press.start(job)
        assert (response.status_code, response.json()["type"]) == (409, "urn:problem:withdrawals-pending")
        job.refresh_from_db()
        assert job.revision == 2

    def test_after_production_started_it_is_noted(self):
        press = printing.Caller(printing.vendor())
        job = printing.mailing(2)
        press.produce(job)
        printing.dispatches(job)[0].customer.delete()
        print_jobs.withdraw_erased()
        assert printing.items(job) == ["withdrawn_too_late", "planned"]
        assert press.posted(job, 2).json()["state"] == "reconciled"

    def test_a_job_of_erased_people_only_is_cancelled(self):
        job = printing.mailing(1)
        printing.dispatches(job)[0].customer.delete()
        print_jobs.withdraw_erased()
        job.refresh_from_db()
        assert job.state == "cancelled"

    def test_an_area_of_erased_people_stays_ordered(self):
        job = printing.area_order()
        for one in printing.dispatches(job):
            one.customer.delete()
        assert print_jobs.withdraw_erased() == 0
        assert printing.items(job) == ["planned"]


def test_an_objection_takes_no_leaflet_out_of_an_area():
    job = printing.area_order()
    object_to_letter(job, 0)
    assert ledger.stop_objected("direct_post") == 0
    assert printing.states(job) == ["handed_over", "handed_over"]


def test_withdrawals_are_listed_with_when_and_whether_in_time():
    job = printing.mailing(3)
    press = printing.Caller(printing.vendor())
    press.acknowledge(job)
    withdraw(job, 1)
    press.produce(job)
    withdraw(job, 0)
    listed = press.get(f"jobs/{job.pk}/withdrawals").json()
    assert listed["revision"] == 2
    assert [(one["sequence"], one["in_time"]) for one in listed["withdrawals"]] == [(2, True), (1, False)]
    assert listed["withdrawals"][0]["item_id"] == PrintItem.objects.get(job=job, sequence=2).pk
