"""The local mail server keeps every message, a file a recipient, and refuses whom it is asked to refuse."""

import smtplib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from pathlib import Path

import pytest

from steering.mail_sink import received
from steering.processes import Running, running

pytestmark = pytest.mark.django_db


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Running]:
    with running(web=False, worker=False, folder=tmp_path) as there:
        yield there


def send(sink: Running, *recipients: str, subject: str = "Hello") -> dict:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "news@example.com", "somebody@example.com", subject
    message.set_content("Grüße")
    with smtplib.SMTP("127.0.0.1", sink.mail_port, timeout=30) as connection:
        return connection.send_message(message, to_addrs=recipients)


def test_a_message_is_kept_whole_with_the_address_it_was_for(sink: Running) -> None:
    send(sink, "erika@example.com")
    [(recipient, message)] = received(sink.maildir)
    assert recipient == "erika@example.com"
    assert message["Return-Path"] == "<news@example.com>"
    assert message["Subject"] == "Hello"
    assert message.get_content() == "Grüße\n"


def test_each_recipient_gets_a_file_of_its_own(sink: Running) -> None:
    send(sink, "erika@example.com", "max@example.com")
    assert [recipient for recipient, _ in received(sink.maildir)] == ["erika@example.com", "max@example.com"]


def test_an_address_that_starts_with_bounce_is_refused_as_unknown(sink: Running) -> None:
    refused = send(sink, "erika@example.com", "bounce.max@example.com")
    assert refused == {"bounce.max@example.com": (550, b"5.1.1 No such user here")}
    assert [recipient for recipient, _ in received(sink.maildir)] == ["erika@example.com"]


def test_many_senders_at_once_lose_nothing(sink: Running) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: send(sink, f"p{number}@example.com"), range(200)))
    assert {recipient for recipient, _ in received(sink.maildir)} == {f"p{number}@example.com" for number in range(200)}


def test_its_log_names_nobody(sink: Running, tmp_path: Path) -> None:
    send(sink, "erika@example.com")
    assert "erika" not in (tmp_path / "logs" / "mail.log").read_text()
