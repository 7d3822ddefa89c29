"""What the law asks of advertising, seen in what is rendered."""

from dataclasses import replace

import pytest

from campaigns.findings import ERROR, WARNING
from channels import registry
from channels.base import Rendition
from tests.channels.checks.asking import GOOD, codes, found, good, without

pytestmark = pytest.mark.django_db
GOLD = {"all": [{"field": "city", "is": "filled"}]}


def changed(monkeypatch, channel: str, change) -> None:
    """As if the channel rendered something else."""
    carrier = registry.get(channel)
    made = carrier.render

    def render(blocks, fields) -> Rendition:
        rendition = made(blocks, fields)
        return replace(rendition, parts={name: change(name, part) for name, part in rendition.parts.items()})

    monkeypatch.setattr(carrier, "render", render)


class TestSender:
    @pytest.mark.parametrize("channel", ["email", "print_mailing", "direct_post"])
    def test_is_needed(self, settings, channel):
        settings.SENDER_ADDRESS = "  "
        assert [one.severity for one in found(GOOD, channel, code="no_sender")] == [ERROR]

    @pytest.mark.parametrize("channel", ["email", "print_mailing", "direct_post"])
    def test_stands_in_what_is_rendered(self, channel, settings):
        settings.SENDER_ADDRESS = "Gärtnerei & Söhne OHG, Nordstraße 5, 28195 Bremen"
        assert "no_sender" not in codes(GOOD, channel)

    @pytest.mark.parametrize("part", ["html", "text"])
    def test_is_missed_in_each_part_of_a_mail(self, monkeypatch, part):
        gone = "Musterstraße 1, 10115 Berlin"
        changed(monkeypatch, "email", lambda name, said: said.replace(gone, "") if name == part else said)
        assert "no_sender" in codes(GOOD, "email")


class TestImprint:
    def test_is_needed_in_a_mail(self):
        [missing] = found(without("imprint"), "email")
        assert (missing.code, missing.severity) == ("no_imprint", ERROR)

    def test_for_everybody(self):
        assert "no_imprint" in codes(good(imprint={"only_if": GOLD}), "email")

    def test_may_be_on_a_page_that_a_text_leads_to(self):
        linked = {"id": "legal", "type": "legal_notice", "text": "[Impressum](https://shop.example.com/impressum)"}
        assert codes([*without("imprint"), linked], "email") == set()

    def test_is_not_asked_of_a_banner(self):
        assert "no_imprint" not in codes(without("imprint"), "banner")


class TestUnsubscribing:
    @pytest.mark.parametrize("part", ["html", "text"])
    def test_is_missed_in_each_part_of_a_mail(self, monkeypatch, part):
        changed(monkeypatch, "email", lambda name, said: said.replace("/u/test", "/") if name == part else said)
        [missing] = found(GOOD, "email")
        assert (missing.code, missing.severity) == ("no_unsubscribe", ERROR)


class TestObjection:
    def test_is_told_of_by_every_letter(self):
        assert "no_objection" not in codes(GOOD, "print_mailing")

    def test_is_missed_where_the_letter_does_not_say_it(self, monkeypatch):
        monkeypatch.setattr("channels.checks.legal.PdfReader", lambda _: type("Empty", (), {"pages": []})())
        assert [one.severity for one in found(GOOD, "print_mailing", code="no_objection")] == [WARNING]


class TestRecognisable:
    def test_a_post_that_sells_says_that_it_is_advertising(self):
        [warned] = found(GOOD, "social", code="not_marked")
        assert warned.severity == WARNING
        assert "not_marked" not in codes(good(headline={"text": "Anzeige: Ein Tag in der Werkstatt"}), "social")

    def test_one_that_sells_nothing_need_not(self):
        assert "not_marked" not in codes(without("shop"), "social")

    def test_a_banner_says_so_itself(self):
        assert "not_marked" not in codes(GOOD, "banner")
