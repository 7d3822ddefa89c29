"""Questions that end in time, also when what is asked hangs."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

import redis
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from redis.backoff import NoBackoff
from redis.retry import Retry

T = TypeVar("T")


@contextmanager
def of_postgresql(seconds: float) -> Iterator[None]:
    """Statements on this thread's connection within must all be answered in time, else OperationalError.

    A server that hangs minds no time limit of a statement, so the link is cut from our side. Making the connection is
    limited by `connect_timeout`.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    connection.ensure_connection()
    guard = _Guard(connection)
    timer = threading.Timer(seconds, guard.cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    except OperationalError:
        if guard.has_cut and not connection.in_atomic_block:
            connection.close()
        raise
    finally:
        timer.cancel()
        guard.leave()


class _Guard:
    def __init__(self, of: BaseDatabaseWrapper) -> None:
        self._of = of  # its link may be made anew in between
        self._lock = threading.Lock()
        self._has_left = False
        self.has_cut = False

    def cut(self) -> None:
        with self._lock:
            link = self._of.connection
            if self._has_left or link is None or link.closed:
                return
            self.has_cut = True
            own = socket.socket(fileno=link.fileno())
            try:
                own.shutdown(socket.SHUT_RDWR)
            finally:
                own.detach()  # the descriptor is libpq's

    def leave(self) -> None:
        with self._lock:
            self._has_left = True


@contextmanager
def redis_at(url: str, seconds: float) -> Iterator[redis.Redis]:
    """A connection that waits so long for each answer and does not try again."""
    patience = {"socket_timeout": seconds, "socket_connect_timeout": seconds}
    with redis.Redis.from_url(url, retry=Retry(NoBackoff(), 0), **patience) as client:
        yield client


class Aside(Generic[T]):
    """A question to what no time limit reaches, like a folder of another machine. While one hangs no second is asked."""

    def __init__(self, ask: Callable[[], T], *, seconds: float) -> None:
        self._ask = ask
        self._seconds = seconds
        self._lock = threading.Lock()

    def answer(self) -> T:
        """Raises TimeoutError, and whatever the question raises."""
        if not self._lock.acquire(timeout=self._seconds):
            raise TimeoutError("the last question still hangs")
        told: list[T | BaseException] = []
        thread = threading.Thread(target=self._run, args=[told], daemon=True)
        thread.start()
        thread.join(self._seconds)
        if not told:
            raise TimeoutError("no answer in time")
        if isinstance(told[0], BaseException):
            raise told[0]
        return told[0]

    def _run(self, told: list[T | BaseException]) -> None:
        try:
            told.append(self._ask())
        except Exception as error:  # noqa: BLE001 - handed to whoever asked
            told.append(error)
        finally:
            self._lock.release()
