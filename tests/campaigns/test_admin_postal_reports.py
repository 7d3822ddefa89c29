"""Staff see what came back by post, and change nothing of it."""

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.models import PostalReport
from tests import admin_clients, builders

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]
LIST = reverse("admin:campaigns_postalreport_changelist")


@pytest.fixture
def report() -> PostalReport:
    of = builders.customer()
    fields = {"kind": "returned", "reason": "no_such_street", "source": "press", "source_key": "1"}
    return PostalReport.objects.create(customer=of, reported_at=timezone.now(), **fields)


def test_they_are_listed_and_filtered(report):
    officer = admin_clients.in_role("Privacy officer")
    assert "no such street or place" in officer.get(LIST, {"reason__exact": "no_such_street"}).content.decode()
    assert not officer.get(LIST, {"kind__exact": "moved"}).context["cl"].result_list
    assert officer.get(reverse("admin:campaigns_postalreport_change", args=[report.pk])).status_code == 200


def test_people_are_named_to_those_who_may_see_them(report):
    assert "Erika Muster" in admin_clients.in_role("Privacy officer").get(LIST).content.decode()
    shown = admin_clients.with_permissions("campaigns.view_postalreport").get(LIST).content.decode()
    assert report.customer.customer_number in shown
    assert "Erika Muster" not in shown


def test_they_are_on_the_page_of_the_person(report):
    page = reverse("admin:campaigns_customer_change", args=[report.customer_id])
    assert "What came back by post" in admin_clients.in_role("Service agent").get(page).content.decode()


def test_nobody_adds_changes_or_deletes_one(report):
    officer = admin_clients.in_role("Privacy officer")
    assert officer.get(reverse("admin:campaigns_postalreport_add")).status_code == 403
    assert officer.post(reverse("admin:campaigns_postalreport_change", args=[report.pk]), {}).status_code == 403
    assert officer.post(reverse("admin:campaigns_postalreport_delete", args=[report.pk])).status_code == 403


def test_others_do_not_see_them(report):
    assert admin_clients.in_role("Analyst").get(LIST).status_code == 403
