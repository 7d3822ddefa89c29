"""New addresses reach their customers and stay nowhere else; leaflets of an area add up to no more than were ordered."""

import pytest
from django.utils import timezone

from campaigns.models import Household
from channels import print_jobs
from channels.models import PrintItem, PrintReport
from channels.print_jobs import Report
from tests import builders
from tests.channels import printing

pytestmark = pytest.mark.django_db
NEW = {"street": "Neuer Weg 7", "postcode": "20095", "city": "Hamburg"}


def report(job, *reports: Report) -> list[tuple[str, str]]:
    return [(one.result, one.reason) for one in print_jobs.report(job.pk, reports)]


def test_whoever_moved_lives_at_the_new_address():
    job = printing.bare_job("posted")
    item = printing.bare_items(job, 1, state="posted")[0]
    assert report(job, Report("a", 1, "moved", timezone.now(), new_address=NEW)) == [("recorded", "")]
    customer = item.dispatch.customer
    customer.refresh_from_db()
    assert Household.objects.get(customers=customer).street == "Neuer Weg 7"
    assert printing.items(job) == ["moved"]
    assert "Neuer Weg" not in str(PrintReport.objects.values().get())


def test_of_an_erased_person_nothing_is_kept():
    job = printing.bare_job("posted")
    item = printing.bare_items(job, 1, state="posted")[0]
    item.dispatch.customer.delete()
    assert report(job, Report("a", 1, "moved", timezone.now(), new_address=NEW)) == [("recorded", "")]
    assert not Household.objects.filter(street="Neuer Weg 7").exists()


@pytest.fixture
def areas():
    job = printing.bare_job("in_production")
    area = builders.area(printing.person())
    PrintItem.objects.create(job=job, sequence=1, delivery_area=area, wave=job.wave, quantity=500)
    return job


def distributed(event_id: str, quantity: int) -> Report:
    return Report(event_id, 1, "distributed", timezone.now(), quantity=quantity, week="2026-W48")


def test_leaflets_are_distributed_in_portions_up_to_what_was_ordered(areas):
    assert report(areas, distributed("a", 300), distributed("b", 200)) == [("recorded", "")] * 2
    assert report(areas, distributed("c", 1)) == [("refused", "quantity: must be at most 0, got 1")]
    assert printing.items(areas) == ["distributed"]


def test_also_within_one_batch(areas):
    assert [result for result, _ in report(areas, distributed("a", 300), distributed("b", 201))] == [
        "recorded",
        "refused",
    ]


def test_letters_are_not_distributed_and_leaflets_do_not_move(areas):
    letters = printing.bare_job("in_production")
    printing.bare_items(letters, 1)
    assert report(letters, distributed("a", 1)) == [
        ("refused", "state: letters are posted, only leaflets are distributed")
    ]
    moved = Report("a", 1, "moved", timezone.now(), new_address=NEW)
    assert report(areas, moved) == [("refused", "state: unaddressed pieces are not moved")]
