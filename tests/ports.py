"""Ports that no other process takes: one for a server that wants to know it beforehand, one on which nobody listens."""

import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

chance = random.SystemRandom()  # no seed of a test leads two processes to the same
_claims: list[socket.socket] = []


def free_port() -> int:
    """Of those that the kernel gives nobody by itself; no other test process gets it as long as this one lives."""
    first_given = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = chance.randrange(min(10_000, first_given // 2), first_given)
        with suppress(OSError):  # claimed by another test process, or in use
            _claim(port)
            socket.create_server(("127.0.0.1", port)).close()
            return port


def _claim(port: int) -> None:
    """A name in the kernel, which one process can have, and which is free again when it has ended."""
    claim = socket.socket(socket.AF_UNIX)
    claim.bind(f"\0steering-tests-port-{port}")
    _claims.append(claim)


@contextmanager
def closed_port() -> Iterator[int]:
    """Whoever calls it is refused: it is taken, but nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]
