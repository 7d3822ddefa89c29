"""Receive returned mail: `manage.py receive_bounces --lmtp 127.0.0.1:2424` or `--smtp ...`, until told to end."""

import asyncio
import logging
import socket
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from channels.email.inbound import receiver


class Command(BaseCommand):
    help = "Receive returned mail (bounces, complaints, requests to unsubscribe) until told to end."

    def add_arguments(self, parser: CommandParser) -> None:
        way = parser.add_mutually_exclusive_group(required=True)
        way.add_argument("--lmtp", metavar="HOST:PORT", help="for a mail server that delivers to us")
        way.add_argument("--smtp", metavar="HOST:PORT", help="for a mail server that relays to us")

    def handle(self, *args: Any, lmtp: str | None, smtp: str | None, **options: Any) -> None:
        logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd logs every command with its address
        with _listening(lmtp or smtp or "") as listening:
            self.stdout.write(f"listening on {listening.getsockname()[1]}")
            self.stdout.flush()
            asyncio.run(receiver.serve_until_told(listening, "lmtp" if lmtp else "smtp"))


def _listening(place: str) -> socket.socket:
    host, _, port = place.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise CommandError(f"must be HOST:PORT, got {place!r}")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, int(port)), family=family)
    except OSError as error:
        raise CommandError(f"cannot listen on {place}: {error.strerror or error}") from error
