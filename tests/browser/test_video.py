"""Our VAST as a player reads it: @dailymotion/vast-client 6.4.5 (npm, MIT), in a real browser."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from campaigns import assets
from channels import delivery
from channels.banner.render import render
from tests import builders
from tests.campaigns.assets.files import VIDEO

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
COOKIE = "0123456789abcdef0123456789abcdef"
CLIENT = Path(__file__).parent / "vast_client" / "vast-client.min.js"
READ = """async () => {
    const { VASTClient } = await import('/vast-client.js');
    const { ads } = await new VASTClient().get('/their-ad-server.xml', { withCredentials: true });
    return ads.map(({ impressionURLTemplates, creatives: [linear], errorURLTemplates }) => ({
        impressions: impressionURLTemplates.map(({ url }) => url),
        file: linear.mediaFiles[0].fileURL,
        seconds: linear.duration,
        click: linear.videoClickThroughURLTemplate.url,
        errors: errorURLTemplates,
    }));
}"""


@pytest.fixture
def wrapper(page: Page, live_server, settings) -> str:
    """What another ad server answers, for a content whose video is live for one customer."""
    settings.SITE_URL = live_server.url
    shown = {"id": "v", "type": "image", "source": "static/campaigns/garden.png", "alt": "Garten"}
    blocks = [*builders.BLOCKS, shown | {"video": assets.save(VIDEO)}]
    wave = builders.wave(builders.campaign(channels=("banner",), blocks=blocks))
    person = builders.customer(email="erika@example.com", consents=("banner",))
    builders.identifier(person, "cookie", COOKIE)
    builders.dispatch(wave, person, channel="banner")
    delivery.send_due("banner")
    xml = str(render(blocks, builders.message_fields()).parts["vast_wrapper"])
    page.route("**/their-ad-server.xml", lambda route: route.fulfill(content_type="text/xml", body=xml))
    page.route("**/vast-client.js", lambda route: route.fulfill(content_type="text/javascript", path=CLIENT))
    return xml


def test_a_player_follows_the_wrapper_to_the_video_of_who_watches(page: Page, live_server, wrapper):
    page.context.add_cookies([{"name": "visitor", "value": COOKIE, "url": live_server.url}])
    page.goto("/healthz")
    (ad,) = page.evaluate(READ)
    assert [url for url in ad["impressions"] if url != "about:blank"] == [ad["impressions"][-1]]
    assert ad["impressions"][-1].startswith(f"{live_server.url}/t/s/")
    assert ad["click"].startswith(f"{live_server.url}/t/c/")
    assert "/media/videos/" in ad["file"]
    assert (ad["seconds"], ad["errors"]) == (1, [])


def test_a_player_of_nobody_known_shows_nothing_of_ours(page: Page, wrapper):
    page.goto("/healthz")
    assert [ad for ad in page.evaluate(READ) if ad["file"]] == []
