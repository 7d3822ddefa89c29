"""How many e-mails a second leave, from rows of the ledger to the server's 250, everything recorded; beside what others do.

    python -m benchmarks email      MESSAGES=20000 (1000000 shows whether memory stays flat), WORKERS=processors,
                                    CONNECTIONS=200 of each worker, PEER_MESSAGES=600, LATENCY_MS=20 (0: not measured)

Messages are personalised, multipart, with rewritten links, signed tokens and one-click headers. The floors are of the same
run and the same sink: smtp-source, which sends one ready text by C and keeps no record; Django's send_mail in one Celery
task a recipient; django-post_office. The sink is Postfix's smtp-sink where installed, else one of our own.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks import _email_sink, _scratch
from benchmarks._peer_python import python_with
from benchmarks._report import Result, told
from steering import embedded
from steering.services import ensure_services

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parent
DATABASE = "benchmark_email"
BATCH = 1000  # messages of one claim
NAN = float("nan")


@dataclass(frozen=True)
class Sent:
    """What a run of workers did."""

    per_second: float
    messages: int
    peak_mb: float
    growth_mb: float  # of the worker that grew most, since its first batch
    processor_us: float  # of the workers, for one message

    def __str__(self) -> str:
        return (
            f"{self.per_second:9,.0f} a second, {self.processor_us:5.0f} us of a worker's processor each,"
            f" {self.peak_mb:.0f} MB a worker, {self.growth_mb:.0f} MB more than after its first batch"
        )


@dataclass(frozen=True)
class Sizes:
    messages: int
    workers: int
    connections: int
    peers: int
    latency_ms: float

    @classmethod
    def asked(cls) -> "Sizes":
        def number(name: str, default: float) -> float:
            return float(os.environ.get(name, default))

        return cls(
            messages=int(number("MESSAGES", 20_000)),
            workers=int(number("WORKERS", len(os.sched_getaffinity(0)))),
            connections=int(number("CONNECTIONS", 200)),
            peers=int(number("PEER_MESSAGES", 600)),
            latency_ms=number("LATENCY_MS", 20),
        )


def main() -> Result:
    sizes = Sizes.asked()
    ensure_services()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.chmod(folder, 0o755)  # noqa: S103 - the embedded services may run as somebody else
        with _email_sink.running() as port:
            ours = _ours(folder, port, sizes.messages, sizes.workers, sizes.connections)
            length = _length(folder, port)
            source = _smtp_source(port, length, sizes)
            tasks = _send_mail(folder, port, sizes)
            post = _post_office(folder, port, sizes)
        near, far = _with_latency(folder, sizes)
    return _shown(sizes, length, ours, source, tasks, post, near, far)


def _shown(
    sizes: Sizes, length: int, ours: Sent, source: float, tasks: float, post: float, near: float, far: float
) -> Result:
    print(f"{len(os.sched_getaffinity(0))} processors, load {os.getloadavg()[0]:.1f}, {sizes.workers} workers with")
    print(f"{sizes.connections} connections each, {ours.messages:,} messages of {length:,} bytes")
    print(f"ours, recorded            {ours}")
    print(f"smtp-source               {source:9,.0f} a second, ours {ours.per_second / source:.2f} of it")
    print(f"send_mail a Celery task   {tasks:9,.0f} a second, ours {ours.per_second / tasks:.1f} times")
    print(f"django-post_office        {post:9,.0f} a second, ours {ours.per_second / post:.1f} times")
    if sizes.latency_ms:
        print(f"own sink, at once         {near:9,.0f} a second")
        print(
            f"own sink, {sizes.latency_ms:3.0f} ms a reply  {far:9,.0f} a second by more connections, {far / near:.2f} of it"
        )
    figures = {
        "messages_per_second": ours.per_second,
        "smtp_source_per_second": source,
        "send_mail_per_second": tasks,
        "post_office_per_second": post,
        "ratio_smtp_source": ours.per_second / source,
        "ratio_send_mail": ours.per_second / tasks,
        "ratio_post_office": ours.per_second / post,
        "peak_worker_mb": ours.peak_mb,
        "growth_worker_mb": ours.growth_mb,
        "worker_us_per_message": ours.processor_us,
        "message_bytes": length,
        "far_messages_per_second": far,
        "ratio_far": far / near,
    }
    return Result("email", figures, {"messages_per_second": source, "far_messages_per_second": near})


@contextmanager
def _filled(folder: Path, messages: int) -> Iterator[dict[str, str]]:
    """The environment of a database that has so many e-mails due."""
    with _scratch.database(DATABASE) as url:
        environment = _scratch.environment(url, folder)
        _run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], environment)
        _run([sys.executable, "-m", "benchmarks._email_worker", "fill", str(messages)], environment)
        yield environment


def _ours(folder: Path, port: int, messages: int, workers: int, connections: int) -> Sent:
    with _filled(folder, messages) as environment:
        sent = _sent(environment, port, workers, connections)
        with psycopg.connect(environment["DATABASE_URL"]) as database:
            states = dict(database.execute("SELECT state, count(*) FROM channels_dispatch GROUP BY 1").fetchall())
            tried = database.execute("SELECT count(*) FROM channels_attempt").fetchone()[0]
    if states != {"sent": messages} or tried != messages:
        raise RuntimeError(f"{messages} must be sent and recorded, got {states} and {tried} attempts")
    return sent


def _sent(environment: Mapping[str, str], port: int, workers: int, connections: int) -> Sent:
    mine = {
        "EMAIL_URL": f"smtp://127.0.0.1:{port}",
        "DELIVERY_BATCH": str(BATCH),
        "DELIVERY_CONNECTIONS": str(connections),
        "LOG_LEVEL": "ERROR",
    }
    with ExitStack() as stack:
        there = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-m", "benchmarks._email_worker", "send"],
                    cwd=CHECKOUT,
                    env=dict(environment) | mine,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                )
            )
            for _ in range(workers)
        ]
        for worker in there:
            worker.stdout.readline()
        begun = time.monotonic()
        for worker in there:
            worker.stdin.write(b"go\n")
            worker.stdin.flush()
        found = [told(worker.stdout.read()) for worker in there]
        seconds = time.monotonic() - begun
    messages = sum(one["sent"] for one in found)
    return Sent(
        per_second=messages / seconds,
        messages=messages,
        peak_mb=max(one["peak_mb"] for one in found),
        growth_mb=max(one["peak_mb"] - one["early_mb"] for one in found if one["sent"]),
        processor_us=1e6 * sum(one["processor_seconds"] for one in found) / messages,
    )


def _length(folder: Path, port: int) -> int:
    """Bytes of one of our mails; its HTML is left in the folder for the others."""
    environment = os.environ | {"EMAIL_URL": f"smtp://127.0.0.1:{port}", "PEER_HTML": str(folder / "peer.html")}
    return int(_run([sys.executable, "-m", "benchmarks._email_worker", "sample"], environment))


def _smtp_source(port: int, length: int, sizes: Sizes) -> float:
    program = shutil.which("smtp-source")
    if program is None:
        print("smtp-source is not installed (Debian: postfix): without it there is no floor")
        return NAN
    sessions = str(sizes.workers * sizes.connections)
    addresses = ["-f", "news@example.com", "-t", "kunde.1@example.com"]
    command = [program, "-d", "-s", sessions, "-m", str(sizes.messages), "-l", str(length), *addresses]
    begun = time.monotonic()
    _run([*command, f"127.0.0.1:{port}"], os.environ)
    return sizes.messages / (time.monotonic() - begun)


def _send_mail(folder: Path, port: int, sizes: Sizes) -> float:
    environment = _peer(folder, port) | {"PEER_REDIS": os.environ.get("REDIS_URL") or embedded.redis_url()}
    command = [sys.executable, "-m", "celery", "-A", "benchmarks._email_peers", "worker"]
    options = ["--concurrency", str(sizes.workers), "-Q", "benchmark-peers", "--loglevel", "ERROR", "--without-gossip"]
    said = subprocess.DEVNULL
    with subprocess.Popen([*command, *options], cwd=CHECKOUT, env=environment, stdout=said, stderr=said) as worker:
        try:
            _tasks(environment, sizes.workers)  # only when all of them have begun is it fair to measure
            return _tasks(environment, sizes.peers)
        finally:
            worker.terminate()


def _tasks(environment: Mapping[str, str], count: int) -> float:
    return _rate(_run([sys.executable, "-m", "benchmarks._email_peers", "tasks", str(count)], environment))


def _post_office(folder: Path, port: int, sizes: Sizes) -> float:
    try:
        python = python_with("email")
    except subprocess.CalledProcessError:
        print("django-post_office cannot be installed here: nothing to compare with")
        return NAN
    with _scratch.database(DATABASE) as url:
        environment = _peer(folder, port) | {"PEER_DATABASE": json.dumps(_django(url))}
        command = [python, "-m", "benchmarks._email_peers", "post", str(sizes.peers), str(sizes.workers)]
        return _rate(_run(command, environment))


def _django(url: str) -> dict[str, str | int]:
    """A database's URL as Django's settings say it; that of the embedded one names a socket's folder."""
    given = psycopg.conninfo.conninfo_to_dict(url)
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    return {names[key]: value for key, value in given.items() if key in names}


