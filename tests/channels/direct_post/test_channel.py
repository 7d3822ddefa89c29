"""Leaflets are ordered by area, each area once a wave, whatever its people's dispatches do."""

import csv

import pytest
from django.utils import timezone
from pypdf import PdfReader

from channels import delivery, print_files, print_jobs, registry
from channels.models import Dispatch, PrintItem, PrintJob
from tests import builders
from tests.channels import printing

pytestmark = pytest.mark.django_db


def table(job: PrintJob) -> list[dict[str, str]]:
    with open(print_files.location(printing.files(job)["areas.csv"]), newline="", encoding="utf-8") as text:
        return list(csv.DictReader(text, strict=True))


def latecomer(job: PrintJob) -> Dispatch:
    """Somebody of an area that the wave has ordered already, whose dispatch is due only now."""
    person = printing.person()
    person.household.delivery_area = PrintItem.objects.filter(job=job).first().delivery_area
    person.household.save()
    made = builders.dispatch(job.wave, person, channel="direct_post")
    delivery.send_due("direct_post")
    made.refresh_from_db()
    return made


def produced(job: PrintJob) -> PrintJob:
    assert printing.Caller(job.vendor).produce(job).status_code == 200
    return job


def post(job: PrintJob, pieces: int) -> None:
    print_jobs.post(job.pk, print_jobs.Posting(pieces, timezone.now(), "P-1"))


class TestOrdering:
    def test_an_area_is_one_row_for_all_of_its_people(self):
        job = printing.area_order(500, 300)
        assert {row["quantity"] for row in table(job)} == {"500", "300"}
        assert printing.states(job) == ["handed_over"] * 4
        assert len({one.provider_id for one in printing.dispatches(job)}) == 2

    def test_a_row_says_all_that_a_carrier_needs(self):
        of = printing.wave("direct_post")
        person = printing.person()
        area = builders.area(person, households=500, refusing_households=40, carrier="Post", place="Berlin-Mitte")
        builders.dispatch(of, person, channel="direct_post")
        delivery.send_due("direct_post")
        job = PrintJob.objects.get()
        assert table(job) == [
            {
                "item_id": str(job.items.get().pk),
                "sequence": "1",
                "area_code": area.code,
                "carrier": "Post",
                "postcode": "10115",
                "place": "Berlin-Mitte",
                "households": "500",
                "refusing_households": "40",
                "quantity": "460",
                "bundle_size": "100",
                "full_bundles": "4",
                "rest": "60",
                "week": "",
                "leaflet_file": "leaflet.pdf",
            }
        ]

    def test_the_leaflet_is_for_everybody(self):
        job = printing.area_order()
        leaflet = print_files.location(printing.files(job)["leaflet.pdf"]).read_bytes()
        assert leaflet.startswith(b"%PDF")
        assert printing.files(job)["leaflet.pdf"].rows == 1

    def test_nobody_orders_for_an_area_where_all_refuse(self):
        of = printing.wave("direct_post")
        person = printing.person()
        builders.area(person, households=10, refusing_households=10)
        made = builders.dispatch(of, person, channel="direct_post")
        delivery.send_due("direct_post")
        made.refresh_from_db()
        assert (made.state, made.reason) == ("failed", "in no area that the plan opened and that takes leaflets")
        assert not PrintJob.objects.exists()

    def test_who_lives_in_no_area_gets_none(self):
        of = printing.wave("direct_post")
        made = builders.dispatch(of, printing.person(), channel="direct_post")
        delivery.send_due("direct_post")
        made.refresh_from_db()
        assert made.state in ("failed", "suppressed")

    def test_content_that_no_leaflet_carries_orders_nothing(self):
        of = printing.wave("direct_post", blocks=[{"id": "t", "type": "text", "text": "no headline"}])
        person = printing.person()
        builders.area(person)
        made = builders.dispatch(of, person, channel="direct_post")
        delivery.send_due("direct_post")
        made.refresh_from_db()
        assert made.state == "failed"
        assert not PrintJob.objects.exists()

    def test_two_waves_order_an_area_twice(self):
        person = printing.person()
        builders.area(person)
        for _ in range(2):
            builders.dispatch(printing.wave("direct_post"), person, channel="direct_post")
            delivery.send_due("direct_post")
        assert PrintItem.objects.count() == 2


