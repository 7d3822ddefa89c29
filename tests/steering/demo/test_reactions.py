"""People react over HTTP by what they got, and the platform knows who it was."""

from collections import Counter

import pytest
from django.conf import settings

from campaigns.models import Campaign, Event, Objection
from channels import tracking
from channels.models import Dispatch, PrintItem, PrintJob
from steering.demo import reactions
from steering.demo.mailbox import Mail
from steering.demo.partners import Piece
from steering.demo.reactions import Day
from steering.demo.web import Web
from tests import builders

from . import worlds

pytestmark = pytest.mark.django_db(transaction=True)
CHANNELS = ("email", "banner", "social", "print_mailing", "direct_post")


@pytest.fixture
def web(live_server) -> Web:
    return Web(live_server.url, site=settings.SITE_URL)


@pytest.fixture
def campaign(db) -> Campaign:
    return builders.campaign(channels=CHANNELS, blocks=builders.content_blocks())


@pytest.fixture
def sent(campaign: Campaign) -> dict[str, Dispatch]:
    """One person a channel, all with consent, in one running wave."""
    wave = builders.wave(campaign)
    people = {name: builders.customer(consents=("email", "banner"), household=True) for name in CHANNELS}
    return {
        name: builders.dispatch(wave, people[name], channel=name, state="sent", coupon_code=f"K-{name.upper()[:6]}")
        for name in CHANNELS
    }


def mail(dispatch: Dispatch) -> Mail:
    return Mail(
        dispatch_id=dispatch.pk,
        recipient="",
        pixel=tracking.open_url(dispatch.pk),
        links=(tracking.link_url(dispatch.pk, "shop"),),
        unsubscribe=tracking.unsubscribe_url(dispatch.pk),
        coupon=dispatch.coupon_code,
    )


def letter(dispatch: Dispatch) -> Piece:
    job = PrintJob.objects.create(
        vendor=builders.vendor(), wave=dispatch.wave, option=dispatch.option, channel=dispatch.channel
    )
    item = PrintItem.objects.create(job=job, sequence=1, dispatch=dispatch)
    return Piece(job.pk, item.pk, 1, 1, dispatch.coupon_code, tracking.landing_url(dispatch.pk))


def respond(sent: dict[str, Dispatch], web: Web, **who) -> reactions.Reactions:
    world = worlds.world([dispatch.customer for dispatch in sent.values()])
    choice = world.choice({dispatch.customer_id: name for name, dispatch in sent.items()})
    return reactions.respond(
        Day(world, worlds.answers(world, **who), choice, web),
        wave_id=sent["email"].wave_id,
        mails=[mail(sent["email"])],
        letters=[letter(sent["print_mailing"])],
    )


def happened() -> Counter[tuple[str, int]]:
    return Counter(Event.objects.values_list("kind", "dispatch_id"))


def test_everybody_reacts_by_what_they_got(sent, web) -> None:
    everybody = [dispatch.customer for dispatch in sent.values()]
    did = respond(sent, web, opened=everybody, clicked=everybody, scanned=everybody)
    assert happened() == Counter(
        {
            ("opened", sent["email"].pk): 1,
            ("clicked", sent["email"].pk): 1,
            ("shown", sent["banner"].pk): 1,
            ("clicked", sent["banner"].pk): 1,
            ("clicked", sent["print_mailing"].pk): 1,
        }
    )
    assert (did.opened, did.shown, did.clicked, did.scanned) == (1, 1, 2, 1)


def test_nobody_reacts_who_does_not(sent, web) -> None:
    did = respond(sent, web)
    assert not happened()
    assert (did.opened, did.shown, did.clicked, did.scanned, did.unsubscribed) == (0, 0, 0, 0, 0)


def see_banner(dispatch: Dispatch, web: Web) -> reactions.Reactions:
    person = dispatch.customer
    world = worlds.world([person])
    day = Day(world, worlds.answers(world, redeemed=[person]), world.choice({person.pk: "banner"}), web)
    return reactions.respond(day, wave_id=dispatch.wave_id, mails=[], letters=[])


def test_a_banner_for_somebody_known_by_a_hash_shows_no_code(sent, web) -> None:
    assert see_banner(sent["banner"], web).codes == {}


def test_a_banner_for_somebody_known_by_a_cookie_shows_the_code(sent, web) -> None:
    person = sent["banner"].customer
    builders.identifier(person, "cookie", "0123456789abcdef0123456789abcdef")
    assert see_banner(sent["banner"], web).codes == {person.pk: "K-BANNER"}


def test_codes_are_those_of_the_mail_the_letter_and_the_shared_ones(sent, web) -> None:
    codes = respond(sent, web).codes
    assert {name: codes.get(dispatch.customer_id) for name, dispatch in sent.items()} == {
        "email": "K-EMAIL",
        "banner": None,
        "social": "SOMMER20",
        "print_mailing": "K-PRINT_",
        "direct_post": "SOMMER20",
    }


def test_some_of_those_who_open_unsubscribe_with_one_click(sent, web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reactions, "UNSUBSCRIBE_RATE", 1.0)
    assert respond(sent, web, opened=[sent["email"].customer]).unsubscribed == 1
    assert Objection.objects.get().channel == "email"
