"""What channels carry of each type of block, for whom, and in which language."""

from typing import Any

import pytest

from campaigns import blocks, personalise
from channels import carrying, registry
from channels.compiled import Marks, spoken_to
from channels.email import render as mail
from tests import builders

HEADLINE = {"id": "h", "type": "headline", "text": "Neues für Sie", "languages": {"en": {"text": "News for you"}}}
GOLD = {"all": [{"field": "attribute_tier", "is": "one_of", "values": ["gold"]}]}
PRODUCTS = {
    "id": "p",
    "type": "product_list",
    "title": "Für Sie",
    "products": "attribute_chosen",
    "otherwise": [{"name": "Bank *Eiche*", "price": "99 €"}],
}
PLACE = {
    "id": "s",
    "type": "place",
    "name": "Laden",
    "address": "Weg 1, Bremen",
    "date": "2027-07-10",
    "hours": "10 Uhr",
}
ONE_OF_EACH: list[dict[str, Any]] = [
    HEADLINE,
    {"id": "t", "type": "text", "text": "Text"},
    {"id": "i", "type": "image", "source": "static/campaigns/garden.png", "alt": "Garten"},
    {"id": "c", "type": "call_to_action", "label": "Los", "url": "https://shop.example.com"},
    {"id": "o", "type": "offer", "title": "Rabatt", "coupon": "SOMMER20"},
    PRODUCTS,
    {"id": "q", "type": "testimonial", "quote": "Ein guter Tisch.", "who": "Anna W."},
    {"id": "n", "type": "social_proof", "text": "4,8 von 5 Sternen", "source": "Prüfer, Mai 2027"},
    PLACE,
    {"id": "l", "type": "legal_notice", "text": "Bedingungen"},
    {"id": "f", "type": "footer", "text": "Muster GmbH"},
]


def carry(content: list[dict[str, Any]], channel: str = "print_mailing", **more: Any) -> list[dict[str, Any]]:
    resolved = blocks.for_channel(content, channel)
    return carrying.carry(resolved, channel, **({"language": "de", "is_public": False} | more))[0]


def mail_parts(content: list[dict[str, Any]], **fields: Any) -> dict[str, str]:
    return mail.render(content, builders.message_fields(**fields)).parts


def test_there_is_one_of_each():
    blocks.check(ONE_OF_EACH)
    assert [block["type"] for block in ONE_OF_EACH] == list(blocks.BLOCK_TYPES)


@pytest.mark.parametrize("block_type", blocks.BLOCK_TYPES)
def test_every_type_says_how_every_channel_carries_it(block_type):
    carried = blocks.BLOCK_TYPES[block_type].carried
    assert {*carried} >= {*registry.CHANNELS, "landing"}
    assert all(one.words for one in carried.values() if one.how != blocks.How.FULL)


@pytest.mark.parametrize("half", [slice(1, 6), slice(6, None)])
@pytest.mark.parametrize("channel", registry.CHANNELS)
def test_every_channel_renders_every_type_or_says_that_it_does_not(channel, half):
    content = [HEADLINE, *ONE_OF_EACH[half]]
    fields = builders.message_fields()
    if registry.get(channel).is_public:
        fields |= dict.fromkeys(personalise.sample_fields(), "")
    rendition = registry.get(channel).render(content, fields)
    left_out = [
        block["id"]
        for block in content
        if blocks.BLOCK_TYPES[block["type"]].carried[channel].how == blocks.How.LEFT_OUT
    ]
    said = " ".join(rendition.warnings)
    assert rendition.parts
    assert all(id_ in said for id_ in left_out)


def test_a_mail_shows_all_of_it():
    parts = mail_parts(ONE_OF_EACH)
    for words in (
        "Ein guter Tisch.",
        "Anna W.",
        "4,8 von 5",
        "Prüfer, Mai 2027",
        "Weg 1, Bremen",
        "10. Juli 2027, 10 Uhr",
    ):
        assert words in parts["html"]
        assert words in parts["text"]
    assert "Bank *Eiche*" in parts["html"]
    assert "Bank *Eiche*, 99 €" in parts["text"]


def test_products_of_their_own_stand_before_those_for_all_others():
    chosen = {"chosen": [{"name": "<Tisch>", "price": "1 €"}, "Stuhl"]}
    own = mail_parts(ONE_OF_EACH, attributes=chosen, attribute_chosen="<Tisch> (1 €), Stuhl")
    assert "&lt;Tisch&gt;" in own["html"]
    assert "Stuhl" in own["html"]
    assert "Bank" not in own["html"] + own["text"]
    assert "<Tisch> (1 €), Stuhl" in own["text"]


