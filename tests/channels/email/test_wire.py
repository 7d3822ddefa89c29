"""One line to a real server on loopback: what it says, what it keeps, and how it ends when the server fails."""

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from channels.email.wire.line import Envelope, Line
from channels.email.wire.loop import Loop
from channels.email.wire.pool import Pool
from channels.email.wire.server import (
    BrokenError,
    IncapableError,
    Patience,
    RefusedError,
    Reply,
    Security,
    Server,
    Stage,
)
from tests import smtp_faults
from tests.smtp_faults import FaultyServer, faulty

MAIL = Envelope("a@example.com", "b@example.com", b"Message-ID: <1@x>\r\n\r\n.a line\r\nwith dots\r\n")
PATIENT = Patience(connect=60, reply=60, final=60)


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with faulty() as server:
        yield server


def to(server: FaultyServer, **options) -> Server:
    return Server("127.0.0.1", server.port, **({"patience": PATIENT} | options))


def ran(line: Line, steps):
    loop = Loop()
    try:
        loop.start(line, steps, line)
        ended = []
        while not ended:
            ended = list(loop.ended(seconds=60))
    finally:
        loop.drop(line)
        loop.close()
    result = ended[0][1]
    if isinstance(result, Exception):
        raise result
    return result


def opened(server: FaultyServer, **options) -> Line:
    line = Line(to(server, **options))
    ran(line, line.open())
    return line


@pytest.mark.parametrize("offers", [("PIPELINING",), (), ("PIPELINING", "SIZE 1000", "8BITMIME")])
def test_a_message_arrives_as_it_was_given(offers):
    with faulty(offers=offers) as server:
        line = opened(server)
        assert ran(line, line.send(MAIL)) == Reply(250, ("2.0.0 taken as ABC123",))
        assert ran(line, line.send(MAIL)).code == 250
    assert server.connections == 1
    assert server.envelopes == [("a@example.com", "b@example.com")] * 2
    assert [message.get_payload() for message in server.messages] == [".a line\r\nwith dots\r\n"] * 2


def test_a_line_whose_server_said_good_bye_unasked_is_noticed_without_asking_all(server):
    line, loop = opened(server), Loop()
    loop.start(line, line.send(MAIL), line)
    assert [result.code for _, result in loop.ended(seconds=60)] == [250]
    assert loop.stirred() == set()
    assert line.may_go_on()
    server.shut_all()
    ends_at = time.monotonic() + 60
    while not (stirred := loop.stirred()):
        assert time.monotonic() < ends_at
    assert stirred == {line}
    assert not line.is_usable()
    assert loop.stirred() == set()
    loop.close()


def test_a_good_bye_together_with_the_last_reply_ends_a_line():
    with faulty({"final": b"250 taken\r\n421 bye"}) as server:
        line = opened(server)
        assert ran(line, line.send(MAIL)).code == 250
        assert not line.may_go_on()


def test_a_server_that_knows_no_ehlo_is_greeted_in_the_old_way():
    with faulty({"EHLO": b"502 what?"}) as server:
        line = opened(server)
        assert ran(line, line.send(MAIL)).code == 250
    assert server.said[1].startswith("HELO")


@pytest.mark.parametrize(
    ("moment", "stage"),
    [("MAIL", Stage.SENDER), ("RCPT", Stage.RECIPIENT), ("DATA", Stage.DATA), ("final", Stage.CONTENT)],
)
@pytest.mark.parametrize("offers", [("PIPELINING",), ()])
def test_after_a_refusal_the_line_is_as_good_as_before(moment, stage, offers):
    with faulty({moment: b"450-4.2.0 later\r\n450 4.2.0 please"}, offers=offers) as server:
        line = opened(server)
        with pytest.raises(RefusedError) as refused:
            ran(line, line.send(MAIL))
        assert refused.value.stage == stage
        assert refused.value.reply == Reply(450, ("4.2.0 later", "4.2.0 please"))
        assert refused.value.reply.enhanced == "4.2.0"
        server.replies.clear()
        assert ran(line, line.send(MAIL)).code == 250
    assert len(server.messages) == 1


@pytest.mark.parametrize("how", ["hang", "cut"])
@pytest.mark.parametrize(
    ("moment", "may_have_left"), [("MAIL", False), ("RCPT", False), ("DATA", False), ("final", True)]
)
def test_a_silent_or_broken_link_says_what_may_have_left(server, how, moment, may_have_left):
    line = opened(server)
    server.replies[moment] = how
    if how == "hang":
        line.server = to(server, patience=replace(PATIENT, **{"final" if moment == "final" else "reply": 0.3}))
    with pytest.raises(BrokenError) as broken:
        ran(line, line.send(MAIL))
    assert broken.value.may_have_left == may_have_left


def test_what_a_server_could_not_have_as_a_whole_has_not_left():
    with faulty(offers=()) as server:
        line = opened(server)
        server.cut_after = 1000
        with pytest.raises(BrokenError) as broken:
            ran(line, line.send(replace(MAIL, content=b"x" * 70 + b"\r\n" * 20_000_000)))
    assert broken.value.may_have_left is False


