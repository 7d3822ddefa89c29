"""The page behind a personal link: the same story for the person, nothing personal for machines, and a kind word where it is over."""

import re
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from campaigns import consent, offers
from campaigns.blocks.frozen import frozen
from campaigns.models import ContentVersion, Coupon, Event, Offer, WaveContent
from channels import landing, sent, tracking
from channels.landing import render
from channels.models import Dispatch
from tests import builders

pytestmark = pytest.mark.django_db
BOT = {"User-Agent": "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)"}
BLOCKS = [
    {"id": "h", "type": "headline", "text": "Herbst für {{ first_name | fallback(\"Sie\") }}", "preheader": "20 % auf alles"},
    {"id": "p", "type": "image", "source": "static/campaigns/garden.png", "alt": "Ein Garten"},
    {"id": "t", "type": "text", "text": "**Schauen** Sie vorbei.", "languages": {"en": {"text": "Have a look."}}},
    {"id": "o", "type": "offer", "title": "20 %", "offer": "herbst"},
    {"id": "b", "type": "call_to_action", "label": "Zum Shop", "url": "https://shop.example.com/neu"},
    {"id": "s", "type": "place", "name": "Filiale Mitte", "address": "Weg 1, 10115 Berlin", "hours": "Mo bis Sa 9 bis 20 Uhr", "url": "https://maps.example.com/mitte"},
    {"id": "f", "type": "footer", "text": "Muster GmbH"},
]  # fmt: skip


@pytest.fixture
def offer() -> Offer:
    return builders.offer(
        "herbst", valid_until_on=timezone.localdate() + timedelta(days=30), terms={"de": "Nur einmal."}
    )


@pytest.fixture
def letter(offer) -> Dispatch:
    """With a code of the offer's pool."""
    blocks = [block for block in BLOCKS if block["type"] != "image"]
    wave = builders.wave(builders.campaign(channels=("print_mailing",), blocks=blocks))
    person = builders.customer(first_name="Erika", household=True, consents=("banner",))
    made = builders.dispatch(wave, person, channel="print_mailing", state="handed_over")
    offers.generate(offer, 1)
    found = Coupon.objects.filter(offer=offer)
    found.update(state="reserved", wave=wave, customer=person)
    found.update(state="given", dispatch_id=made.pk)
    return made


@pytest.fixture
def visit(client: Client):
    def get(dispatch: Dispatch, **headers: str) -> HttpResponse:
        return client.get(urlsplit(tracking.landing_url(dispatch.pk)).path, headers=headers)

    return get


def ends(offer: Offer, on: date) -> None:
    offer.valid_until_on = on
    offer.save()


def text(response: HttpResponse) -> str:
    return response.content.decode()


class TestForThePerson:
    def test_tells_the_story_with_code_expiry_store_and_links(self, visit, letter, offer):
        page = text(visit(letter))
        assert "Herbst für Erika</h1>" in page
        assert Coupon.objects.get().code in page
        assert "Gültig bis" in page
        assert "Nur einmal." in page
        assert tracking.link_url(letter.pk, "b") in page
        assert tracking.link_url(letter.pk, "s") in page
        assert "Mo bis Sa 9 bis 20 Uhr" in page
        assert tracking.unsubscribe_url(letter.pk) in page

    def test_needs_no_script_and_nothing_of_other_hosts(self, visit, letter):
        response = visit(letter)
        assert "<script" not in text(response)
        assert not re.findall(r'<(?:link|iframe|img)[^>]+(?:src|href)="https?://(?!127\.0\.0\.1)', text(response))
        assert "default-src 'none'" in response["Content-Security-Policy"]

    def test_speaks_the_persons_language(self, visit, letter):
        letter.customer.language = "en"
        letter.customer.save()
        page = text(visit(letter))
        assert '<html lang="en">' in page
        assert "Have a look." in page
        assert "Stop receiving advertising" in page

    def test_has_one_headline_of_the_page(self, visit, letter):
        assert text(visit(letter)).count("<h1>") == 1

    def test_is_called_by_the_first_headline_that_the_person_is_shown_else_by_the_company(self, settings):
        settings.SENDER_NAME = "Muster & Söhne"
        erika = {"only_if": {"all": [{"field": "first_name", "is": "one_of", "values": ["Erika"]}]}}
        blocks = [{"id": "e", "type": "headline", "text": "Für Erika"} | erika]
        titles = [
            render.render(written, builders.message_fields(first_name=name))
            .partition("<title>")[2]
            .partition("</title>")[0]
            for written in (blocks, [*blocks, {"id": "h", "type": "headline", "text": "Für alle"}], [BLOCKS[4]])
            for name in ("Erika", "Kim")
        ]
        company = "Muster &amp; Söhne"
        assert titles == ["Für Erika", company, "Für Erika", "Für alle", company, company]

    def test_overrides_of_its_own_are_shown(self):
        blocks = [{"id": "h", "type": "headline", "text": "Brief", "overrides": {"landing": {"text": "Seite"}}}]
        assert "Seite</h1>" in render.render(blocks, builders.message_fields())

    def test_what_a_person_is_called_cannot_become_markup(self, visit, letter):
        letter.customer.first_name = "<script>alert(1)</script>"
        letter.customer.save()
        assert "<script" not in text(visit(letter))

    @pytest.mark.parametrize(("channel", "target"), [("print_mailing", "page"), ("email", "everywhere")])
    def test_links_of_its_own_lead_on(self, channel, target):
        own = {"landing": {"url": "https://shop.example.com/page"}}
        button = {"id": "b", "type": "call_to_action", "label": "Los", "url": "https://shop.example.com/everywhere"}
        picture = {"id": "p", "type": "image", "source": "static/campaigns/garden.png", "alt": "Ein Garten"}
        blocks = [BLOCKS[0], button | {"overrides": own}, picture | {"overrides": own}]
        wave = builders.wave(builders.campaign(channels=(channel,), blocks=blocks))
        made = builders.dispatch(wave, builders.customer(household=True), channel=channel, state="sent")
        places = {id_: urlsplit(sent.destination(sent.find(made.pk), id_)).path for id_ in ("b", "p")}
        assert places == {"b": f"/{target}", "p": "/page"}

    def test_is_a_click_by_the_letter(self, visit, letter):
        visit(letter)
        event = Event.objects.get(kind="clicked")
        assert (event.medium, event.attributes) == ("print_mailing", {"via": "landing"})


