"""Content is refused when it is saved, with the place and the reason."""

from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns import blocks
from campaigns.blocks import BLOCK_TYPES, ContentError
from tests import builders

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
ROUGHLY_BLOCKS = st.lists(
    st.fixed_dictionaries(
        {"id": st.sampled_from(["a", "b", "B!", ""]) | JSON, "type": st.sampled_from([*BLOCK_TYPES, "video"])},
        optional=dict.fromkeys(("text", "title", "label", "url", "coupon", "overrides", "x"), JSON),
    ),
    max_size=3,
)

EDITOR = jsonschema.Draft202012Validator(blocks.schema([("banner", "Banner")]))


def headline(**fields: Any) -> dict[str, Any]:
    return {"id": "h", "type": "headline", "text": "Hallo"} | fields


def refusal(*content: Any) -> ContentError:
    with pytest.raises(ContentError) as caught:
        blocks.check(list(content))
    return caught.value


def test_the_example_is_right():
    blocks.check(builders.content_blocks())


@pytest.mark.parametrize(
    ("block", "path", "reason"),
    [
        ("text", "blocks[0]", "must be an object"),
        ({"type": "headline", "text": "x"}, "blocks[0].id", "must be 1 to 32"),
        (headline(id="Über"), "blocks[0].id", "must be 1 to 32"),
        (headline(type="video"), "blocks[0].type", "must be one of headline, text"),
        (headline(type=["headline"]), "blocks[0].type", "must be one of"),
        (headline(colour="red"), "blocks[0].colour", "Headline has no such field"),
        (headline(text=""), "blocks[0].text", "is required"),
        (headline(text="   "), "blocks[0].text", "is blank"),
        (headline(text=7), "blocks[0].text", "must be text, got int"),
        (headline(text="x" * 121), "blocks[0].text", "is longer than 120"),
        (headline(text="Hallo\r\nBcc: all@example.com"), "blocks[0].text", "must stay on one line"),
        (headline(subject="Hallo\nBcc: x"), "blocks[0].subject", "must stay on one line"),
        (headline(text="a\x00b"), "blocks[0].text", "control characters"),
        (headline(text="a\u202eb"), "blocks[0].text", "reading direction"),
        (headline(text="\ue0000\ue001"), "blocks[0].text", "control characters"),
        (headline(text="{{ first_name }}"), "blocks[0].text", "first_name may be empty"),
        (headline(text="{{ password }}"), "blocks[0].text", "there is no field 'password'"),
        (headline(overrides=[]), "blocks[0].overrides", "must be an object"),
        (headline(overrides={"banner": {"size": 1}}), "blocks[0].overrides.banner.size", "no such field"),
        (headline(overrides={"banner": {"hidden": "yes"}}), "blocks[0].overrides.banner.hidden", "true or false"),
        (headline(overrides={"banner": {"text": ""}}), "blocks[0].overrides.banner.text", "hide it"),
        (headline(overrides={"banner": {"text": "{% load x %}"}}), "blocks[0].overrides.banner.text", "{% load"),
        ({"id": "o", "type": "offer", "title": "x", "coupon": "abc"}, "blocks[0].coupon", "3 to 16 capitals"),
        ({"id": "o", "type": "offer", "title": "x", "valid_until": "31.8."}, "blocks[0].valid_until", "date like"),
        ({"id": "o", "type": "offer", "title": "x", "valid_until": "2027-02-30"}, "blocks[0].valid_until", "date like"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(block, path, reason):
    error = refusal(block)
    assert error.path == path
    assert reason in error.reason


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "/shop",
        "shop.example.com",
        "ftp://shop.example.com",
        "mailto:x@example.com",
        "https://",
        "https://user:pass@shop.example.com",
        "https://shop.example.com\\@evil.example",
        "https://shop.example.com/?q={{ first_name }}",
        'https://shop.example.com/"onclick="x',
        "https://[",
        " https://shop.example.com",
    ],
)
def test_a_link_leads_to_a_web_site_and_nowhere_else(url):
    assert refusal({"id": "c", "type": "call_to_action", "label": "Los", "url": url}).path == "blocks[0].url"


@pytest.mark.parametrize("target", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "vbscript:x"])
def test_so_does_a_link_in_a_text(target):
    assert refusal({"id": "t", "type": "text", "text": f"[hier]({target})"}).path == "blocks[0].text"


