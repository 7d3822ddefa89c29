"""Writing down what a vendor is to be told, in the transaction in which it happens: told exactly if it happened."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from django.db import transaction

from .. import calls, queues
from ..access import plain
from ..models import Vendor, WebhookDelivery, WebhookEndpoint, WebhookEvent, WebhookType
from . import endpoints


def announce(vendor: Vendor, type: str, payload: Mapping[str, Any]) -> WebhookEvent:
    """One event, for each endpoint of the vendor that wants it. `payload`: ids and short names only.

    Raises ValueError for a type that there is not, and for a payload that holds anything else.
    """
    if type not in WebhookType.values:
        raise ValueError(f"type must be one of {', '.join(WebhookType.values)}, got {type!r}")
    wanting = [one for one in WebhookEndpoint.objects.filter(vendor=vendor) if wants(one, type)]
    return write(vendor, type, payload, wanting)


def write(vendor: Vendor, type: str, payload: Mapping[str, Any], told: list[WebhookEndpoint]) -> WebhookEvent:
    """The event and its deliveries; whoever delivers is called after the commit, and found by the sweep otherwise."""
    with transaction.atomic():
        event = WebhookEvent.objects.create(
            uid=f"msg_{uuid4().hex}", vendor=vendor, type=type, payload=plain.checked(payload)
        )
        WebhookDelivery.objects.bulk_create(WebhookDelivery(event=event, endpoint=one) for one in told)
        for one in told:
            transaction.on_commit(lambda endpoint_id=one.pk: call(endpoint_id), robust=True)
    return event


def wants(endpoint: WebhookEndpoint, type: str) -> bool:
    return endpoints.is_called(endpoint) and (not endpoint.types or type in endpoint.types)


def call(endpoint_id: int) -> None:
    calls.call(queues.DELIVER_WEBHOOKS, endpoint_id)
