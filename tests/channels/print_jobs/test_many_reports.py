"""What vendors report in thousands of rows is recorded in sets, as if it had come row by row."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns import consent
from campaigns.duplicates import merging
from campaigns.models import Customer, Event, Household, Objection, PostalReport, Suppression
from channels import print_jobs
from channels.models import PrintItem, PrintReport
from channels.print_jobs import Report, reports
from channels.print_jobs.steps import locked
from tests.at_once import elsewhere, wait_until_it_waits
from tests.channels import printing

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]
NOW = timezone.now()
NEW = {"street": "Neue Straße 5 a", "postcode": "20095", "city": "Hamburg"}
ROWS = 6


def order():
    made = printing.bare_job("in_production")
    printing.bare_items(made, ROWS)
    return made


@pytest.fixture
def job():
    return order()


def told(job, rows) -> list[str]:
    return [one.result for one in print_jobs.report(job.pk, rows)]


def back(sequence: int, reason: str = "unknown", event_id: str = "", **fields) -> Report:
    return Report(event_id or f"r-{sequence}", sequence, "returned", NOW, reason, **fields)


def person(job, sequence: int) -> Customer:
    return PrintItem.objects.get(job=job, sequence=sequence).dispatch.customer


def questions(job, *sequences: int) -> int:
    with CaptureQueriesContext(connection) as asked:
        told(job, [back(n, new_address=NEW) for n in sequences])
    return len(asked)


def test_it_takes_as_many_questions_for_all_as_for_one(job):
    assert questions(job, 1) >= questions(job, *range(2, ROWS + 1))


@pytest.mark.parametrize("at_once", [1, 2, 1000])
def test_however_many_are_in_memory_the_same_is_recorded(job, monkeypatch, at_once):
    monkeypatch.setattr(reports, "AT_ONCE", at_once)
    rows = [
        back(1),
        back(2, "refused"),
        back(1, "refused", "again"),
        back(9),
        back(3, "deceased"),
        back(2, event_id="x"),
    ]
    assert told(job, rows) == ["recorded", "recorded", "known", "refused", "recorded", "known"]
    assert PostalReport.objects.count() == 3
    assert set(Objection.objects.values_list("customer", "channel")) == {
        (person(job, 2).pk, "print_mailing"),
        (person(job, 3).pk, ""),
    }


def test_half_of_the_rows_may_be_bad(job):
    bad = [back(90 + n) for n in range(3)]
    good = [back(n) for n in (1, 2, 3)]
    rows = [row for pair in zip(good, bad, strict=True) for row in pair]
    said = [(one.result, one.reason) for one in print_jobs.report(job.pk, rows)]
    assert said[1::2] == [("refused", f"sequence: this job has no item {90 + n}") for n in range(3)]
    assert printing.items(job) == ["returned"] * 3 + ["planned"] * 3
    assert (PostalReport.objects.count(), Event.objects.filter(kind="returned").count()) == (3, 3)


def test_a_row_reported_again_with_another_reason_changes_nothing(job):
    told(job, [back(1), back(2)])
    assert told(job, [back(1, "deceased", "later"), back(2, "refused", "too")]) == ["known", "known"]
    assert not Objection.objects.exists()
    assert set(PostalReport.objects.values_list("reason", flat=True)) == {"unknown"}


def test_first_returned_and_then_moved_is_at_home_at_the_new_address(job):
    moved = Report("m-1", 1, "moved", NOW + timedelta(minutes=1), new_address=NEW)
    assert told(job, [back(1), moved]) == ["recorded", "recorded"]
    one = person(job, 1)
    assert (printing.items(job)[0], one.household.city) == ("returned", "Hamburg")
    known = one.identifiers.get(kind="postal_address")
    assert not Suppression.objects.filter(digest=known.digest).exists()
    assert Suppression.objects.count() == 1


def test_two_of_one_household_come_back_each_for_themselves(job):
    first, second = person(job, 1), person(job, 2)
    Customer.objects.filter(pk=second.pk).update(household=first.household, first_name="Max")
    told(job, [back(1, "no_such_street"), back(2, "refused")])
    assert Objection.objects.get().customer == second
    assert PostalReport.objects.filter(household=first.household).count() == 2


def test_two_letters_of_one_person_who_was_merged_since(job):
    kept, other = person(job, 1), person(job, 2)
    merging.merge(kept.pk, other.pk)
    assert told(job, [back(1, "not_collected"), back(2, "not_collected")]) == ["recorded", "recorded"]
    assert set(PostalReport.objects.values_list("customer", flat=True)) == {kept.pk}


def test_many_move_into_one_house(job):
    told(job, [Report(f"m-{n}", n, "moved", NOW, new_address=NEW) for n in range(1, ROWS + 1)])
    assert Household.objects.get(city="Hamburg").customers.count() == ROWS


class TestMeanwhile:
    pytestmark = pytest.mark.django_db(transaction=True)

    def test_two_workers_of_a_vendor_report_the_same_rows_and_they_count_once(self):
        job = order()
        rows = [back(n, new_address=NEW) for n in range(1, ROWS + 1)]
        with transaction.atomic():
            first = told(job, rows)
            other = elsewhere(lambda: told(job, rows))
            wait_until_it_waits()
        assert (first, other.result(30)) == (["recorded"] * ROWS, ["known"] * ROWS)
        assert (PrintReport.objects.count(), PostalReport.objects.count()) == (ROWS, 2 * ROWS)

    def test_somebody_objects(self):
        job = order()
        with transaction.atomic():
            locked(job.pk)
            answer = elsewhere(lambda: told(job, [back(1), back(2, "refused")]))
            wait_until_it_waits()
            consent.object_to(customer_id=person(job, 2).pk, channel="print_mailing", source="call")
        assert answer.result(30) == ["recorded", "recorded"]
        assert (Objection.objects.get().source, printing.items(job)[:2]) == ("call", ["returned", "withdrawn_too_late"])

    def test_two_are_merged(self):
        job = order()
        kept, other = person(job, 1), person(job, 2)
        home = other.household.address_key
        with transaction.atomic():
            merging.merge(kept.pk, other.pk)
            answer = elsewhere(lambda: told(job, [back(3), back(2)]))
            wait_until_it_waits()
        assert answer.result(30) == ["recorded", "recorded"]
        assert PostalReport.objects.get(customer=kept).household.address_key == home