def test_nothing_personal_goes_into_a_link_of_a_text():
    text = '[hier](https://shop.example.com/{{ city | fallback("x") }})'
    assert "nothing personal" in refusal({"id": "t", "type": "text", "text": text}).reason


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("https://elsewhere.example/x.png", "must be media/"),
        ("media/../secret-key.png", "must be media/"),
        ("/etc/passwd", "must be media/"),
        ("media/picture.svg", "must be media/"),
        ("media/nothing.png", "there is no image"),
        ("static/campaigns/nothing.png", "there is no image"),
        ("media/page.png", "neither a PNG nor a JPEG"),
    ],
)
def test_images_are_our_own_and_really_images(settings, source, reason):
    settings.MEDIA_ROOT.mkdir()
    (settings.MEDIA_ROOT / "page.png").write_text("<svg onload='alert(1)'>")
    error = refusal({"id": "i", "type": "image", "source": source, "alt": "Bild"})
    assert error.path == "blocks[0].source"
    assert reason in error.reason


def test_a_link_in_the_media_folder_leads_nowhere_else(settings, tmp_path):
    settings.MEDIA_ROOT.mkdir()
    (tmp_path / "outside.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (settings.MEDIA_ROOT / "inside.png").symlink_to(tmp_path / "outside.png")
    assert "there is no image" in refusal({"id": "i", "type": "image", "source": "media/inside.png", "alt": "x"}).reason


def test_two_blocks_cannot_have_one_id():
    error = refusal(headline(), headline())
    assert error.path == "blocks[1].id"
    assert "blocks[0]" in error.reason


def test_all_that_is_wrong_can_be_listed():
    found = list(blocks.errors([headline(text=""), headline(id="x", colour="red")]))
    assert [error.path for error in found] == ["blocks[0].text", "blocks[1].colour"]


def test_a_content_that_is_no_list_is_refused():
    with pytest.raises(ContentError, match="must be a list"):
        blocks.check({"blocks": []})


@given(ROUGHLY_BLOCKS | JSON)
def test_whatever_comes_is_right_or_refused_with_a_reason(content):
    assert all(error.path and error.reason for error in blocks.errors(content))


@given(ROUGHLY_BLOCKS)
def test_the_schema_of_the_editor_refuses_nothing_that_is_right(content):
    if list(blocks.errors(content)):
        return
    named = all(set(block.get("overrides") or {}) <= {"banner"} for block in content)
    without_nulls = [{key: value for key, value in block.items() if value is not None} for block in content]
    if named:
        EDITOR.validate(without_nulls)


def test_the_schema_describes_the_example():
    channels = [(name, name) for name in ("email", "banner", "social", "print_mailing", "direct_post")]
    schema = blocks.schema(channels)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(builders.content_blocks(), schema)


@pytest.mark.parametrize("name", BLOCK_TYPES)
def test_the_schema_knows_what_is_required(name):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate([{"id": "x", "type": name}], blocks.schema())


def test_a_channel_gets_its_overrides_and_the_others_do_not():
    content = [headline(overrides={"banner": {"text": "Kurz"}})]
    assert blocks.for_channel(content, "banner") == [{"id": "h", "type": "headline", "text": "Kurz"}]
    assert blocks.for_channel(content, "email") == [{"id": "h", "type": "headline", "text": "Hallo"}]


def test_a_hidden_block_is_left_out_on_that_channel_only():
    content = [headline(overrides={"banner": {"hidden": True}})]
    assert blocks.for_channel(content, "banner") == []
    assert len(blocks.for_channel(content, "email")) == 1


def test_an_override_can_take_an_optional_field_away():
    content = [headline(subject="Betreff", overrides={"email": {"subject": ""}})]
    assert "subject" not in blocks.for_channel(content, "email")[0]


def test_resolving_twice_changes_nothing_and_leaves_the_content_alone():
    content = builders.content_blocks()
    once = blocks.for_channel(content, "banner")
    assert blocks.for_channel(once, "banner") == once
    assert content == builders.content_blocks()


ENGLISH = {"languages": {"en": {"text": "Hello", "overrides": {"banner": {"text": "Hi"}}}}}


@pytest.mark.parametrize(
    ("channel", "language", "said"),
    [
        ("email", "", "Hallo"),
        ("email", "de", "Hallo"),
        ("email", "en", "Hello"),
        ("email", "fr", "Hallo"),
        ("banner", "de", "Kurz"),
        ("banner", "en", "Hi"),
        (
            "social",
            "en",
            "Sozial",
        ),  # a channel's override covers the language, if the language has none for the channel
    ],
)
def test_each_layer_covers_the_one_before_it(channel, language, said):
    content = [headline(overrides={"banner": {"text": "Kurz"}, "social": {"text": "Sozial"}}, **ENGLISH)]
    blocks.check(content)
    assert blocks.for_channel(content, channel, language) == [{"id": "h", "type": "headline", "text": said}]


def test_languages_are_the_companys_own_and_those_that_some_block_has(settings):
    assert blocks.languages([headline()]) == ["de"]
    assert blocks.languages([headline(), headline(**ENGLISH)]) == ["de", "en"]
    settings.CONTENT_LANGUAGE = "en"
    assert blocks.languages([headline(languages={"de": {"text": "Hallo"}})]) == ["en", "de"]


def test_a_condition_stays_with_the_block():
    only = {"all": [{"field": "region", "is": "filled"}]}
    assert blocks.for_channel([headline(only_if=only)], "email")[0]["only_if"] == only


@pytest.mark.parametrize(
    ("block", "path", "reason"),
    [
        (headline(languages=[]), "blocks[0].languages", "must be an object"),
        (headline(languages={"de": {"text": "x"}}), "blocks[0].languages.de", "the base is de"),
        (headline(languages={"fr": {"text": "x"}}), "blocks[0].languages.fr", "must be en"),
        (headline(languages={"en": {"text": ""}}), "blocks[0].languages.en.text", "leave it away"),
        (headline(languages={"en": {"x": "y"}}), "blocks[0].languages.en.x", "no such field"),
        (
            headline(languages={"en": {"overrides": {"banner": {"text": "{{ title }}"}}}}),
            "blocks[0].languages.en.overrides.banner.text",
            "title may be empty",
        ),
        ({"id": "p", "type": "product_list"}, "blocks[0].products", "is required"),
        ({"id": "p", "type": "product_list", "products": []}, "blocks[0].products", "is required"),
        ({"id": "p", "type": "product_list", "products": "name"}, "blocks[0].products", "attribute_<name>"),
        ({"id": "p", "type": "product_list", "products": [{"price": "1"}]}, "blocks[0].products[0].name", "required"),
        ({"id": "p", "type": "product_list", "products": ["x"]}, "blocks[0].products[0]", "must be an object"),
        (
            {"id": "p", "type": "product_list", "products": [{"name": "x"}] * 13},
            "blocks[0].products",
            "at most 12 products",
        ),
        (
            {"id": "p", "type": "product_list", "products": "attribute_x", "otherwise": "attribute_y"},
            "blocks[0].otherwise",
            "must be a list of products",
        ),
        ({"id": "t", "type": "testimonial", "who": "A"}, "blocks[0].testimonial", "one of testimonial, quote"),
        (
            {"id": "t", "type": "testimonial", "testimonial": "x"},
            "blocks[0].testimonial",
            "the number of a testimonial",
        ),
        ({"id": "s", "type": "place", "name": "x", "address": "y"}, "blocks[0].date", "one of date, hours"),
        ({"id": "o", "type": "offer", "title": "x", "offer": "Ä"}, "blocks[0].offer", "short name of an offer"),
    ],
)
def test_new_kinds_are_checked_too(block, path, reason):
    error = refusal(block)
    assert error.path == path
    assert reason in error.reason


def test_the_example_exists_in_both_languages():
    content = builders.content_blocks()
    assert blocks.languages(content) == ["de", "en"]
    english = blocks.for_channel(content, "email", "en")
    assert "Garten" not in " ".join(block.get("text", "") + block.get("title", "") for block in english)
