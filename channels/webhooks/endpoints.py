"""Where vendors are told: addresses that may be called, and secrets that are shown once and rotated with an overlap."""

from datetime import timedelta
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from .. import standard_webhooks
from ..guarded import is_public
from ..models import WebhookDelivery, WebhookEndpoint
from ..social import sealing

TROUBLE_AFTER = timedelta(hours=1)
OVERLAP = timedelta(days=1)  # in which both secrets sign
LONGEST = 500


def problem(url: str) -> str:
    """Why this address is never called; empty where it may be. What its name leads to is seen at each call."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "This is no address."
    if not url.isascii() or not url.isprintable() or " " in url or len(url) > LONGEST or not host:
        return "This is no address."
    if parts.username is not None or parts.password is not None or parts.fragment:
        return "An address holds neither a user nor a password, nor anything behind #."
    if parts.scheme != "https" and not (parts.scheme == "http" and host in settings.WEBHOOK_PRIVATE_HOSTS):
        return "It must begin with https://"
    if host not in settings.WEBHOOK_PRIVATE_HOSTS and _is_private(host):
        return "It is in a private network, which WEBHOOK_PRIVATE_HOSTS does not allow"
    return ""


def _is_private(host: str) -> bool:
    """Of a name only the usual one of this machine: what others lead to may change until they are called."""
    try:
        return not is_public(str(ip_address(host)))
    except ValueError:
        return host == "localhost"


def renew_secret(endpoint: WebhookEndpoint) -> str:
    """A new secret, shown this once. For a day the former one signs as well. An endpoint that is not stored yet is not."""
    secret = standard_webhooks.new_secret()
    if endpoint.sealed_secret:
        endpoint.sealed_former, endpoint.former_until = endpoint.sealed_secret, timezone.now() + OVERLAP
    endpoint.sealed_secret = sealing.seal(secret)
    if endpoint.pk:
        endpoint.save(update_fields=["sealed_secret", "sealed_former", "former_until"])
    return secret


def keys_of(endpoint: WebhookEndpoint) -> list[bytes]:
    """Those that sign now, the newest first. Raises SealError where they cannot be opened."""
    sealed = [endpoint.sealed_secret]
    if endpoint.sealed_former and endpoint.former_until and endpoint.former_until > timezone.now():
        sealed.append(endpoint.sealed_former)
    return [standard_webhooks.key_of(sealing.unseal(one)) for one in sealed]


def troubled() -> list[dict[str, Any]]:
    """Those that staff should look at: disabled, or failing for an hour. Each with id, vendor, health and reason."""
    ended = Q(health__in=[WebhookEndpoint.Health.DISABLED, WebhookEndpoint.Health.GONE])
    failing = Q(failing_since__lt=timezone.now() - TROUBLE_AFTER)
    found = WebhookEndpoint.objects.filter(ended | failing, is_active=True).order_by("pk")
    return list(found.values("id", "vendor__name", "health", "health_reason"))


def enable(endpoint: WebhookEndpoint) -> None:
    """Begin anew with one that was disabled, or is left alone. What was given up can be replayed."""
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(
        is_active=True,
        health=WebhookEndpoint.Health.UNKNOWN,
        health_reason="",
        failures=0,
        failing_since=None,
        quiet_until=None,
    )


def is_called(endpoint: WebhookEndpoint) -> bool:
    """Whether it is told of anything: it is switched on, and was neither given up nor told us to stop."""
    return endpoint.is_active and endpoint.health not in (WebhookEndpoint.Health.DISABLED, WebhookEndpoint.Health.GONE)


def replay(endpoint: WebhookEndpoint, delivery_id: int | None = None) -> int:
    """Tell once more, under the same webhook-id: this delivery, or everything that was given up. Returns how many."""
    deliveries = WebhookDelivery.objects.filter(endpoint=endpoint)
    is_given_up = {"state": WebhookDelivery.State.GIVEN_UP}
    chosen = deliveries.filter(**(is_given_up if delivery_id is None else {"pk": delivery_id}))
    now = timezone.now()
    return chosen.update(state=WebhookDelivery.State.DUE, tries=0, due_at=now, state_changed_at=now)
