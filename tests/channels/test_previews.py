"""What a person would get on every channel, and what cannot be carried and why."""

import pytest

from channels import previews, registry, sent
from tests import builders

PUBLIC = ("social", "direct_post")


@pytest.mark.django_db
def test_all_channels_show_what_a_customer_would_get():
    person = builders.customer(salutation="frau", first_name="Anna", last_name="Weber", household=True)
    shown = previews.preview(builders.content_blocks(), person.pk)
    assert shown.keys() == registry.CHANNELS.keys()
    assert all(one.rendition and not one.problems for one in shown.values())
    assert "Sehr geehrte Frau Weber," in str(shown["email"].rendition.parts["html"])
    assert {name for name, one in shown.items() if one.picture} == {"print_mailing", "direct_post"}


def test_without_a_customer_a_made_up_one_is_shown():
    assert "Oberhauser-Lindner" in str(previews.preview(builders.content_blocks())["email"].rendition.parts["html"])


def test_a_preview_counts_nothing():
    html = str(previews.preview(builders.content_blocks())["email"].rendition.parts["html"])
    assert "/t/c/" not in html
    assert "/t/o/" not in html
    assert "https://shop.example.com/sommer" in html


def test_the_example_has_no_problems():
    assert previews.problems(builders.content_blocks(), registry.CHANNELS) == []


def test_a_channel_that_cannot_carry_it_says_why_and_the_others_are_shown():
    content = [{"id": "h", "type": "headline", "text": "Sommer " * 12}]
    shown = previews.preview(content)
    assert shown["banner"].rendition is None
    assert shown["banner"].problems[0].path == "h.text"
    assert shown["email"].rendition


def test_problems_are_those_of_the_channels_asked_for():
    content = [
        {"id": "h", "type": "headline", "text": "Neu"},
        {"id": "o", "type": "offer", "title": "20 %", "coupon": "personal"},
    ]
    assert previews.problems(content, ["email", "banner", "print_mailing"]) == []
    found = previews.problems(content, registry.CHANNELS)
    assert sorted((problem.channel, problem.path) for problem in found) == [
        ("direct_post", "o.coupon"),
        ("social", "o.coupon"),
    ]


def test_what_is_wrong_everywhere_is_said_once():
    found = previews.problems([{"id": "h", "type": "headline", "text": "{{ first_name }}"}], registry.CHANNELS)
    assert [(problem.channel, problem.path) for problem in found] == [("", "blocks[0].text")]


def test_an_override_for_a_channel_that_does_not_exist_is_a_problem():
    content = [{"id": "h", "type": "headline", "text": "Neu", "overrides": {"fax": {"text": "x"}}}]
    assert previews.problems(content, [])[0].path == "blocks[0].overrides.fax"


def test_public_channels_are_marked_as_such():
    assert {channel.name for channel in registry.every() if channel.is_public} == set(PUBLIC)


def test_what_does_not_fit_in_one_of_the_languages_is_a_problem():
    long = "Everything for the summer " * 4
    content = [{"id": "h", "type": "headline", "text": "Kurz", "languages": {"en": {"text": long.strip()}}}]
    assert [problem.path for problem in previews.problems(content, ["banner", "social"])] == ["h.text"]


def test_an_unknown_channel_of_a_language_is_a_problem():
    english = {"overrides": {"radio": {"text": "x"}}}
    [problem] = previews.problems([{"id": "h", "type": "headline", "text": "x", "languages": {"en": english}}], [])
    assert problem.path == "blocks[0].languages.en.overrides.radio"


@pytest.mark.django_db
def test_whoever_speaks_english_is_led_to_the_english_page():
    shop = {"id": "c", "type": "call_to_action", "label": "Los", "url": "https://shop.example.com/de"}
    shop["languages"] = {"en": {"label": "Go", "url": "https://shop.example.com/en"}}
    content = [{"id": "h", "type": "headline", "text": "x"}, shop]
    for language, target in (("en-GB", "/en"), ("fr", "/de")):
        person = builders.customer(language=language)
        wave = builders.wave(builders.campaign(blocks=content))
        dispatch = builders.dispatch(wave, person, state="sent")
        assert previews.fields_for(registry.get("email"), content, person.pk)["links"]["c"].endswith(target)
        assert sent.destination(sent.find(dispatch.pk), "c").split("?")[0].endswith(target)
