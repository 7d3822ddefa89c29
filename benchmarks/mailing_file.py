"""How fast a million rows become a mailing file, plain, compressed and encrypted, beside a bare COPY; and how fast it is pulled.

    python -m benchmarks mailing_file      CUSTOMERS=100000 for fewer than a million; ROUNDS=3 of each, the fastest counts

Rows have an address of six lines, personal fields, a coupon and a link: 20 columns. The floor is a COPY of the same query,
written to a file as it comes. Ours are also hashed twice, made durable and given their name. Each step runs in a process of
its own, whose peak memory is that of it and the process that encrypts. Downloads go through gunicorn, with a key; the floor
is a server that only calls sendfile.
"""

import http.client
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks import _scratch, _web
from benchmarks._report import Result, told
from steering.services import ensure_services

CUSTOMERS = 1_000_000
DATABASE = "benchmark_mailing_file"
CHECKOUT = Path(__file__).resolve().parent.parent
SENDFILE_PORT = 8791
BLOCK = 1 << 20
SECONDS_BETWEEN_LOOKS = 0.1
STEPS = {
    "bare COPY": ("floor",),
    "plain CSV": ("write", "plain"),
    "gzip": ("write", "gzip"),
    "gzip and age": ("write", "age"),
}


@dataclass(frozen=True)
class Took:
    """Processor seconds are those of the process itself; they change less with other load than seconds by the clock."""

    seconds: float
    processor_seconds: float
    peak_mb: float
    rows: int
    bytes: int

    @property
    def rows_per_second(self) -> float:
        return self.rows / self.seconds


def main() -> Result:
    customers, rounds = int(os.environ.get("CUSTOMERS", CUSTOMERS)), int(os.environ.get("ROUNDS", "3"))
    ensure_services()
    with tempfile.TemporaryDirectory() as name, _scratch.database(DATABASE) as url:
        environment = _scratch.environment(url, Path(name)) | {"DJANGO_SETTINGS_MODULE": "steering.settings"}
        _scratch.run(environment, "manage.py", "migrate", "--verbosity", "0")
        _worker(environment, "fill", str(customers))
        steps = _steps(environment, Path(name), rounds)
        ours, bare = _downloads(environment)
    _show(steps, ours, bare)
    return _result(steps, ours, bare)


def _steps(environment: Mapping[str, str], folder: Path, rounds: int) -> dict[str, Took]:
    """By turns, so that what else the machine does meets all alike."""
    best: dict[str, Took] = {}
    for _ in range(rounds):
        for name, step in STEPS.items():
            arguments = (*step, str(folder / "floor.csv")) if step == ("floor",) else step
            took = _watched(environment, *arguments)
            best[name] = min(best.get(name, took), took, key=lambda one: one.seconds)
    return best


def _downloads(environment: Mapping[str, str]) -> tuple[float, float]:
    """Megabytes a second: through our gunicorn, and from a server that does nothing else."""
    offered = _worker(environment, "offer")
    with _web.serving(environment, "steering.wsgi"):
        headers = {"Authorization": f"Bearer {offered['key']}"}
        ours = max(_download(_web.PORT, offered["path"], headers, offered["bytes"]) for _ in range(3))
    with _bare_server(offered["file"]):
        bare = max(_download(SENDFILE_PORT, "/", {}, offered["bytes"]) for _ in range(3))
    return ours, bare


def _download(port: int, path: str, headers: Mapping[str, str], size: int) -> float:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    began = time.perf_counter()
    connection.request("GET", path, headers=dict(headers))
    answer = connection.getresponse()
    received = 0
    while block := answer.read(BLOCK):
        received += len(block)
    took = time.perf_counter() - began
    connection.close()
    if answer.status != 200 or received != size:
        raise SystemExit(f"the download ended with {answer.status} after {received:,} of {size:,} bytes")
    return size / took / 1e6


@contextmanager
def _bare_server(file: str) -> Iterator[None]:
    command = [sys.executable, "-m", "benchmarks._sendfile", str(SENDFILE_PORT), file]
    with subprocess.Popen(command, cwd=CHECKOUT) as server:
        try:
            _await(SENDFILE_PORT)
            yield
        finally:
            server.terminate()


def _await(port: int) -> None:
    for _ in range(100):
        try:
            http.client.HTTPConnection("127.0.0.1", port, timeout=1).connect()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the bare server does not answer")


def _worker(environment: Mapping[str, str], *arguments: str) -> dict:
    return told(_scratch.run(environment, "-m", "benchmarks._mailing_file_worker", *arguments))


def _watched(environment: Mapping[str, str], *arguments: str) -> Took:
    """Its peak is of it and what it started, at the same moment; pages that processes share count in part (PSS)."""
    command = [sys.executable, "-m", "benchmarks._mailing_file_worker", *arguments]
    peak = 0.0
    with subprocess.Popen(command, cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE) as running:
        process = psutil.Process(running.pid)
        while running.poll() is None:
            with suppress(psutil.Error):
                peak = max(peak, sum(map(_megabytes, [process, *process.children(recursive=True)])))
            time.sleep(SECONDS_BETWEEN_LOOKS)
        output = running.stdout.read()
    if running.returncode:
        raise SystemExit(f"{' '.join(arguments)} ended with exit code {running.returncode}")
    return Took(**told(output), peak_mb=peak)


def _megabytes(process: psutil.Process) -> float:
    try:
        return process.memory_full_info().pss / 2**20
    except psutil.Error:  # it has ended meanwhile
        return 0.0


def _show(steps: Mapping[str, Took], ours: float, bare: float) -> None:
    floor = steps["bare COPY"]
    print(f"{floor.rows:,} rows, {len(os.sched_getaffinity(0))} processors, load {os.getloadavg()[0]:.1f}")
    print(f"{'':14}{'seconds':>9}{'x floor':>9}{'processor':>11}{'rows/s':>11}{'peak MB':>9}{'MB':>8}")
    for name, took in steps.items():
        print(
            f"{name:14}{took.seconds:9.2f}{took.seconds / floor.seconds:9.2f}{took.processor_seconds:11.2f}"
            f"{took.rows_per_second:11,.0f}{took.peak_mb:9.0f}{took.bytes / 1e6:8.0f}"
        )
    print(f"download{ours:10,.0f} MB/s through gunicorn, {bare:,.0f} MB/s by sendfile alone: {ours / bare:.2f}")


def _result(steps: Mapping[str, Took], ours: float, bare: float) -> Result:
    floor, plain = steps["bare COPY"], steps["plain CSV"]
    figures = {
        "ratio_copy": plain.seconds / floor.seconds,
        "ratio_copy_processor": plain.processor_seconds / floor.processor_seconds,
        "peak_mb": max(took.peak_mb for name, took in steps.items() if took is not floor),
        "rows_per_second": plain.rows_per_second,
        "rows_per_second_gzip": steps["gzip"].rows_per_second,
        "rows_per_second_encrypted": steps["gzip and age"].rows_per_second,
        "download_mb_per_second": ours,
        "ratio_download": ours / bare,
    }
    return Result("mailing_file", figures, {"rows_per_second": floor.rows_per_second, "download_mb_per_second": bare})
