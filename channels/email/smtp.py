"""Django's SMTP backend, made to know whether a message had begun to leave when the link broke."""

import smtplib
from typing import Any

from django.core.mail.backends.smtp import EmailBackend as DjangoBackend


class _Watched:
    """An SMTP conversation that remembers whether DATA of the current message was begun."""

    data_begun = False

    def mail(self, *args: Any, **options: Any) -> tuple[int, bytes]:
        self.data_begun = False
        return super().mail(*args, **options)  # type: ignore[misc]

    def data(self, message: Any) -> tuple[int, bytes]:
        self.data_begun = True
        return super().data(message)  # type: ignore[misc]


class WatchedSMTP(_Watched, smtplib.SMTP):
    pass


class WatchedSMTPOverTLS(_Watched, smtplib.SMTP_SSL):
    pass


class EmailBackend(DjangoBackend):
    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return WatchedSMTPOverTLS if self.use_ssl else WatchedSMTP

    @property
    def may_have_left(self) -> bool:
        """Whether the last message may have been taken although no answer came."""
        return self.connection is not None and self.connection.data_begun
