"""Two who come at the same moment: one waits for the other, and sees what it did."""

import pytest
from django.db import transaction

from campaigns import consent
from channels import print_jobs
from channels.models import IdempotentAnswer, PrintReport
from channels.print_jobs.steps import locked
from tests.at_once import elsewhere, wait_until_it_waits
from tests.channels import printing

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.filterwarnings("ignore:No directory at")]


def test_an_objection_that_comes_before_the_lock_is_free_keeps_production_from_starting():
    job = printing.mailing(2)
    printing.Caller(job.vendor).acknowledge(job)
    with transaction.atomic():
        locked(job.pk)
        started = elsewhere(lambda: print_jobs.start_production(job.pk, revision=1))
        wait_until_it_waits()
        consent.object_to(customer_id=printing.dispatches(job)[0].customer_id, source="test")
    with pytest.raises(print_jobs.Refused, match="letters were withdrawn"):
        started.result(30)


def test_the_same_post_twice_at_once_is_done_once():
    job = printing.mailing(1)
    press, again = (printing.Caller(job.vendor) for _ in range(2))
    press.produce(job)
    rows = [printing.row("a", 1, "posted")]
    with transaction.atomic():
        locked(job.pk)
        first = elsewhere(lambda: press.report(job, *rows, key="k"))
        wait_until_it_waits()
    answers = [first.result(30), again.report(job, *rows, key="k")]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert (PrintReport.objects.count(), IdempotentAnswer.objects.filter(key="k").count()) == (1, 1)
