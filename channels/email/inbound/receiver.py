"""An LMTP or SMTP server to which a mail server hands what comes back; it answers 250 once the mail is recorded.

Until then the other side keeps the mail, so nothing is lost when we die or the database is away.
"""

import asyncio
import logging
import signal
import socket

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings
from django.db import connection

from . import addresses
from .recording import receive

log = logging.getLogger(__name__)
LONGEST_LINE = 1_000_000  # mail systems quote what they got, without minding the 998 characters of RFC 5322
IDLE_SECONDS = 60
MOST_RECIPIENTS = 100
TAKEN, LATER = "250 2.0.0 Recorded", "451 4.3.0 Cannot record it now, try again later"
NOBODY = "550 5.1.1 No such address here"


class _Lmtp(LMTP):
    line_length_limit = LONGEST_LINE


class _Smtp(SMTP):
    line_length_limit = LONGEST_LINE


PROTOCOLS = {"lmtp": _Lmtp, "smtp": _Smtp}


class Handler:
    """aiosmtpd's handler. Mail is recorded in threads, so that a slow database holds up no other conversation."""

    def __init__(self, way: str) -> None:
        self.way = way

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        if not addresses.is_taken(address):
            return NOBODY
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        raw = bytes(envelope.original_content or b"")
        answers = [await asyncio.to_thread(self._record, raw, recipient) for recipient in envelope.rcpt_tos]
        if self.way == "lmtp":  # RFC 2033: an answer for each recipient
            return "\r\n".join(answers)
        return TAKEN if all(answer == TAKEN for answer in answers) else LATER

    def _record(self, raw: bytes, recipient: str) -> str:
        try:
            receive(raw, way=self.way, recipient=recipient)
        except Exception:  # whatever it is, the other side must keep the mail
            log.exception("a mail that came back cannot be recorded; the other side keeps it")
            return LATER
        finally:
            connection.close()  # of this thread, of which there may be many and none for long
        return TAKEN


async def serve(listening: socket.socket, way: str, *, ended: asyncio.Event) -> None:
    """Receive on this socket until `ended` is set; conversations under way are cut off, and the other side tries again."""
    loop = asyncio.get_running_loop()
    protocol, handler = PROTOCOLS[way], Handler(way)
    server = await loop.create_server(
        lambda: protocol(
            handler,
            hostname=socket.gethostname(),
            ident="bounces",
            enable_SMTPUTF8=True,
            data_size_limit=settings.INBOUND_MOST_BYTES,
            timeout=IDLE_SECONDS,
        ),
        sock=listening,
    )
    async with server:
        await ended.wait()


async def serve_until_told(listening: socket.socket, way: str) -> None:
    """Until the process is told to end."""
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await serve(listening, way, ended=ended)
