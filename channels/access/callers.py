"""From which address somebody calls. A proxy's word is taken only where TRUSTED_PROXIES names the proxy.

X-Forwarded-For is read from the right: each trusted proxy added the address from which it was called, and whatever stands
further left was sent by the caller, who can write anything.
"""

import ipaddress
from functools import lru_cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def address(request: HttpRequest) -> str:
    """As text in its usual form; empty where it cannot be known, such as behind a Unix socket without a proxy's word."""
    networks = trusted(tuple(settings.TRUSTED_PROXIES))
    nearest = read(request.META.get("REMOTE_ADDR", ""))
    hops = [read(hop) for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    is_proxy = bool(networks) and (not nearest or _is_trusted(nearest, networks))  # a Unix socket is on this machine
    while is_proxy and hops:
        nearest = hops.pop()
        is_proxy = _is_trusted(nearest, networks)
    return nearest


def network_of(text: str) -> str:
    """What one caller can be taken to have: an IPv4 address, or the /64 of an IPv6 one."""
    if ":" not in text:
        return text
    return str(ipaddress.ip_network(f"{text}/64", strict=False))


def read(text: str) -> str:
    """An address, perhaps with a port as some proxies write it, in its usual form; empty for anything else."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    return str(getattr(found, "ipv4_mapped", None) or found)


def _is_trusted(text: str, networks: tuple[Network, ...]) -> bool:
    return bool(text) and any(ipaddress.ip_address(text) in network for network in networks)


@lru_cache(maxsize=8)
def trusted(names: tuple[str, ...]) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(name.strip(), strict=False) for name in names if name.strip())
    except ValueError as error:
        raise ImproperlyConfigured(f"TRUSTED_PROXIES: {error}") from error
