"""Two at the same moment: run something on a connection of its own, and know when it waits for this one."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest
from django.db import connection

BLOCKED = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"


def elsewhere(what: Callable[[], Any]) -> Future:
    """Start it in a thread; the future has its answer."""
    answer: Future = Future()

    def run() -> None:
        try:
            answer.set_result(what())
        except Exception as error:  # noqa: BLE001 - told to whoever asks for the answer
            answer.set_exception(error)
        finally:
            connection.close()

    threading.Thread(target=run, daemon=True).start()
    return answer


def wait_until_it_waits() -> None:
    """The other connection asks for what this one has locked."""
    ends_at = time.monotonic() + 30
    with connection.cursor() as cursor:
        while time.monotonic() < ends_at:
            cursor.execute(BLOCKED)
            if cursor.fetchone()[0]:
                return
    pytest.fail("nobody waits for us")
