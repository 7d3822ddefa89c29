"""The map page: who may see it, what it says, how it is sorted, and the same as CSV."""

import csv
import io
import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels.models import PrintItem, PrintJob, PrintReport
from steering.area_map import spots
from steering.models import AreaGroup
from tests import builders
from tests.campaigns.areas.shapes import square

from .planned import plan, planned

pytestmark = pytest.mark.django_db
PERMISSIONS = ("campaigns.view_wave", "steering.view_plan")


@pytest.fixture
def client() -> Client:
    person = builders.user(*PERMISSIONS)
    person.is_staff = True
    person.save()
    made = Client()
    made.force_login(person)
    return made


def page(client: Client, of, **asked: str) -> str:
    answer = client.get(reverse("admin:campaigns_wave_areas", args=[of.wave_id]), asked)
    assert answer.status_code == 200
    return answer.content.decode()


def exported(client: Client, of, **asked: str) -> list[dict[str, str]]:
    answer = client.get(reverse("admin:campaigns_wave_areas_csv", args=[of.wave_id]), asked)
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


def named(html: str) -> list[str]:
    """The areas of the table, in its order, without their carrier where it is the usual one."""
    found = re.findall(r'<th scope="row" class="row-name">(?:<a [^>]*>)?([^<]*)', html)
    return [name.removeprefix("Post:") for name in found]


@pytest.mark.parametrize("missing", PERMISSIONS)
@pytest.mark.parametrize("name", ["areas", "areas_csv"])
def test_it_is_for_those_who_may_see_waves_and_plans(missing, name):
    of = plan()
    person = builders.user(*(one for one in PERMISSIONS if one != missing))
    person.is_staff = True
    person.save()
    client = Client()
    client.force_login(person)
    assert client.get(reverse(f"admin:campaigns_wave_{name}", args=[of.wave_id])).status_code == 403


def test_without_a_plan_there_is_no_page(client):
    wave = builders.wave()
    assert client.get(reverse("admin:campaigns_wave_areas", args=[wave.pk])).status_code == 404


def test_map_and_table_say_the_same_of_an_area(client):
    of = plan()
    area = builders.area(code="A7", place="Berlin", outline=square(13, 52, 0.1), households=412, refusing_households=12)
    planned(of, area, week=3, group=AreaGroup.TREATED)
    html = page(client, of)
    told = re.search(r'data-said="([^"]*)"', html).group(1)
    for figure in ("412", "400", "40.00", "50.00", "10.00", "20.00", "treated"):
        assert figure in told
        assert figure in html.partition("<table")[2]
    assert "week 3" in told
    assert "<path" in html


def test_columns_can_be_sorted_both_ways(client):
    of = plan()
    for code, cost in (("A", 100.0), ("B", 300.0), ("C", 200.0)):
        planned(of, area_fields={"code": code}, cost=cost)
    assert named(page(client, of, sort="-cost")) == ["B", "C", "A"]
    assert named(page(client, of, sort="cost")) == ["A", "C", "B"]
    assert named(page(client, of)) == ["A", "C", "B"]  # by expected gain
    assert 'aria-sort="descending"' in page(client, of, sort="-cost")


def test_areas_of_two_carriers_with_the_same_code_are_told_apart(client):
    of = plan()
    for carrier in ("Bote", "Verteiler"):
        planned(of, area_fields={"carrier": carrier, "code": "7", "latitude": 52.0, "longitude": 13.0})
    html = page(client, of)
    assert named(html) == ["Bote:7", "Verteiler:7"]
    assert [said.split(",")[0] for said in re.findall(r'data-said="([^"]*)"', html)] == ["Bote:7", "Verteiler:7"]
    assert [row["carrier"] for row in exported(client, of)] == ["Bote", "Verteiler"]


def test_a_place_of_no_region_leads_to_its_areas_too(client):
    of = plan()
    for number in range(41):
        where = {"place": f"Ort {number % 2}", "postcode": f"1{number:04d}", "region": ""}
        at = {"longitude": 13 + number / 9, "latitude": 52.0}
        planned(of, area_fields={"outline": square(13 + number / 9, 52, 0.001), **where, **at})
    html = page(client, of)
    assert len(named(html)) == 2
    assert 'href="?place=Ort+1"' in html.partition("<table")[2]