@pytest.mark.parametrize("greeting", [b"554 no", b"HTTP/1.1 400 Bad", "hang", "cut", b"220 " + b"x" * 70_000])
def test_a_server_that_is_none_is_told_before_anything_is_given(greeting):
    patience = replace(PATIENT, reply=0.3) if greeting == "hang" else PATIENT
    with faulty({"greeting": greeting}) as server, pytest.raises((RefusedError, BrokenError)) as failed:
        opened(server, patience=patience)
    assert failed.value.stage == Stage.OPENING


def test_nobody_at_the_port_is_a_broken_link():
    with faulty() as server:
        pass
    with pytest.raises(BrokenError, match="ConnectionRefused"):
        opened(server)


class TestLoggingIn:
    @pytest.mark.parametrize("offer", ["AUTH PLAIN LOGIN", "AUTH=PLAIN"])
    def test_by_plain(self, offer):
        with faulty(offers=(offer,)) as server:
            opened(server, user="erika", password="geheim")
        assert "AUTH PLAIN AGVyaWthAGdlaGVpbQ==" in server.said

    def test_a_wrong_password_is_a_refusal_that_shows_none(self):
        with (
            faulty({"AUTH": b"535 5.7.8 no"}, offers=("AUTH PLAIN",)) as server,
            pytest.raises(RefusedError) as refused,
        ):
            opened(server, user="erika", password="geheim")
        assert "geheim" not in str(refused.value)
        assert "geheim" not in repr(to(server, password="geheim"))

    def test_a_way_that_nobody_knows(self):
        with faulty(offers=("AUTH KERBEROS",)) as server, pytest.raises(BrokenError, match="none of our ways"):
            opened(server, user="erika", password="geheim")


class TestEncryption:
    @pytest.fixture
    def secured(self, tmp_path) -> Iterator[tuple[FaultyServer, str]]:
        context, authority = smtp_faults.certificate(tmp_path)
        with faulty(offers=("PIPELINING", "STARTTLS"), tls=context) as server:
            yield server, authority

    def test_an_authority_that_was_renewed_is_taken_from_then_on(self, tmp_path):
        for _ in range(2):
            context, authority = smtp_faults.certificate(tmp_path)
            with faulty(offers=("PIPELINING", "STARTTLS"), tls=context) as server:
                line = Line(replace(to(server, security=Security.STARTTLS, ca_file=authority), host="localhost"))
                ran(line, line.open())

    @pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
    def test_a_certificate_of_a_private_authority_is_taken_when_it_is_named(self, secured, security):
        server, authority = secured
        server.is_wrapped = security == Security.TLS
        line = Line(replace(to(server, security=security, ca_file=authority), host="localhost"))
        ran(line, line.open())
        assert ran(line, line.send(MAIL)).code == 250
        assert server.messages

    @pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
    def test_a_certificate_that_nobody_vouches_for_gets_nothing(self, secured, security):
        server, _ = secured
        server.is_wrapped = security == Security.TLS
        line = Line(replace(to(server, security=security), host="localhost"))
        with pytest.raises(BrokenError, match="certificate"):
            ran(line, line.open())

    def test_a_certificate_of_another_name_gets_nothing(self, secured):
        server, authority = secured
        with pytest.raises(BrokenError, match="certificate"):
            opened(server, security=Security.STARTTLS, ca_file=authority)  # it says localhost, not 127.0.0.1

    def test_a_server_without_it_gets_nothing_when_it_is_asked_for(self):
        with faulty({"STAR": b"502 no"}) as server, pytest.raises(RefusedError):
            opened(server, security=Security.STARTTLS, user="erika", password="geheim")
        assert not any(said.startswith("AUTH") for said in server.said)


class TestAddressesBeyondAscii:
    MAIL = replace(MAIL, recipient="jörg@example.com", content="To: jörg@example.com\r\n\r\nx\r\n".encode())

    def test_are_given_where_the_server_takes_them(self):
        with faulty(offers=("PIPELINING", "SMTPUTF8", "8BITMIME")) as server:
            line = opened(server)
            ran(line, line.send(self.MAIL))
        assert server.envelopes == [("a@example.com", "jörg@example.com")]
        assert "MAIL FROM:<a@example.com> BODY=8BITMIME SMTPUTF8" in server.said

    def test_are_refused_before_anything_is_said_where_it_does_not(self, server):
        line = opened(server)
        with pytest.raises(IncapableError):
            ran(line, line.send(self.MAIL))
        assert ran(line, line.send(MAIL)).code == 250


class TestPool:
    def test_a_line_is_used_again(self, server):
        pool, line = Pool(), opened(server)
        pool.keep(line)
        assert pool.count(line.server) == 1
        assert pool.take(line.server) is line
        assert pool.take(line.server) is None

    def test_a_line_that_the_server_closed_is_not(self):
        pool = Pool()
        with faulty({"DATA": b"421 bye"}) as server:
            line = opened(server)
            with pytest.raises(RefusedError):
                ran(line, line.send(MAIL))
        pool.keep(line)
        assert pool.take(line.server) is None

    def test_a_line_that_has_carried_enough_is_not(self, server):
        pool, line = Pool(), opened(server, messages_a_line=1)
        ran(line, line.send(MAIL))
        pool.keep(line)
        assert pool.take(line.server) is None

    def test_lines_that_rest_too_long_are_closed(self, server):
        pool, line = Pool(), opened(server)
        pool.keep(line)
        line.used_at -= 60
        pool.close_idle()
        assert pool.count(line.server) == 0
        assert line.socket is None
