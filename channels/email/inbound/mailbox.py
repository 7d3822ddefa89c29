"""A mailbox of returned mail, looked into by IMAP: each mail is recorded, and only then moved away.

Whoever dies in between leaves it in the mailbox, where the next one finds it and sees that it is recorded already. So
any number of workers may look at the same time.
"""

import logging
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db import DatabaseError
from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientError

from .recording import receive

log = logging.getLogger(__name__)
WAY = "imap"
TIMEOUT = SocketTimeout(connect=10, read=30)
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class MailboxError(Exception):
    """The mailbox cannot be looked into; the message says why, without user or password."""


@dataclass(frozen=True)
class Place:
    """Where the mailbox is."""

    host: str
    port: int
    folder: str
    is_tls: bool
    user: str = field(repr=False)
    password: str = field(repr=False)

    @classmethod
    def parse(cls, url: str) -> "Place":
        """Of imaps://user:password@host:port/folder. Raises MailboxError."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise MailboxError("INBOUND_IMAP is no URL") from error
        if parts.scheme not in ("imaps", "imap") or not parts.hostname or not parts.username:
            raise MailboxError("INBOUND_IMAP must be imaps://user:password@host:993/INBOX")
        is_tls = parts.scheme == "imaps"
        folder = unquote(parts.path.strip("/")) or "INBOX"
        user, password = unquote(parts.username), unquote(parts.password or "")
        return cls(parts.hostname, port or (993 if is_tls else 143), folder, is_tls, user, password)


@contextmanager
def opened(place: Place) -> Iterator[IMAPClient]:
    """The mailbox with its folder selected. Raises MailboxError when it cannot be reached, whatever the reason."""
    try:
        client = IMAPClient(place.host, place.port, ssl=place.is_tls, timeout=TIMEOUT)
    except OSError as error:
        raise MailboxError(f"no IMAP server: {type(error).__name__}") from error
    try:
        with client:  # logs out, as far as the link still allows
            if not place.is_tls and place.host not in LOOPBACK:
                client.starttls(ssl.create_default_context())
            client.login(place.user, place.password)
            client.select_folder(place.folder)
            yield client
    except (IMAPClientError, OSError) as error:
        # Servers quote the user's name in their answers.
        raise MailboxError(f"the IMAP server does not go along: {type(error).__name__}") from error


def look(*, seconds: float) -> int:
    """Record what lies in the mailbox, for so long at most; returns how many mails were new. Raises MailboxError.

    A mail that the database does not take stays where it is, and stops no other.
    """
    if not settings.INBOUND_IMAP:
        return 0
    ends_at, new = time.monotonic() + seconds, 0
    with opened(Place.parse(settings.INBOUND_IMAP)) as client:
        _make_done_folder(client)
        for uid in client.search(["UNDELETED"]):
            if time.monotonic() > ends_at:
                break
            new += _take(client, uid)
    return new


def _take(client: IMAPClient, uid: int) -> bool:
    """Whether it was new."""
    raw = _fetch(client, uid)
    if raw is None:
        return False  # another worker has moved it in the meantime
    try:
        outcome = receive(raw, way=WAY)
    except DatabaseError:
        log.exception("mail %s of the mailbox cannot be recorded and stays there", uid)
        return False
    _move_away(client, uid)
    return outcome is not None


def _fetch(client: IMAPClient, uid: int) -> bytes | None:
    """All of a mail, or the beginning of one that is too large: reports stand before what they enclose."""
    found = client.fetch([uid], [f"BODY.PEEK[]<0.{settings.INBOUND_MOST_BYTES}>"]).get(uid, {})
    return next((bytes(value) for name, value in found.items() if name.startswith(b"BODY[]") and value), None)


def _make_done_folder(client: IMAPClient) -> None:
    if not client.folder_exists(settings.INBOUND_IMAP_DONE):
        client.create_folder(settings.INBOUND_IMAP_DONE)


def _move_away(client: IMAPClient, uid: int) -> None:
    """By MOVE (RFC 6851); else copied and marked as deleted, so that no search finds it any more."""
    if client.has_capability("MOVE"):
        client.move([uid], settings.INBOUND_IMAP_DONE)
        return
    client.copy([uid], settings.INBOUND_IMAP_DONE)
    client.delete_messages([uid], silent=True)
    if client.has_capability("UIDPLUS"):
        client.uid_expunge([uid])
