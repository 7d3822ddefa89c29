"""Texts before approval: what does not fit, reads badly without what is not known, or says nothing of a picture."""

import pytest

from campaigns.findings import ERROR, WARNING
from channels.checks import Circumstances, contrast
from channels.checks.case import Case
from tests import builders
from tests.channels.checks.asking import GOOD, PICTURE, codes, found, good

pytestmark = pytest.mark.django_db
GOLD = {"all": [{"field": "attribute_tier", "is": "one_of", "values": ["gold"]}]}


def test_nothing_speaks_against_a_good_mail():
    assert found(GOOD, "email") == []


class TestCarried:
    def test_what_a_channel_refuses_is_an_error(self):
        [refused] = found([GOOD[1]], "email", code="not_carried")
        assert (refused.channel, refused.severity) == ("email", ERROR)

    def test_a_block_that_is_left_out_is_a_warning_in_the_words_of_its_type(self):
        [left_out] = found(good(banner={}), "banner", code="left_out")[:1]
        assert left_out.severity == WARNING
        assert "A banner has room for" in left_out.reason

    def test_unless_staff_have_hidden_it(self):
        hidden = {"overrides": {"banner": {"hidden": True}}}
        assert "left_out" not in codes(good(text=hidden, imprint=hidden), "banner")

    def test_what_is_only_for_some_is_left_out_where_everybody_sees_the_same(self):
        some = {"id": "gold", "type": "text", "text": "Für Sie schon am Freitag.", "only_if": GOLD}
        assert "gold" in {one.path for one in found(good(some), "direct_post", code="left_out")}


class TestFallbacks:
    def test_a_missing_one_is_an_error_and_all_that_is_said(self):
        [missing] = found(good(headline={"text": "Für {{ first_name }}"}), "email")
        assert (missing.code, missing.severity, missing.path) == ("no_fallback", ERROR, "blocks[0].text")

    @pytest.mark.parametrize(
        "text",
        [
            'Hallo {{ first_name | fallback("") }}, schön',
            '{{ first_name | fallback("") }}, schön, dass Sie da sind',
            'Guten Tag {{ title | fallback("") }} Weber',
        ],
    )
    def test_an_empty_one_that_leaves_a_gap_is_a_warning(self, text):
        [poor] = found(good(text={"text": text}), "email", code="poor_fallback")
        assert (poor.path, poor.severity) == ("text.text", WARNING)

    def test_an_empty_one_that_leaves_none_is_not(self):
        text = 'Hallo{{ first_name | fallback("") }}, schön\n\nEin Satz  mit zwei Lücken .'
        assert "poor_fallback" not in codes(good(text={"text": text}), "email")

    def test_one_that_leaves_nothing_of_what_is_needed_is_an_error(self):
        [missing] = found(good(shop={"label": '{{ city | fallback("") }}'}), "email", code="no_fallback")
        assert (missing.path, missing.severity) == ("shop.label", ERROR)


class TestRoom:
    def test_a_block_that_does_not_fit_for_whom_it_is_is_an_error(self):
        long = {"id": "gold", "type": "headline", "text": "Sommer " * 12, "only_if": GOLD}
        content = [long, *good()]
        assert {one.path for one in found(content, "banner") if one.is_error} >= {"gold.text"}

    def test_a_mail_that_says_nothing_to_some_is_an_error(self):
        content = [block | {"only_if": GOLD} if block["id"] == "headline" else block for block in good()]
        assert "not_carried" in codes(content, "email")

    def test_a_letter_that_is_too_long_is_outside_the_page(self):
        content = good(text={"text": "\n\n".join(["Ein langer Satz. " * 120] * 2)})
        content += [content[1] | {"id": f"more{n}"} for n in range(10)]
        assert "outside_page" in codes(content, "print_mailing")

    def test_all_blocks_for_some_at_once_are_a_warning_where_each_alone_fits(self):
        page = "\n\n".join(["Ein langer Satz, der eine Zeile füllt. " * 10] * 12)
        some = [{"id": f"b{n}", "type": "text", "text": page, "only_if": GOLD} for n in range(5)]
        assert codes(good(*some[:1]), "print_mailing").isdisjoint({"too_long", "too_long_together"})
        together = found(good(*some), "print_mailing", code="too_long_together")
        assert [one.severity for one in together] == [WARNING]


class TestAlternatives:
    @pytest.mark.parametrize("alt", ["IMG_2041", "garten.jpg", "Bild", "image.", "..", "Ein Tag in der Werkstatt"])
    def test_one_that_says_nothing_is_a_warning(self, alt):
        [useless] = found(good(PICTURE | {"alt": alt}), "email", code="alt_useless")
        assert (useless.path, useless.severity) == ("picture.alt", WARNING)

    @pytest.mark.parametrize("alt", ["Ein Bild vom Garten", "Tisch und Bänke", "Axt"])
    def test_one_that_says_what_is_to_be_seen_is_none(self, alt):
        assert codes(good(PICTURE | {"alt": alt}), "email") == set()

    def test_one_that_is_empty_for_somebody_is_an_error(self):
        [missing] = found(good(PICTURE | {"alt": '{{ city | fallback("") }}'}), "email", code="alt_missing")
        assert missing.severity == ERROR

    def test_one_that_is_not_translated_is_a_warning_at_its_language(self):
        english = {"headline": {"languages": {"en": {"text": "A day in the workshop"}}}}
        [found_one] = found(good(PICTURE, **english), "email", code="alt_untranslated")
        assert found_one.path == "picture.languages.en.alt"
        translated = PICTURE | {"languages": {"en": {"alt": "A garden in the evening"}}}
        assert "alt_untranslated" not in codes(good(translated, **english), "email")


class TestContrast:
    @pytest.mark.parametrize(("colour", "severity"), [("#ffd400", ERROR), ("#808080", WARNING), ("#yyy", ERROR)])
    def test_below_aa_is_said(self, settings, colour, severity):
        settings.BRAND_COLOR = colour
        only = list(contrast.of_brand(mail(GOOD)))
        assert [(one.code, one.severity) for one in only] == [("contrast", severity)]

    def test_just_enough_is_enough(self, settings):
        settings.BRAND_COLOR = "#767676"  # 4.54 : 1, the lightest grey that passes
        assert list(contrast.of_brand(mail(GOOD))) == []


def mail(blocks):
    return Case(blocks, Circumstances()).views(["email"])[0]


def test_an_audience_in_which_nobody_is_is_a_warning():
    audience = builders.audience()
    some = {"id": "vip", "type": "text", "text": "Nur für Sie.", "only_if": {"all": [{"audience": audience.pk}]}}
    assert "empty_audience" in codes(good(some), "email", audience_sizes={audience.pk: 0})
    assert "empty_audience" not in codes(good(some), "email", audience_sizes={audience.pk: 1})
