"""gunicorn as docs/operations.md runs it, for benchmarks of what it serves."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil

CHECKOUT = Path(__file__).resolve().parent.parent
PORT = 8790
READY_SECONDS = 60


@contextmanager
def serving(environment: Mapping[str, str], application: str) -> Iterator[subprocess.Popen]:
    """As many workers as there are processors, or WEB_WORKERS."""
    workers = os.environ.get("WEB_WORKERS", str(len(os.sched_getaffinity(0))))
    config = ("--config", "python:steering.serving", "--workers", workers, "--log-level", "warning")
    command = [sys.executable, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{PORT}", *config]
    with subprocess.Popen(command, env=environment, cwd=CHECKOUT) as web:
        try:
            _await_answer()
            yield web
        finally:
            web.send_signal(signal.SIGTERM)


def processor_seconds(web: subprocess.Popen) -> float:
    """Of the workers, so far."""
    times = [child.cpu_times() for child in psutil.Process(web.pid).children(recursive=True)]
    return sum(one.user + one.system for one in times)


def _await_answer() -> None:
    ends_at = time.monotonic() + READY_SECONDS
    while time.monotonic() < ends_at:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/healthz", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("gunicorn does not answer")
