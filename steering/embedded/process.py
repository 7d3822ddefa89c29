"""Recognise and await the process that a pid file names."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path


def named_in(pid_file: Path, *, serving: Path) -> int | None:
    """The pid in the file's first line, if that process runs and is about `serving`.

    After a crash the kernel may have given the number to somebody else: its command line tells.
    """
    pid = _pid(pid_file)
    return pid if pid and os.fsencode(serving) in _command_line(pid) else None


def runs(pid_file: Path) -> bool:
    """Whether any process has the number in the file's first line."""
    pid = _pid(pid_file)
    return pid is not None and Path(f"/proc/{pid}").exists()


def wait_until(condition: Callable[[], bool], *, seconds: float) -> bool:
    """Whether it came true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def end(pid: int, *, seconds: float) -> None:
    """See that a process which was asked to end does so: after this time it is killed."""

    def is_gone() -> bool:
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except OSError:
            return True

    if not wait_until(is_gone, seconds=seconds):
        os.kill(pid, signal.SIGKILL)
        wait_until(is_gone, seconds=seconds)


def _pid(pid_file: Path) -> int | None:
    try:
        return int(pid_file.read_text().split("\n")[0])
    except (OSError, ValueError):
        return None


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
