"""Start the embedded services with their first user and stop them with their last."""

import fcntl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from . import postgres, redis_server
from .places import CHECKOUT, Places, make_folders, make_var, places

# Held open, and so locked, until this process and all its forks have ended.
_use: IO | None = None


def ensure_running(*, with_postgres: bool = True, with_redis: bool = True) -> None:
    """Start what is asked for and not up yet, and count this process as a user.

    Raises EmbeddedError if a service does not start.
    """
    global _use
    here = places()
    make_var(here)
    with _one_at_a_time(here):
        make_folders(here)
        if _use is None:
            _use = open(here.var / "users.lock", "w")  # noqa: SIM115
            fcntl.flock(_use, fcntl.LOCK_SH)
        if with_postgres and not postgres.is_up(here):
            postgres.start(here)
        if with_redis and not redis_server.is_up(here):
            redis_server.start(here)
        _ensure_guard(here)


def stop() -> None:
    """Stop both services cleanly; what is not up is left alone."""
    here = places()
    postgres.stop(here)
    redis_server.stop(here)


def guard() -> None:
    """Wait until nobody uses the services any more, then stop them. One guard is on duty per checkout."""
    here = places()
    with open(here.var / "guard.lock", "w") as duty:
        if not _try_lock(duty):
            return
        while not _stop_when_unused(here, duty):
            pass


def _stop_when_unused(here: Places, duty: IO) -> bool:
    with open(here.var / "users.lock", "w") as users:
        fcntl.flock(users, fcntl.LOCK_EX)
    # Who starts now waits at this door, and so never meets a service on its way down or a guard about to leave.
    with _one_at_a_time(here), open(here.var / "users.lock", "w") as users:
        if not _try_lock(users):
            return False
        stop()
        fcntl.flock(duty, fcntl.LOCK_UN)
        return True


def _ensure_guard(here: Places) -> None:
    with open(here.var / "guard.lock", "w") as duty:
        if not _try_lock(duty):
            return
    subprocess.Popen(
        [sys.executable, "-c", "from steering.embedded.lifetime import guard; guard()"],
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


@contextmanager
def _one_at_a_time(here: Places) -> Iterator[None]:
    with open(here.var / "start.lock", "w") as door:
        fcntl.flock(door, fcntl.LOCK_EX)
        yield


def _try_lock(file: IO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
