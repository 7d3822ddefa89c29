"""One conversation with a mail server (RFC 5321), message after message, with pipelining where it is offered (RFC 2920)."""

import base64
import hmac
import os
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache

from .server import BrokenError, IncapableError, RefusedError, Reply, Security, Server, Stage
from .stream import Steps, Stream

IDLE_CHECK_SECONDS = 5.0  # a line idle for longer is asked whether it still stands before a message is entrusted to it


@dataclass(frozen=True)
class Envelope:
    """One message on its way: CRLF lines, ready to be sent, for one recipient. Addresses are without brackets."""

    sender: str
    recipient: str
    content: bytes
    may_have_dots: bool = True  # at the beginning of a line, where SMTP doubles them; looking for them takes its time


class Line:
    def __init__(self, server: Server) -> None:
        self.server = server
        self.sent = 0
        self.used_at = time.monotonic()
        self._stream = Stream()
        self._offers: dict[str, str] = {}
        self._begun = False  # a transaction that a refusal left open at the server
        self._is_open = False

    @property
    def socket(self) -> socket.socket | None:
        return self._stream.socket

    @property
    def ends_at(self) -> float:
        """When its present wait has lasted too long."""
        return self._stream.ends_at

    def open(self) -> Steps[None]:
        """Connection, TLS, greeting, log-in. Raises RefusedError or BrokenError, both with Stage.OPENING."""
        patience = self.server.patience
        with self._breaking():
            yield from self._stream.connect(self.server.host, self.server.port, patience.connect)
            if self.server.security == Security.TLS:
                yield from self._secure()
            self._expect(Stage.OPENING, (yield from self._stream.reply(patience.reply)))
            yield from self._greet()
            if self.server.security == Security.STARTTLS:
                self._expect(Stage.OPENING, (yield from self._ask("STARTTLS")))
                yield from self._secure()
                yield from self._greet()
            if self.server.user:
                yield from self._log_in()
        self._is_open = True

    def _secure(self) -> Steps[None]:
        server = self.server
        context = tls_context(server.ca_file, server.certificate, server.key)
        yield from self._stream.secure(context, server.host, server.patience.connect)

    def _greet(self) -> Steps[None]:
        reply = yield from self._ask(f"EHLO {self.server.local_name}")
        if reply.code in (500, 502):  # an old server
            reply = yield from self._ask(f"HELO {self.server.local_name}")
        self._expect(Stage.OPENING, reply)
        self._offers = offers(reply)

    def _log_in(self) -> Steps[None]:
        user, password = self.server.user, self.server.password
        methods = self._offers.get("AUTH", "").upper().split()
        if "PLAIN" in methods or not methods:
            reply = yield from self._ask("AUTH PLAIN " + _base64(f"\0{user}\0{password}"))
        elif "LOGIN" in methods:
            reply = yield from self._answer_each("AUTH LOGIN", [lambda _: user, lambda _: password])
        elif "CRAM-MD5" in methods:
            reply = yield from self._answer_each("AUTH CRAM-MD5", [lambda asked: _cram(user, password, asked)])
        else:
            raise BrokenError(f"the server knows none of our ways to log in: {' '.join(methods)[:80]}", Stage.OPENING)
        self._expect(Stage.OPENING, reply)

    def _answer_each(self, command: str, answers: Sequence[Callable[[str], str]]) -> Steps[Reply]:
        reply = yield from self._ask(command)
        for answer in answers:
            if reply.code != 334:
                return reply
            reply = yield from self._ask(_base64(answer(reply.text)))
        return reply

    def is_usable(self) -> bool:
        return self._is_open and self.sent < self.server.messages_a_line and self._stream.is_silent()

    def may_go_on(self) -> bool:
        """is_usable(), without asking the kernel, of a line that is watched since its last reply (Loop.stirred)."""
        return self._is_open and self.sent < self.server.messages_a_line and self._stream.has_nothing_left()

    def check(self) -> Steps[None]:
        """Whether the server still listens, asked after a rest."""
        if time.monotonic() - self.used_at < IDLE_CHECK_SECONDS:
            return
        with self._breaking():
            self._stream.stage = Stage.OPENING
            self._expect(Stage.OPENING, (yield from self._ask("RSET")))
            self._begun = False

    def send(self, envelope: Envelope) -> Steps[Reply]:
        """The server's last reply. Raises RefusedError, BrokenError or IncapableError, which say how far it came."""
        self._stream.stage = Stage.SENDER
        commands = self._commands(envelope)
        with self._breaking():
            if "PIPELINING" in self._offers:
                yield from self._ask_together(commands)
            else:
                yield from self._ask_in_turn(commands)
            reply = yield from self._give(envelope)
        self.sent += 1
        self.used_at = time.monotonic()
        return reply

    def _commands(self, envelope: Envelope) -> list[tuple[Stage | None, str]]:
        is_plain = envelope.sender.isascii() and envelope.recipient.isascii()
        if not is_plain and "SMTPUTF8" not in self._offers:
            raise IncapableError("the server takes no addresses beyond ASCII", Stage.SENDER)
        options = ""
        if "SIZE" in self._offers:
            options += f" SIZE={len(envelope.content)}"
        if "8BITMIME" in self._offers and not envelope.content.isascii():
            options += " BODY=8BITMIME"
        if not is_plain:
            options += " SMTPUTF8"
        begun: list[tuple[Stage | None, str]] = [(None, "RSET")] if self._begun else []
        return [
            *begun,
            (Stage.SENDER, f"MAIL FROM:<{envelope.sender}>{options}"),
            (Stage.RECIPIENT, f"RCPT TO:<{envelope.recipient}>"),
            (Stage.DATA, "DATA"),
        ]

    def _ask_together(self, commands: list[tuple[Stage | None, str]]) -> Steps[None]:
        yield from self._write("".join(f"{command}\r\n" for _, command in commands).encode())
        refusal: RefusedError | None = None
        self._begun = True
        for stage, _ in commands:
            self._stream.stage = stage or Stage.SENDER
            try:
                reply = yield from self._stream.reply(self.server.patience.reply)
            except (OSError, BrokenError):
                self._is_open = False
                if refusal:  # it hung up after it had said no
                    raise refusal from None
                raise
            if stage and not reply.is_good and refusal is None:
                refusal = RefusedError(reply, stage)
            if stage == Stage.DATA and refusal and reply.code == 354:
                # It waits for a message although it has nobody to give it to (RFC 2920, 3.1).
                yield from self._write(b".\r\n")
                yield from self._stream.reply(self.server.patience.reply)
        if refusal:
            raise refusal

    def _ask_in_turn(self, commands: list[tuple[Stage | None, str]]) -> Steps[None]:
        for stage, command in commands:
            self._stream.stage = stage or Stage.SENDER
            reply = yield from self._ask(command)
            self._begun = True
            if stage:
                self._expect(stage, reply)

    def _give(self, envelope: Envelope) -> Steps[Reply]:
        content = envelope.content
        if envelope.may_have_dots and b"\n." in content:
            content = content.replace(b"\n.", b"\n..")
        self._stream.stage = Stage.CONTENT
        patience = self.server.patience
        try:
            yield from self._stream.write(content + b".\r\n", pause=patience.reply, whole=patience.final)
        except ConnectionError:
            if (words := self._stream.last_words()) and not words.is_good:
                raise RefusedError(words, Stage.CONTENT) from None
            raise
        reply = yield from self._stream.reply(patience.final)
        self._begun = False
        self._expect(Stage.CONTENT, reply)
        return reply

    def _ask(self, command: str) -> Steps[Reply]:
        yield from self._write(f"{command}\r\n".encode())
        return (yield from self._stream.reply(self.server.patience.reply))

    def _write(self, data: bytes) -> Steps[None]:
        seconds = self.server.patience.reply
        yield from self._stream.write(data, pause=seconds, whole=seconds)

    def _expect(self, stage: Stage, reply: Reply) -> None:
        if not reply.is_good:
            raise RefusedError(reply, stage)

    @contextmanager
    def _breaking(self) -> Iterator[None]:
        """Whatever goes wrong with the link is told as BrokenError, with what the server may have."""
        try:
            yield
        except RefusedError:
            raise
        except (OSError, BrokenError, UnicodeError) as error:
            stream = self._stream
            has_all = stream.stage == Stage.CONTENT and stream.unsent == 0
            raise BrokenError(_said(error), stream.stage, may_have_left=has_all) from error

    def close(self, *, politely: bool = True) -> None:
        if politely and self._is_open and self.socket is not None:
            with suppress(OSError):
                self.socket.send(b"QUIT\r\n")  # without waiting for the good-bye
        self._is_open = False
        self._stream.close()


