"""Nothing that a customer's data holds can break out of any medium: HTML, text, headers, Typst, CSV."""

from email import message_from_bytes, policy
from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns import placeholders
from channels.banner import render as banner
from channels.base import Message
from channels.compiled import Marks, brand
from channels.email import letters
from channels.email import render as mail
from channels.typeset import sheet
from tests import builders

NAMES = ("first_name", "last_name", "full_name", "salutation_line", "city", "attribute_x", "coupon_code")
NASTY = st.lists(
    st.sampled_from(
        [
            *("<script>", "</p>", '"', "'", "&", "<!--", "-->", "]]>", "javascript:", "onload=", "mark0x", "\\", "`"),
            *("\r\n", "\n", "\x00", "\u2028", "\u202e", "\ue0000\ue001", "\ue000", "=?utf-8?q?x?=", "Bcc: x@y", "."),
            *(
                "#panic()",
                "$x$",
                "#import",
                "*",
                "_",
                "[",
                "]",
                "{{",
                "}}",
                "{%",
                "=1+1",
                "@SUM(1)",
                "+1",
                "-1",
                "\t",
                "|",
            ),
        ]
    )
    | st.text(st.characters(exclude_categories=("Cs",)), max_size=5),
    max_size=6,
).map("".join)
FEW = settings(max_examples=60)
PLACEHOLDERS = " / ".join(f'{{{{ {name} | fallback("") }}}}' for name in NAMES)
SOME = '{{ last_name | fallback("") }} {{ attribute_x | fallback("") }}'
CONTENT = [
    {"id": "h", "type": "headline", "text": '{{ first_name | fallback("") }} x', "subject": SOME},
    {"id": "t", "type": "text", "text": f"a {PLACEHOLDERS} z"},
    {"id": "i", "type": "image", "source": "static/campaigns/garden.png", "alt": SOME},
    {"id": "o", "type": "offer", "title": "x", "coupon": "personal"},
    {"id": "p", "type": "product_list", "products": "attribute_x"},
    {"id": "s", "type": "place", "name": SOME, "address": SOME, "hours": SOME},
    {"id": "g", "type": "text", "text": PLACEHOLDERS, "only_if": {"all": [{"field": "city", "is": "filled"}]}},
]


class Shape(HTMLParser):
    """Tags with the names of their attributes; which is all that must not depend on data."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[object] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(name for name, _ in attrs)))

    def handle_endtag(self, tag: str) -> None:
        self.found.append(tag)

    def handle_comment(self, data: str) -> None:
        self.found.append(("comment", data))


def fields(value: str) -> dict[str, object]:
    attributes = {"x": [{"name": f"n{value}", "price": value, "text": value}]}
    return builders.message_fields(**dict.fromkeys(NAMES, value), attributes=attributes)


def shapes(value: str) -> list[list[object]]:
    data = fields(value)
    banners = banner.render(CONTENT, data).parts
    pages = [mail.render(CONTENT, data).parts["html"], *(banners[name] for name in banners if name.startswith("html"))]
    return [Shape(str(page)).found for page in pages]


PLAIN = fields("x")


@FEW
@given(NASTY.map(lambda value: f"x{value}"))
def test_html_has_the_same_tags_whatever_people_are_called(value):
    assert shapes(value) == shapes("x")


@FEW
@given(NASTY.map(lambda value: f"x{value}"))
def test_text_has_the_same_lines(value):
    def lines(data: str) -> int:
        return str(mail.render(CONTENT, fields(data)).parts["text"]).count("\n")

    assert lines(value) == lines("x")
    assert not set(str(mail.render(CONTENT, fields(value)).parts["text"])) & set("\x00\r\u2028\u202e\ue000\ue001")


@FEW
@given(NASTY)
def test_a_mail_has_the_same_headers_and_parts(value):
    message = Message(1, 1, 1, 1, "kunde@example.com", fields(f"x{value}"))
    read = message_from_bytes(letters.compile_letter(CONTENT).fill(message), policy=policy.default)
    usual = message_from_bytes(
        letters.compile_letter(CONTENT).fill(Message(1, 1, 1, 1, "kunde@example.com", PLAIN)), policy=policy.default
    )
    assert read.keys() == usual.keys()
    assert [part.get_content_type() for part in read.walk()] == [part.get_content_type() for part in usual.walk()]
    assert not read["Bcc"]


@FEW
@given(NASTY)
def test_typst_gets_data_and_never_markup(value):
    made = sheet("print_mailing/templates/letter.typ", CONTENT[:2], brand(), Marks())
    values = made.values_for(fields(f"x{value}"))
    assert all(one == placeholders.clean(f"x{value}") for one in values)
    assert made.data == sheet("print_mailing/templates/letter.typ", CONTENT[:2], brand(), Marks()).data
