"""How many e-mails a second leave by one, two, four ... worker machines, with PostgreSQL and Redis across a network.

    python -m benchmarks workers       MESSAGES=2000, WORKERS=1,2,4, LATENCY_MS=2 (there and back), CONNECTIONS=4

Each worker is a Celery worker with one process, as it would run on a machine of its own. Services are reached over TCP
through a proxy that holds back every packet; DATABASE_URL and REDIS_URL name them, or `.ci/tcp_services.py` does. The
floor is one worker beside services without latency. All share this machine's processors, which the table says.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from benchmarks import _email_sink, _latency, _scratch
from benchmarks._report import Result, told

CHECKOUT = Path(__file__).resolve().parent.parent
DATABASE = "benchmark_workers"
PATIENCE_SECONDS = 300
POLL_SECONDS = 0.05


def main() -> Result:
    if "DATABASE_URL" not in os.environ or "REDIS_URL" not in os.environ:
        return _over_tcp()
    messages = int(os.environ.get("MESSAGES", 2000))
    numbers = [int(number) for number in os.environ.get("WORKERS", "1,2,4").split(",")]
    latency = float(os.environ.get("LATENCY_MS", 2))
    near = _speed(messages, workers=1, latency_ms=0)
    speeds = {number: _speed(messages, workers=number, latency_ms=latency) for number in numbers}
    print(f"{messages:,} e-mails, {len(os.sched_getaffinity(0))} processors, load {os.getloadavg()[0]:.1f}")
    print(f"{'workers':>8}{'ms':>6}{'e-mails/s':>12}{'of one':>8}")
    print(f"{1:8}{0:6.0f}{near:12,.0f}")
    for number, speed in speeds.items():
        print(f"{number:8}{latency:6.0f}{speed:12,.0f}{speed / speeds[numbers[0]]:8.2f}")
    figures = {f"messages_per_second_{number}": speed for number, speed in speeds.items()}
    return Result("workers", figures, {f"messages_per_second_{numbers[0]}": near})


def _over_tcp() -> Result:
    """The same in a process for which services over TCP were started."""
    command = [sys.executable, str(CHECKOUT / ".ci" / "tcp_services.py"), sys.executable, "-m", "benchmarks.workers"]
    said = subprocess.run(command, cwd=CHECKOUT, check=True, stdout=subprocess.PIPE).stdout
    print("\n".join(line for line in said.decode().splitlines() if not line.startswith("{")))
    found = told(said)
    return Result(found["benchmark"], found["figures"], found["floors"])


def _speed(messages: int, *, workers: int, latency_ms: float) -> float:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(_scratch.database(DATABASE))
        environment = _scratch.environment(url, folder) | {"DJANGO_SETTINGS_MODULE": "steering.settings"}
        _scratch.run(environment, "manage.py", "migrate", "--verbosity", "0")
        _scratch.run(environment, "-m", "benchmarks._email_worker", "fill", str(messages))
        environment |= {
            "EMAIL_URL": f"smtp://127.0.0.1:{stack.enter_context(_email_sink.running())}",
            "DATABASE_URL": stack.enter_context(_far(url, latency_ms)),
            "REDIS_URL": stack.enter_context(_far(os.environ["REDIS_URL"], latency_ms)),
            "LOG_LEVEL": "WARNING",
        }
        for number in range(workers):
            stack.enter_context(_worker(environment, number))
        return _timed(environment, url, messages)


@contextmanager
def _far(url: str, latency_ms: float) -> Iterator[str]:
    parts = urlsplit(url)
    with _latency.proxy(parts.hostname, parts.port, one_way_ms=latency_ms / 2) as port:
        yield parts._replace(netloc=f"{parts.netloc.rpartition(':')[0]}:{port}").geturl()


@contextmanager
def _worker(environment: Mapping[str, str], number: int) -> Iterator[None]:
    command = [sys.executable, "-m", "celery", "-A", "steering", "worker", "--hostname", f"machine{number}@bench",
               "--concurrency", "1", "--without-gossip", "--without-mingle", "--loglevel", "WARNING"]  # fmt: skip
    process = subprocess.Popen(
        command, cwd=CHECKOUT, env=dict(environment), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _timed(environment: Mapping[str, str], url: str, messages: int) -> float:
    """From the first message that is sent, so that starting the workers does not count, to the last."""
    _scratch.run(environment, "-c", WAKE)
    with psycopg.connect(url, autocommit=True) as database:
        first = _await(database, 1)
        begun, last = time.monotonic(), _await(database, messages)
        return (last - first) / (time.monotonic() - begun)


WAKE = """
import django; django.setup()
from channels import calls, queues, tasks
for _ in range(tasks.MOST_CALLS): calls.call(queues.SEND_CHANNEL, "email")
"""


def _await(database: psycopg.Connection, number: int) -> int:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        sent = database.execute("SELECT count(*) FROM channels_dispatch WHERE state = 'sent'").fetchone()[0]
        if sent >= number:
            return sent
        if time.monotonic() > deadline:
            raise RuntimeError(f"only {sent} of {number} were sent")
        time.sleep(POLL_SECONDS)


if __name__ == "__main__":
    print(main().as_json())
