"""Answers out of a file: a thread sends while the client keeps up, and the loop sends the rest to one that does not.

A thread that waits for a slow reader is lost to everybody else for as long as the file takes: some dozens of vendors with
thin lines would keep all others out.
"""

import os
import select
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from selectors import EVENT_WRITE
from typing import Any

from gunicorn import util

from . import parting
from .parting import Polling

QUICK_SECONDS = 1.0  # that a thread gives one file
WAIT_SECONDS = 0.1  # for a client that takes nothing
STALL_SECONDS = 20  # then it is given up
PIECE = 256 * 1024  # bytes at a time, so that everybody gets their turn


@dataclass
class Rest:
    """What is left of a file: its descriptor, which is ours, the place and the length."""

    file: int
    at: int
    left: int
    until: float = 0.0

    def send(self, client: socket.socket, most: int) -> None:
        """Raises BlockingIOError where the client takes nothing now, and another OSError where it is gone."""
        sent = os.sendfile(client.fileno(), self.file, self.at, min(most, self.left))
        if not sent:
            raise OSError("the file is shorter than was announced")
        self.at, self.left = self.at + sent, self.left - sent


class SlowReaders:
    """All of one worker. `leave` is called by its threads, everything else by the thread of its loop."""

    def __init__(self, worker: Polling) -> None:
        self._worker = worker
        self._left: dict[socket.socket, Rest] = {}  # by threads, for the loop
        self._sending: dict[socket.socket, tuple[Rest, Callable[[], None]]] = {}

    def leave(self, client: socket.socket, rest: Rest) -> None:
        self._left[client] = rest

    def take(self, client: socket.socket, *, then: Callable[[bool], None]) -> bool:
        """Whether something is left to be sent to a client; when it has arrived, or cannot, `then` is told which."""
        rest = self._left.pop(client, None)
        if rest is None:
            return False
        if client.fileno() < 0:  # what came after has failed, and closed it
            os.close(rest.file)
            return False
        rest.until = time.monotonic() + STALL_SECONDS
        self._sending[client] = rest, then
        client.setblocking(False)
        self._worker.poller.register(client, EVENT_WRITE, self._on_room)
        return True

    def end_late(self) -> None:
        now = time.monotonic()
        for client in [client for client, (rest, _) in self._sending.items() if rest.until <= now]:
            self._end(client, is_whole=False)

    def _on_room(self, client: socket.socket) -> None:
        rest, _ = self._sending[client]
        try:
            rest.send(client, PIECE)
        except BlockingIOError:
            return
        except OSError:
            self._end(client, is_whole=False)
            return
        rest.until = time.monotonic() + STALL_SECONDS
        if not rest.left:
            self._end(client, is_whole=True)

    def _end(self, client: socket.socket, *, is_whole: bool) -> None:
        rest, then = self._sending.pop(client)
        self._worker.poller.unregister(client)
        os.close(rest.file)
        then(is_whole)


class Leaving:
    """A WSGI application whose files are sent by us wherever they may be: plain connections, a length, no HEAD."""

    def __init__(self, application: Callable[..., Any], readers: SlowReaders) -> None:
        self._application, self._readers = application, readers

    def __getattr__(self, name: str) -> Any:
        return getattr(self._application, name)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        told: list[tuple[str, str]] = []

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            told[:] = headers
            parting.announce(environ, start_response)
            return start_response(status, headers, *more)

        answer = self._application(environ, start)
        length = next((int(value) for name, value in told if name.lower() == "content-length"), None)
        if length and environ["REQUEST_METHOD"] == "GET" and _is_file(answer, environ):
            return _File(answer, length, environ["gunicorn.socket"], self._readers)
        return answer


def _is_file(answer: Any, environ: Mapping[str, Any]) -> bool:
    return isinstance(answer, environ["wsgi.file_wrapper"]) and util.has_fileno(answer.filelike)


class _File:
    """An answer as gunicorn takes it: without any piece, for they have left by the socket already."""

    def __init__(self, answer: Any, length: int, client: socket.socket, readers: SlowReaders) -> None:
        self._answer, self._length, self._client, self._readers = answer, length, client, readers
        self.close = getattr(answer, "close", lambda: None)

    def __iter__(self) -> Iterator[bytes]:
        yield b""  # gunicorn sends the headers
        file = self._answer.filelike
        rest = Rest(os.dup(file.fileno()), file.tell(), self._length)
        try:
            _send_quickly(self._client, rest)
        except BaseException:
            os.close(rest.file)
            raise
        if rest.left:
            self._readers.leave(self._client, rest)
        else:
            os.close(rest.file)


def _send_quickly(client: socket.socket, rest: Rest) -> None:
    """As much as the client takes without keeping us waiting."""
    client.setblocking(False)
    room = select.poll()
    room.register(client, select.POLLOUT)
    ends_at = time.monotonic() + QUICK_SECONDS
    while rest.left and time.monotonic() < ends_at and room.poll(WAIT_SECONDS * 1000):
        try:
            rest.send(client, rest.left)
        except BlockingIOError:
            continue
