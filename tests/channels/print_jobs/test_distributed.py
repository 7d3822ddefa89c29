"""What carriers say was distributed, beside what was ordered."""

import pytest
from django.utils import timezone

from channels.models import PrintItem, PrintJob, PrintReport
from channels.print_jobs import distributed
from channels.print_jobs.distributed import Proof
from tests import builders
from tests.channels import printing

pytestmark = pytest.mark.django_db


def ordered(*quantities: int) -> PrintJob:
    of = printing.wave("direct_post")
    job = PrintJob.objects.create(
        vendor=printing.vendor(), wave=of, option=of.campaign.options.get(), channel="direct_post", rows=len(quantities)
    )
    for number, quantity in enumerate(quantities, 1):
        PrintItem.objects.create(
            job=job, sequence=number, delivery_area=builders.area(), wave=of, quantity=quantity, state="posted"
        )
    return job


def told(job: PrintJob, sequence: int, quantity: int) -> None:
    item = job.items.get(sequence=sequence)
    number = PrintReport.objects.count()
    PrintReport.objects.create(
        job=job, item=item, event_id=f"e{number}", state="distributed", quantity=quantity, reported_at=timezone.now()
    )


def test_a_wave_that_ordered_nothing_has_no_proof():
    assert distributed.of_waves([builders.wave().pk]) == {}


def test_before_anything_is_told_areas_are_without_proof_but_not_short():
    job = ordered(500, 300)
    assert distributed.of_waves([job.wave_id]) == {job.wave_id: Proof(2, 800, 0, 0, 0, 0)}


def test_several_reports_of_an_area_add_up_and_what_is_short_is_counted():
    job = ordered(500, 300, 200)
    for sequence, quantity in ((1, 300), (1, 200), (2, 250)):
        told(job, sequence, quantity)
    assert distributed.of_waves([job.wave_id])[job.wave_id] == Proof(3, 1000, 2, 750, 1, 50)


def test_withdrawn_orders_and_other_waves_are_left_out():
    job, other = ordered(500, 300), ordered(100)
    job.items.filter(sequence=2).update(state="withdrawn")
    told(other, 1, 100)
    assert distributed.of_waves([job.wave_id]) == {job.wave_id: Proof(1, 500, 0, 0, 0, 0)}