@pytest.mark.parametrize("region", ["Bayern", ""])
def test_more_places_than_can_be_drawn_are_looked_into_by_how_their_postcodes_begin(client, monkeypatch, region):
    """A carrier that tells no regions, or a region of very many places, is no dead end."""
    monkeypatch.setattr(spots, "MOST_SPOTS", 4)
    monkeypatch.setattr(spots, "MOST_ZONES", 3)
    of = plan()
    for number in range(9):
        where = {"place": f"Ort {number}", "postcode": f"8{number // 3}{number}00", "region": region}
        at = {"longitude": 11 + number / 9, "latitude": 48.0}
        planned(of, area_fields={"code": str(number), **where, **at})
    within = {"region": region} if region else {}
    html = page(client, of, **within)
    assert named(html) == ["80…", "81…", "82…"]
    assert "Each circle is a postal zone" in html
    assert f'href="?{"region=Bayern&amp;" * bool(region)}zone=81"' in html.partition("<table")[2]
    closer = page(client, of, zone="81", **within)
    assert sorted(named(closer)) == ["3", "4", "5"]
    assert 'aria-current="location">81…<' in closer
    assert len(exported(client, of, zone="81", **within)) == 3


def test_areas_without_a_region_are_looked_into_beside_those_with_one(client, monkeypatch):
    monkeypatch.setattr(spots, "MOST_SPOTS", 3)
    of = plan()
    for number in range(6):
        where = {"place": f"Ort {number}", "postcode": f"8{number}000", "region": "Bayern" if number % 2 else ""}
        planned(of, area_fields={"code": str(number), "longitude": 11 + number / 9, "latitude": 48.0, **where})
    html = page(client, of)
    assert named(html) == ["(none)", "Bayern"]
    assert "?region=%28none%29" in html.partition("<table")[2]
    assert sorted(named(page(client, of, region="(none)"))) == ["0", "2", "4"]


def test_groups_can_be_sorted_too_and_lead_to_their_areas(client):
    of = plan()
    for place, south in (("Berlin", 52.5), ("Ulm", 48.4)):
        where = {
            "place": place,
            "postcode": "10115" if place == "Berlin" else "89073",
            "latitude": south,
            "longitude": 13.0,
        }
        planned(of, area_fields={"outline": square(13, south, 0.001), "households": int(south * 10), **where})
    assert [name.split()[1] for name in named(page(client, of, sort="households"))] == ["Ulm", "Berlin"]
    assert [name.split()[1] for name in named(page(client, of, sort="-areas"))] == ["Berlin", "Ulm"]
    assert "?postcode=89073" in page(client, of)
    assert len(named(page(client, of, rows="areas"))) == 2


def test_a_long_table_has_pages(client):
    of = plan()
    for number in range(53):
        planned(of, area_fields={"code": f"{number:02d}"})
    first, second = page(client, of, sort="area"), page(client, of, sort="area", page="2")
    assert named(first) + named(second) == [f"{number:02d}" for number in range(53)]
    assert "page=2" in first
    assert named(page(client, of, sort="area", page="999")) == named(second)


def test_only_what_is_asked_for_is_shown(client):
    of = plan()
    planned(of, area_fields={"code": "in"})
    planned(of, area_fields={"code": "out"}, chosen=False, wanted=False)
    planned(of, area_fields={"code": "held"}, chosen=False, group=AreaGroup.HOLDOUT)
    shown = {show: set(named(page(client, of, show=show))) for show in ("all", "chosen", "held", "wanted")}
    assert shown == {"all": {"in", "out", "held"}, "chosen": {"in"}, "held": {"held"}, "wanted": {"in", "held"}}