def _peer(folder: Path, port: int) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    return kept | {"SINK_PORT": str(port), "PEER_HTML": str(folder / "peer.html")}


def _rate(output: str) -> float:
    found = told(output.encode())
    if not found["sent"]:
        raise RuntimeError("the others must send something, they did not")
    return found["sent"] / found["seconds"]


def _with_latency(folder: Path, sizes: Sizes) -> tuple[float, float]:
    """Into a sink that answers at once, and into one far away, by as many connections as that takes."""
    if not sizes.latency_ms:
        return NAN, NAN
    messages = min(sizes.messages, 20_000)
    with _email_sink.running(own=True) as port:
        near = _ours(folder, port, messages, sizes.workers, sizes.connections).per_second
    # A message takes two turns: its commands, and its content.
    connections = min(400, max(sizes.connections, int(3 * near * 2 * sizes.latency_ms / 1000 / sizes.workers)))
    with _email_sink.running(milliseconds=sizes.latency_ms) as port:
        far = _ours(folder, port, messages, sizes.workers, connections).per_second
    return near, far


def _run(command: list[str], environment: Mapping[str, str]) -> str:
    done = subprocess.run(command, cwd=CHECKOUT, env=dict(environment), capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command[:4]))} failed: {done.stderr[-2000:]}")
    return done.stdout