def test_without_products_and_without_others_the_list_is_not_there():
    alone = {name: value for name, value in PRODUCTS.items() if name != "otherwise"} | {"title": "Ausgesucht"}
    assert "Ausgesucht" not in mail_parts([HEADLINE, alone])["html"]


def test_what_is_only_for_some_is_filled_in_for_them_only():
    content = [HEADLINE, {"id": "t", "type": "text", "text": "Nur für Gold", "only_if": GOLD}]
    assert "Nur für Gold" in mail_parts(content, attribute_tier="gold")["html"]
    other = mail_parts(content, attribute_tier="silver")
    assert "Nur für Gold" not in other["html"] + other["text"]
    assert "\n\n\n" not in other["text"]


def test_the_subject_is_the_first_headline_that_is_shown():
    for_gold = {"id": "g", "type": "headline", "text": 'Gold für {{ last_name | fallback("Sie") }}', "only_if": GOLD}
    content = [for_gold, HEADLINE]
    assert mail_parts(content, attribute_tier="gold", last_name="<W>")["subject"] == "Gold für <W>"
    assert mail_parts(content)["subject"] == "Neues für Sie"


def test_a_mail_whose_only_headline_is_for_some_is_refused():
    with pytest.raises(blocks.ContentError, match="only for some"):
        mail_parts([{**HEADLINE, "only_if": GOLD}])


def test_a_banner_shows_the_first_of_each_that_is_for_the_person():
    content = [{"id": "g", "type": "headline", "text": "Für Gold", "only_if": GOLD}, HEADLINE]
    banner = registry.get("banner")
    for tier, words in (("gold", "Für Gold"), ("silver", "Neues für Sie")):
        html = banner.render(content, builders.message_fields(attribute_tier=tier)).parts["html_300x250"]
        assert f"<h1>{words}</h1>" in html


@pytest.mark.parametrize("channel", ["social", "direct_post"])
def test_what_is_only_for_some_is_left_out_where_everybody_sees_the_same(channel):
    content = [HEADLINE, {"id": "gold", "type": "text", "text": "Nur für Gold", "only_if": GOLD}]
    link = {"link": "https://x.example", "sender_address": "Muster"}
    rendition = registry.get(channel).render(content, dict.fromkeys(personalise.sample_fields(), "") | link)
    assert "Not carried: gold. Everybody sees the same here, and it is only for some." in rendition.warnings


def test_where_everybody_sees_the_same_nobodys_own_products_are_shown():
    shown = carry([PRODUCTS], "social", is_public=True)
    assert [block["type"] for block in shown] == ["text"]
    assert "attribute" not in shown[0]["text"]


def test_as_text_a_line_stays_as_it_is_written():
    [block] = carry([{**PLACE, "name": '*Hof* 1. {{ city | fallback("a*b") }}'}])
    assert mail_parts([HEADLINE, block], city="x_y_z")["text"].count("*Hof* 1. x_y_z") == 1


def test_phrases_and_salutation_are_in_the_language_of_the_text_that_surrounds_them():
    content = [HEADLINE, {"id": "t", "type": "text", "text": "{{ salutation_line }},"}]
    english = mail_parts(content, language="en-GB", salutation_line="Dear Ms Weber")
    assert ("News for you" in english["html"], "Stop receiving" in english["html"]) == (True, True)
    assert "Dear Ms Weber" in english["text"]
    only_german = [{name: value for name, value in block.items() if name != "languages"} for block in content]
    german = mail_parts(
        only_german, language="en", form="frau", last_name="Weber", title="", salutation_line="Dear Ms Weber"
    )
    assert "Sehr geehrte Frau Weber," in german["text"]
    assert "Stop receiving" not in german["html"]


def test_who_speaks_another_language_gets_the_companys_own():
    assert "Neues für Sie" in mail_parts([HEADLINE], language="fr")["html"]


def test_a_company_may_write_in_english_first(settings):
    settings.CONTENT_LANGUAGE = "en"
    content = [{"id": "h", "type": "headline", "text": "News", "languages": {"de": {"text": "Neues"}}}]
    blocks.check(content)
    assert mail_parts(content, language="fr")["subject"] == "News"
    assert mail_parts(content, language="de")["subject"] == "Neues"


def test_fields_of_the_right_language_are_not_copied():
    fields = builders.message_fields()
    assert spoken_to(fields, [HEADLINE]) is fields


@pytest.mark.parametrize("text", ["\ue0000\ue001", "\ue0001\ue001"])
def test_a_part_that_is_not_closed_or_not_opened_is_an_error(text):
    marks = Marks()
    marks.between(lambda fields: True)
    with pytest.raises(blocks.ContentError):
        marks.compile(text)
