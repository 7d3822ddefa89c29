"""Opens and clicks of machines are known as such where that can be known, and a person's never are."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from campaigns.models import Event, Identifier
from channels import tracking
from channels.machines import is_machine
from channels.models import Dispatch
from tests import builders

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
)
PEOPLE = [
    CHROME,
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)",
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.1.0",
    "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; Win64; x64; Trident/7.0; .NET4.0C; Microsoft Outlook 16.0.4266; ms-office; MSOffice 16)",
    "Mozilla/5.0 (Linux; Android 10; CUBOT X30) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 14; SM-S918B Build/UP1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/125.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    "Mozilla/5.0 (Windows; U; Windows NT 5.1; de; rv:1.9.0.7) Gecko/2009021910 Firefox/3.0.7 (via ggpht.com GoogleImageProxy)",
    "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
    "",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/114.0.5735.90 Safari/537.36",
    "curl/8.5.0",
    "python-requests/2.31.0",
]
MACHINES = [
    "Mozilla/5.0",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/103.0.5060.134 Safari/537.36",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/534+ (KHTML, like Gecko) BingPreview/1.0b",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "WhatsApp/2.23.20.0",
    "TelegramBot (like TwitterBot)",
    "Barracuda Sentinel (EE)",
]


@pytest.mark.parametrize("agent", PEOPLE)
def test_a_person_is_no_machine(agent: str) -> None:
    assert not is_machine(agent)


@pytest.mark.parametrize("agent", MACHINES)
def test_what_calls_itself_a_machine_is_one(agent: str) -> None:
    assert is_machine(agent)


@pytest.fixture
def dispatch(db) -> Dispatch:
    blocks = [
        {"id": "headline", "type": "headline", "text": "New"},
        *(
            {"id": f"link{n}", "type": "call_to_action", "label": "More", "url": "https://shop.example.com/"}
            for n in (1, 2, 3)
        ),
    ]
    person = builders.customer(consents=("email", "banner"))
    wave = builders.wave(builders.campaign(blocks=[*builders.content_blocks(), *blocks[1:]]))
    return builders.dispatch(wave, person, state="sent", claimed_at=timezone.now())


def get(url: str, agent: str = CHROME) -> None:
    Client().get(urlsplit(url).path, headers={"User-Agent": agent})


def marked() -> dict[str, bool]:
    events = Event.objects.filter(kind__in=["opened", "clicked"])
    return {event.attributes.get("block", ""): event.attributes.get("is_machine", False) for event in events}


def test_an_open_by_a_privacy_proxy_is_marked_and_one_by_gmails_is_not(dispatch) -> None:
    get(tracking.open_url(dispatch.pk), "Mozilla/5.0")
    assert marked() == {"": True}
    Event.objects.all().delete()
    get(tracking.open_url(dispatch.pk), PEOPLE[7])
    assert marked() == {"": False}


def test_a_scanner_that_follows_links_is_marked_and_gets_no_cookie_of_a_person(dispatch) -> None:
    get(tracking.link_url(dispatch.pk, "link1"), "Barracuda Sentinel (EE)")
    assert marked() == {"link1": True}
    assert not Identifier.objects.filter(kind="cookie").exists()


def test_several_links_within_seconds_of_the_sending_were_followed_by_a_scanner(dispatch) -> None:
    get(tracking.open_url(dispatch.pk))
    get(tracking.link_url(dispatch.pk, "link1"))
    get(tracking.link_url(dispatch.pk, "link2"))
    assert marked() == {"": False, "link1": False, "link2": False}
    get(tracking.link_url(dispatch.pk, "link3"))
    assert marked() == {"": True, "link1": True, "link2": True, "link3": True}


def test_several_links_a_minute_later_were_followed_by_a_person(dispatch) -> None:
    Dispatch.objects.update(claimed_at=timezone.now() - timedelta(minutes=1))
    for block in ("link1", "link2", "link3"):
        get(tracking.link_url(dispatch.pk, block))
    assert marked() == {"link1": False, "link2": False, "link3": False}
