"""What everybody sees alike holds nothing of a person, and its links name nobody."""

from urllib.parse import parse_qs, urlsplit

import pytest

from channels import public_fields, recipients, registry
from tests import builders

pytestmark = pytest.mark.django_db


def fields(blocks=None, *, channel: str = "direct_post") -> dict:
    wave = builders.wave(builders.campaign(channels=(channel,), blocks=blocks))
    person = builders.customer(household=True, first_name="Erika", consents=("social",))
    dispatch = builders.dispatch(wave, person, channel=channel, coupon_code="GEHEIM")
    [(_, contents)] = recipients.by_content(wave.pk, [dispatch.pk])
    (message,) = recipients.messages(registry.get(channel), [dispatch.pk], contents)
    return public_fields.of(message, contents[message.option_id], channel=channel)


@pytest.mark.parametrize("channel", ["direct_post", "social"])
def test_every_personal_field_is_there_and_empty(channel):
    made = fields(channel=channel)
    assert {
        made[name] for name in ("first_name", "last_name", "customer_number", "coupon_code", "unsubscribe_url")
    } == {""}


def test_links_go_straight_to_their_page_with_the_campaigns_marks():
    made = fields()
    assert made["link"] == made["links"]["shop"]
    parts = urlsplit(made["link"])
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == "https://shop.example.com/neu"
    query = parse_qs(parts.query)
    assert (query["a"], query["utm_medium"], query["utm_content"]) == (["1"], ["direct_post"], ["shop"])


def test_without_a_link_it_leads_to_the_company(settings):
    made = fields([{"id": "h", "type": "headline", "text": "Neues"}])
    assert (made["links"], made["link"]) == ({}, settings.SITE_URL)


def test_a_link_that_the_channel_hides_is_not_given():
    made = fields(
        [
            {"id": "h", "type": "headline", "text": "Neues"},
            {"id": "a", "type": "call_to_action", "label": "A", "url": "https://a.example.com/",
             "overrides": {"direct_post": {"hidden": True}}},
        ]
    )  # fmt: skip
    assert made["links"] == {}
