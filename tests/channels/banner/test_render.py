"""Banners in the common sizes: one link, everything inside, texts that can be read, and pictures of the same."""

import io
import re

import pytest
from PIL import Image

from campaigns import assets
from campaigns.blocks import ContentError
from channels.banner.render import compile_banner, render
from channels.banner.sizes import SIZES
from tests import builders
from tests.campaigns.assets.files import encoded

NAMES = ("300x250", "728x90", "160x600", "300x600", "320x50", "970x250")
SHORT = "320x50"  # has no room for offers of a usual length


def with_headline(text: str) -> list[dict]:
    return [{"id": "h", "type": "headline", "text": text}]


def parts(content=None, **fields) -> dict:
    return dict(render(content or builders.content_blocks(), builders.message_fields(**fields)).parts)


def pages(content=None, **fields) -> dict[str, str]:
    return {name: str(part) for name, part in parts(content, **fields).items() if name.startswith("html_")}


def test_there_is_a_page_and_a_picture_for_every_size():
    assert parts().keys() == {f"{kind}_{size}" for size in NAMES for kind in ("html", "png")}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: size.name)
def test_a_picture_has_its_size_and_is_light_enough_for_ad_servers(size):
    data = parts()[f"png_{size.name}"]
    with Image.open(io.BytesIO(data)) as picture:
        assert (picture.format, picture.size) == ("PNG", (size.width, size.height))
    assert len(data) <= 150_000


def test_a_picture_of_a_photograph_is_light_enough_as_well(db):
    noise = Image.effect_noise((1200, 800), 90).convert("RGB")
    content = [*with_headline("Neu"), image(assets.save(encoded(noise, "JPEG", quality=60)))]
    assert all(len(data) <= 150_000 for name, data in parts(content).items() if name.startswith("png_"))


def test_a_picture_that_is_too_heavy_for_a_page_is_refused_by_name(db):
    noise = Image.effect_noise((1200, 800), 90).convert("RGB")
    content = [*with_headline("Neu"), image(assets.save(encoded(noise)))]
    with pytest.raises(ContentError, match=r"i\.source: weighs more than 150 KB in \d+x\d+.*JPEG"):
        parts(content)


def image(source: str) -> dict:
    return {"id": "i", "type": "image", "source": source, "alt": "Rauschen"}


def test_pages_show_pictures_in_twice_the_pixels():
    page = pages([*with_headline("Neu"), image("static/campaigns/garden.png")])["html_970x250"]
    source = re.search(r'<img src="[^"]*/(media/crops/[^"]*)"', page)[1]
    assert assets.size(source) == (800, 500)


def test_all_of_it_is_one_link_to_where_the_call_to_action_leads():
    for page in pages().values():
        assert page.count("<a ") == 1
        assert 'href="https://steering.example.com/t/c/shop"' in page


def test_without_a_call_to_action_it_leads_to_the_messages_own_link():
    for page in pages(with_headline("Neu")).values():
        assert 'href="https://steering.example.com/r/token"' in page


def test_it_shows_headline_offer_and_code():
    for name, page in pages().items():
        assert "Bereit für den Sommer?" in page
        assert "Jetzt ansehen" in page
        assert ("20 % auf alle Gartenmöbel" in page) == (name != f"html_{SHORT}")
        assert ("SOMMER-7K4M-92QX" in page) == (name != f"html_{SHORT}")


def test_it_says_that_it_is_advertising_and_whose():
    assert all("Anzeige · Muster GmbH" in page for page in pages().values())


def test_without_a_code_there_is_none():
    assert not any('class="code"' in page for page in pages(coupon_code="").values())


def test_our_own_pages_get_no_script():
    for page in compile_banner(builders.content_blocks()).creatives.values():
        filled = page.fill(builders.message_fields())
        assert "<script" not in filled
        assert "<link" not in filled
        assert len(filled.encode()) < 10_000


def test_ad_servers_get_a_click_tag():
    for page in pages().values():
        assert 'var clickTag="https://steering.example.com/t/c/shop";' in page
        assert page.count("clickTag") == 2


def test_a_link_cannot_end_the_script():
    link = 'https://shop.example.com/?a="</script><b>'
    page = pages(with_headline("Neu"), link=link)["html_300x250"]
    assert "</script><b>" not in page
    assert r'clickTag="https://shop.example.com/?a=\"\u003c/script>\u003cb>"' in page


