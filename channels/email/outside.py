"""A provider behind one of Django's mail backends, django-anymail's above all, used as if it were a line."""

import time
from contextlib import suppress
from dataclasses import dataclass, field

from django.core.mail import EmailMultiAlternatives, get_connection

from .wire.stream import Steps


@dataclass(frozen=True)
class Outside:
    """Which backend, and what it is called with."""

    backend: str
    options: tuple[tuple[str, str], ...] = field(default=(), repr=False)


class OutsideLine:
    """It never waits for others: backends block. What they raise is read by channels.email.errors."""

    socket = None
    ends_at = 0.0
    sent = 0

    def __init__(self, server: Outside) -> None:
        self.server = server
        self.used_at = time.monotonic()
        self._connection = get_connection(server.backend, **dict(server.options))

    def open(self) -> Steps[None]:
        self._connection.open()
        return
        yield

    def check(self) -> Steps[None]:
        return
        yield

    def send(self, mail: EmailMultiAlternatives) -> Steps[str]:
        """The provider's own id of the message, or nothing."""
        mail.connection = self._connection
        mail.send()
        return str(getattr(getattr(mail, "anymail_status", None), "message_id", None) or "")
        yield

    def is_usable(self) -> bool:
        return True

    def may_go_on(self) -> bool:
        return True

    def close(self) -> None:
        with suppress(Exception):  # a broken link cannot say good-bye
            self._connection.close()
