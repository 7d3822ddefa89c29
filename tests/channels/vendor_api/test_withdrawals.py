"""The list of withdrawals over HTTP: numbered, with reasons, and acknowledged up to a number."""

import pytest
from django.db import transaction

from campaigns import consent
from channels import ledger, print_jobs, registry
from channels.models import PrintJob, PrintWithdrawal, WebhookEvent
from tests.channels import printing

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]


@pytest.fixture
def job() -> PrintJob:
    return printing.mailing(4)


def objects(job: PrintJob, number: int) -> None:
    consent.object_to(customer_id=printing.dispatches(job)[number].customer_id, source="test")
    ledger.stop_objected("print_mailing")


def listed(press, job, query: str = "") -> list[tuple[int, str, bool]]:
    found = press.get(f"jobs/{job.pk}/withdrawals{query}").json()["withdrawals"]
    return [(one["seq"], one["reason"], one["in_time"]) for one in found]


def acknowledge(press, job, seq):
    return press.post(f"jobs/{job.pk}/withdrawals/{seq}/acknowledge", {})


def kind(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("urn:problem:")


def test_what_was_never_fetched_just_leaves_the_files(job, press):
    objects(job, 0)
    assert listed(press, job) == []
    assert not WebhookEvent.objects.filter(type="job.withdrawal").exists()
    assert press.produce(job).status_code == 200


def test_of_what_was_fetched_there_is_a_list_with_reasons(job, press):
    press.acknowledge(job)
    objects(job, 0)
    printing.dispatches(job)[0].customer.delete()
    with transaction.atomic():
        registry.get("print_mailing").withdraw([printing.dispatches(job)[0].pk])
    assert {reason for _, reason, _ in listed(press, job)} == {"objection", "cancelled"}
    assert [seq for seq, _, _ in listed(press, job)] == [1, 2]
    assert listed(press, job, "?after=1")[0][0] == 2
    assert WebhookEvent.objects.filter(type="job.withdrawal").count() == 2


def test_production_waits_for_the_list_and_for_the_files(job, press):
    press.acknowledge(job)
    objects(job, 0)
    answer = press.start(job)
    assert kind(answer) == (409, "withdrawals-pending")
    assert (answer.json()["seq"], answer.json()["revision"]) == (1, 2)
    press.acknowledge(job)
    assert kind(press.start(job)) == (409, "withdrawals-pending")
    assert acknowledge(press, job, 1).status_code == 200
    assert press.start(job).status_code == 200


def test_acknowledging_one_acknowledges_all_before_it(job, press):
    press.acknowledge(job)
    objects(job, 0)
    objects(job, 1)
    objects(job, 2)
    assert acknowledge(press, job, 2).status_code == 200
    known = PrintWithdrawal.objects.filter(acknowledged_at__isnull=False).order_by("seq")
    assert list(known.values_list("seq", flat=True)) == [1, 2]
    assert press.get(f"jobs/{job.pk}").json()["withdrawals"] == {"last_seq": 3, "acknowledged_seq": 2}


@pytest.mark.parametrize("seq", ["2", "0", "x", "99999999999999999999"])
def test_a_number_that_is_not_in_the_list(job, press, seq):
    press.acknowledge(job)
    objects(job, 0)
    assert kind(acknowledge(press, job, seq)) == (404, "not-found")


def test_after_the_point_of_no_return_it_is_told_at_once(job, press):
    press.produce(job)
    objects(job, 0)
    assert listed(press, job) == [(1, "objection", False)]
    assert acknowledge(press, job, 1).status_code == 200
    assert print_jobs.withdrawals(job).get().acknowledged_at


def test_whoever_downloads_at_the_moment_of_a_withdrawal_is_told_or_has_the_new_files(job, press, monkeypatch):
    """The withdrawal commits between looking up the file and noting the download."""
    note = print_jobs.note_download

    def late(found):
        objects(job, 0)
        note(found)

    monkeypatch.setattr(print_jobs, "note_download", late)
    answer = press.get(f"jobs/{job.pk}/files/letters.csv?revision=1")
    assert kind(answer) == (409, "stale-revision")
