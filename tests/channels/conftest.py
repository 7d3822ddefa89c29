"""The in-memory channel, registered for the test."""

from collections.abc import Iterator

import pytest

from channels import registry
from channels.memory import MemoryChannel


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[MemoryChannel]:
    monkeypatch.setitem(registry.CHANNELS, "memory", "channels.memory.MemoryChannel")
    registry.get.cache_clear()
    channel = registry.get("memory")
    assert isinstance(channel, MemoryChannel)
    yield channel
    registry.get.cache_clear()
