"""Connections that lead to no private network: a name is resolved once, judged, and connected to at just that address.

What a name says a moment later is nothing, so nobody can answer the check with one address and the connection with
another. The name itself stays what the certificate is checked for, and what the request asks for.
"""

import contextlib
import socket
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection

Resolve = Callable[[str, int], Sequence[str]]  # the addresses of a name, which are tried one after the other
PUBLIC_IPV6 = IPv6Network(
    "2000::/3"
)  # all that IANA gives out (RFC 4291); what lies elsewhere leads to some machine here
NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address as IPv6-only machines see it
NEVER = tuple(
    ip_network(text)
    for text in (
        "192.0.0.0/24",  # RFC 6890: of protocols
        "192.88.99.0/24",  # RFC 7526: relays of 6to4
        "2002::/16",  # 6to4, which wraps any IPv4 address
        "3fff::/20",  # RFC 9637: documentation
    )
)


class RefusedAddressError(urllib3.exceptions.HTTPError):
    """The name leads to an address that we do not call."""


def judged(host: str, port: int, *, allowed: Collection[str], reason: str) -> list[str]:
    """What a name leads to. All of it must be public, unless the host is allowed: a second one could be the way in."""
    infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    found = list(dict.fromkeys(str(info[4][0]) for info in infos))
    if host not in allowed and not all(map(is_public, found)):
        raise RefusedAddressError(reason)
    return found


def is_public(address: str) -> bool:
    """Whether anybody in the world reaches this address, however it is written."""
    read = _unwrapped(ip_address(address.partition("%")[0]))
    if not read.is_global or read.is_multicast or any(read in network for network in NEVER):
        return False
    return read.version == 4 or read in PUBLIC_IPV6


def _unwrapped(read: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address inside an IPv6 one, where the machine or its network would go there."""
    if read.version == 4:
        return read
    return IPv4Address(int(read) & 0xFFFFFFFF) if read in NAT64 else read.ipv4_mapped or read


class Guard:
    """A connection that asks `resolve` where to go. It ends after `seconds`, however slowly its answer trickles."""

    resolve: Resolve
    seconds: float | None = None
    _fuse: threading.Timer | None = None

    def _new_conn(self) -> socket.socket:
        try:
            made = self._connected(type(self).resolve(self._dns_host, self.port))
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(self, "no connection in time") from error
        except OSError as error:
            raise NewConnectionError(self, "no connection") from error
        self._light_fuse(made)
        return made

    def _connected(self, addresses: Sequence[str]) -> socket.socket:
        """To the first that answers: a machine may have an address of IPv6 and no way there."""
        for address in addresses[:-1]:
            with contextlib.suppress(OSError):
                return self._to(address)
        return self._to(addresses[-1])

    def _to(self, address: str) -> socket.socket:
        return create_connection(
            (address, self.port), self.timeout, source_address=self.source_address, socket_options=self.socket_options
        )

    def _light_fuse(self, made: socket.socket) -> None:
        """Time-outs of a socket begin anew with every byte."""
        if self.seconds is None:
            return
        same = made.dup()  # TLS takes the other one over
        self._fuse = threading.Timer(self.seconds, _cut, [same])
        self._fuse.daemon = True
        self._fuse.start()

    def close(self) -> None:
        if self._fuse is not None:
            self._fuse.cancel()
            self._fuse.args[0].close()
            self._fuse = None
        super().close()


def _cut(made: socket.socket) -> None:
    with contextlib.suppress(OSError):
        made.shutdown(socket.SHUT_RDWR)


def guarded(resolve: Resolve, *, seconds: float | None = None) -> Mapping[str, type]:
    """Pools of connections by scheme, to nowhere but where `resolve` leads; it refuses by raising RefusedAddressError."""
    own = {"resolve": staticmethod(resolve), "seconds": seconds}
    http, https = (type(f"Guarded{base.__name__}", (Guard, base), own) for base in (HTTPConnection, HTTPSConnection))
    return {
        "http": type("HTTPPool", (urllib3.HTTPConnectionPool,), {"ConnectionCls": http}),
        "https": type("HTTPSPool", (urllib3.HTTPSConnectionPool,), {"ConnectionCls": https}),
    }


class GuardedAdapter(HTTPAdapter):
    """For a session of requests; a subclass says by `pools` where it may go."""

    pools: Mapping[str, type]

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self.pools
