"""A vendor with an endpoint on loopback, which the settings allow."""

from collections.abc import Callable, Iterator

import pytest
from pytest_django import Settings

from channels.models import Vendor, WebhookEndpoint
from channels.webhooks import endpoints
from tests import builders

from . import receiver
from .receiver import Receiver


@pytest.fixture
def receives() -> Iterator[Receiver]:
    with receiver.running() as told:
        yield told


@pytest.fixture(autouse=True)
def _loopback_is_allowed(settings: Settings) -> None:
    settings.WEBHOOK_PRIVATE_HOSTS = ["127.0.0.1"]


@pytest.fixture
def vendor(db: None) -> Vendor:
    return builders.vendor()


@pytest.fixture
def make(vendor: Vendor) -> Callable[..., WebhookEndpoint]:
    def make(url: str = "https://press.example/hook", **fields: object) -> WebhookEndpoint:
        one = WebhookEndpoint(vendor=fields.pop("vendor", vendor), url=url, **fields)
        one.secret = endpoints.renew_secret(one)
        one.save()
        return one

    return make


@pytest.fixture
def endpoint(make: Callable[..., WebhookEndpoint], receives: Receiver) -> WebhookEndpoint:
    return make(receives.url)