def test_values_are_escaped():
    content = with_headline('{{ first_name | fallback("x") }}')
    assert all("&lt;b&gt;" in page and "<b>" not in page for page in pages(content, first_name="<b>").values())


def test_what_it_leaves_out_is_said():
    assert render(builders.content_blocks(), builders.message_fields()).warnings == (
        "Not carried: letter, store, terms. A banner has room for headline, offer, button and picture only.",
        "320x50 has no room for: coupon code, offer",
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (with_headline("Sommer " * 17), r"h\.text: has 119 characters, for which \d+x\d+ has no room at \d+ pixels"),
        (
            with_headline("Sommerschlussverkauf"),
            r"h\.text: 'Sommerschlussverkauf' is too wide for 160x600 at 15",
        ),
        (
            [*with_headline("x"), {"id": "o", "type": "offer", "title": "Nachlassveranstaltung"}],
            r"o\.title: .* is too wide for 160x600",
        ),
        (
            [*with_headline("x"), {"id": "c", "type": "call_to_action", "label": "Jetzt " * 8, "url": "https://a.de"}],
            r"c\.label: .* is too wide",
        ),
        ([{"id": "t", "type": "text", "text": "x"}], "a banner needs a headline"),
    ],
)
def test_what_does_not_fit_is_refused_by_size_and_field(content, reason):
    with pytest.raises(ContentError, match=reason):
        pages(content)


def test_a_text_is_measured_with_a_long_name():
    pages(with_headline("Neu für Sie und für Ihren Garten"))
    with pytest.raises(ContentError, match="no room"):
        pages(
            with_headline(
                '{{ full_name | fallback("") }}, jetzt neu für Sie: alles für Ihren schönen Garten und noch sehr viel mehr'
            )
        )


def test_a_shorter_text_for_the_banner_is_the_remedy():
    content = [with_headline("Sommer " * 17)[0] | {"overrides": {"banner": {"text": "Sommer"}}}]
    assert len(pages(content)) == len(NAMES)


def test_a_person_with_a_still_longer_name_is_not_refused():
    content = with_headline('Neu für {{ first_name | fallback("Sie") }}')
    assert len(parts(content, first_name="Annamariamagdalena" * 4)) == 2 * len(NAMES)


def test_each_person_gets_the_text_that_is_for_them():
    only = {"all": [{"field": "first_name", "is": "one_of", "values": ["Erika"]}]}
    content = [with_headline("Für Erika")[0] | {"id": "e", "only_if": only}, *with_headline("Für alle")]
    assert "Für Erika" in pages(content, first_name="Erika")["html_300x250"]
    assert "Für alle" in pages(content, first_name="Kim")["html_300x250"]
    pictures = [parts(content, first_name=name)["png_300x250"] for name in ("Erika", "Kim")]
    assert pictures[0] != pictures[1]


@pytest.mark.parametrize("name", ["王小明", "יעל", "สมชาย"])
def test_words_that_the_pictures_font_cannot_draw_make_no_pictures_and_pages_all_the_same(name):
    made = render(with_headline('Neu für {{ first_name | fallback("Sie") }}'), builders.message_fields(first_name=name))
    assert set(made.parts) == {f"html_{size}" for size in NAMES}
    (said,) = made.warnings
    assert said.startswith("No pictures of the banner are made: h.text holds letters that their font does not have (")
    assert name not in said


@pytest.mark.parametrize("name", ["Zoë Łukasz Őri", "Ελένη", "Жанна", "„Ab\u00adend“ …→"])
def test_letters_of_europe_are_drawn(name):
    made = render(with_headline(name), builders.message_fields())
    assert len(made.parts) == 2 * len(NAMES)
    assert not made.warnings


def test_an_emoji_is_left_out_of_the_pictures_and_that_is_said():
    with_sign, without = (render(with_headline(text), builders.message_fields()) for text in ("Neu 😀 da", "Neu da"))
    assert with_sign.parts["png_300x250"] == without.parts["png_300x250"]
    assert "😀" in with_sign.parts["html_300x250"]
    assert [said.endswith("does not have: h.text") for said in with_sign.warnings] == [True]
