"""A banner is decided for whom we recognise, now, and for nobody who refused."""

import hashlib
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from defusedxml import ElementTree
from django.db import connection
from django.test import Client
from django.utils import timezone

from campaigns import assets, consent
from campaigns.models import Event, Wave
from channels import delivery
from channels.banner import vast
from tests import builders
from tests.campaigns.assets.files import VIDEO

pytestmark = pytest.mark.django_db
COOKIE = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def wave() -> Wave:
    return builders.wave(builders.campaign(channels=("banner",), goal_days=10))


@pytest.fixture
def person():
    made = builders.customer(email="erika@example.com", first_name="Erika", consents=("banner",))
    builders.identifier(made, "cookie", COOKIE)
    return made


@pytest.fixture
def live(wave, person):
    made = builders.dispatch(wave, person, channel="banner", coupon_code="SOMMER7K")
    delivery.send_due("banner")
    made.refresh_from_db()
    return made


@pytest.fixture
def known(client: Client) -> Client:
    client.cookies["visitor"] = COOKIE
    return client


def ask(client: Client, slot: str = "300x250", **query: str):
    return client.get("/banner/decide", {"slot": slot} | query)


def by_hash(client: Client, email: str = "erika@example.com"):
    return ask(client, h=hashlib.sha256(email.encode()).hexdigest())


def test_handing_over_makes_it_live(live):
    assert live.state == "sent"


@pytest.mark.parametrize("slot", ["300x250", "728x90", "160x600", "300x600", "320x50", "970x250"])
def test_who_is_recognised_by_cookie_gets_the_creative_for_the_slot(known, live, slot):
    response = ask(known, slot)
    assert response.status_code == 200
    assert set(response.json()) == {"slot", "html", "click_url", "impression_url"}
    assert response.json()["slot"] == slot


@pytest.fixture
def video(person):
    """A video that is live for the person."""
    shown = {"id": "v", "type": "image", "source": "static/campaigns/garden.png", "alt": "Garten"}
    blocks = [*builders.BLOCKS, shown | {"video": assets.save(VIDEO)}]
    made = builders.dispatch(
        builders.wave(builders.campaign(channels=("banner",), blocks=blocks)), person, channel="banner"
    )
    delivery.send_due("banner")
    return made


def test_a_player_gets_the_video_of_who_is_recognised_and_its_impression_counts(known, video):
    answer = known.get("/banner/vast")
    assert answer["Content-Type"] == "text/xml; charset=utf-8"
    root = ElementTree.fromstring(answer.content)
    found = {tag: root.findtext(f".//{{*}}{tag}") for tag in ("Impression", "ClickThrough", "MediaFile")}
    assert "/media/videos/" in found["MediaFile"]
    known.get(urlsplit(found["Impression"]).path)
    assert known.get(urlsplit(found["ClickThrough"]).path)["Location"].startswith("https://shop.example.com/neu")
    kinds = Event.objects.exclude(kind="contacted").order_by("id").values_list("kind", "dispatch_id")
    assert list(kinds) == [("shown", video.pk), ("clicked", video.pk)]


def test_a_player_of_nobody_known_gets_an_empty_answer(client, video):
    answer = client.get("/banner/vast")
    assert (answer.status_code, answer.content.decode()) == (200, vast.NOTHING)
    assert answer["Cache-Control"].startswith("max-age=0")


def test_a_player_gets_nothing_where_the_content_has_no_video(known, live):
    assert known.get("/banner/vast").content.decode() == vast.NOTHING
    assert ask(known, "video").status_code == 400


def test_nobody_known_gets_nothing(client, live):
    assert ask(client).status_code == 204


def test_who_is_recognised_by_the_hash_of_the_address_gets_it_too(client, live):
    assert by_hash(client).status_code == 200
    assert by_hash(client, "other@example.com").status_code == 204


def test_a_hash_is_no_secret_so_it_shows_nothing_personal(client, live):
    assert "SOMMER7K" not in by_hash(client).json()["html"]
    assert "Erika" not in by_hash(client).json()["html"]


def test_impressions_and_clicks_are_recorded(known, live):
    banner = ask(known).json()
    known.get(urlsplit(banner["impression_url"]).path)
    clicked = known.get(urlsplit(banner["click_url"]).path)
    assert clicked["Location"].startswith("https://shop.example.com/neu")
    kinds = Event.objects.exclude(kind="contacted").order_by("id").values_list("kind", "medium", "dispatch_id")
    assert list(kinds) == [("shown", "banner", live.pk), ("clicked", "banner", live.pk)]


def test_the_newest_one_wins(known, live, person):
    newer = builders.wave(
        builders.campaign(channels=("banner",), blocks=[{"id": "h", "type": "headline", "text": "x"}])
    )
    made = builders.dispatch(newer, person, channel="banner")
    before = ask(known).json()["impression_url"]
    delivery.send_due("banner")
    made.refresh_from_db()
    assert made.state == "sent"
    assert ask(known).json()["impression_url"] != before


def test_an_objection_stops_it_at_once(known, live, person):
    consent.object_to(customer_id=person.pk, source="test")
    assert ask(known).status_code == 204


def test_a_withdrawn_consent_stops_it_at_once(known, live, person):
    consent.withdraw(customer_id=person.pk, channel="banner", source="test")
    assert ask(known).status_code == 204


@pytest.mark.parametrize(("state", "status"), [("paused", 204), ("cancelled", 204), ("completed", 200)])
def test_it_runs_as_its_wave_does(known, live, wave, state, status):
    Wave.objects.filter(pk=wave.pk).update(state=state)
    assert ask(known).status_code == status


def test_its_flight_ends(known, live, wave):
    Wave.objects.filter(pk=wave.pk).update(started_at=timezone.now() - timedelta(days=11))
    assert ask(known).status_code == 204


@pytest.mark.parametrize("query", [{"slot": ""}, {"slot": "1x1"}, {"slot": "300x250", "h": "x"}])
def test_a_question_that_makes_no_sense_is_refused(client, query):
    assert client.get("/banner/decide", query).status_code == 400


@pytest.mark.parametrize("cookie", ["x", "' OR 1=1", "A" * 32, "0" * 4000])
def test_a_cookie_that_we_never_made_recognises_nobody(client, live, cookie):
    client.cookies["visitor"] = cookie
    assert ask(client).status_code == 204


def test_only_the_companys_own_sites_may_read_the_answer(known, live, settings):
    settings.BANNER_ORIGINS = ["https://shop.example.com"]
    own = known.get("/banner/decide?slot=300x250", headers={"Origin": "https://shop.example.com"})
    assert own["Access-Control-Allow-Origin"] == "https://shop.example.com"
    assert own["Access-Control-Allow-Credentials"] == "true"
    assert "Origin" in own["Vary"]
    other = known.get("/banner/decide?slot=300x250", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in other


def test_it_takes_few_queries_that_use_indexes(known, live, django_assert_max_num_queries):
    ask(known)
    with django_assert_max_num_queries(4):
        ask(known)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT customer_id FROM campaigns_identifier WHERE kind = 'email'"
            " AND sha256_of(value) = decode(%s, 'hex')",
            ["00" * 32],
        )
        assert "identifier_email_sha256" in str(cursor.fetchall())


def test_the_demo_page_uses_the_script(client):
    assert "/banner/script.js" in client.get("/banner/demo").content.decode()
    script = client.get("/banner/script.js")
    assert script["Content-Type"].startswith("text/javascript")
    assert "data-steering-slot" in script.content.decode()
