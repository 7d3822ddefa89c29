"""A fast HTTP client in a process of its own: as many requests as are answered, or so many a second.

    python -m benchmarks._load < request.json       prints one line of JSON

Latency at a rate is counted from when a request was due, so that a server which stalls cannot hide what waited.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
END_OF_HEAD = b"\r\n\r\n"
LENGTH = b"content-length:"
PATIENCE_SECONDS = 30
PERSON = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"  # machines get no cookie


@dataclass(frozen=True)
class Asked:
    """What to send: one path a line in `paths`, with a cookie behind a tab where there is one."""

    port: int
    paths: str  # a file
    connections: int
    seconds: float
    rate: float = 0  # a second; 0: as fast as it is answered


@dataclass(frozen=True)
class Told:
    """Times are in milliseconds."""

    answered: int
    failed: int
    seconds: float
    p50_ms: float
    p99_ms: float
    most_ms: float
    processor_seconds: float
    statuses: dict[str, int]

    @property
    def per_second(self) -> float:
        return self.answered / self.seconds


def run(asked: Asked) -> Told:
    """In a process of its own, so that it does not share a processor's time with whoever measures."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks._load"],
        input=json.dumps(asdict(asked)).encode(),
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        check=True,
    )
    return Told(**json.loads(done.stdout))


class Connection(asyncio.Protocol):
    """One keep-alive connection, one request at a time."""

    def __init__(self, load: "Load") -> None:
        self.load = load
        self.buffer = b""
        self.due_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.load.free(self)

    def send(self, request: bytes, due_at: float) -> None:
        self.due_at = due_at
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        end = self.buffer.find(END_OF_HEAD)
        if end < 0 or len(self.buffer) < end + 4 + _body_length(self.buffer[:end]):
            return
        status, self.buffer = self.buffer[9:12].decode(), b""
        self.load.answered(status, time.perf_counter() - self.due_at)
        self.load.free(self)

    def connection_lost(self, error: Exception | None) -> None:
        self.load.lost()


def _body_length(head: bytes) -> int:
    lowered = head.lower()
    at = lowered.find(LENGTH)
    return int(lowered[at + len(LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0


class Load:
    """Hands requests to connections that are free, in the order of the file, from its beginning again after its end."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.requests = _requests(asked)
        self.sent = self.failed = 0
        self.took: list[float] = []
        self.statuses: Counter[str] = Counter()
        self.idle: deque[Connection] = deque()
        self.waiting: deque[float] = deque()  # when each was due
        self.is_over = False

    def free(self, connection: Connection) -> None:
        if self.waiting:
            self._send(connection, self.waiting.popleft())
        elif self.is_over or self.asked.rate:
            self.idle.append(connection)
        else:
            self._send(connection, time.perf_counter())

    def due(self, at: float) -> None:
        if self.idle:
            self._send(self.idle.popleft(), at)
        else:
            self.waiting.append(at)

    def _send(self, connection: Connection, due_at: float) -> None:
        connection.send(self.requests[self.sent % len(self.requests)], due_at)
        self.sent += 1

    def answered(self, status: str, seconds: float) -> None:
        self.statuses[status] += 1
        self.took.append(seconds)

    def lost(self) -> None:
        self.failed += not self.is_over

    async def run(self) -> Told:
        loop = asyncio.get_running_loop()
        for _ in range(self.asked.connections):
            await loop.create_connection(lambda: Connection(self), "127.0.0.1", self.asked.port)
        begun = time.perf_counter()
        await (self._at_rate(begun) if self.asked.rate else asyncio.sleep(self.asked.seconds))
        seconds = time.perf_counter() - begun
        self.is_over = True
        answered = len(self.took)
        await self._finish()
        return self._told(answered if not self.asked.rate else len(self.took), seconds)

    async def _at_rate(self, begun: float) -> None:
        for number in range(int(self.asked.rate * self.asked.seconds)):
            due_at = begun + number / self.asked.rate
            if (wait := due_at - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            self.due(due_at)

    async def _finish(self) -> None:
        """What is on its way is answered, or counts as failed."""
        ends_at = time.perf_counter() + PATIENCE_SECONDS
        while len(self.took) < self.sent and time.perf_counter() < ends_at:
            await asyncio.sleep(0.01)
        self.failed += self.sent - len(self.took)

    def _told(self, answered: int, seconds: float) -> Told:
        took = sorted(self.took) or [0.0]
        return Told(
            answered=answered,
            failed=self.failed,
            seconds=seconds,
            p50_ms=1000 * took[len(took) // 2],
            p99_ms=1000 * took[int(len(took) * 0.99)],
            most_ms=1000 * took[-1],
            processor_seconds=time.process_time(),
            statuses=dict(self.statuses),
        )


def _requests(asked: Asked) -> Sequence[bytes]:
    lines = Path(asked.paths).read_text().splitlines()
    return [_request(*line.split("\t")) for line in lines]


def _request(path: str, cookie: str = "") -> bytes:
    cookies = f"Cookie: {cookie}\r\n" if cookie else ""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: {PERSON}\r\nAccept: */*\r\n{cookies}\r\n".encode()


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(Load(Asked(**json.load(sys.stdin))).run()))))
