"""Accounts that lead to servers on loopback."""

from collections.abc import Callable

import pytest

from channels.models import NetworkAccount
from channels.social import accounts

from .servers import Fault, NetworkServer

PATIENCE_SECONDS = 60
IDS = {
    "meta": {"audience_id": "23850000000000001"},
    "google": {"audience_id": "777", "owner_id": "123-456-7890"},
    "linkedin": {"audience_id": "10804"},
}


@pytest.fixture(autouse=True)
def _patient(settings) -> None:
    settings.SOCIAL_TIMEOUT = PATIENCE_SECONDS


@pytest.fixture
def strike(settings) -> Callable[..., None]:
    """What a server's next main request runs into. Only of one that never answers we soon expect no answer."""

    def struck(server: NetworkServer, **fault) -> None:
        if fault.get("hangs"):
            settings.SOCIAL_TIMEOUT = 1
        server.faults.append(Fault(on=server.main, **fault))

    return struck


@pytest.fixture
def account_at(settings) -> Callable[..., NetworkAccount]:
    """An account at a server, its secret sealed."""
    settings.SOCIAL_PRIVATE_HOSTS = ["127.0.0.1"]

    def make(server: NetworkServer, **fields) -> NetworkAccount:
        defaults = {"name": f"Our {server.kind}", "slug": server.kind, "kind": server.kind, "base_url": server.url}
        account = NetworkAccount(**(defaults | IDS.get(server.kind, {}) | fields))
        accounts.keep_secret(account, server.secret)
        account.save()
        return account

    return make
