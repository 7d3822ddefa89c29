"""The in-memory channel, registered for the test, and a mail server."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from channels import registry
from channels.memory import MemoryChannel
from tests import mail_server as mail_server_module
from tests.mail_server import MailServer


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[MemoryChannel]:
    monkeypatch.setitem(registry.CHANNELS, "memory", "channels.memory.MemoryChannel")
    registry.get.cache_clear()
    channel = registry.get("memory")
    assert isinstance(channel, MemoryChannel)
    yield channel
    registry.get.cache_clear()


@pytest.fixture
def mail_server(settings: Settings) -> Iterator[MailServer]:
    """A real SMTP server on loopback, and the settings that lead there."""
    with mail_server_module.running() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_TIMEOUT = 5
        yield server
