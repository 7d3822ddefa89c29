"""A mail server hands over what comes back, by LMTP or SMTP, and is told 250 only for what is recorded."""

import asyncio
import smtplib
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone

from channels.email import verp
from channels.email.inbound import receiver
from channels.models import Dispatch, InboundMail
from tests import builders
from tests.channels.email.inbound import samples

pytestmark = pytest.mark.django_db(transaction=True)
CHECKOUT = Path(__file__).resolve().parents[4]
FBL = "fbl@example.com"


@contextmanager
def serving(way: str) -> Iterator[int]:
    """The receiver in a thread of its own; yields its port."""
    listening = socket.create_server(("127.0.0.1", 0))
    loop, told = asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(receiver.serve(listening, way, ended=told)))
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        loop.call_soon_threadsafe(told.set)
        thread.join(60)
        loop.close()


@pytest.fixture
def lmtp(settings) -> Iterator[smtplib.LMTP]:
    settings.BOUNCE_DOMAIN, settings.INBOUND_ADDRESSES = "bounces.example.com", [FBL]
    with serving("lmtp") as port, smtplib.LMTP("127.0.0.1", port, local_hostname="mx") as client:
        yield client


def dispatch() -> Dispatch:
    return builders.dispatch(builders.wave(), state="sent", claimed_at=timezone.now())


def path_of(made: Dispatch) -> str:
    return str(verp.make(made.pk))


def answers_after_data(client: smtplib.LMTP, raw: bytes, *recipients: str) -> list[int]:
    """Spoken by hand, because smtplib reads one answer only, and LMTP gives one for each recipient."""
    client.ehlo_or_helo_if_needed()
    client.docmd("MAIL FROM:<>")
    for recipient in recipients:
        client.docmd(f"RCPT TO:<{recipient}>")
    client.docmd("DATA")
    client.send(raw.replace(b"\n", b"\r\n") + b"\r\n.\r\n")
    return [client.getreply()[0] for _ in recipients]


def test_a_bounce_is_recorded_before_it_is_acknowledged(lmtp):
    made = dispatch()
    lmtp.sendmail("", [path_of(made)], samples.dsn(return_path=path_of(made)))
    made.refresh_from_db()
    assert made.state == "bounced"
    assert InboundMail.objects.get().way == "lmtp"


def test_every_recipient_gets_an_answer_of_its_own(lmtp):
    made = [dispatch(), dispatch()]
    assert answers_after_data(lmtp, samples.dsn(), *map(path_of, made)) == [250, 250]
    assert set(Dispatch.objects.values_list("state", flat=True)) == {"bounced"}


def test_named_addresses_are_taken_and_no_others(lmtp):
    lmtp.ehlo_or_helo_if_needed()
    lmtp.docmd("MAIL FROM:<>")
    assert lmtp.docmd(f"RCPT TO:<{FBL.upper()}>")[0] == 250
    assert lmtp.docmd("RCPT TO:<somebody@bounces.example.com>")[0] == 550
    assert lmtp.docmd("RCPT TO:<bounce+aaaaaaaaaaaaaaaaaaaaaaaaaa@bounces.example.com>")[0] == 550


def test_what_cannot_be_recorded_stays_with_the_other_side(lmtp, monkeypatch):
    made = dispatch()

    def database_is_away(*args, **kwargs):
        raise OperationalError

    monkeypatch.setattr(receiver, "receive", database_is_away)
    assert answers_after_data(lmtp, samples.dsn(), path_of(made)) == [451]
    monkeypatch.undo()
    assert answers_after_data(lmtp, samples.dsn(), path_of(made)) == [250]


@pytest.mark.parametrize("mistake", [RuntimeError, MemoryError, RecursionError])
def test_a_mistake_of_ours_loses_no_mail_either(lmtp, monkeypatch, mistake):
    made = dispatch()

    def broken(*args, **kwargs):
        raise mistake

    monkeypatch.setattr(receiver, "receive", broken)
    assert answers_after_data(lmtp, samples.dsn(), path_of(made)) == [451]


def test_a_mail_that_is_too_large_is_refused_and_the_next_one_taken(settings):
    settings.BOUNCE_DOMAIN, settings.INBOUND_MOST_BYTES = "bounces.example.com", 50_000
    made = dispatch()
    with serving("lmtp") as port, smtplib.LMTP("127.0.0.1", port, local_hostname="mx") as client:
        assert answers_after_data(client, b"A: b\n\n" + b"x\n" * 60_000, path_of(made)) == [552]
        assert answers_after_data(client, samples.dsn(), path_of(made)) == [250]


@pytest.mark.parametrize(
    "odd",
    [b"x" * 200_000, b"\x00\xff\x80", b"Subject: \xc3\xa4\n\n\xc3\xa4", b"Content-Type: message/rfc822\n\n" * 2000],
    ids=["a long line", "no text", "raw UTF-8", "nested"],
)
def test_odd_mails_are_taken_and_kept(lmtp, odd):
    made = dispatch()
    assert answers_after_data(lmtp, odd, path_of(made)) == [250]
    assert InboundMail.objects.get().content is not None


def test_smtp_is_spoken_too(settings):
    settings.BOUNCE_DOMAIN = "bounces.example.com"
    made = dispatch()
    with serving("smtp") as port, smtplib.SMTP("127.0.0.1", port, local_hostname="mx") as client:
        client.sendmail("", [path_of(made)], samples.dsn())
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            client.sendmail("", ["relay@elsewhere.example"], samples.dsn())
    made.refresh_from_db()
    assert made.state == "bounced"


@pytest.mark.parametrize("place", ["", "2424", "127.0.0.1:", "127.0.0.1:99999", "127.0.0.1:x", "256.256.256.256:1"])
def test_the_command_names_a_place_that_is_none(place: str):
    with pytest.raises(CommandError):
        call_command("receive_bounces", smtp=place, lmtp=None)


def test_the_command_listens_until_it_is_told_to_end():
    program = [sys.executable, "manage.py", "receive_bounces", "--lmtp", "127.0.0.1:0"]
    with subprocess.Popen(program, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as process:
        said = process.stdout.readline()
        with socket.create_connection(("127.0.0.1", int(said.rpartition(" ")[2]))) as connection:
            assert connection.recv(100).startswith(b"220")
        process.terminate()
        assert process.wait(60) == 0
