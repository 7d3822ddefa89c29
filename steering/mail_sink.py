"""A local mail server that delivers to nobody: what it receives is kept in a Maildir, one file a recipient.

`python -m steering.mail_sink` runs it. An address that starts with `bounce` is refused as unknown.
"""

import argparse
import asyncio
import itertools
import logging
import mailbox
import os
import signal
import socket
import time
from collections.abc import Iterator
from email import message_from_binary_file, policy
from email.message import EmailMessage
from pathlib import Path
from typing import cast

from aiosmtpd.smtp import SMTP, Envelope, Session

RECIPIENT_HEADER = "Delivered-To"
LARGEST_MESSAGE = 32 * 1024 * 1024
_numbers = itertools.count()


class Keeper:
    """aiosmtpd's handler: refuses or keeps."""

    def __init__(self, maildir: Path) -> None:
        mailbox.Maildir(maildir, create=True)
        self.maildir = maildir

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.lower().startswith("bounce"):
            return "550 5.1.1 No such user here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        for recipient in envelope.rcpt_tos:
            self._keep(envelope, recipient)
        return "250 2.0.0 Kept"

    def _keep(self, envelope: Envelope, recipient: str) -> None:
        # Written beside and moved in one step, as Maildir wants: a reader never sees half a message.
        name = f"{time.time_ns()}.{os.getpid()}_{next(_numbers)}.steering"
        partial = self.maildir / "tmp" / name
        headers = f"Return-Path: <{envelope.mail_from}>\r\n{RECIPIENT_HEADER}: {recipient}\r\n"
        partial.write_bytes(headers.encode() + cast(bytes, envelope.original_content))
        partial.rename(self.maildir / "new" / name)


def received(maildir: Path) -> Iterator[tuple[str, EmailMessage]]:
    """Each message kept so far with the address it was for, oldest first."""
    for path in sorted((maildir / "new").iterdir()):
        with path.open("rb") as file:
            message = cast(EmailMessage, message_from_binary_file(file, policy=policy.default))
        yield str(message[RECIPIENT_HEADER]), message


async def serve(listening: socket.socket, maildir: Path) -> None:
    """Receive until the process is told to end."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signal_number, ended.set)
    keeper = Keeper(maildir)
    server = await loop.create_server(
        lambda: SMTP(keeper, hostname="localhost", enable_SMTPUTF8=True, data_size_limit=LARGEST_MESSAGE),
        sock=listening,
    )
    async with server:
        await ended.wait()


def main() -> None:
    from django.conf import settings

    logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd logs every command with its address
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=settings.MAIL_SINK_PORT)
    parser.add_argument("--fd", type=int, help="a listening socket that was inherited, instead of a port")
    parser.add_argument("--maildir", type=Path, default=settings.VAR / "mail")
    options = parser.parse_args()
    if options.fd is None:
        listening = socket.create_server(("127.0.0.1", options.port))
    else:
        listening = socket.socket(fileno=options.fd)
    options.maildir.parent.mkdir(parents=True, exist_ok=True)
    asyncio.run(serve(listening, options.maildir))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "steering.settings")
    main()
