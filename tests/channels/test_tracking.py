"""Tracking links: tokens that nobody can make up, answers that are written once, and a cookie only with consent."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import segno
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from campaigns import consent, link_marks
from campaigns.models import Consent, Event, Identifier, Objection
from channels import tracking
from channels.tracking import Purpose, Token
from tests import builders


class TestToken:
    @given(purpose=st.sampled_from(Purpose), number=st.integers(0, 2**63 - 1), block=st.text(max_size=40))
    def test_reads_what_was_made(self, purpose, number, block):
        assert tracking.read(purpose, tracking.make(purpose, number, block)) == Token(number, block)

    def test_is_short_enough_for_a_qr_code(self):
        assert len(tracking.make(Purpose.LANDING, 10_000_000)) <= 24

    @given(number=st.integers(0, 2**63 - 1))
    def test_a_short_one_reads_what_was_made(self, number):
        assert tracking.read_landing(tracking.short(number)) == Token(number)

    @given(token=st.text(max_size=30))
    def test_a_short_one_is_not_made_up(self, token):
        assert tracking.read_landing(token) is None

    def test_a_short_one_fits_a_small_code(self):
        """Version 3 holds 42 bytes: 29 modules a side, where the longer token took 33."""
        for number, length in ((60_000, 14), (10_000_000, 15), (4_000_000_000, 16)):
            assert len(tracking.short(number)) == length
        link = f"https://go.example.com/r/{tracking.short(4_000_000_000)}"
        assert segno.make(link, error="m", micro=False, boost_error=False).version == 3

    def test_links_on_letters_that_were_printed_before_still_lead_somewhere(self):
        assert tracking.read_landing(tracking.make(Purpose.LANDING, 7)) == Token(7)

    def test_a_short_one_outlives_a_change_of_the_secret_key(self, settings):
        token = tracking.short(7)
        settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another"
        assert tracking.read_landing(token) == Token(7)

    def test_opens_nothing_else(self):
        token = tracking.make(Purpose.OPEN, 1)
        assert all(tracking.read(other, token) is None for other in Purpose if other != Purpose.OPEN)

    @given(at=st.integers(0, 22), to=st.sampled_from("ABCabc019-_"))
    def test_no_changed_token_is_read_as_another(self, at, to):
        token = tracking.make(Purpose.CLICK, 123_456, "shop")
        forged = token[:at] + to + token[at + 1 :]
        assert tracking.read(Purpose.CLICK, forged) in (None, Token(123_456, "shop"))

    @given(st.text(max_size=60))
    def test_rubbish_is_no_token(self, text):
        assert tracking.read(Purpose.CLICK, text) is None

    def test_outlives_a_change_of_the_secret_key(self, settings):
        token = tracking.make(Purpose.LANDING, 5)
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new", [settings.SECRET_KEY]
        assert tracking.read(Purpose.LANDING, token) == Token(5)
        settings.SECRET_KEY_FALLBACKS = []
        assert tracking.read(Purpose.LANDING, token) is None


def path(url: str) -> str:
    return urlsplit(url).path


@pytest.fixture
def person(db):
    return builders.customer(email="erika@example.com", consents=("email", "banner"))


@pytest.fixture
def dispatch(db, person):
    return builders.dispatch(builders.wave(), person, state="sent")


class TestOpen:
    def test_is_recorded_and_answers_with_a_picture(self, client: Client, dispatch):
        response = client.get(path(tracking.open_url(dispatch.pk)))
        assert response["Content-Type"] == "image/gif"
        assert "no-store" in response["Cache-Control"]
        event = Event.objects.get()
        assert (event.kind, event.medium, event.dispatch_id) == ("opened", "email", dispatch.pk)

    def test_the_same_picture_fetched_twice_at_once_is_one_open(self, client: Client, dispatch):
        for _ in range(20):
            client.get(path(tracking.open_url(dispatch.pk)))
        assert Event.objects.count() <= 3  # one a second

    def test_never_precedes_the_contact(self, client: Client, dispatch):
        before = timezone.now()
        client.get(path(tracking.open_url(dispatch.pk)))
        assert before <= Event.objects.get().occurred_at <= before + timedelta(seconds=3)

    def test_a_look_without_a_person_is_not_recorded(self, client: Client, dispatch):
        client.head(path(tracking.open_url(dispatch.pk)))
        client.get(path(tracking.open_url(dispatch.pk)), headers={"Sec-Purpose": "prefetch;prerender"})
        assert not Event.objects.exists()

    @pytest.mark.parametrize("token", ["x", "AAAA", "%00", "🙂", "a" * 400])
    def test_a_made_up_token_is_not_found(self, client: Client, db, token):
        assert client.get(f"/t/o/{token}.gif").status_code == 404

    def test_proves_that_an_uncertain_dispatch_arrived(self, client: Client, person):
        unsure = builders.dispatch(builders.wave(), person, state="uncertain")
        client.get(path(tracking.open_url(unsure.pk)))
        unsure.refresh_from_db()
        assert unsure.state == "sent"


class TestClick:
    def test_leads_to_the_link_with_marks_and_is_recorded(self, client: Client, dispatch):
        response = client.get(path(tracking.link_url(dispatch.pk, "shop")))
        wave = dispatch.wave
        assert response.status_code == 302
        assert response["Location"] == (
            "https://shop.example.com/neu?utm_source=steering&utm_medium=email"
            f"&utm_campaign={wave.campaign_id}-{wave.number}&utm_content=shop&a=1"
        )
        assert Event.objects.get(kind="clicked").attributes == {"block": "shop"}

    def test_the_link_of_no_block_is_not_found(self, client: Client, dispatch):
        assert client.get(path(tracking.link_url(dispatch.pk, "other"))).status_code == 404

    def test_a_dispatch_that_is_gone_is_not_found(self, client: Client, db):
        assert client.get(path(tracking.link_url(99, "shop"))).status_code == 404

    def test_a_link_keeps_its_own_marks(self):
        assert link_marks.with_marks("https://x.example/?utm_source=own", {"utm_source": "steering"}) == (
            "https://x.example/?utm_source=own"
        )

    def test_recognises_the_visitor_from_now_on(self, client: Client, dispatch, person):
        response = client.get(path(tracking.link_url(dispatch.pk, "shop")))
        cookie = response.cookies["visitor"]
        assert cookie["httponly"]
        assert Identifier.objects.get(kind="cookie", customer=person).value == cookie.value

    def test_sets_no_cookie_without_consent(self, client: Client, dispatch, person):
        Consent.objects.filter(channel="banner").delete()
        assert "visitor" not in client.get(path(tracking.link_url(dispatch.pk, "shop"))).cookies

    def test_sets_no_cookie_for_whoever_objected(self, client: Client, dispatch, person):
        consent.object_to(customer_id=person.pk, source="test")
        assert "visitor" not in client.get(path(tracking.link_url(dispatch.pk, "shop"))).cookies

    def test_a_shared_device_keeps_its_first_person(self, client: Client, dispatch, person):
        client.get(path(tracking.link_url(dispatch.pk, "shop")))
        other = builders.dispatch(dispatch.wave, builders.customer(consents=("email", "banner")), state="sent")
        client.get(path(tracking.link_url(other.pk, "shop")))
        assert Identifier.objects.get(kind="cookie").customer == person

    def test_a_click_on_a_banner_proves_nothing_about_who_is_there(self, client: Client, person):
        wave = builders.wave(builders.campaign(channels=("banner",)))
        banner = builders.dispatch(wave, person, channel="banner", state="sent")
        client.get(path(tracking.link_url(banner.pk, "shop")))
        assert not Identifier.objects.filter(kind="cookie").exists()


class TestUnsubscribe:
    def test_looking_at_the_page_unsubscribes_nobody(self, client: Client, dispatch):
        assert client.get(path(tracking.unsubscribe_url(dispatch.pk))).status_code == 200
        assert not Objection.objects.exists()

    def test_one_click_of_a_mail_program_refuses_the_channel(self, dispatch, person):
        strict = Client(enforce_csrf_checks=True)  # the mail program has no session
        strict.post(path(tracking.unsubscribe_url(dispatch.pk)), {"List-Unsubscribe": "One-Click"})
        assert Objection.objects.get().channel == "email"
        assert Consent.objects.get(channel="email").withdrawn_at is not None
        assert Consent.objects.get(channel="banner").withdrawn_at is None
        assert Event.objects.get(kind="unsubscribed").customer == person

    def test_everything_can_be_refused(self, client: Client, dispatch):
        response = client.post(path(tracking.unsubscribe_url(dispatch.pk)), {"scope": "everything"})
        assert "Erledigt" in response.content.decode()
        assert Objection.objects.get().channel == ""

    def test_twice_is_once(self, client: Client, dispatch):
        for _ in range(2):
            client.post(path(tracking.unsubscribe_url(dispatch.pk)), {"scope": "channel"})
        assert Objection.objects.count() == 1

    def test_speaks_the_customers_language(self, client: Client, dispatch, person):
        assert "Werbung" in client.get(path(tracking.unsubscribe_url(dispatch.pk))).content.decode()
        person.language = "en"
        person.save()
        assert "advertising" in client.get(path(tracking.unsubscribe_url(dispatch.pk))).content.decode()


class TestLanding:
    @pytest.fixture
    def letter(self, db):
        wave = builders.wave(builders.campaign(channels=("print_mailing",)))
        person = builders.customer(household=True, consents=("banner",))
        return builders.dispatch(wave, person, channel="print_mailing", state="handed_over", coupon_code="SOMMER7K")

    def test_shows_the_content_with_coupon_and_link(self, client: Client, letter):
        page = client.get(path(tracking.landing_url(letter.pk))).content.decode()
        assert "Neues für Sie" in page
        assert "SOMMER7K" in page
        assert tracking.link_url(letter.pk, "shop") in page

    def test_is_a_click_by_the_letter(self, client: Client, letter):
        client.get(path(tracking.landing_url(letter.pk)))
        event = Event.objects.get(kind="clicked")
        assert (event.medium, event.attributes) == ("print_mailing", {"via": "landing"})

    def test_may_not_be_found_by_search_engines_or_kept(self, client: Client, letter):
        response = client.get(path(tracking.landing_url(letter.pk)))
        assert "noindex" in response["X-Robots-Tag"]
        assert response["Referrer-Policy"] == "no-referrer"
        assert "no-store" in response["Cache-Control"]
