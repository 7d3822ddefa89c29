"""Connections that end: our side is closed, and the loop reads on until the other side is, while others are served.

Whatever a client still sends to a connection that is closed altogether resets it, and takes the end of its answer along
(RFC 9112, section 9.6). gunicorn waits for that in the loop of the worker, two seconds for each client that is in no
hurry, and meanwhile nobody else gets anything.
"""

import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from selectors import EVENT_READ, BaseSelector
from typing import Any, Protocol

from gunicorn.workers.gthread import TConn

PATIENCE_SECONDS = 2
MOST_READ = 64 * 1024  # bytes of one client
MOST_AT_ONCE = 1000  # further ones are closed altogether
MOST_UNREAD = 32 * 1024  # bytes of a body; of twice as many gunicorn closes a connection that was to be kept
BLOCK = 16 * 1024


class Polling(Protocol):
    poller: BaseSelector


@dataclass
class Last:
    """What a client may still send."""

    until: float
    left: int = MOST_READ


class Parting:
    """All of one worker; used by the thread of its loop only."""

    def __init__(self, worker: Polling) -> None:
        self._worker = worker
        self._open: dict[socket.socket, Last] = {}  # the oldest first

    def begin(self, client: socket.socket) -> None:
        try:
            client.setblocking(False)
            client.shutdown(socket.SHUT_WR)
        except OSError:
            client.close()
            return
        if len(self._open) >= MOST_AT_ONCE:
            client.close()
            return
        self._open[client] = Last(time.monotonic() + PATIENCE_SECONDS)
        self._worker.poller.register(client, EVENT_READ, self._on_more)

    def end_late(self) -> None:
        """Close those who had their time."""
        now = time.monotonic()
        while self._open and (client := next(iter(self._open))) and self._open[client].until <= now:
            self._end(client)

    def _on_more(self, client: socket.socket) -> None:
        try:
            piece = client.recv(BLOCK)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        self._open[client].left -= len(piece)
        if not piece or self._open[client].left <= 0:
            self._end(client)

    def _end(self, client: socket.socket) -> None:
        del self._open[client]
        self._worker.poller.unregister(client)
        client.close()


def announce(environ: Mapping[str, Any], start_response: Callable[..., Any]) -> None:
    """Say `Connection: close` where much of a body stays unread: a client that is told otherwise loses its next request."""
    reader = getattr(environ["wsgi.input"], "reader", None)
    if getattr(reader, "length", 0) > MOST_UNREAD:
        start_response.__self__.force_close()


class Conn(TConn):
    """Closed by the loop without waiting."""

    def __init__(self, parting: Parting, *of_gunicorn: object) -> None:
        super().__init__(*of_gunicorn)
        self._parting = parting

    def close(self, graceful: bool = False) -> None:
        if graceful:
            self._parting.begin(self.sock)
        else:
            super().close()
