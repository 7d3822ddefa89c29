"""Files are uploaded, tried, imported and reported on in the admin."""

import io

import pytest
from django.urls import reverse

from campaigns import importing
from campaigns.models import Customer, DeliveryArea, ImportMapping, ImportRun
from tests import admin_clients

pytestmark = pytest.mark.django_db
GOOD = "customer_number,email\nA1,erika@example.com\n"
BAD = "customer_number,email\nA1,erika@example.com\nA2,no address\n"
DEFINITION = {
    "source": "test",
    "customer_number": "customer_number",
    "identifiers": [{"kind": "email", "value": "email"}],
}


@pytest.fixture
def mapping() -> ImportMapping:
    return ImportMapping.objects.create(name="plain", kind="customers", definition=DEFINITION)


def upload(importer, mapping: ImportMapping, text: str, **fields) -> ImportRun:
    file = io.BytesIO(text.encode())
    file.name = "customers.csv"
    answer = importer.post(reverse("admin:campaigns_importrun_add"), {"mapping": mapping.pk, "file": file} | fields)
    made = ImportRun.objects.latest("pk")
    assert answer.url == reverse("admin:campaigns_importrun_change", args=[made.pk])
    return made


def test_an_uploaded_file_becomes_customers(importer, mapping) -> None:
    run = upload(importer, mapping, GOOD)
    assert (run.state, run.file_name, run.started_by) == ("done", "customers.csv", importer.user)
    assert Customer.objects.get().customer_number == "A1"


def test_a_trial_changes_nothing_and_can_be_repeated_for_good(importer, mapping) -> None:
    run = upload(importer, mapping, GOOD, is_dry_run="on")
    assert not Customer.objects.exists()
    page = importer.get(reverse("admin:campaigns_importrun_change", args=[run.pk]))
    assert b"Import for good" in page.content
    importer.post(reverse("admin:campaigns_importrun_again", args=[run.pk]))
    assert ImportRun.objects.latest("pk").is_dry_run is False
    assert Customer.objects.get().customer_number == "A1"


def test_a_trial_is_offered_first(importer, mapping) -> None:
    form = importer.get(reverse("admin:campaigns_importrun_add")).context["adminform"].form
    assert form["is_dry_run"].value() is True


def test_one_bad_row_refuses_the_file_and_the_report_says_which(importer, mapping) -> None:
    run = upload(importer, mapping, BAD)
    assert run.state == "refused"
    assert not Customer.objects.exists()
    report = importer.get(reverse("admin:campaigns_importrun_errors", args=[run.pk]))
    assert "attachment" in report["Content-Disposition"]
    assert "2,identifiers" in b"".join(report.streaming_content).decode("utf-8-sig").replace("email", "identifiers")


def test_whoever_was_refused_is_led_to_the_next_try(importer, mapping) -> None:
    run = upload(importer, mapping, BAD)
    page = importer.get(reverse("admin:campaigns_importrun_change", args=[run.pk])).content.decode()
    assert reverse("admin:campaigns_importrun_add") + f"?mapping={mapping.pk}" in page


def test_bad_rows_are_left_out_by_choice(importer, mapping) -> None:
    run = upload(importer, mapping, BAD, skips_bad_rows="on")
    assert (run.state, run.rows_bad, run.rows_created) == ("done", 1, 1)


def test_without_a_file_nothing_is_started(importer, mapping) -> None:
    answer = importer.post(reverse("admin:campaigns_importrun_add"), {"mapping": mapping.pk})
    assert answer.context["adminform"].form.errors == {"file": ["This field is required."]}
    assert not ImportRun.objects.exists()


def test_a_running_import_shows_how_far_it_is(mapping) -> None:
    run = ImportRun.objects.create(mapping=mapping, file_name="x.csv", state="running", rows_read=4000)
    page = admin_clients.superuser().get(reverse("admin:campaigns_importrun_change", args=[run.pk]))
    assert b"4,000 rows read" in page.content


def test_a_mapping_that_reads_nothing_is_refused_at_the_field() -> None:
    form = {"name": "mine", "kind": "customers", "definition": '{"source": "x"}'}
    answer = admin_clients.superuser().post(reverse("admin:campaigns_importmapping_add"), form)
    assert "neither a customer_number" in answer.context["adminform"].form.errors["definition"][0]


def test_a_carriers_areas_are_tried_and_then_imported_for_good(importer) -> None:
    mapping = importing.get_mapping("delivery_areas")
    areas = "carrier;code;postcode;place;households\nPost;1;10115;Berlin;500\n"
    run = upload(importer, mapping, areas, is_dry_run="on")
    assert run.message.startswith("dry run, nothing was changed: 1 new areas, 0 known, 0 closed")
    assert not DeliveryArea.objects.exists()
    importer.post(reverse("admin:campaigns_importrun_again", args=[run.pk]))
    assert DeliveryArea.objects.get().quantity == 500