@pytest.mark.parametrize(
    "asked",
    [
        {"sort": "'; DROP"},
        {"show": "x"},
        {"region": "\0" + "x" * 500},
        {"page": "-1"},
        {"colour": "<script>"},
        {"place": "<b>"},
    ],
)
def test_whatever_else_is_asked_for_is_left_out_or_finds_nothing(client, asked):
    of = plan()
    planned(of)
    html = page(client, of, **asked)
    assert "<script>alert" not in html
    assert "<b>" not in html


def test_names_are_text_in_the_page_and_harmless_in_the_spreadsheet(client):
    of = plan()
    planned(of, area_fields={"code": '=1+1"', "place": "<i>Ort</i>", "latitude": 52.0, "longitude": 13.0})
    html = page(client, of)
    assert "<i>Ort" not in html
    [row] = exported(client, of)
    assert (row["area"], row["place"]) == ("'=1+1\"", "<i>Ort</i>")


def test_the_spreadsheet_has_every_area_of_the_selection(client):
    of = plan()
    planned(of, area_fields={"code": "1", "postcode": "10115"}, week=2, pair=0)
    planned(of, area_fields={"code": "2", "postcode": "20095"}, chosen=False)
    assert [row["area"] for row in exported(client, of, sort="area")] == ["1", "2"]
    [row] = exported(client, of, postcode="10115")
    assert (row["gain_cents"], row["chosen"], row["week"], row["pair"]) == ("2000", "1", "2", "0")


def test_areas_without_a_place_on_the_map_are_said_to_be_in_the_table(client):
    of = plan()
    planned(of, area_fields={"code": "nowhere"})
    assert "None of these areas has a place on the map" in page(client, of)
    planned(of, area_fields={"code": "there", "latitude": 52.0, "longitude": 13.0})
    html = page(client, of)
    assert "1 of them have neither outline nor coordinates" in html
    assert set(named(html)) == {"nowhere", "there"}


def test_what_was_distributed_and_what_is_short_stand_beside_what_was_ordered(client):
    of = plan()
    area = builders.area(code="A1", households=500)
    planned(of, area)
    planned(of, area_fields={"code": "A2"})
    option = of.wave.campaign.options.get()
    job = PrintJob.objects.create(vendor=builders.vendor(), wave=of.wave, option=option, channel="direct_post", rows=1)
    item = PrintItem.objects.create(job=job, sequence=1, delivery_area=area, wave=of.wave, quantity=500)
    for number, pieces in enumerate((300, 150)):
        PrintReport.objects.create(
            job=job, item=item, event_id=f"e{number}", state="distributed", quantity=pieces, reported_at=timezone.now()
        )
    html = page(client, of, sort="-distributed")
    assert "450 (50 short)" in html
    assert "of 500 ordered; 0 of 1 areas without proof, 1 short" in html
    assert named(html)[0] == "A1"
    assert exported(client, of, postcode=area.postcode)[0]["distributed"] in ("450", "")


def test_the_page_of_the_wave_leads_to_the_map(client):
    of = plan()
    url = reverse("admin:campaigns_wave_change", args=[of.wave_id])
    link = reverse("admin:campaigns_wave_areas", args=[of.wave_id])
    assert link not in client.get(url).content.decode()
    planned(of)
    assert link in client.get(url).content.decode()


def test_the_results_of_a_campaign_say_what_was_distributed():
    of = plan()
    area = builders.area(households=500)
    option = of.wave.campaign.options.get()
    job = PrintJob.objects.create(vendor=builders.vendor(), wave=of.wave, option=option, channel="direct_post", rows=1)
    item = PrintItem.objects.create(job=job, sequence=1, delivery_area=area, wave=of.wave, quantity=500)
    PrintReport.objects.create(
        job=job, item=item, event_id="e", state="distributed", quantity=480, reported_at=timezone.now()
    )
    person = builders.user("campaigns.view_wave", "campaigns.view_campaign")
    person.is_staff = True
    person.save()
    client = Client()
    client.force_login(person)
    html = client.get(reverse("admin:campaigns_campaign_results", args=[of.wave.campaign_id])).content.decode()
    assert "Leaflets by area" in html
    assert ">480<" in html
    assert ">20<" in html
