"""What is not in production by its cut-off is not printed any more."""

from datetime import date, datetime, time, timedelta

import pytest
from django.utils import timezone

from channels import delivery, print_jobs
from channels.models import PostalProduct, PrintJob, WebhookEvent
from channels.print_jobs import FileCheck, Refused
from tests import builders
from tests.channels import printing

pytestmark = pytest.mark.django_db
PAST = timedelta(minutes=-1)


def dated(state: str = "acknowledged", by: timedelta = PAST) -> PrintJob:
    job = printing.bare_job(state)
    PrintJob.objects.filter(pk=job.pk).update(cut_off_at=timezone.now() + by)
    return PrintJob.objects.get(pk=job.pk)


STEPS = [
    lambda job: print_jobs.lease(job, holder="a"),
    lambda job: print_jobs.acknowledge(job, revision=1, files=[FileCheck("a", "0" * 64, 1, 1)]),
    lambda job: print_jobs.start_production(job, revision=1),
]


@pytest.mark.parametrize("step", STEPS)
def test_past_it_no_step_leads_to_production(step):
    job = dated()
    with pytest.raises(Refused) as refusal:
        step(job.pk)
    assert (refusal.value.kind, refusal.value.allowed) == ("past-cut-off", ("reject",))
    assert refusal.value.members == {"cut_off_at": timezone.localtime(job.cut_off_at).isoformat()}


def test_before_it_production_starts():
    assert print_jobs.start_production(dated(by=timedelta(minutes=1)).pk, revision=1).state == "in_production"


@pytest.mark.parametrize("state", ["in_production", "printed", "posted"])
def test_what_is_in_production_has_no_cut_off_any_more(state):
    job = dated(state)
    assert print_jobs.expire_due() == 0
    assert "reject" not in print_jobs.allowed(job)
    with pytest.raises(Refused, match="has no cut-off any more"):
        print_jobs.set_cut_off(job.pk, timezone.now())


@pytest.mark.parametrize("state", ["ready", "downloaded", "acknowledged"])
def test_past_it_a_waiting_job_expires_and_its_vendor_is_told(state):
    job = dated(state)
    assert print_jobs.expire_due() == 1
    assert print_jobs.expire_due() == 0
    job.refresh_from_db()
    assert (job.state, print_jobs.allowed(job)) == ("expired", ("deletion-certificate",))
    event = WebhookEvent.objects.get()
    assert (event.type, event.payload) == ("job.cancelled", {"job": job.pk, "state": "expired"})


def test_its_letters_have_failed():
    job = printing.bare_job()
    printing.bare_items(job, 2)
    PrintJob.objects.filter(pk=job.pk).update(cut_off_at=timezone.now() + PAST)
    print_jobs.expire_due()
    assert printing.states(job) == ["failed", "failed"]


def test_staff_may_put_it_off():
    job = dated()
    print_jobs.set_cut_off(job.pk, None)
    assert print_jobs.expire_due() == 0


class TestDerived:
    """Three days at the press, one in the post, and every day of the week counts."""

    @pytest.fixture(autouse=True)
    def product(self) -> PostalProduct:
        every_day = list(range(1, 8))
        days = {"production_days_least": 3, "production_days_most": 3, "delivery_days_most": 1}
        days |= {"working_days": every_day, "delivery_days": every_day, "country": "AA"}
        return PostalProduct.objects.create(
            vendor=printing.vendor(), name="Brief", slug="bulk", cut_off_at=time(10, 30), **days
        )

    def job(self, arrives_on: date | None, *, product: str = "bulk") -> PrintJob:
        of = printing.wave()
        of.campaign.options.update(settings={"vendor": printing.PRESS, "product": product})
        type(of).objects.filter(pk=of.pk).update(arrives_on=arrives_on)
        builders.dispatch(of, printing.person(), channel="print_mailing")
        delivery.send_due("print_mailing")
        return PrintJob.objects.get(wave=of)

    def test_production_must_start_as_late_as_it_still_arrives(self):
        today = timezone.localdate()
        job = self.job(today + timedelta(days=10))
        assert timezone.localtime(job.cut_off_at).replace(tzinfo=None) == datetime.combine(
            today + timedelta(days=6), time(10, 30)
        )

    def test_what_is_late_already_has_none_and_is_printed(self):
        job = self.job(timezone.localdate() + timedelta(days=1))
        assert (job.cut_off_at, job.state) == (None, "ready")

    def test_without_a_day_of_arrival_or_a_product_there_is_none(self):
        assert self.job(None).cut_off_at is None
        assert self.job(timezone.localdate() + timedelta(days=10), product="").cut_off_at is None

    def test_staff_may_say_otherwise_and_later_letters_leave_that_alone(self):
        job = self.job(timezone.localdate() + timedelta(days=10))
        later = job.cut_off_at + timedelta(hours=1)
        print_jobs.set_cut_off(job.pk, later)
        builders.dispatch(job.wave, printing.person(), channel="print_mailing")
        delivery.send_due("print_mailing")
        job.refresh_from_db()
        assert job.cut_off_at == later
