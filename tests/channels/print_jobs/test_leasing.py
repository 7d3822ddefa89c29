"""A lease keeps a vendor's other workers from a job for half an hour, and nobody else ever."""

from datetime import timedelta

import pytest
from django.utils import timezone

from channels import print_jobs
from channels.models import PrintJob
from channels.print_jobs import Refused
from tests.channels import printing

pytestmark = pytest.mark.django_db


@pytest.fixture
def job() -> PrintJob:
    return printing.bare_job()


def pass_half_an_hour(job: PrintJob) -> None:
    PrintJob.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_it_lasts_half_an_hour(job):
    taken = print_jobs.lease(job.pk, holder="a")
    assert timedelta(minutes=29) < taken.until - timezone.now() <= timedelta(minutes=30)


def test_another_worker_is_told_who_has_it_and_until_when(job):
    taken = print_jobs.lease(job.pk, holder="a")
    with pytest.raises(Refused) as refusal:
        print_jobs.lease(job.pk, holder="b")
    assert refusal.value.kind == "lease-held"
    assert refusal.value.members == {"lease_holder": "a", "lease_until": timezone.localtime(taken.until).isoformat()}


@pytest.mark.parametrize("who", ["the holder's name", "the token"])
def test_its_holder_renews_it_and_keeps_the_token(job, who):
    taken = print_jobs.lease(job.pk, holder="a")
    token = "" if who == "the holder's name" else taken.token
    again = print_jobs.lease(job.pk, holder="a" if not token else "a, restarted", token=token)
    assert again.token == taken.token
    assert again.until > taken.until


def test_one_that_ran_out_is_free(job):
    taken = print_jobs.lease(job.pk, holder="a")
    pass_half_an_hour(job)
    other = print_jobs.lease(job.pk, holder="b")
    assert other.token != taken.token
    with pytest.raises(Refused, match='"b" has the lease'):
        print_jobs.reject(job.pk, reason="no paper", lease=taken.token)


def test_one_that_was_released_is_free(job):
    taken = print_jobs.lease(job.pk, holder="a")
    print_jobs.release(job.pk, token=taken.token)
    assert print_jobs.lease(job.pk, holder="b").holder == "b"


def test_only_its_holder_releases_it(job):
    print_jobs.lease(job.pk, holder="a")
    with pytest.raises(Refused, match="has the lease"):
        print_jobs.release(job.pk, token="b")


def test_releasing_nothing_does_nothing(job):
    print_jobs.release(job.pk, token="")


STEPS = {
    "ready": [
        lambda job, lease: print_jobs.acknowledge(job, revision=1, files=[], lease=lease),
        lambda job, lease: print_jobs.reject(job, reason="no paper", lease=lease),
        lambda job, lease: print_jobs.acknowledge_withdrawals(job, up_to=1, lease=lease),
    ],
    "acknowledged": [lambda job, lease: print_jobs.start_production(job, revision=1, lease=lease)],
    "in_production": [
        lambda job, lease: print_jobs.finish_printing(job, lease=lease),
        lambda job, lease: print_jobs.post(job, print_jobs.Posting(0, timezone.now(), "P-1"), lease=lease),
    ],
}


@pytest.mark.parametrize(("state", "step"), [(state, step) for state, steps in STEPS.items() for step in steps])
def test_every_step_needs_it_while_it_runs_and_none_when_there_is_none(state, step):
    job = printing.bare_job(state)
    token = print_jobs.lease(job.pk, holder="a").token
    for wrong in ("", "b", token + "x"):
        with pytest.raises(Refused, match="has the lease"):
            step(job.pk, wrong)
    step(job.pk, token)
    free = printing.bare_job(state)
    step(free.pk, "a token of long ago")


@pytest.mark.parametrize("state", ["posted", "reconciled", "purged", "cancelled", "rejected", "expired"])
def test_what_is_over_cannot_be_leased(state):
    with pytest.raises(Refused, match=f"a job that is {state} takes no lease"):
        print_jobs.lease(printing.bare_job(state).pk, holder="a")
