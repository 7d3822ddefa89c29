"""The unsubscribe link: asked by GET, done by POST, at once on every channel that was meant, and undone after a slip."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from campaigns import consent
from campaigns.models import Consent, Objection, Option
from channels import delivery, ledger, print_jobs, sent, tracking, unsubscribing
from channels.banner.decide import Visitor, decide
from channels.invariants import check, ledger_invariants
from channels.models import Dispatch
from channels.social import leaving
from channels.unsubscribing import Scope
from tests import builders
from tests.channels import printing

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    return builders.customer(email="erika@example.com", consents=("email", "banner", "memory"))


@pytest.fixture
def campaign(memory):
    return builders.campaign(channels=("email", "memory", "banner"))


@pytest.fixture
def mail(campaign, person) -> Dispatch:
    return builders.dispatch(builders.wave(campaign), person, state="sent")


@pytest.fixture
def url(mail) -> str:
    return urlsplit(tracking.unsubscribe_url(mail.pk)).path


def scopes() -> list[tuple[str, int | None]]:
    standing = Objection.objects.filter(lifted_at=None).order_by("id")
    return list(standing.values_list("channel", "campaign_id"))


class TestChoices:
    @pytest.mark.parametrize("method", ["get", "head"])
    def test_looking_refuses_nothing(self, client: Client, url, method):
        assert getattr(client, method)(url).status_code == 200
        assert scopes() == []

    def test_the_page_offers_list_channel_and_everything(self, client: Client, url):
        page = client.get(url).content.decode()
        assert all(f'value="{scope}"' in page for scope in Scope)

    def test_the_list_is_this_campaign_on_every_channel(self, client: Client, url, mail):
        client.post(url, {"scope": "list"})
        assert scopes() == [("", mail.wave.campaign_id)]
        assert Consent.objects.filter(withdrawn_at=None).count() == 3

    def test_one_click_of_a_mail_program_refuses_the_channel(self, url):
        strict = Client(enforce_csrf_checks=True)
        answer = strict.post(url, {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
        assert scopes() == [("email", None)]
        assert 'value="everything"' in answer.content.decode()

    @pytest.mark.parametrize("body", [{}, {"scope": "made-up"}, {"scope": ""}])
    def test_a_post_that_says_nothing_sensible_is_one_click(self, client: Client, url, body):
        client.post(url, body)
        assert scopes() == [("email", None)]

    def test_everything_can_be_refused_afterwards(self, client: Client, url):
        client.post(url, {"scope": "channel"})
        page = client.post(url, {"scope": "everything"}).content.decode()
        assert scopes() == [("email", None), ("", None)]
        assert "auf keinem Weg" in page

    @pytest.mark.parametrize("scope", Scope)
    def test_twice_is_once(self, client: Client, url, scope):
        for _ in range(2):
            assert client.post(url, {"scope": scope}).status_code == 200
        assert len(scopes()) == 1

    @pytest.mark.parametrize("method", ["put", "delete", "patch"])
    def test_other_methods_do_nothing(self, client: Client, url, method):
        assert getattr(client, method)(url).status_code == 405

    def test_a_token_of_another_purpose_opens_nothing(self, client: Client, mail):
        token = tracking.make(tracking.Purpose.OPEN, mail.pk)
        assert client.post(f"/u/{token}").status_code == 404

    @pytest.mark.parametrize(("language", "words"), [("de", "Abbestellen"), ("en-GB", "Unsubscribe")])
    def test_speaks_the_customers_language(self, client: Client, url, person, language, words):
        type(person).objects.update(language=language)
        assert words in client.get(url).content.decode()

    def test_says_what_is_refused_already(self, client: Client, url, person):
        consent.object_to(customer_id=person.pk, source="call")
        page = client.get(url).content.decode()
        assert "Sie erhalten keine Werbung von uns" in page
        assert 'value="undo"' not in page


class TestUndo:
    @pytest.mark.parametrize("scope", Scope)
    def test_a_mistaken_click_is_undone(self, client: Client, url, person, scope):
        client.post(url, {"scope": scope})
        page = client.post(url, {"scope": "undo"}).content.decode()
        assert "Rückgängig gemacht" in page
        assert scopes() == []
        valid = Consent.objects.filter(customer=person, withdrawn_at=None).values_list("channel", flat=True)
        assert set(valid) == {"email", "banner", "memory"}

    def test_the_withdrawal_stays_in_the_history(self, client: Client, url):
        client.post(url, {"scope": "channel"})
        client.post(url, {"scope": "undo"})
        rows = Consent.objects.filter(channel="email").order_by("id")
        assert [row.withdrawn_at is None for row in rows] == [False, True]
        assert rows[1].source.endswith("undone")

    def test_what_was_refused_otherwise_stays_refused(self, client: Client, url, person):
        consent.object_to(customer_id=person.pk, channel="email", source="call")
        client.post(url, {"scope": "channel"})
        assert 'value="undo"' not in client.get(url).content.decode()
        client.post(url, {"scope": "undo"})
        assert scopes() == [("email", None)]
        assert not Consent.objects.filter(channel="email", withdrawn_at=None).exists()

    def test_the_link_of_another_message_does_not_undo(self, client: Client, url, campaign, person):
        client.post(url, {"scope": "channel"})
        other = builders.dispatch(builders.wave(campaign), person, state="sent")
        client.post(urlsplit(tracking.unsubscribe_url(other.pk)).path, {"scope": "undo"})
        assert scopes() == [("email", None)]

    def test_after_a_day_it_is_no_slip_any_more(self, client: Client, url):
        client.post(url, {"scope": "channel"})
        Objection.objects.update(received_at=timezone.now() - timedelta(days=1, minutes=1))
        client.post(url, {"scope": "undo"})
        assert scopes() == [("email", None)]

    def test_undone_twice_is_undone_once(self, client: Client, url):
        client.post(url, {"scope": "channel"})
        for _ in range(2):
            client.post(url, {"scope": "undo"})
        assert Consent.objects.filter(channel="email", withdrawn_at=None).count() == 1

    def test_can_be_refused_again(self, client: Client, url):
        for scope in ("channel", "undo", "channel"):
            client.post(url, {"scope": scope})
        assert scopes() == [("email", None)]


class TestAtOnce:
    """Of two campaigns, only the one that was refused stops, on every channel."""

    @pytest.fixture
    def refused(self, mail):
        unsubscribing.refuse(sent.find(mail.pk), Scope.LIST)
        return mail.wave.campaign

    def test_the_next_claim_sees_it(self, refused, person):
        mine = builders.dispatch(builders.wave(refused), person, channel="memory")
        other = builders.dispatch(builders.wave(builders.campaign(channels=("memory",))), person, channel="memory")
        held = ledger.claim("memory", 10)
        assert [id_ for ids in held.waves.values() for id_ in ids] == [other.pk]
        mine.refresh_from_db()
        assert (mine.state, mine.reason) == ("suppressed", "objection")

    def test_begin_sees_it(self, mail, person):
        mine = builders.dispatch(builders.wave(mail.wave.campaign), person, channel="memory")
        held = ledger.claim("memory", 10)
        unsubscribing.refuse(sent.find(mail.pk), Scope.LIST)
        assert ledger.begin(held, [mine.pk]) == set()

    def test_the_sweep_sees_it(self, mail, person):
        mine = builders.dispatch(builders.wave(mail.wave.campaign), person, channel="memory")
        unsubscribing.refuse(sent.find(mail.pk), Scope.LIST)
        assert ledger.stop_objected("memory") == 1
        mine.refresh_from_db()
        assert mine.state == "suppressed"

    def test_a_live_banner_is_no_longer_shown(self, mail, person):
        builders.identifier(person, "cookie", "a" * 32)
        builders.dispatch(mail.wave, person, channel="banner", state="sent")
        visitor = Visitor(cookie="a" * 32)
        assert decide(visitor, slot="300x250") is not None
        unsubscribing.refuse(sent.find(mail.pk), Scope.LIST)
        assert decide(visitor, slot="300x250") is None

    def test_the_print_file_sees_it(self):
        job = printing.mailing()
        letter = printing.dispatches(job)[0]
        Option.objects.create(campaign=job.wave.campaign, channel="email")
        mail = builders.dispatch(builders.wave(job.wave.campaign), letter.customer, state="sent")
        unsubscribing.refuse(sent.find(mail.pk), Scope.LIST)
        assert print_jobs.withdraw_barred(job.pk) == 1
        letter.refresh_from_db()
        assert letter.state == "suppressed"

    def test_the_social_list_sees_it(self, person):
        consent.grant(customer_id=person.pk, channel="social", source="test")
        campaigns = [builders.campaign(channels=("social", "email")) for _ in range(2)]
        for one, network in zip(campaigns, ("meta", "google"), strict=True):
            one.options.filter(channel="social").update(settings={"network": network})
            builders.dispatch(builders.wave(one), person, channel="social")
        delivery.send_due("social")
        mail = builders.dispatch(builders.wave(campaigns[0]), person, state="sent")
        unsubscribing.refuse(sent.find(mail.pk), Scope.LIST)
        assert leaving.remove_refusing() == 1
        kept = Dispatch.objects.filter(channel="social").order_by("wave__campaign_id").values_list("state", flat=True)
        assert list(kept) == ["suppressed", "handed_over"]

    def test_every_invariant_still_holds(self, refused, person):
        builders.dispatch(builders.wave(refused), person, channel="memory")
        ledger.claim("memory", 10)
        assert [verdict.name for verdict in check(ledger_invariants()) if not verdict.holds] == []
