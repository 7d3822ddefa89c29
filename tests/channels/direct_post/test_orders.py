"""Order files of carriers: bundles, weeks, one file a carrier, and sums that must match."""

import csv
from datetime import date

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from campaigns.models import AreaWeek, Carrier
from channels import delivery, print_files
from channels.direct_post import bundles
from channels.models import JobState, PrintItem, PrintJob, PrintRow
from channels.print_jobs import finishing
from tests import builders
from tests.channels import printing


def rows(job: PrintJob, name: str) -> list[dict[str, str]]:
    with open(print_files.location(printing.files(job)[name]), newline="", encoding="utf-8") as text:
        return list(csv.DictReader(text, strict=True))


def order(*areas: dict, weeks: dict[int, date] | None = None) -> PrintJob:
    """Of one wave, with somebody in each area; `weeks` by the place of the area."""
    of = printing.wave("direct_post")
    for number, fields in enumerate(areas):
        person = printing.person()
        made = builders.area(person, **fields)
        if number in (weeks or {}):
            AreaWeek.objects.create(wave=of, area=made, week_on=weeks[number])
        builders.dispatch(of, person, channel="direct_post")
    delivery.send_due("direct_post")
    return PrintJob.objects.get(wave=of)


@given(st.integers(0, 10**7), st.integers(1, 10**5))
def test_bundles_hold_exactly_the_quantity(quantity, size):
    made = bundles.of(quantity, size=size)
    assert made.full * size + made.rest == quantity
    assert 0 <= made.rest < size


@pytest.mark.parametrize(("quantity", "size"), [(10, 0), (-1, 100)])
def test_what_is_no_bundle_is_refused(quantity, size):
    with pytest.raises(ValueError, match="bundle"):
        bundles.of(quantity, size=size)


@pytest.mark.django_db
class TestFiles:
    def test_an_area_is_ordered_in_bundles_of_its_carrier_for_its_week(self):
        Carrier.objects.create(name="Bote", bundle_size=25)
        job = order({"carrier": "Bote", "households": 130, "refusing_households": 20}, weeks={0: date(2026, 12, 28)})
        [row] = rows(job, "areas.csv")
        assert (row["quantity"], row["bundle_size"], row["full_bundles"], row["rest"]) == ("110", "25", "4", "10")
        assert row["week"] == "2026-W53"

    def test_areas_stand_by_week_postcode_and_code(self):
        made = [
            {"code": code, "postcode": postcode} for code, postcode in (("b", "20095"), ("a", "20095"), ("c", "10115"))
        ]
        job = order(*made, {"code": "late", "postcode": "01067"}, weeks={3: date(2026, 1, 5)})
        assert [row["area_code"] for row in rows(job, "areas.csv")] == ["c", "a", "b", "late"]

    def test_every_carrier_has_a_file_of_its_own(self):
        job = order({"carrier": "Verteilpost"}, {"carrier": "Bote & Söhne"}, {"carrier": "Verteilpost"})
        carriers = {
            name: {row["carrier"] for row in rows(job, name)}
            for name in printing.files(job)
            if name.startswith("areas-part")
        }
        assert carriers == {
            "areas-part-001-bote-sohne.csv": {"Bote & Söhne"},
            "areas-part-002-verteilpost.csv": {"Verteilpost"},
        }

    def test_carriers_with_many_areas_have_several(self):
        printing.vendor()
        printing.vendor().__class__.objects.update(rows_per_file=2)
        job = order(*[{"carrier": "A"}] * 3, {"carrier": "B"})
        finishing.finish_due()
        sizes = {name: len(rows(job, name)) for name in printing.files(job) if name.startswith("areas-part")}
        assert sizes == {"areas-part-001-a.csv": 2, "areas-part-002-a.csv": 1, "areas-part-003-b.csv": 1}


@pytest.mark.django_db
class TestTotals:
    def test_sums_by_carrier_and_week_and_of_everything(self):
        first = {"carrier": "A", "households": 250, "refusing_households": 30}
        job = order(
            first, {"carrier": "A", "households": 100}, {"carrier": "B", "households": 99}, weeks={0: date(2026, 1, 5)}
        )
        told = [tuple(row.values()) for row in rows(job, "areas-totals.csv")]
        assert told == [
            ("A", "", "leaflet.pdf", "1", "100", "0", "100", "1", "0"),
            ("A", "2026-W02", "leaflet.pdf", "1", "250", "30", "220", "2", "1"),
            ("B", "", "leaflet.pdf", "1", "99", "0", "99", "0", "1"),
            ("total", "", "", "3", "449", "30", "419", "3", "2"),
        ]

    def test_they_are_the_sums_of_the_files(self):
        job = order(*[{"carrier": "AB"[n % 2], "households": 37 * n + 5, "refusing_households": n} for n in range(7)])
        files = [row for name in printing.files(job) if name.startswith("areas-part") for row in rows(job, name)]
        whole = rows(job, "areas-totals.csv")[-1]
        for figure in ("households", "refusing_households", "quantity", "full_bundles"):
            assert int(whole[figure]) == sum(int(row[figure]) for row in files)
        assert (int(whole["areas"]), int(whole["rest_bundles"])) == (
            len(files),
            sum(row["rest"] != "0" for row in files),
        )
        assert int(whole["quantity"]) == sum(PrintItem.objects.filter(job=job).values_list("quantity", flat=True))

    @pytest.mark.parametrize("column", ["quantity", "households", "rest"])
    def test_an_order_that_does_not_add_up_never_reaches_its_vendor(self, column, settings, caplog):
        settings.PRINT_AT_ONCE = 0  # so that it waits for whoever writes
        job = order({}, {})
        place = [name for name in job.spec["columns"] if name not in ("item_id", "sequence", "leaflet_file")].index(
            column
        )
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE channels_printrow SET cells[%s] = '7' WHERE item_id = %s",
                [place + 1, PrintRow.objects.filter(item__job=job).first().item_id],
            )
        settings.PRINT_AT_ONCE = 100
        finishing.finish_due()
        job.refresh_from_db()
        assert job.state == JobState.DRAFT
        assert "areas-totals.csv" not in printing.files(job)