class TestNearestStore:
    PLACE = {
        "id": "p",
        "type": "place",
        "name": "Im Netz",
        "address": "shop.example.com",
        "hours": "immer",
        "source": "nearest",
    }
    BLOCKS = [{"id": "h", "type": "headline", "text": "Neu"}, PLACE]

    def order(self, *postcodes) -> PrintJob:
        of = printing.wave("direct_post", blocks=self.BLOCKS)
        for postcode in postcodes:
            one = printing.person()
            builders.area(one, postcode=postcode)
            builders.dispatch(of, one, channel="direct_post")
        delivery.send_due("direct_post")
        return PrintJob.objects.get()

    def text(self, job, name) -> str:
        pages = PdfReader(print_files.location(printing.files(job)[name])).pages
        return " ".join(page.extract_text() for page in pages)

    def test_areas_with_the_same_nearest_store_get_the_same_leaflet(self):
        mitte, hafen = (
            builders.store(postcode="10115", name="Laden Mitte"),
            builders.store(postcode="28217", name="Laden am Hafen"),
        )
        job = self.order("10117", "28195", "10115")
        found = {row["postcode"]: row["leaflet_file"] for row in table(job)}
        assert found == {
            "10117": f"leaflet-store-{mitte.pk}.pdf",
            "10115": f"leaflet-store-{mitte.pk}.pdf",
            "28195": f"leaflet-store-{hafen.pk}.pdf",
        }
        assert "Laden am Hafen" in self.text(job, found["28195"])
        assert "Laden Mitte" in self.text(job, found["10117"])
        assert "Laden Mitte" not in self.text(job, found["28195"])

    def test_without_stores_the_block_says_what_it_says(self):
        job = self.order("10117")
        assert "Im Netz" in self.text(job, "leaflet.pdf")


@pytest.mark.parametrize(("format_", "width"), [("A6", 105), ("DIN lang", 99)])
def test_a_leaflet_is_printed_in_the_format_of_its_option(format_, width):
    of = printing.wave("direct_post")
    of.campaign.options.update(settings={"vendor": printing.PRESS, "format": format_})
    person = printing.person()
    builders.area(person)
    builders.dispatch(of, person, channel="direct_post")
    delivery.send_due("direct_post")
    leaflet = printing.files(PrintJob.objects.get())["leaflet.pdf"]
    box = PdfReader(print_files.location(leaflet)).pages[0].trimbox
    assert round(float(box.width) / 72 * 25.4) == width


def test_a_format_that_is_none_is_refused():
    printing.vendor()
    with pytest.raises(ValueError, match="format: must be one of A6, A5, A4, DIN lang, got 'A3'"):
        registry.get("direct_post").check_option({"vendor": printing.PRESS, "format": "A3"})


class TestLatecomers:
    def test_join_the_order_that_is_under_way(self):
        job = printing.area_order()
        late = latecomer(job)
        assert late.state == "handed_over"
        assert PrintItem.objects.count() == 1
        post(produced(job), 500)
        late.refresh_from_db()
        assert late.state == "sent"

    def test_of_an_order_that_was_posted_are_sent_at_once(self):
        job = produced(printing.area_order())
        post(job, 500)
        assert latecomer(job).state == "sent"

    @pytest.mark.parametrize("end", ["cancel", "reject"])
    def test_of_an_order_that_came_to_nothing_have_failed(self, end):
        job = printing.area_order()
        print_jobs.cancel(job.pk) if end == "cancel" else print_jobs.reject(job.pk, reason="no paper")
        late = latecomer(job)
        assert (late.state, late.reason) == ("failed", "the area's order came to nothing")

    def test_of_an_area_whose_leaflets_were_damaged_have_failed(self):
        job = produced(printing.area_order(500, 300))
        print_jobs.report(job.pk, [print_jobs.Report("a", 1, "damaged", timezone.now())])
        post(job, 300)
        assert printing.states(job) == ["failed", "failed", "sent", "sent"]
        assert latecomer(job).state == "failed"
