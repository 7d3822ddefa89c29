"""Patterns by which a mail is taken for spam, each with one that just is not."""

import pytest

from campaigns.findings import ERROR
from tests.channels.checks.asking import PICTURE, TEXT, codes, found, good

pytestmark = pytest.mark.django_db


def subject(text: str) -> list[dict]:
    return good(headline={"subject": text})


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Ein Tag " + "x" * 53, "subject_long"),
        ("Re: Ihre Anfrage", "subject_answer"),
        ("AW: Ihr Termin", "subject_answer"),
        ("WG : Ihr Termin", "subject_answer"),
        ("Endlich! Sommer!", "spam_marks"),
        ("Endlich Sommer!!", "spam_signs"),
        ("Wirklich?!", "spam_signs"),
        ("ALLES MUSS RAUS", "spam_capitals"),
        ("Sie haben gewonnen", "spam_phrase"),
        ("Jetzt zuschlagen und sparen", "spam_phrase"),
        ("Click here for more", "spam_phrase"),
        ("Am Samstag ab zehn Uhr", "preheader_same"),
    ],
)
def test_a_subject_that_looks_like_spam_is_a_warning(text, code):
    [one] = found(subject(text), "email", code=code)
    assert not one.is_error
    assert one.path in ("headline.subject", "headline.preheader")


@pytest.mark.parametrize(
    "text",
    [
        "Ein Tag " + "x" * 52,
        "Reise: Drei Tage Rügen",
        "Endlich Sommer!",
        "Neu bei IKEA und BMW",
        "DIY am Samstag",
        "Am Samstag ab zehn",
        "Herzlich willkommen in der Werkstatt",
        "Clicks, die zählen",
    ],
)
def test_one_that_does_not_is_none(text):
    assert found(subject(text), "email") == []


def test_a_subject_that_is_empty_for_somebody_is_an_error():
    blocks = good(headline={"subject": '{{ attribute_motto | fallback("") }}'})
    assert [one.severity for one in found(blocks, "email", code="subject_empty")] == [ERROR]


def test_the_headline_is_the_subject_where_there_is_no_other():
    assert [one.path for one in found(good(headline={"text": "Re: Samstag"}), "email")] == ["headline.text"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (TEXT.upper(), "spam_capitals"),
        (f"{TEXT} JETZT SOFORT KOMMEN", "spam_capitals"),
        (f"{TEXT} Kostet nur 5 €€", "spam_signs"),
        (f"{TEXT} Ohne Risiko.", "spam_phrase"),
        (f"{TEXT} Ja! Ja! Ja! Ja!", "spam_marks"),
    ],
)
def test_so_is_a_text(text, code):
    assert codes(good(text={"text": text}), "email") == {code}


@pytest.mark.parametrize(
    "text", [f"{TEXT} Ja! Ja! Ja!", f"{TEXT} Die GmbH und die UNESCO.", f"{TEXT} Ein Risiko gibt es nie."]
)
def test_or_it_is_not(text):
    assert codes(good(text={"text": text}), "email") == set()


class TestPictures:
    def test_a_mail_of_hardly_anything_else_is_a_warning(self):
        [warned] = found(good(PICTURE, text={"text": "Kommen Sie vorbei."}), "email")
        assert (warned.code, warned.path) == ("mostly_pictures", "picture")

    def test_with_some_text_it_is_none(self):
        assert found(good(PICTURE), "email") == []

    def test_without_pictures_a_short_mail_is_fine(self):
        assert found(good(text={"text": "Kommen Sie vorbei."}), "email") == []
