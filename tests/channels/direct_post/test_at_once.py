"""Two workers with people of one area order it once."""

import pytest
from django.db import transaction

from channels import delivery, print_jobs
from channels.models import Dispatch, PrintItem
from tests import builders
from tests.at_once import elsewhere, wait_until_it_waits
from tests.channels import printing

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_second_waits_for_the_first_and_joins_its_order():
    of = printing.wave("direct_post")
    residents = [printing.person() for _ in range(2)]
    builders.area(*residents)
    for one in residents:
        builders.dispatch(of, one, channel="direct_post")
    with transaction.atomic():
        delivery.send_due("direct_post", limit=1)
        second = elsewhere(lambda: delivery.send_due("direct_post"))
        wait_until_it_waits()
    assert second.result(30) == 1
    assert PrintItem.objects.count() == 1
    assert set(Dispatch.objects.values_list("state", flat=True)) == {"handed_over"}


def test_a_latecomer_waits_for_the_vendors_step_and_sees_what_it_did():
    job = printing.area_order()
    late = printing.person()
    late.household.delivery_area = PrintItem.objects.get().delivery_area
    late.household.save()
    made = builders.dispatch(job.wave, late, channel="direct_post")
    with transaction.atomic():
        print_jobs.reject(job.pk, reason="no paper")
        handed = elsewhere(lambda: delivery.send_due("direct_post"))
        wait_until_it_waits()
    handed.result(30)
    made.refresh_from_db()
    assert made.state == "failed"
