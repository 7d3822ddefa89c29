"""A job may be posted in several postings: they add up, each counts once, and never to more than there is."""

from datetime import timedelta

import pytest
from django.utils import timezone

from channels import invariants, print_jobs
from channels.models import PrintJob, PrintPosting
from channels.print_jobs import Posting, Report
from channels.print_jobs.invariants import print_invariants
from tests.channels import printing

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]
NOW = timezone.now()


@pytest.fixture
def job() -> PrintJob:
    made = printing.bare_job("in_production")
    printing.bare_items(made, 5)
    return made


def posting(pieces: int, receipt: str, *, cents: int | None = None, days_ago: int = 0) -> Posting:
    return Posting(pieces, NOW - timedelta(days=days_ago), receipt, cents)


def post(job: PrintJob, pieces: int, receipt: str, *, more: bool = True, **of_posting) -> PrintJob:
    return print_jobs.post(job.pk, posting(pieces, receipt, **of_posting), more_follows=more)


def test_postings_add_up_and_the_last_one_ends_it(job):
    assert post(job, 2, "A", cents=80, days_ago=2).state == "in_production"
    assert printing.items(job) == ["planned"] * 5
    done = post(job, 3, "B", cents=120, more=False)
    assert (done.state, done.posted_pieces, done.postage_cents, done.posting_receipt) == ("reconciled", 5, 200, "B")
    assert (done.posted_at, printing.states(job)) == (NOW, ["sent"] * 5)


def test_when_nothing_is_left_it_is_posted_whatever_is_said(job):
    post(job, 2, "A")
    assert post(job, 3, "B").state == "reconciled"


def test_fewer_in_the_end_wait_for_the_rows(job):
    post(job, 2, "A")
    assert post(job, 2, "B", more=False).state == "posted"
    told = [Report(str(n), n, "posted" if n < 5 else "damaged", NOW) for n in range(1, 6)]
    print_jobs.report(job.pk, told)
    job.refresh_from_db()
    assert (job.state, printing.states(job)) == ("reconciled", ["sent"] * 4 + ["failed"])


def test_what_a_vendor_forgot_to_say_may_still_be_added(job):
    assert post(job, 2, "A", more=False).state == "posted"
    assert post(job, 3, "B", more=False).state == "reconciled"


def test_what_was_still_to_follow_and_is_damaged_ends_it_as_well(job):
    post(job, 4, "A")
    print_jobs.report(job.pk, [Report("d", 5, "damaged", NOW)])
    job.refresh_from_db()
    assert (job.state, printing.states(job)) == ("reconciled", ["sent"] * 4 + ["failed"])


def test_never_more_than_there_is(job):
    post(job, 2, "A")
    with pytest.raises(print_jobs.Refused, match="must be at most 3, got 4") as refused:
        post(job, 4, "B")
    assert (refused.value.kind, refused.value.members["expected"]) == ("pieces-mismatch", 3)
    job.refresh_from_db()
    assert (job.posted_pieces, PrintPosting.objects.count()) == (2, 1)


def test_the_same_posting_again_counts_once(job):
    post(job, 2, "A")
    assert post(job, 2, "A").posted_pieces == 2
    assert PrintPosting.objects.count() == 1
    post(job, 3, "B")
    with pytest.raises(print_jobs.Refused, match="reconciled takes no posted"):
        post(job, 3, "B")


def test_another_posting_with_the_receipt_of_one_is_refused(job):
    post(job, 2, "A")
    with pytest.raises(print_jobs.Refused, match="another posting with the receipt A") as refused:
        post(job, 3, "A")
    assert refused.value.kind == "receipt-reused"


def test_who_objects_between_two_postings_is_noted_and_may_be_taken_out(job):
    post(job, 2, "A")
    printing.dispatches(job)[4].customer.delete()
    print_jobs.withdraw_erased()
    assert printing.items(job)[4] == "withdrawn_too_late"
    assert post(job, 2, "B", more=False).state == "reconciled"
    assert [one.name for one in invariants.check(print_invariants()) if not one.holds] == []


def test_its_files_are_kept_as_long_as_more_is_to_be_posted(job):
    """However long ago the first posting was."""
    assert post(job, 2, "A", days_ago=30).posted_at is None


def test_vendors_see_each_posting_and_the_sums(job):
    press = printing.Caller(job.vendor)
    body = {"pieces": 2, "posted_at": NOW.isoformat(), "receipt": "A", "postage_cents": 80, "more_follows": True}
    assert press.post(f"jobs/{job.pk}/posted", body).json()["state"] == "in_production"
    assert press.post(f"jobs/{job.pk}/posted", body | {"pieces": 3}).json()["type"] == "urn:problem:receipt-reused"
    assert press.post(f"jobs/{job.pk}/posted", body).json()["posted_pieces"] == 2
    del body["postage_cents"], body["more_follows"]
    press.post(f"jobs/{job.pk}/posted", body | {"pieces": 3, "receipt": "B"})
    shown = press.get(f"jobs/{job.pk}").json()
    assert (shown["state"], shown["posted_pieces"], shown["postage_cents"]) == ("reconciled", 5, 80)
    assert [(one["pieces"], one["receipt"], one["postage_cents"]) for one in shown["postings"]] == [
        (2, "A", 80),
        (3, "B", None),
    ]
