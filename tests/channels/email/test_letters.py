"""The bytes of a mail: what programs read in them is what was meant for this person, and nobody can add to them."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.base import ChannelError, Message
from channels.email import letters, render
from channels.email.inbound import addresses
from tests import builders

LINES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Co", "Zl", "Zp"]), max_size=200)


def message(recipient: str = "erika@example.com", **fields) -> Message:
    return Message(7, 3, 1, 2, recipient, builders.message_fields(**fields))


def filled(recipient: str = "erika@example.com", **fields) -> bytes:
    return letters.compile_letter(builders.content_blocks()).fill(message(recipient, **fields))


def read(recipient: str = "erika@example.com", **fields) -> EmailMessage:
    return message_from_bytes(filled(recipient, **fields), policy=modern)


def test_both_parts_are_those_of_the_rendition():
    parts = render.render(builders.content_blocks(), builders.message_fields()).parts
    mail = read()
    assert mail.get_content_type() == "multipart/alternative"
    assert mail.get_body(("plain",)).get_content().splitlines() == parts["text"].splitlines()
    assert mail.get_body(("html",)).get_content().splitlines() == parts["html"].splitlines()
    assert mail["Subject"] == parts["subject"]


@given(LINES, LINES)
def test_any_name_arrives_as_it_is(first_name, city):
    fields = builders.message_fields(first_name=first_name, city=city)
    parts = render.render(builders.content_blocks(), fields).parts
    mail = read(first_name=first_name, city=city)
    assert mail.get_body(("plain",)).get_content().split() == parts["text"].split()
    assert mail.get_body(("html",)).get_content().split() == parts["html"].split()


DOTTED = st.text("..,a =é\u00a0" * 2, max_size=120)


@given(DOTTED, DOTTED)
def test_no_line_begins_with_a_dot_which_smtp_would_have_to_double(first_name, attribute):
    blocks = builders.content_blocks()
    text = next(block for block in blocks if block["type"] == "text")
    text["text"] = (
        '.{{ first_name | fallback(".") }}.{{ attribute_x | fallback(".") }}\n\n...\n\n. {{ first_name | fallback("") }}'
    )
    letter = letters.compile_letter(blocks)
    assert b"\n." not in letter.fill(message(first_name=first_name, attribute_x=attribute))


def test_the_headers_that_mailbox_providers_ask_for(settings):
    settings.DEFAULT_FROM_EMAIL = "Müller & Söhne <news@example.com>"
    settings.MESSAGE_ID_DOMAIN = "mail.example.com"
    mail = read()
    assert mail["From"].addresses[0].display_name == "Müller & Söhne"
    assert mail["From"].addresses[0].addr_spec == "news@example.com"
    assert mail["To"] == "erika@example.com"
    assert mail["List-Unsubscribe"] == "<https://steering.example.com/u/token>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Feedback-ID"] == "2:3:campaign:mail.example.com"
    assert mail["Message-ID"] == letters.message_id(7)
    assert mail["Date"].datetime is not None
    assert mail["MIME-Version"] == "1.0"
    assert not mail.defects


def test_where_mail_comes_back_people_may_unsubscribe_by_mail_too_and_the_link_stays_first(settings):
    settings.BOUNCE_DOMAIN = "bounces.example.com"
    link, mailto = read()["List-Unsubscribe"].split(", ")
    assert link == "<https://steering.example.com/u/token>"
    assert addresses.read_unsubscribe(mailto.removeprefix("<mailto:").removesuffix(">")) == 7
    assert read()["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    head = filled().partition(b"\r\n\r\n")[0]
    assert max(map(len, head.split(b"\r\n"))) <= 120


def test_every_line_suits_every_server():
    for line in filled(first_name="Ä" * 80, city="." * 400).split(b"\r\n"):
        assert len(line) <= 998
        assert line.isascii()
        assert b"\n" not in line
        assert b"\r" not in line


@pytest.mark.parametrize(
    "recipient",
    [
        "", "nobody", "@example.com", "a@", "a@b@c.example", "a b@example.com", "a@exam ple.com", "a@b.example\r\nBcc: c@d.example",
        "a@b.example>", "<a@b.example", "a@b.example,c@d.example", "a\x00@b.example", "a@" + "ä" * 80 + ".example",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(recipient):
    with pytest.raises(ChannelError) as refused:
        filled(recipient)
    assert refused.value.permanent
    assert "@" not in str(refused.value)


def test_a_domain_beyond_ascii_is_written_as_servers_know_it():
    assert read("erika@müller.example")["To"] == "erika@xn--mller-kva.example"


def test_two_contents_have_boundaries_of_their_own():
    other = [{"id": "h", "type": "headline", "text": "Anderes"}]
    first = message_from_bytes(filled()).get_boundary()
    assert first != message_from_bytes(letters.compile_letter(other).fill(message())).get_boundary()
