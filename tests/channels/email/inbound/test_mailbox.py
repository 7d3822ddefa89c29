"""The mailbox of returned mail: each mail once, whoever looks and whoever dies. On a real IMAP server."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from django.db import DatabaseError
from django.utils import timezone
from imapclient import IMAPClient

from channels.email import verp
from channels.email.inbound import mailbox
from channels.email.inbound.mailbox import MailboxError, Place
from channels.models import Dispatch, InboundMail
from tests import builders, imap_server
from tests.at_once import elsewhere
from tests.channels.email.inbound import samples
from tests.imap_server import ImapServer

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def running() -> Iterator[ImapServer]:
    with imap_server.running() as server:
        yield server


@pytest.fixture
def server(running: ImapServer, settings) -> ImapServer:
    running.empty()
    password = quote(imap_server.PASSWORD, safe="")
    settings.INBOUND_IMAP = f"imap://{imap_server.USER}:{password}@127.0.0.1:{running.port}/INBOX"
    settings.BOUNCE_DOMAIN = "bounces.example.com"
    return running


def bounced_mail() -> tuple[Dispatch, bytes]:
    made = builders.dispatch(builders.wave(), state="sent", claimed_at=timezone.now())
    return made, samples.dsn(return_path=str(verp.make(made.pk)))


def test_what_lies_there_is_recorded_and_moved_away(server):
    made, raw = bounced_mail()
    server.put(raw, b"\x00 rubbish")
    assert mailbox.look(seconds=30) == 2
    made.refresh_from_db()
    assert made.state == "bounced"
    assert (server.count("INBOX"), server.count("Recorded")) == (0, 2)
    assert mailbox.look(seconds=30) == 0


def test_who_dies_before_moving_a_mail_has_it_counted_once(server, monkeypatch):
    _, raw = bounced_mail()
    server.put(raw)

    def die(client, uid):
        raise KeyboardInterrupt

    monkeypatch.setattr(mailbox, "_move_away", die)
    with pytest.raises(KeyboardInterrupt):
        mailbox.look(seconds=30)
    assert server.count("INBOX") == 1
    monkeypatch.undo()
    assert mailbox.look(seconds=30) == 0
    assert InboundMail.objects.count() == 1
    assert server.count("INBOX") == 0


def test_a_mail_that_the_database_refuses_stays_and_stops_no_other(server, monkeypatch):
    made, raw = bounced_mail()
    server.put(b"From: poison@x.example\n\nx", raw)
    receive = mailbox.receive

    def refuse_poison(content, **options):
        if b"poison" in content:
            raise DatabaseError
        return receive(content, **options)

    monkeypatch.setattr(mailbox, "receive", refuse_poison)
    assert mailbox.look(seconds=30) == 1
    assert server.count("INBOX") == 1
    made.refresh_from_db()
    assert made.state == "bounced"


@pytest.mark.django_db(transaction=True)
def test_two_who_look_at_once_count_each_mail_once(server):
    mails = [bounced_mail()[1] for _ in range(6)]
    server.put(*mails)
    other = elsewhere(lambda: mailbox.look(seconds=30))
    here = mailbox.look(seconds=30)
    assert here + other.result(timeout=60) == 6
    assert InboundMail.objects.count() == 6
    assert server.count("INBOX") == 0


def test_a_server_without_move_is_served_too(server, monkeypatch):
    _, raw = bounced_mail()
    server.put(raw)
    monkeypatch.setattr(IMAPClient, "has_capability", lambda self, name: False)
    assert mailbox.look(seconds=30) == 1
    assert (server.count("INBOX"), server.count("Recorded")) == (0, 1)
    assert mailbox.look(seconds=30) == 0


def test_of_a_mail_that_is_too_large_the_beginning_is_read(server, settings):
    made, raw = bounced_mail()
    settings.INBOUND_MOST_BYTES = len(raw) + 100
    server.put(raw + b"x" * 5000)
    assert mailbox.look(seconds=30) == 1
    made.refresh_from_db()
    assert made.state == "bounced"
    assert InboundMail.objects.get().size == len(raw) + 100


def test_stops_when_its_time_is_up(server):
    server.put(b"From: a@b.example\n\nx")
    assert mailbox.look(seconds=-1) == 0
    assert server.count("INBOX") == 1


def test_without_a_mailbox_there_is_nothing_to_look_at(settings):
    settings.INBOUND_IMAP = ""
    assert mailbox.look(seconds=1) == 0


class TestPlace:
    def test_reads_a_url(self):
        assert Place.parse("imaps://me%40x:p%2Fw@mail.example.com/Bounces/New") == Place(
            "mail.example.com", 993, "Bounces/New", True, "me@x", "p/w"
        )

    @pytest.mark.parametrize("url", ["https://a:b@c", "imaps://host", "imaps://a:b@host:x", "nonsense"])
    def test_refuses_what_is_none_without_repeating_it(self, url):
        with pytest.raises(MailboxError) as raised:
            Place.parse(url)
        assert url not in str(raised.value)

    def test_never_shows_who_logs_in(self):
        shown = repr(Place.parse("imaps://someone:secret@mail.example.com"))
        assert "someone" not in shown
        assert "secret" not in shown

    def test_a_wrong_password_and_a_dead_server_are_told(self, server, settings):
        settings.INBOUND_IMAP = f"imap://{imap_server.USER}:wrong@127.0.0.1:{server.port}/INBOX"
        with pytest.raises(MailboxError, match="does not go along"):
            mailbox.look(seconds=1)
        settings.INBOUND_IMAP = "imap://a:b@127.0.0.1:1/INBOX"
        with pytest.raises(MailboxError, match="no IMAP server"):
            mailbox.look(seconds=1)
