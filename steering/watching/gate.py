"""Who may see how the platform fares: a token, a network from which one calls directly, or staff who may see what runs."""

import hmac
import ipaddress

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest

PERMISSION = "steering.view_schedulerun"
# A proxy sets one of these. What comes through it comes from the proxy's address, which says nothing of who asks.
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")


def is_machine(request: HttpRequest) -> bool:
    return _knows_token(request) or _is_near(request)


def is_staff(request: HttpRequest) -> bool:
    """Asks the database."""
    return request.user.is_active and request.user.is_staff and request.user.has_perm(PERMISSION)


def _knows_token(request: HttpRequest) -> bool:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return False
    given = given.strip().encode()
    known = [token.strip().encode() for token in settings.WATCH_TOKENS if token.strip()]
    return any([hmac.compare_digest(given, token) for token in known])  # noqa: C419 - in the same time for each


def _is_near(request: HttpRequest) -> bool:
    if not settings.WATCH_NETWORKS or any(name in request.META for name in FORWARDED):
        return False
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:  # a Unix socket
        return False
    return any(address in network for network in networks())


def networks() -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    try:
        return [ipaddress.ip_network(name.strip(), strict=False) for name in settings.WATCH_NETWORKS if name.strip()]
    except ValueError as error:
        raise ImproperlyConfigured(f"WATCH_NETWORKS: {error}") from error
