"""Bytes and replies over a socket that never blocks; whoever reads or writes yields what it waits for."""

import socket
import ssl
import time
from collections.abc import Generator
from contextlib import suppress
from enum import Enum
from typing import TypeVar

from .server import BrokenError, Reply, Stage

T = TypeVar("T")
LONGEST_REPLY = 64 * 1024
WOULD_BLOCK = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Want(Enum):
    """What a conversation waits for."""

    READ = 1
    WRITE = 2


Steps = Generator[Want, None, T]


class Stream:
    """`ends_at` is when its present wait has lasted too long, in time.monotonic()."""

    def __init__(self) -> None:
        self.socket: socket.socket | None = None
        self.ends_at = 0.0
        self.unsent = 0  # bytes of the last write that the kernel has not taken yet
        self.stage = Stage.OPENING
        self._received = bytearray()

    def connect(self, host: str, port: int, seconds: float) -> Steps[None]:
        """To the first of the host's addresses that answers."""
        last: OSError = OSError("no address")
        for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            self.socket = socket.socket(family, kind, protocol)
            self.socket.setblocking(False)
            self.ends_at = time.monotonic() + seconds
            try:
                with suppress(BlockingIOError):
                    self.socket.connect(address)
                yield Want.WRITE
                if error := self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                    raise OSError(error, "connect")
            except OSError as error:
                last = error
                self.socket.close()
                continue
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return
        raise last

    def secure(self, context: ssl.SSLContext, host: str, seconds: float) -> Steps[None]:
        """Raises OSError (ssl.SSLError) when the other side's certificate is not that of the host."""
        # What came in clear text before the handshake is not the server's word (CVE-2011-0411).
        self._received.clear()
        self.socket = context.wrap_socket(self.socket, server_hostname=host, do_handshake_on_connect=False)
        self.ends_at = time.monotonic() + seconds
        while True:
            try:
                self.socket.do_handshake()
            except ssl.SSLWantReadError:
                yield Want.READ
            except ssl.SSLWantWriteError:
                yield Want.WRITE
            else:
                return

    def write(self, data: bytes, *, pause: float, whole: float) -> Steps[None]:
        """`pause`: seconds without any progress; `whole`: seconds for all of it."""
        left = memoryview(data)
        self.unsent = len(left)
        last = time.monotonic() + whole
        while left:
            try:
                left = left[self.socket.send(left) :]
                self.unsent = len(left)
            except WOULD_BLOCK as error:
                self.ends_at = min(time.monotonic() + pause, last)
                yield Want.READ if isinstance(error, ssl.SSLWantReadError) else Want.WRITE

    def reply(self, seconds: float) -> Steps[Reply]:
        """The next whole reply, within so many seconds in all."""
        self.ends_at = time.monotonic() + seconds
        while (found := self._take_reply()) is None:
            yield from self._receive()
        return found

    def last_words(self) -> Reply | None:
        """What the other side said before it broke the link, if it has arrived."""
        with suppress(OSError, BrokenError):
            self._received += self.socket.recv(16384)
            return self._take_reply()
        return None

    def _receive(self) -> Steps[None]:
        if not isinstance(self.socket, ssl.SSLSocket) or not self.socket.pending():
            yield Want.READ
        while True:
            try:
                data = self.socket.recv(16384)
                break
            except WOULD_BLOCK as error:
                yield Want.WRITE if isinstance(error, ssl.SSLWantWriteError) else Want.READ
        if not data:
            raise BrokenError("the server closed the connection", self.stage)
        self._received += data
        if len(self._received) > LONGEST_REPLY:
            raise BrokenError("the server's reply has no end", self.stage)

    def _take_reply(self) -> Reply | None:
        """A reply has lines `250-text`, and the last one `250 text` (RFC 5321, 4.2)."""
        texts: list[str] = []
        start = 0
        while (end := self._received.find(b"\n", start)) >= 0:
            line = bytes(self._received[start:end]).rstrip(b"\r")
            start = end + 1
            if not line[:3].isdigit() or line[3:4] not in (b" ", b"-", b""):
                raise BrokenError("the other side does not speak SMTP", self.stage)
            texts.append(line[4:].decode("utf-8", "replace"))
            if line[3:4] != b"-":
                del self._received[:start]
                return Reply(int(line[:3]), tuple(texts))
        return None

    def has_nothing_left(self) -> bool:
        """Nothing came together with the last reply. What TLS has read ahead only asking tells."""
        return self.is_silent() if isinstance(self.socket, ssl.SSLSocket) else not self._received

    def is_silent(self) -> bool:
        """Nothing came that was not asked for, and the other side has not closed: an idle line must be so."""
        if self.socket is None or self._received:
            return False
        try:
            if isinstance(self.socket, ssl.SSLSocket):
                self.socket.recv(1)  # cannot peek; whatever comes unasked is an end
            else:
                self.socket.recv(1, socket.MSG_PEEK)
        except WOULD_BLOCK:
            return True
        except OSError:
            return False
        return False

    def close(self) -> None:
        if self.socket is not None:
            with suppress(OSError):
                self.socket.close()
            self.socket = None
