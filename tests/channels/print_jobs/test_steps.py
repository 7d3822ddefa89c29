"""A job moves along its states only, each step locks it, and its dispatches follow."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from campaigns import consent
from channels import invariants, print_files, print_jobs
from channels.models import JobState, MailingFile, PrintItem, PrintWithdrawal
from channels.print_jobs.invariants import print_invariants
from channels.print_jobs.steps import ALLOWED
from tests import builders
from tests.channels import printing

pytestmark = pytest.mark.django_db


def checks(job) -> list[print_jobs.FileCheck]:
    return [print_jobs.FileCheck(one.name, one.sha256, one.bytes, one.rows) for one in printing.files(job).values()]


def acknowledged(job):
    return print_jobs.acknowledge(job.pk, revision=job.revision, files=checks(job))


def started(job):
    acknowledged(job)
    return print_jobs.start_production(job.pk, revision=job.revision)


def posted(job, pieces: int):
    return print_jobs.post(job.pk, print_jobs.Posting(pieces, timezone.now(), "P-1"))


STEPS = {
    "acknowledge": acknowledged,
    "reject": lambda job: print_jobs.reject(job.pk, reason="no paper"),
    "production-start": lambda job: print_jobs.start_production(job.pk, revision=job.revision),
    "items": lambda job: print_jobs.report(job.pk, []),
    "posted": lambda job: posted(job, 0),
}


class TestStates:
    @pytest.mark.parametrize("state", JobState)
    @pytest.mark.parametrize("step", STEPS)
    def test_a_step_is_taken_where_it_is_allowed_and_refused_elsewhere(self, state, step):
        job = printing.bare_job(state)
        if step in ALLOWED[state]:
            STEPS[step](job)
            return
        with pytest.raises(print_jobs.Refused) as refused:
            STEPS[step](job)
        assert (refused.value.kind, refused.value.allowed) == ("wrong-state", ALLOWED[state])
        job.refresh_from_db()
        assert job.state == state

    def test_the_straight_way(self):
        job = printing.mailing(2)
        print_jobs.note_download(job)
        seen = [type(job).objects.get(pk=job.pk).state, acknowledged(job).state]
        seen += [print_jobs.start_production(job.pk, revision=1).state, posted(job, 2).state]
        assert seen == ["downloaded", "acknowledged", "in_production", "reconciled"]
        assert printing.items(job) == ["posted", "posted"]
        assert printing.states(job) == ["sent", "sent"]

    def test_a_download_takes_nothing_back(self):
        job = acknowledged(printing.mailing(1))
        print_jobs.note_download(job)
        job.refresh_from_db()
        assert job.state == "acknowledged"

    def test_files_that_are_not_what_we_wrote_are_named_with_field_and_reason(self):
        job = printing.mailing(1)
        good = checks(job)
        bad = [print_jobs.FileCheck("letters.csv", "0" * 64, 1, 2), print_jobs.FileCheck("other.pdf", "0" * 64, 1, 1)]
        with pytest.raises(print_jobs.Refused) as refused:
            print_jobs.acknowledge(job.pk, revision=1, files=bad)
        named = [(error["file"], error["field"]) for error in refused.value.members["errors"]]
        assert named == [
            ("letters-0001.pdf", "name"),
            ("letters.csv", "bytes"),
            ("letters.csv", "rows"),
            ("letters.csv", "sha256"),
            ("other.pdf", "name"),
        ]
        assert print_jobs.acknowledge(job.pk, revision=1, files=good).state == "acknowledged"

    @pytest.mark.parametrize("how", ["objects", "is erased"])
    def test_production_itself_looks_whether_anybody_refused(self, how):
        job = acknowledged(printing.mailing(2))
        person = printing.dispatches(job)[0].customer
        person.delete() if how == "is erased" else consent.object_to(customer_id=person.pk, source="test")
        with pytest.raises(print_jobs.Refused) as refused:
            print_jobs.start_production(job.pk, revision=1)
        assert refused.value.kind == "withdrawals-pending"

    def test_an_old_revision_cannot_be_acknowledged(self):
        job = printing.mailing(2)
        old = checks(job)
        printing.dispatches(job)[0].customer.delete()
        print_jobs.withdraw_erased()
        with pytest.raises(print_jobs.Refused, match="was replaced by 2"):
            print_jobs.acknowledge(job.pk, revision=1, files=old)

    def test_what_was_rejected_has_failed(self):
        job = printing.mailing(2)
        print_jobs.reject(job.pk, reason="no paper")
        assert printing.states(job) == ["failed", "failed"]

    def test_staff_cancel_until_production_starts(self):
        waiting, running = printing.mailing(1), started(printing.mailing(1))
        print_jobs.cancel(waiting.pk)
        assert printing.states(waiting) == ["cancelled"]
        with pytest.raises(print_jobs.Refused, match="in_production"):
            print_jobs.cancel(running.pk)
        assert printing.states(running) == ["handed_over"]

    def test_cancelling_an_area_order_cancels_the_dispatches_of_its_people(self):
        job = printing.area_order(500, 300)
        print_jobs.cancel(job.pk)
        assert printing.states(job) == ["cancelled"] * 4


class TestPosting:
    def test_fewer_pieces_wait_for_the_rows(self):
        job = started(printing.mailing(3))
        assert posted(job, 2).state == "posted"
        assert printing.states(job) == ["handed_over"] * 3
        now = timezone.now()
        rows = [("a", 1, "posted"), ("b", 2, "posted"), ("c", 3, "damaged")]
        print_jobs.report(job.pk, [print_jobs.Report(*row, now) for row in rows])
        job.refresh_from_db()
        assert job.state == "reconciled"
        assert printing.states(job) == ["sent", "sent", "failed"]

    def test_damaged_pieces_are_not_due(self):
        job = started(printing.mailing(2))
        print_jobs.report(job.pk, [print_jobs.Report("a", 1, "damaged", timezone.now())])
        assert posted(job, 1).state == "reconciled"
        assert printing.states(job) == ["failed", "sent"]

    def test_more_pieces_than_there_are_is_refused(self):
        job = started(printing.mailing(2))
        with pytest.raises(print_jobs.Refused, match="at most 2, got 3") as refused:
            posted(job, 3)
        assert refused.value.members["expected"] == 2

    def test_leaflets_are_counted_by_their_quantity(self):
        job = started(printing.area_order(500, 300))
        with pytest.raises(print_jobs.Refused, match="at most 800"):
            posted(job, 801)
        assert posted(job, 800).state == "reconciled"
        assert printing.states(job) == ["sent"] * 4


class TestInvariants:
    def broken(self) -> list[str]:
        return [verdict.name for verdict in invariants.check(print_invariants()) if not verdict.holds]

    def test_hold_after_a_whole_life(self):
        job = printing.mailing(3)
        printing.dispatches(job)[0].customer.delete()
        print_jobs.withdraw_erased()
        job.refresh_from_db()
        started(job)
        posted(job, 2)
        assert self.broken() == []

    def test_each_can_be_broken(self):
        job = printing.mailing(4)
        objector = printing.dispatches(job)[0].customer_id
        consent.object_to(customer_id=objector, source="test", at=timezone.now() - timedelta(hours=1))
        PrintItem.objects.filter(job=job, sequence=2).update(state="withdrawn")
        other = started(printing.mailing(2))
        print_jobs.report(other.pk, [print_jobs.Report("a", 1, "produced", timezone.now())])
        gone = PrintItem.objects.get(job=other, sequence=1)
        PrintItem.objects.filter(pk=gone.pk).update(state="withdrawn")
        PrintItem.objects.filter(job=other, sequence=2).update(state="withdrawn_too_late")
        PrintWithdrawal.objects.create(job=other, seq=1, item=gone, reason="objection", in_time=True)
        type(job).objects.filter(pk=other.pk).update(state="reconciled", revision=2, stale_at=timezone.now())
        MailingFile.objects.filter(job=job, kind="table").update(rows=9)
        for channel in ("print_mailing", "direct_post"):
            builders.dispatch(printing.wave(channel), channel=channel, state="handed_over")
        assert self.broken() == [invariant.name for invariant in print_invariants()]


class TestSweep:
    """Files are destroyed once nobody may download them any more."""

    @pytest.fixture(autouse=True)
    def _committed(self, django_capture_on_commit_callbacks):
        self.committed = django_capture_on_commit_callbacks

    def sweep(self) -> int:
        with self.committed(execute=True):
            return print_files.sweep(older_than_seconds=-1)

    def left(self, job) -> list[str]:
        root = print_files.location(MailingFile.objects.filter(job=job).first()).parent
        return sorted(path.name.split("-", 2)[2] for path in root.iterdir())

    def test_waiting_jobs_are_kept(self):
        job = printing.mailing(1)
        assert self.sweep() == 0
        assert self.left(job) == ["letters-0001.pdf", "letters.csv"]

    def test_young_files_are_kept(self, settings):
        (Path(settings.PRINT_ROOT) / "99").mkdir(parents=True)
        (Path(settings.PRINT_ROOT) / "99" / "1-abc-letters.csv").touch()
        assert print_files.sweep() == 0

    def test_what_a_rolled_back_transaction_left_behind_goes(self, settings):
        file = Path(settings.PRINT_ROOT) / "99" / ".1-abc-letters.csv.partial"
        file.parent.mkdir(parents=True)
        file.touch()
        assert self.sweep() == 1
        assert not file.exists()

    def test_an_older_revision_goes_at_once(self):
        job = printing.mailing(2)
        printing.dispatches(job)[0].customer.delete()
        with self.committed(execute=True):
            print_jobs.withdraw_erased()
        assert sorted(print_files.location(one).name for one in printing.files(job).values()) == sorted(
            path.name for path in print_files.location(printing.files(job)["letters.csv"]).parent.iterdir()
        )

    @pytest.mark.parametrize(("days", "left"), [(13, 2), (15, 0)])
    def test_addresses_go_a_fortnight_after_posting(self, days, left):
        job = started(printing.mailing(1))
        print_jobs.post(job.pk, print_jobs.Posting(1, timezone.now() - timedelta(days=days), "P-1"))
        self.sweep()
        assert len(self.left(job)) == left

    def test_those_of_a_cancelled_job_go(self):
        job = printing.mailing(1)
        print_jobs.cancel(job.pk)
        self.sweep()
        assert self.left(job) == []
