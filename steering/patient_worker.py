"""gunicorn's threads, taken only by requests that have arrived: slow clients wait in the event loop and hold up nobody.

gunicorn's own gthread worker gives every new connection a thread that waits for it, so a few hundred clients that send
nothing, or a byte now and then, keep everybody else out. Here the loop collects a request until it is whole, and closes
what takes too long. So do files that are read slowly (slow_readers.py), and what an application answers many at once
(lanes.py). Large bodies still need a thread, of which they get half (uploads.py), or a proxy that buffers.
"""

import re
import socket
import struct
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from selectors import EVENT_READ

from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, TConn, ThreadWorker

from . import lanes
from .lanes import Desk, Lane, Waiting
from .parting import Conn, Parting
from .slow_readers import STALL_SECONDS, Leaving, SlowReaders
from .uploads import Uploads

ARRIVE_SECONDS = 10  # for a whole request
MOST_COLLECTED = 64 * 1024  # bytes; a larger body is read by the thread
END_OF_HEAD = b"\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,18})[ \t]*\r\n", re.IGNORECASE)
ASKS_FIRST = re.compile(rb"\r\nexpect:", re.IGNORECASE)
IS_CHUNKED = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)


@dataclass
class Arriving:
    """What has come of a request."""

    until: float
    data: bytearray = field(default_factory=bytearray)


def is_whole(data: bytes) -> bool:
    """Whether a thread can read this request without waiting; also what is too large to be collected."""
    head = _head(data)
    if not head:
        return len(data) >= MOST_COLLECTED
    body = 0 if ASKS_FIRST.search(head) else _length(head)
    return body > MOST_COLLECTED or len(data) >= len(head) + body


def is_upload(data: bytes) -> bool:
    """Whether a thread that reads this request has to wait for the rest of it."""
    head = _head(data)
    if not head or IS_CHUNKED.search(head):
        return True
    return len(data) < len(head) + _length(head)


def _head(data: bytes) -> bytes:
    """As it came, with the empty line at its end; nothing as long as that is missing."""
    end = data.find(END_OF_HEAD)
    return data[: end + len(END_OF_HEAD)] if end >= 0 else b""


def _length(head: bytes) -> int:
    length = LENGTH.search(head)
    return int(length[1]) if length else 0


class PatientWorker(ThreadWorker):
    """A drop-in for gthread; with TLS of its own it behaves as that does."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.arriving: dict[TConn, Arriving] = {}
        self.lanes: dict[Desk, Lane] = {}
        self.parting = Parting(self)
        self.slow_readers = SlowReaders(self)
        self.uploads = Uploads(max(self.cfg.threads // 2, 1), self._hand_over)

    def load_wsgi(self) -> None:
        super().load_wsgi()
        if not self.cfg.is_ssl:
            self.wsgi = Leaving(self.wsgi, self.slow_readers)

    def accept(self, listener: socket.socket) -> None:
        if self.cfg.is_ssl:
            super().accept(listener)
            return
        try:
            client, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        self.nr_conns += 1
        stall = struct.pack("ll", STALL_SECONDS, 0)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, stall)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, stall)
        self._collect(Conn(self.parting, self.cfg, client, address, listener.getsockname()))

    def on_client_socket_readable(self, conn: TConn, client: socket.socket) -> None:
        """A kept connection has its next request coming."""
        if self.cfg.is_ssl:
            super().on_client_socket_readable(conn, client)
            return
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._collect(conn)

    def finish_request(self, conn: TConn, done: Future) -> None:
        """A thread has done with a request; of a file the rest may have been left to us."""
        self.uploads.end(conn)
        finish = partial(super().finish_request, conn, done)
        if not self.slow_readers.take(conn.sock, then=lambda is_whole: finish() if is_whole else self._close(conn)):
            finish()

    def _collect(self, conn: TConn) -> None:
        self.arriving[conn] = Arriving(time.monotonic() + ARRIVE_SECONDS)
        if self._take(conn):
            self.poller.register(conn.sock, EVENT_READ, partial(self._on_more, conn))

    def _on_more(self, conn: TConn, client: socket.socket) -> None:
        if not self._take(conn):
            self.poller.unregister(client)

    def _take(self, conn: TConn) -> bool:
        """Take what has come; whether more is to come."""
        arriving = self.arriving[conn]
        try:
            piece = conn.sock.recv(MOST_COLLECTED)
        except BlockingIOError:
            return True
        except OSError:
            piece = b""
        arriving.data += piece
        if piece and not is_whole(arriving.data):
            return True
        del self.arriving[conn]
        data = bytes(arriving.data)
        if not piece:
            self._close(conn)
        elif not self._join(conn, data):
            start = self.uploads.begin if is_upload(data) else self._hand_over
            start(conn, data)
        return False

    def _join(self, conn: TConn, data: bytes) -> bool:
        """Whether this request is one of those that are answered together. An access log knows only the ordinary way."""
        at_once = getattr(self.wsgi, "at_once", None)
        asked = lanes.read(data) if at_once and not self.log.access_log_enabled else None
        desk = at_once(asked.path) if asked else None
        if desk is None:
            return False
        if desk not in self.lanes:
            self.lanes[desk] = Lane(desk, lambda batch: self.method_queue.defer(self._go_on, batch))
        is_kept = self.alive and lanes.wants_more(asked) and len(self.keepalived_conns) < self.max_keepalived
        self.lanes[desk].put(Waiting(conn, asked, data, is_kept))
        return True

    def _go_on(self, batch: Sequence[Waiting]) -> None:
        """A thread is needed only for who does not read, and for what is left to the ordinary way."""
        for one in batch:
            if one.rest is None:
                self._hand_over(one.conn, one.data)
            elif one.rest:
                done = self.tpool.submit(_send_rest, one)
                done.add_done_callback(partial(self.method_queue.defer, self.finish_request, one.conn))
            elif one.is_kept:
                self._keep(one.conn)
            else:
                self.nr_conns -= 1
                one.conn.close(graceful=True)
        self._count(len(batch))

    def _count(self, answered: int) -> None:
        self.nr += answered
        if self.nr >= self.max_requests:
            self.alive = False

    def _keep(self, conn: TConn) -> None:
        conn.set_timeout()
        if not self.alive:
            conn.timeout = min(conn.timeout, time.monotonic() + STOP_KEEPALIVE_LINGER)
        self.keepalived_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self.on_client_socket_readable, conn))

    def _hand_over(self, conn: TConn, request: bytes) -> None:
        conn.init()
        conn.parser.unreader.unread(request)
        self.enqueue_req(conn)

    def _close(self, conn: TConn) -> None:
        self.nr_conns -= 1
        conn.close()

    def murder_pending(self) -> None:
        """Close what takes too long; when this worker ends, also what has not begun."""
        super().murder_pending()
        self.parting.end_late()
        self.slow_readers.end_late()
        now = time.monotonic()
        while self.arriving:
            conn, arriving = next(iter(self.arriving.items()))
            if arriving.until > now and (self.alive or arriving.data):
                break
            del self.arriving[conn]
            self.poller.unregister(conn.sock)
            self._close(conn)


def _send_rest(one: Waiting) -> bool:
    """Whether the connection is kept."""
    one.conn.init()
    one.conn.sock.setblocking(True)
    one.conn.sock.sendall(one.rest or b"")
    return one.is_kept
