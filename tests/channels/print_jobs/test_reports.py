"""Reports about single items may come in any order and as often as they like; each counts once."""

from datetime import timedelta
from itertools import permutations

import pytest
from django.utils import timezone

from campaigns.models import Event, Suppression
from channels import print_jobs
from channels.models import PrintReport
from channels.print_jobs import Report
from tests.channels import printing

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]
NOW = timezone.now()


@pytest.fixture
def job():
    made = printing.bare_job("in_production")
    printing.bare_items(made, 3)
    return made


def at(minutes_ago: int):
    return NOW - timedelta(minutes=minutes_ago)


def report(job, *reports: Report) -> list[tuple[str, str]]:
    return [(one.result, one.reason) for one in print_jobs.report(job.pk, reports)]


class TestJudging:
    def test_a_bad_row_stops_no_other(self, job):
        rows = [Report("a", 9, "posted", NOW), Report("b", 2, "posted", NOW)]
        assert report(job, *rows) == [("refused", "sequence: this job has no item 9"), ("recorded", "")]
        assert printing.items(job) == ["planned", "posted", "planned"]

    def test_the_same_event_is_known(self, job):
        one = Report("a", 1, "posted", NOW)
        assert report(job, one) + report(job, one) + report(job, Report("b", 2, "posted", NOW), one) == [
            ("recorded", ""),
            ("known", ""),
            ("recorded", ""),
            ("known", ""),
        ]
        assert PrintReport.objects.count() == 2

    def test_the_same_event_id_for_something_else_is_refused(self, job):
        rows = [Report("a", 1, "posted", NOW), Report("a", 2, "posted", NOW), Report("a", 1, "damaged", NOW)]
        assert [result for result, _ in report(job, *rows)] == ["recorded", "refused", "refused"]

    def test_nothing_withdrawn_in_time_can_have_been_printed(self):
        job = printing.mailing(2)
        printing.dispatches(job)[0].customer.delete()
        print_jobs.withdraw_erased()
        printing.Caller(job.vendor).produce(job)
        assert report(job, Report("a", 1, "produced", NOW)) == [
            ("refused", "sequence: this item was withdrawn before production")
        ]

    def test_leaflets_do_not_come_back(self):
        job = printing.area_order()
        printing.Caller(job.vendor).produce(job)
        assert (
            report(job, Report("a", 1, "returned", NOW, "gone"))[0][1] == "state: unaddressed pieces are not returned"
        )

    def test_what_was_closed_as_damaged_stays_so(self, job):
        report(job, Report("a", 1, "damaged", NOW))
        print_jobs.post(job.pk, print_jobs.Posting(2, NOW, "P-1"))
        assert report(job, Report("b", 1, "posted", NOW))[0][0] == "refused"
        assert printing.states(job)[0] == "failed"


class TestOrder:
    REPORTS = (
        Report("a", 1, "produced", at(50)),
        Report("b", 1, "damaged", at(40)),
        Report("c", 1, "produced", at(30)),
        Report("d", 1, "posted", at(20)),
        Report("e", 1, "returned", at(10), "moved"),
    )

    @pytest.mark.parametrize("order", list(permutations(range(5)))[::17])
    def test_makes_no_difference(self, job, order):
        for n in order:
            report(job, self.REPORTS[n])
        assert printing.items(job)[0] == "returned"
        assert printing.states(job)[0] == "bounced"
        assert Event.objects.filter(kind="returned").count() == 1

    @pytest.mark.parametrize("state", ["produced", "damaged"])
    def test_what_is_told_late_of_its_production_takes_no_posted_piece_back(self, job, state):
        print_jobs.post(job.pk, print_jobs.Posting(3, NOW, "P-1"))
        assert report(job, Report("late", 1, state, at(50))) == [("recorded", "")]
        assert (printing.items(job), printing.states(job)) == (["posted"] * 3, ["sent"] * 3)

    def test_a_damaged_piece_may_be_redone(self, job):
        report(job, *self.REPORTS[:2])
        assert printing.items(job)[0] == "damaged"
        report(job, self.REPORTS[2])
        assert printing.items(job)[0] == "produced"


class TestReturned:
    def returned(self, job, event_id: str = "r", sequence: int = 1):
        return report(job, Report(event_id, sequence, "returned", NOW, "addressee unknown"))

    def test_it_is_an_event_a_suppression_and_a_bounced_dispatch(self, job):
        print_jobs.post(job.pk, print_jobs.Posting(3, NOW, "P-1"))
        self.returned(job)
        event = Event.objects.get(kind="returned")
        dispatch = printing.dispatches(job)[0]
        assert (event.dispatch_id, event.customer_id) == (dispatch.pk, dispatch.customer_id)
        assert (event.is_online, event.medium) == (False, "print_mailing")
        assert event.attributes == {"reason": "addressee unknown"}
        assert Suppression.objects.get().reason == "returned_letter"
        assert bytes(Suppression.objects.get().digest) == bytes(
            dispatch.customer.identifiers.get(kind="postal_address").digest
        )
        assert printing.states(job) == ["bounced", "sent", "sent"]

    def test_weeks_later_the_job_is_still_reconciled(self, job):
        print_jobs.post(job.pk, print_jobs.Posting(3, NOW, "P-1"))
        self.returned(job)
        job.refresh_from_db()
        assert job.state == "reconciled"

    def test_told_twice_it_is_one(self, job):
        assert self.returned(job, "r1") + self.returned(job, "r2") == [("recorded", ""), ("known", "")]
        assert Event.objects.filter(kind="returned").count() == 1

    def test_of_an_erased_person_nothing_is_kept(self, job):
        printing.dispatches(job)[0].customer.delete()
        assert self.returned(job) == [("recorded", "")]
        assert not Event.objects.filter(kind="returned").exists()
        assert not Suppression.objects.exists()
