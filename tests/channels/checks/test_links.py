"""Links before approval: unsafe, misleading and dead ones."""

from datetime import UTC, datetime

import pytest

from campaigns.findings import ERROR, WARNING
from channels.checks.link_answers import Answer
from tests.channels.checks.asking import codes, found, good

pytestmark = pytest.mark.django_db
URL = "https://shop.example.com/tag"
AT = datetime(2026, 11, 26, 8, 30, tzinfo=UTC)


def leading(url: str) -> list[dict]:
    return good(shop={"url": url})


@pytest.mark.parametrize(
    ("url", "code", "severity"),
    [
        ("http://shop.example.com/", "unencrypted_link", WARNING),
        ("https://192.0.2.7/", "unsafe_link", ERROR),
        ("https://[2001:db8::1]/", "unsafe_link", ERROR),
        ("https://2130706433/", "unsafe_link", ERROR),
        ("https://0x7f.1/", "unsafe_link", ERROR),
        ("https://localhost/", "unsafe_link", ERROR),
        ("https://intranet/neu", "unsafe_link", ERROR),
        ("https://shop.internal/", "unsafe_link", ERROR),
        ("https://xn--pple-43d.com/", "lookalike_link", ERROR),  # with a Cyrillic a
        ("https://\u0430\u0440\u0440\u04cf\u0435.com/", "lookalike_link", ERROR),  # all Cyrillic
        ("https://bit.ly/3abc", "shortened_link", WARNING),
        ("https://www.tinyurl.com/3abc", "shortened_link", WARNING),
    ],
)
def test_unsafe_ones_are_found(url, code, severity):
    assert [(one.code, one.severity, one.path) for one in found(leading(url), "email")] == [
        (code, severity, "shop.url")
    ]


@pytest.mark.parametrize(
    "url",
    [
        URL,
        "https://xn--mller-kva.de/",
        "https://müller.de/",
        "https://shop.example.com:8443/a?b=1#c",
        "https://not-bit.ly/",
        "https://1and1.example.com/",
        "http://127.0.0.1:8000/impressum",
    ],
)
def test_safe_ones_are_not(url, settings):
    settings.SITE_URL = "http://127.0.0.1:8000"
    expected = {"unsafe_link"} if "127.0.0.1" in url else set()
    assert codes(leading(url), "email") == expected


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "https://user:pw@shop.example.com/", "//x.de"]
)
def test_those_that_no_content_may_hold_are_errors(url):
    [refused] = found(leading(url), "email")
    assert (refused.severity, refused.path) == (ERROR, "blocks[2].url")


class TestMisleading:
    @pytest.mark.parametrize(
        "text",
        [
            "Hier: [www.bank.example.org](https://shop.example.com/)",
            "Hier: [https://bank.example.org/konto](https://shop.example.com/)",
            "Hier: [example.com.org](https://example.com/)",
            "[info@muster.example](mailto:abuse@other.example)",
        ],
    )
    def test_a_text_that_names_another_site_is_an_error(self, text):
        [misleading] = found(good(text={"text": text}), "email", code="misleading_link")
        assert (misleading.path, misleading.severity) == ("text.text", ERROR)

    @pytest.mark.parametrize(
        "text",
        [
            "[shop.example.com](https://www.shop.example.com/neu)",
            "[example.com](https://shop.example.com/neu)",
            "[unser Laden](https://shop.example.com/)",
            "[preise.pdf](https://shop.example.com/p)",
            "[z.B. hier](https://shop.example.com/p)",
            "[info@muster.example](mailto:INFO@muster.example?subject=x)",
        ],
    )
    def test_one_that_names_the_same_or_none_is_not(self, text):
        assert "misleading_link" not in codes(good(text={"text": text}), "email")

    def test_a_button_is_read_too(self):
        assert "misleading_link" in codes(good(shop={"label": "www.bank.example.org"}), "email")


class TestDead:
    @pytest.mark.parametrize("status", [404, 410])
    def test_a_page_that_is_gone_is_an_error(self, status):
        [dead] = found(good(), "email", answers={URL: Answer(status, "", AT)})
        assert (dead.code, dead.severity, dead.path) == ("dead_link", ERROR, "shop.url")
        assert "2026-11-26 08:30" in dead.reason

    @pytest.mark.parametrize(
        ("status", "reason"), [(503, "it answers 503"), (403, "it answers 403"), (0, "no answer in time")]
    )
    def test_one_that_does_not_answer_is_a_warning(self, status, reason):
        [warned] = found(good(), "email", answers={URL: Answer(status, reason, AT)})
        assert (warned.code, warned.severity) == ("unreachable_link", WARNING)
        assert "could not be reached" in warned.reason

    @pytest.mark.parametrize(
        "answers", [{}, {URL: Answer(200, "", AT)}, {"https://other.example/": Answer(404, "", AT)}]
    )
    def test_one_that_answers_or_was_not_looked_at_is_no_finding(self, answers):
        assert found(good(), "email", answers=answers) == []

    def test_links_in_texts_and_other_languages_are_looked_at_too(self):
        english = {"en": {"text": "[here](https://shop.example.com/en)"}}
        content = good(text={"languages": english})
        answers = {"https://shop.example.com/en": Answer(404, "", AT)}
        assert [one.path for one in found(content, "email", answers=answers, code="dead_link")] == [
            "text.languages.en.text"
        ]
