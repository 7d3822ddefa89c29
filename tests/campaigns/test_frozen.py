"""An approved content says for ever what it said: offers that it names are written into it."""

from datetime import date

import pytest

from campaigns import versions
from campaigns.blocks import check, for_channel, languages, references, resolving
from campaigns.blocks.frozen import frozen
from campaigns.models import Offer
from tests import builders

pytestmark = pytest.mark.django_db
HEADLINE = {"id": "head", "type": "headline", "text": "Neu"}


def offer(slug: str = "summer", **fields) -> Offer:
    given = {
        "name": slug,
        "slug": slug,
        "kind": "shared",
        "code": f"{slug.upper()}20",
        "terms": {"de": "Nur im Laden.", "en": "In stores only."},
        "valid_until_on": date(2027, 6, 30),
    }
    return Offer.objects.create(**given | fields)


def block(**fields) -> dict:
    return {"id": "offer", "type": "offer", "title": "20 %", "offer": "summer"} | fields


def shown(blocks: list[dict], channel: str = "email", language: str = "") -> dict:
    """The last block as a channel shows it now."""
    resolved = resolving.resolve(for_channel(blocks, channel, language), references.told(blocks), language)
    return dict(resolved[-1])


def test_what_the_offer_says_stays_when_the_offer_is_changed():
    offer()
    version = versions.adopt(builders.content([HEADLINE, block()], is_approved=False))
    Offer.objects.update(code="AUTUMN", terms={"de": "Überall."}, valid_until_on=None)
    said = shown(version.blocks)
    assert (said["coupon"], said["valid_until"], said["text"]) == ("SUMMER20", "2027-06-30", "Nur im Laden.")


def test_what_the_block_says_itself_comes_first():
    offer()
    said = shown(frozen([block(text="Mein Text", languages={"en": {"title": "20 % off"}})]), language="en")
    assert (said["text"], said["title"], said["coupon"]) == ("Mein Text", "20 % off", "SUMMER20")


def test_a_language_of_the_content_has_the_terms_in_this_language():
    offer()
    written = [block(languages={"en": {"title": "20 % off"}})]
    for blocks in (written, frozen(written)):
        assert shown(blocks, language="en")["text"] == "In stores only."
        assert shown(blocks)["text"] == "Nur im Laden."


def test_terms_in_a_language_add_no_language_to_the_content():
    offer()
    assert "languages" not in frozen([block()])[0]


def test_a_channel_may_name_another_offer():
    offer()
    offer("winter")
    made = frozen([block(overrides={"banner": {"offer": "winter"}})])
    Offer.objects.update(terms={}, valid_until_on=None)
    assert [shown(made, channel)["coupon"] for channel in ("email", "banner")] == ["SUMMER20", "WINTER20"]


ENGLISH = {"en": {"title": "20 % off", "text": "In English."}}
WRITTEN = {
    "own words and code stay": block(text="Mein Text", coupon="MEINS", overrides={"banner": {"offer": "winter"}}),
    "terms of the other offer in both languages": block(
        languages={"en": {"title": "20 % off"}}, overrides={"banner": {"offer": "winter"}}
    ),
    "words of a language stay": block(languages=ENGLISH, overrides={"banner": {"offer": "winter"}}),
    "what the other offer does not say is not said": block(overrides={"banner": {"offer": "bare"}}),
    "an offer on one channel only": block(offer="", overrides={"email": {"offer": "summer"}}),
    "no offer on one channel": block(overrides={"email": {"offer": ""}}),
    "another offer in a language": block(languages={"en": {"offer": "winter"}}),
    "another offer on a channel in a language": block(
        languages={"en": {"text": "In English.", "overrides": {"banner": {"offer": "winter"}}}}
    ),
    "left out on a channel": block(overrides={"banner": {"hidden": True}}),
}


@pytest.mark.parametrize("written", WRITTEN.values(), ids=list(WRITTEN))
def test_an_approval_changes_nothing_that_is_shown(written):
    offer()
    offer("winter", terms={"de": "Nur online.", "en": "Online only."}, valid_until_on=date(2027, 12, 31))
    offer("bare", terms={}, valid_until_on=None)
    blocks = [HEADLINE, written]
    check(blocks)
    made = frozen(blocks)
    check(made, references=False)
    for channel in ("email", "banner"):
        for language in ("", *languages(blocks)[1:]):
            assert shown(made, channel, language) == shown(blocks, channel, language)


def test_what_was_approved_is_no_part_of_what_is_written():
    offer()
    written = block(languages=ENGLISH, overrides={"banner": {"offer": "summer"}})
    before = repr(written)
    frozen([written])
    assert repr(written) == before


def test_a_withdrawn_offer_disappears_from_what_was_approved():
    made = offer()
    blocks = frozen([HEADLINE, block()])
    Offer.objects.filter(pk=made.pk).update(withdrawn_at="2026-11-01T00:00Z")
    assert shown(blocks) == HEADLINE


def test_blocks_that_name_nothing_stay_as_they_are():
    written = [
        HEADLINE,
        {"id": "own", "type": "offer", "title": "x", "coupon": "", "overrides": {"banner": {"coupon": ""}}},
    ]
    assert frozen(written) == written
