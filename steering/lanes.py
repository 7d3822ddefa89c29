"""Requests that an application answers many at once: the event loop collects them, and one thread works off what waits.

An application that wants it has an attribute `at_once`: a function of a path that returns the desk where such requests are
answered together, or None. Every desk has a lane of its own, so that who only asks waits for nobody's commit. Only what is
plain goes this way: a complete GET without a body, each header once. All else is the ordinary way's, and so is whatever
a desk leaves unanswered.
"""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from threading import Lock

from gunicorn import util
from gunicorn.workers.gthread import TConn

from channels.asked import Answer, Asked

log = logging.getLogger(__name__)
Desk = Callable[[Sequence[Asked]], Sequence[Answer | None]]
MOST = 500  # requests in a batch
MOST_HEAD = 8190  # bytes, as gunicorn takes of one line
PLAIN = re.compile(
    rb"GET (/[A-Za-z0-9_./-]*)(?:\?([!$-~]*))? HTTP/1\.1\r\n((?:[A-Za-z0-9!#$%&'*+.^_`|~-]+:[\t -~\x80-\xff]*\r\n)+)\r\n"
)
ODD = frozenset({"content-length", "transfer-encoding", "expect", "upgrade"})
KEPT = ("keep-alive", "close")


def read(data: bytes) -> Asked | None:
    """A request in HTTP/1.1, or None where there is anything about it that a whole parser should look at."""
    plain = PLAIN.fullmatch(data) if len(data) <= MOST_HEAD else None
    if plain is None:
        return None
    path, query, head = (part.decode("latin-1") for part in plain.groups(b""))
    lines = head.split("\r\n")[:-1]
    said = (line.partition(":") for line in lines)
    headers = {name.lower(): value.strip(" \t") for name, _, value in said}
    if len(headers) < len(lines) or ODD & headers.keys() or not headers.get("host"):
        return None
    return Asked("GET", path, query, headers) if _connection(headers) in KEPT else None


def wants_more(asked: Asked) -> bool:
    """Whether who asks would like to keep the connection."""
    return _connection(asked.headers) != "close"


def _connection(headers: Mapping[str, str]) -> str:
    return headers.get("connection", "keep-alive").lower()


def written(answer: Answer, *, is_kept: bool, date: str) -> bytes:
    """As HTTP/1.1."""
    lines = [
        f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}",
        f"Server: gunicorn\r\nDate: {date}\r\nConnection: {'keep-alive' if is_kept else 'close'}",
        *(f"{name}: {value}" for name, value in answer.headers.items()),
        *([f"Content-Length: {len(answer.body)}"] if answer.status != HTTPStatus.NO_CONTENT else []),
    ]
    return "\r\n".join([*lines, "\r\n"]).encode("latin-1") + answer.body


@dataclass(slots=True, eq=False)
class Waiting:
    """A request on its connection; `rest` is what the client has not taken of the answer, None as long as there is none."""

    conn: TConn
    asked: Asked
    data: bytes  # as it came
    is_kept: bool  # the connection, afterwards
    rest: bytes | None = None


class Lane:
    """What waits for one desk. While a batch is worked off the next one collects, so the busier, the less a request costs.

    `give_back` is called in the lane's thread with each batch, when what was answered is sent.
    """

    def __init__(self, desk: Desk, give_back: Callable[[Sequence[Waiting]], None]) -> None:
        self._desk = desk
        self._give_back = give_back
        self._lock = Lock()
        self._waiting: list[Waiting] = []
        self._is_busy = False
        self._thread = ThreadPoolExecutor(1, "lane")

    def put(self, one: Waiting) -> None:
        with self._lock:
            self._waiting.append(one)
            was_busy, self._is_busy = self._is_busy, True
        if not was_busy:
            self._thread.submit(self._work)

    def _work(self) -> None:
        while batch := self._next():
            try:
                self._answer(batch)
            except Exception:
                log.exception("requests could not be answered together")
            self._give_back(batch)

    def _next(self) -> list[Waiting]:
        with self._lock:
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            self._is_busy = bool(batch)
            return batch

    def _answer(self, batch: Sequence[Waiting]) -> None:
        date = util.http_date()
        for one, answer in zip(batch, self._desk([one.asked for one in batch]), strict=True):
            if answer is not None:
                _send(one, written(answer, is_kept=one.is_kept, date=date))


def _send(one: Waiting, answer: bytes) -> None:
    """As much as the client takes at once. Who has gone wants no more."""
    try:
        one.rest = answer[one.conn.sock.send(answer) :]
    except BlockingIOError:
        one.rest = answer
    except OSError:
        one.rest, one.is_kept = b"", False
