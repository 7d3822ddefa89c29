"""Nothing that another test made of limits is remembered."""

import pytest

from channels.pace import buckets, limits, local


@pytest.fixture(autouse=True)
def _forgets(monkeypatch: pytest.MonkeyPatch) -> None:
    limits.forget()
    local.forget()
    monkeypatch.setattr(buckets, "_away_until", 0.0)
