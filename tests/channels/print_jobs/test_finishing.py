"""One job a wave and option: gathered by hand-overs, sorted, and written part by part, whoever dies on the way."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns import consent
from campaigns.models import Wave
from channels import delivery, invariants, ledger, print_files, print_jobs
from channels.mailing_files import csv_table
from channels.models import Dispatch, PrintItem, PrintJob, PrintPart, PrintRow, Vendor
from channels.print_jobs import finishing, numbering, writing
from channels.print_jobs.invariants import print_invariants
from channels.print_mailing import letters, render
from tests import builders
from tests.channels import printing

pytestmark = pytest.mark.django_db


def due(people, *, slug: str = printing.PRESS) -> Wave:
    of = printing.wave(slug=slug)
    for one in people:
        builders.dispatch(of, one, channel="print_mailing", coupon_code=f"BRIEF{one.pk}")
    return of


def everybody(number: int) -> list:
    return [printing.person() for _ in range(number)]


def draft(letters_: int = 3) -> PrintJob:
    """A job that gathers and waits for more."""
    of = due(everybody(letters_ + 1))
    delivery.send_due("print_mailing", limit=letters_)
    return PrintJob.objects.get(wave=of)


def table(job: PrintJob) -> list[dict[str, str]]:
    rows = []
    for name, file in sorted(printing.files(job).items()):
        if name.endswith(".csv"):
            rows += list(print_files.read_csv(file))
    return rows


class TestGathering:
    def test_hand_overs_of_a_wave_become_one_job(self):
        of = due(everybody(5))
        while delivery.send_due("print_mailing", limit=2):
            pass
        job = PrintJob.objects.get(wave=of)
        assert (job.state, job.rows, len(table(job))) == ("ready", 5, 5)

    def test_as_long_as_more_may_come_it_is_a_draft_without_files(self):
        job = draft()
        assert (job.state, printing.files(job), PrintRow.objects.count()) == ("draft", {}, 3)

    def test_who_comes_when_it_is_closed_begins_another(self):
        job = draft()
        finishing.finish(job.pk)
        delivery.send_due("print_mailing")
        assert list(PrintJob.objects.order_by("pk").values_list("rows", "state")) == [(3, "ready"), (1, "ready")]

    def test_a_job_waits_for_those_who_are_put_off_but_not_for_ever(self, settings):
        job = draft()
        finishing.finish_due()
        job.refresh_from_db()
        assert job.gathered_at is None
        settings.PRINT_GATHER_MINUTES = -1
        finishing.finish_due()
        job.refresh_from_db()
        assert job.gathered_at is not None

    def test_a_wave_that_others_may_still_join_keeps_its_job_open(self):
        of = due(everybody(1))
        Wave.objects.filter(pk=of.pk).update(open_until_at=timezone.now() + timedelta(hours=3))
        delivery.send_due("print_mailing")
        assert PrintJob.objects.get().state == "draft"
        Wave.objects.filter(pk=of.pk).update(open_until_at=timezone.now() - timedelta(hours=1))
        finishing.finish_waves("print_mailing", [of.pk])
        assert PrintJob.objects.get().state == "ready"


class TestOrder:
    def people(self) -> list:
        places = [
            ("20095", "Hamburg", "Weg 10"),
            ("01067", "Dresden", "Weg 1"),
            ("20095", "Hamburg", "Weg 9"),
            ("20095", "Hamburg", "Allee 30"),
        ]
        people = everybody(len(places))
        for one, (postcode, city, street) in zip(people, places, strict=True):
            type(one.household).objects.filter(pk=one.household_id).update(postcode=postcode, city=city, street=street)
        return people

    def test_letters_follow_postcodes_and_streets_by_their_numbers(self):
        job = printing.mailing(people=self.people())
        assert [(row["postcode"], row["address_2"]) for row in table(job)] == [
            ("01067", "Weg 1"),
            ("20095", "Allee 30"),
            ("20095", "Weg 9"),
            ("20095", "Weg 10"),
        ]
        assert [row["sequence"] for row in table(job)] == ["1", "2", "3", "4"]


class TestParts:
    @pytest.fixture(autouse=True)
    def _small(self, monkeypatch):
        monkeypatch.setattr(letters, "BUNDLE", 2)
        builders.vendor(printing.PRESS, rows_per_file=3)

    def large(self, number: int = 5) -> PrintJob:
        """Closed, and not yet written."""
        job = draft(number)
        finishing.close(job.pk)
        return job

    def test_files_hold_as_many_rows_as_the_vendor_wants(self):
        job = self.large()
        assert writing.write(job.pk)
        files = printing.files(job)
        assert {name: file.rows for name, file in files.items()} == {
            "letters-part-001.csv": 3,
            "letters-part-002.csv": 2,
            "letters-0001.pdf": 2,
            "letters-0002.pdf": 2,
            "letters-0003.pdf": 1,
        }
        assert [(row["sequence"], row["pdf_file"][10:12], row["pdf_page"]) for row in table(job)] == [
            ("1", "01", "1"),
            ("2", "01", "2"),
            ("3", "02", "1"),
            ("4", "02", "2"),
            ("5", "03", "1"),
        ]

    def test_a_large_job_is_written_in_tasks_of_its_own(self, monkeypatch, settings):
        called, settings.PRINT_AT_ONCE = [], 3
        monkeypatch.setattr(writing, "call", called.append)
        job = draft(4)
        finishing.finish(job.pk)
        job.refresh_from_db()
        assert (called, job.state) == ([job.pk], "draft")

    def test_when_time_is_over_the_next_goes_on(self):
        job = self.large()
        assert not writing.write(job.pk, seconds=-1)
        assert PrintPart.objects.filter(job=job).exclude(written_at=None).count() == 1
        assert writing.write(job.pk)

    def test_a_part_that_was_being_written_by_who_died_is_written_again(self, monkeypatch):
        job = self.large()
        mixed, calls = render.mixed, []

        def dies(*arguments):
            calls.append(1)
            if len(calls) == 2:
                raise SystemExit
            return mixed(*arguments)

        monkeypatch.setattr(render, "mixed", dies)
        with pytest.raises(SystemExit):
            writing.write(job.pk)
        assert writing.write(job.pk)
        assert len(table(job)) == 5

    def test_nobody_sees_files_of_a_job_of_which_parts_are_missing(self):
        job = self.large()
        writing.write(job.pk, seconds=-1)
        press = printing.Caller(job.vendor)
        assert press.get("jobs").json()["jobs"] == []
        assert press.get(f"jobs/{job.pk}/files").status_code == 404

    def test_an_objection_while_parts_are_written_is_in_no_file(self):
        job = self.large()
        writing.write(job.pk, seconds=-1)
        first = PrintItem.objects.get(job=job, sequence=1).dispatch
        consent.object_to(customer_id=first.customer_id, source="test")
        assert ledger.stop_objected("print_mailing") == 1
        assert writing.write(job.pk)
        assert [row["sequence"] for row in table(job)] == ["2", "3", "4", "5"]
        assert (job.revision, job.rows) == (1, 4)
        first.refresh_from_db()
        assert first.state == "suppressed"

    def test_an_objection_while_a_part_is_being_written_is_in_no_file(self, monkeypatch):
        job = self.large()
        write, calls = csv_table.write, []

        def objected_meanwhile(*arguments, **options):
            write(*arguments, **options)
            if not calls:
                calls.append(1)
                print_jobs.withdraw([PrintItem.objects.get(job=job, sequence=1).dispatch_id])

        monkeypatch.setattr(csv_table, "write", objected_meanwhile)
        assert writing.write(job.pk)
        assert [row["sequence"] for row in table(job)] == ["2", "3", "4", "5"]
        assert PrintRow.objects.filter(item__job=job).count() == 4

    def test_a_table_waits_when_its_letters_are_begun_again(self, monkeypatch):
        job = self.large()
        while PrintPart.objects.filter(job=job, kind="letters", written_at=None):
            writing._write(writing._next(job.pk))
        chosen = writing._next(job.pk)
        PrintPart.objects.filter(job=job, kind="letters", number=1).update(written_at=None)
        writing._write(chosen)
        assert not PrintPart.objects.filter(job=job, kind="table").exclude(written_at=None).exists()

    def test_a_job_that_was_cancelled_meanwhile_is_written_no_further(self):
        job = self.large()
        writing.write(job.pk, seconds=-1)
        print_jobs.cancel(job.pk)
        assert writing.write(job.pk)
        assert PrintPart.objects.filter(job=job, written_at=None).exists()

    def test_a_withdrawal_writes_anew_only_what_it_touches(self):
        job = self.large()
        writing.write(job.pk)
        before = printing.files(job)
        print_jobs.withdraw([PrintItem.objects.get(job=job, sequence=5).dispatch_id])
        after = printing.files(job)
        same = {name for name in after if after[name].path == before[name].path}
        assert same == {"letters-part-001.csv", "letters-0001.pdf", "letters-0002.pdf"}
        assert set(before) - set(after) == {"letters-0003.pdf"}
        assert not PrintRow.objects.filter(item__job=job, item__sequence=5).exists()


def test_a_draft_that_cannot_be_closed_holds_up_no_other(monkeypatch):
    waves = [due(everybody(1)) for _ in range(3)]
    Wave.objects.update(open_until_at=timezone.now() + timedelta(hours=1))
    delivery.send_due("print_mailing")
    Wave.objects.update(open_until_at=None)
    written, bad, good = (PrintJob.objects.get(wave=wave) for wave in waves)
    finishing.close(written.pk)
    called, number = [], numbering.number
    monkeypatch.setattr(writing, "call", called.append)
    monkeypatch.setattr(numbering, "number", lambda job: 1 / 0 if job.pk == bad.pk else number(job))
    with pytest.raises(ZeroDivisionError):
        finishing.finish_due()
    assert called == [written.pk, good.pk]


class TestDraftsThatEnd:
    def test_one_that_is_cancelled_cancels_its_letters(self):
        job = draft()
        print_jobs.cancel(job.pk)
        assert sorted(printing.states(job)) == ["cancelled"] * 3 + ["queued"]
        writing.write(job.pk)
        job.refresh_from_db()
        assert job.state == "cancelled"

    def test_one_whose_letters_are_all_withdrawn_is_never_seen(self):
        job = draft(2)
        for one in Dispatch.objects.filter(print_item__job=job):
            one.customer.delete()
        finishing.finish(job.pk)
        job.refresh_from_db()
        assert (job.state, job.rows) == ("cancelled", 0)
        assert PrintRow.objects.count() == 0

    def test_erased_people_are_gone_from_its_rows_at_once(self):
        job = draft(3)
        Dispatch.objects.filter(print_item__job=job).first().customer.delete()
        assert PrintRow.objects.count() == 2
        finishing.finish(job.pk)
        assert len(table(job)) == 2
        assert job.rows == 2

    def test_invariants_hold_all_the_way(self):
        job = draft(3)
        broken = [[one.name for one in invariants.check(print_invariants()) if not one.holds]]
        finishing.close(job.pk)
        broken.append([one.name for one in invariants.check(print_invariants()) if not one.holds])
        writing.write(job.pk)
        broken.append([one.name for one in invariants.check(print_invariants()) if not one.holds])
        assert broken == [[], [], []]


def test_what_a_vendor_asked_for_when_the_job_began_holds_for_all_of_its_files():
    job = draft(2)
    Vendor.objects.update(file_format="xml")
    finishing.finish(job.pk)
    assert sorted(printing.files(job)) == ["letters-0001.pdf", "letters.csv"]
