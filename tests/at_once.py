"""Two at the same moment: run something on a connection of its own, and know when it waits for this one."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest
from django.db import connection

# Only of this database: other test processes have others on the same server.
BLOCKED = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend' AND wait_event_type = 'Lock'
"""


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


def blocked() -> int:
    """How many connections wait for what others have locked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # within a transaction it would stay as first seen
        cursor.execute(BLOCKED)
        return cursor.fetchone()[0]


def wait_until_it_waits() -> None:
    """The other connection asks for what this one has locked."""
    ends_at = time.monotonic() + 60
    while time.monotonic() < ends_at:
        if blocked():
            return
    pytest.fail("nobody waits for us")
