"""A content as the bytes of a mail: everything that all people get is encoded once, and only the rest for each of them."""

import hashlib
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import formataddr, formatdate, parseaddr
from functools import lru_cache
from typing import Any

from django.conf import settings

from ..base import ChannelError, Message
from ..compiled import Compiled, Slot
from ..signing import sign
from . import quoted, render
from .inbound import addresses

Part = bytes | Slot
FOLD = ",\r\n "  # a line of its own each, as lines should be short
# Anything that would end an address, a header or a command early.
NOT_IN_ADDRESS = re.compile(r"[\x00-\x20\x7f-\x9f<>,;]|\.\.|^@|@$|@.*@")


@dataclass(frozen=True)
class Letter:
    """The mail of one content, ready to be filled for one."""

    constant_headers: bytes
    subject: Compiled
    body: tuple[Part, ...]

    def fill(self, message: Message) -> bytes:
        """The whole mail of one dispatch, in CRLF lines. Raises ChannelError for an address that no mail can be sent to."""
        fields = message.fields
        subject = self.subject.fill(fields)
        head = (
            f"To: {address(message.recipient)}\r\n"
            f"Message-ID: {message_id(message.dispatch_id)}\r\n"
            f"List-Unsubscribe: {unsubscribing(message, fold=FOLD)}\r\n"
            f"Feedback-ID: {feedback_id(message)}\r\n"
            f"Date: {_date(int(time.time()))}\r\n"
        )
        parts = [part if isinstance(part, bytes) else quoted.piece(part(fields)) for part in self.body]
        return b"".join([head.encode(), b"Subject: ", quoted.header(subject), b"\r\n", self.constant_headers, *parts])


def compile_letter(blocks: Sequence[Mapping[str, Any]], language: str = "") -> Letter:
    """In a language in which the content exists. Raises ContentError for a content that is no mail."""
    mail = render.compile_mail(blocks, language)
    return _letter(mail, settings.DEFAULT_FROM_EMAIL)


@lru_cache(maxsize=64)
def _letter(mail: render.Mail, sender: str) -> Letter:
    texts = [part for part in (*mail.text.parts, *mail.html.parts) if isinstance(part, str)]
    boundary = (
        f"=_{hashlib.sha256(''.join(texts).encode()).hexdigest()[:32]}"  # "=_" stands in no quoted-printable text
    )
    headers = (
        f"From: {sender_header(sender)}\r\n"
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"  # RFC 8058
        "Precedence: bulk\r\n"
        "Auto-Submitted: auto-generated\r\n"  # keeps out-of-office answers away, RFC 3834
        "MIME-Version: 1.0\r\n"
        f'Content-Type: multipart/alternative; boundary="{boundary}"\r\n\r\n'
    )
    body = [
        _opening(boundary, "plain"),
        *_pieces(mail.text),
        b"\r\n" + _opening(boundary, "html"),
        *_pieces(mail.html),
        f"\r\n--{boundary}--\r\n".encode(),
    ]
    return Letter(headers.encode(), mail.subject, tuple(_joined(body)))


def _opening(boundary: str, kind: str) -> bytes:
    return (
        f'--{boundary}\r\nContent-Type: text/{kind}; charset="utf-8"\r\n'
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    ).encode()


def _pieces(compiled: Compiled) -> list[Part]:
    """With a soft line break wherever a slot meets something on its line."""
    made: list[Part] = []
    for part in compiled.parts:
        is_slot = not isinstance(part, str)
        if made and (is_slot or not part.startswith(("\n", "\r"))):
            made.append(quoted.SOFT)
        made.append(part if is_slot else quoted.encode(part))
    return made


def _joined(parts: list[Part]) -> list[Part]:
    """Neighbouring bytes as one."""
    made: list[Part] = []
    for part in parts:
        if isinstance(part, bytes) and made and isinstance(made[-1], bytes):
            made[-1] += part
        else:
            made.append(part)
    return made


def message_id(dispatch_id: int) -> str:
    """Always the same for a dispatch, so that two copies of one mail could be told; signed, so that none is made up."""
    return _message_id(dispatch_id, settings.MESSAGE_ID_DOMAIN, settings.SECRET_KEY)


@lru_cache(maxsize=1024)  # asked for when a mail is written, and again when it has left
def _message_id(dispatch_id: int, domain: str, key: str) -> str:
    signature = sign("channels.email.message_id", str(dispatch_id).encode(), key).hex()[:16]
    return f"<dispatch-{dispatch_id}.{signature}@{domain}>"


def unsubscribing(message: Message, *, fold: str = ", ") -> str:
    """Where to unsubscribe: the link first, which one click is for (RFC 8058), then the address where mail comes back."""
    ways = [str(message.fields["unsubscribe_url"])]
    if to := addresses.unsubscribe_address(message.dispatch_id):
        ways.append(f"mailto:{to}")
    return fold.join(f"<{way}>" for way in ways)


def feedback_id(message: Message) -> str:
    """By which mailbox providers report complaints, campaign by campaign."""
    return f"{message.option_id}:{message.wave_id}:campaign:{settings.MESSAGE_ID_DOMAIN}"


def address(given: str) -> str:
    """As servers take it: the domain in ASCII (IDNA). Raises ChannelError for what cannot be an address."""
    local, at, domain = given.rpartition("@")
    if not given:
        raise ChannelError("no address", permanent=True)
    if not (local and at and domain) or NOT_IN_ADDRESS.search(given):
        raise ChannelError("the address is none that a mail can be sent to", permanent=True)
    return given if given.isascii() else f"{local}@{_idna(domain)}"


def _idna(domain: str) -> str:
    try:
        return domain.encode("idna").decode()
    except UnicodeError as error:
        raise ChannelError("the address has a domain that cannot be", permanent=True) from error


@lru_cache(maxsize=64)
def sender_header(sender: str) -> str:
    name, own = parseaddr(sender)
    return formataddr((name, address(own)), "utf-8")


@lru_cache(maxsize=64)
def sender_address(sender: str) -> str:
    return address(parseaddr(sender)[1])


@lru_cache(maxsize=2)
def _date(second: int) -> str:
    return formatdate(second)
