"""Mails are read as they arrived, and compared with what the ledger says of them."""

import mailbox as maildirs
from pathlib import Path

import pytest

from channels import recipients, registry, tracking
from channels.email.channel import compose
from channels.models import Dispatch
from steering.demo import mailbox
from steering.demo.errors import DemoError
from steering.demo.mailbox import Mail
from tests import builders

ADDRESS = "erika@post.example"


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    maildirs.Maildir(tmp_path / "mail", create=True)
    return tmp_path / "mail"


@pytest.fixture
def dispatch(db) -> Dispatch:
    wave = builders.wave(builders.campaign(blocks=builders.content_blocks()))
    return builders.dispatch(wave, builders.customer(email=ADDRESS), coupon_code="K7-MILD")


def deliver(dispatch: Dispatch, maildir: Path, *, name: str = "1") -> None:
    """As the local mail server keeps it."""
    [(_, blocks)] = recipients.by_content(dispatch.wave_id, [dispatch.pk])
    channel = registry.get("email")
    [message] = recipients.messages(channel, [dispatch.pk], blocks)
    mail = compose(message, channel.render(blocks[dispatch.option_id], message.fields))
    (maildir / "new" / name).write_bytes(f"Delivered-To: {ADDRESS}\r\n".encode() + mail.message().as_bytes())


def test_a_mail_gives_what_a_person_may_do_with_it(dispatch: Dispatch, maildir: Path) -> None:
    deliver(dispatch, maildir)
    assert mailbox.read(maildir) == [
        Mail(
            dispatch_id=dispatch.pk,
            recipient=ADDRESS,
            pixel=tracking.open_url(dispatch.pk),
            links=tuple(tracking.link_url(dispatch.pk, block) for block in ("picture", "shop", "store")),
            unsubscribe=tracking.unsubscribe_url(dispatch.pk),
            coupon="K7-MILD",
        )
    ]


def test_a_mail_is_read_once(dispatch: Dispatch, maildir: Path) -> None:
    deliver(dispatch, maildir, name="1")
    mailbox.read(maildir)
    deliver(dispatch, maildir, name="2")
    assert [len(mailbox.read(maildir)), len(mailbox.read(maildir))] == [1, 0]


def test_before_the_first_mail_there_is_none(tmp_path: Path) -> None:
    assert mailbox.read(tmp_path / "mail") == []


def test_a_mail_of_somebody_else_is_named(maildir: Path) -> None:
    (maildir / "new" / "stray").write_bytes(b"Delivered-To: a@b.example\r\nSubject: Hello\r\n\r\nHello")
    with pytest.raises(DemoError, match="the mail stray names no dispatch"):
        mailbox.read(maildir)


def mail(dispatch_id: int, recipient: str = "a@b.example") -> Mail:
    return Mail(dispatch_id, recipient, pixel="", links=(), unsubscribe="", coupon="")


def test_mails_that_are_all_there_once_are_as_the_ledger_says() -> None:
    mailbox.compare([mail(1), mail(2)], {1: "a@b.example", 2: "a@b.example"})


@pytest.mark.parametrize(
    ("mails", "expected", "words"),
    [
        ([], {7: "a@b.example"}, r"1 missing \(dispatch 7\)"),
        ([mail(7), mail(7)], {7: "a@b.example"}, r"1 doubled \(dispatch 7\)"),
        ([mail(7)], {}, r"1 not in the ledger \(dispatch 7\)"),
        ([mail(7, "c@d.example")], {7: "a@b.example"}, r"1 to another address \(dispatch 7\)"),
    ],
)
def test_a_difference_between_mails_and_ledger_is_named(mails, expected, words) -> None:
    with pytest.raises(DemoError, match=words):
        mailbox.compare(mails, expected)
