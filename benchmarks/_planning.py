"""The steps of the planning benchmark, each run in a process of its own: prepare, plan, floor."""

import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django
import numpy as np

django.setup()

from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from benchmarks import _planning_floor, _planning_wave  # noqa: E402
from campaigns.models import Wave  # noqa: E402
from steering import planning  # noqa: E402
from steering.models import ModelVersion, Plan  # noqa: E402
from steering.planning import deciding, shards, writing  # noqa: E402
from steering.processes import running  # noqa: E402

PROCESSORS = len(os.sched_getaffinity(0))
SAMPLED_EVERY = 0.1  # seconds
BACKENDS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


def prepare(events: int) -> dict[str, Any]:
    _planning_wave.trim(events)
    _planning_wave.make()
    _planning_wave.train()
    return {}


def plan(events: int) -> dict[str, Any]:
    """The planner takes part, so that with it as many processes score as there are processors."""
    wave, version = Wave.objects.get(), ModelVersion.objects.get()
    seconds: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder, _worker(Path(folder)) as there, _watched(there) as megabytes:
        with _timed_steps(seconds):
            begun = time.monotonic()
            made = planning.make(wave, version=version, as_of_at=timezone.now())
            seconds["total"] = time.monotonic() - begun
        megabytes["planner"] = _most(os.getpid())
    return {
        "events": _planning_wave.count("campaigns_event"),
        "seconds": seconds,
        "megabytes": megabytes,
        "eligible": made.eligible,
        "gap": made.gap,
    }


def floor(events: int) -> dict[str, float]:
    made = Plan.objects.get()
    return _planning_floor.measure(made, connections=PROCESSORS)


def _worker(folder: Path):
    return running(web=False, mail=False, worker=True, concurrency=max(1, PROCESSORS - 1), folder=folder)


@contextmanager
def _timed_steps(seconds: dict[str, float]) -> Iterator[None]:
    steps = (("read and score", shards, "read"), ("decide", deciding, "decide"), ("write", writing, "write"))
    usual = [(module, name, getattr(module, name)) for _, module, name in steps]
    for label, module, name in steps:
        setattr(module, name, _timed(getattr(module, name), label, seconds))
    try:
        yield
    finally:
        for module, name, function in usual:
            setattr(module, name, function)


def _timed(function: Callable, label: str, seconds: dict[str, float]) -> Callable:
    def timed(*args: Any, **kwargs: Any) -> Any:
        begun = time.monotonic()
        try:
            return function(*args, **kwargs)
        finally:
            seconds[label] = seconds.get(label, 0.0) + time.monotonic() - begun

    return timed


@contextmanager
def _watched(there: Any) -> Iterator[dict[str, int]]:
    """The most that a process of the worker, and one of PostgreSQL, shared buffers included, held meanwhile."""
    megabytes = {"worker": 0, "postgres": 0}
    is_over = threading.Event()

    def look() -> None:
        group = there.children.pid("worker")
        while not is_over.wait(SAMPLED_EVERY):
            megabytes["worker"] = max([megabytes["worker"], *map(_most, _group(group))])
            with connection.cursor() as cursor:
                cursor.execute(BACKENDS)
                pids = [pid for (pid,) in cursor.fetchall()]
            megabytes["postgres"] = max([megabytes["postgres"], *map(_most, pids)])
        connection.close()

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield megabytes
    finally:
        is_over.set()
        looking.join()


def _group(leader: int) -> list[int]:
    pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    found = []
    for pid in pids:
        try:
            if os.getpgid(pid) == leader:
                found.append(pid)
        except ProcessLookupError:
            continue
    return found


def _most(pid: int) -> int:
    """Megabytes that the process has held at most; 0 if it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) >> 10 for line in status.splitlines() if line.startswith("VmHWM")), 0)


if __name__ == "__main__":
    np.seterr(all="ignore")
    told = {"prepare": prepare, "plan": plan, "floor": floor}[sys.argv[1]](int(sys.argv[2]))
    print(json.dumps(told))