class TestForMachines:
    def test_a_preview_has_title_description_and_nothing_personal(self, visit, letter):
        page = text(visit(letter, **BOT))
        assert '<meta property="og:title" content="Herbst für Sie">' in page
        assert '<meta property="og:description" content="20 % auf alles">' in page
        assert "noindex" in page
        for secret in ("Erika", Coupon.objects.get().code, tracking.unsubscribe_url(letter.pk), "/t/c/"):
            assert secret not in page

    def test_counts_as_no_person(self, visit, letter):
        visit(letter, **BOT)
        assert Event.objects.get().attributes["is_machine"] is True

    def test_a_title_that_only_the_person_has_is_left_out(self):
        blocks = [{"id": "h", "type": "headline", "text": '{{ full_name | fallback("") }}'}]
        assert 'og:title" content="Muster GmbH"' in render.preview(blocks)

    def test_a_picture_is_named(self):
        head = render.preview([BLOCKS[1]])
        assert '<meta property="og:image" content="http' in head
        assert '<meta property="og:image:alt" content="Ein Garten">' in head

    def test_the_persons_own_page_says_the_same_to_everybody(self, visit, letter):
        head = text(visit(letter)).partition("</head>")[0]
        assert 'og:title" content="Herbst für Sie"' in head


class TestWhenItIsOver:
    def test_an_offer_that_ended_says_so_instead_of_its_code(self, visit, letter, offer):
        ends(offer, timezone.localdate() - timedelta(days=1))
        page = text(visit(letter))
        assert "zu Ende gegangen" in page
        assert Coupon.objects.get().code not in page

    def test_on_its_last_day_it_is_still_there(self, visit, letter, offer):
        ends(offer, timezone.localdate())
        assert Coupon.objects.get().code in text(visit(letter))

    def test_an_offer_that_lasts_longer_than_was_approved_says_so(self, visit, letter, offer):
        version = WaveContent.objects.get(wave=letter.wave).version
        written = frozen(
            [block | {"valid_until": "2020-01-01"} if block["id"] == "o" else block for block in version.blocks]
        )
        later = ContentVersion.objects.create(content=version.content, number=99, blocks=written)
        WaveContent.objects.filter(wave=letter.wave).update(version=later)
        assert Coupon.objects.get().code in text(visit(letter))

    @pytest.mark.parametrize("state", ["cancelled", "suppressed", "expired"])
    def test_what_never_left_has_nothing_to_show(self, visit, letter, state):
        gone = builders.dispatch(letter.wave, builders.customer(), channel="print_mailing", state=state)
        response = visit(gone)
        assert response.status_code == 410
        assert "Herbst" not in text(response)
        assert not Event.objects.exists()

    def test_whoever_was_erased_left_nothing_here(self, visit, letter):
        letter.customer.delete()
        response = visit(letter)
        assert response.status_code == 404
        assert "Diese Seite gibt es nicht mehr" in text(response)

    def test_a_link_that_nobody_made_looks_the_same(self, client: Client, visit, letter):
        made_up = client.get("/r/AAAAAAAAAAAAAAAA")
        letter.customer.delete()
        assert text(made_up) == text(visit(letter))
        assert made_up.status_code == 404

    def test_whoever_wants_no_more_advertising_still_sees_what_they_asked_for(self, visit, letter):
        consent.object_to(customer_id=letter.customer_id, source="test")
        page = text(visit(letter))
        assert Coupon.objects.get().code in page
        assert "wie Sie es gewünscht haben" in page
        assert tracking.unsubscribe_url(letter.pk) not in page

    def test_a_withdrawn_offer_is_not_told_any_more(self, visit, letter, offer):
        offers.withdraw(offer)
        assert "20 %</h2>" not in text(visit(letter))


def test_a_page_of_every_type_of_block_is_laid_out():
    fields: dict[str, Any] = builders.message_fields()
    page = render.render([block for block in builders.content_blocks() if block["type"] != "image"], fields)
    assert page.count("<main>") == 1
    assert not set("\ue000\ue001") & set(page)


def test_a_message_that_is_not_there_is_a_page_too():
    assert landing.of(None).status == 404