def offers(reply: Reply) -> dict[str, str]:
    """The extensions that a reply to EHLO lists, with their parameters. Its first line is the server's name."""
    words = [line.replace("AUTH=", "AUTH ", 1).split(None, 1) for line in reply.lines[1:] if line.strip()]
    return {word[0].upper(): word[1] if len(word) > 1 else "" for word in words}


def tls_context(ca_file: str, certificate: str, key: str) -> ssl.SSLContext:
    """Always with the certificate and the name checked; `ca_file` takes the place of the system's authorities.

    Files that were renewed are read anew. Raises OSError where one is missing or not what it should be.
    """
    return _loaded(ca_file, certificate, key, tuple(map(_version, (ca_file, certificate, key))))


def _version(path: str) -> tuple[int, int, int] | None:
    if not path:
        return None
    found = os.stat(path)
    return found.st_ino, found.st_mtime_ns, found.st_size


@lru_cache(maxsize=16)
def _loaded(ca_file: str, certificate: str, key: str, versions: tuple) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca_file or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if certificate:
        context.load_cert_chain(certificate, key or None)
    return context


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _cram(user: str, password: str, challenge: str) -> str:
    asked = base64.b64decode(re.sub(r"\s", "", challenge))
    return f"{user} {hmac.new(password.encode(), asked, 'md5').hexdigest()}"


def _said(error: Exception) -> str:
    """In words that name no address and no host."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the server's certificate is not to be trusted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {error.reason or type(error).__name__}"
    if isinstance(error, BrokenError):
        return str(error)
    if isinstance(error, socket.gaierror):
        return "the server's name is not known"
    if isinstance(error, TimeoutError):
        return "the server did not answer in time"
    return f"{type(error).__name__}"
