"""How many opens, clicks and banner decisions a second gunicorn serves, every answered event durable, and how fast.

    python -m benchmarks tracking      CUSTOMERS=1000000 for the stated goal; WEB_WORKERS=4 on four processors

It runs gunicorn as docs/operations.md does, on a database of its own. The floor, in the same run: a web application that
does nothing behind the same gunicorn, many requests at once as ours; beside it one that is asked one by one. Told beside it is the statement that writes events, alone, in batches, on as many
connections as there are processors. After each step the events in the database are counted against the answers: what was
answered must be there.
"""

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from benchmarks import _load, _scratch, _web
from benchmarks._load import Asked, Told
from benchmarks._report import Result
from campaigns import events
from steering import embedded
from steering.services import ensure_services

CUSTOMERS = 100_000
DATABASE = "benchmark_tracking"
CONNECTIONS = 128
BATCH = 32
SECONDS = float(os.environ.get("SECONDS", "5"))
DECISIONS_A_SECOND = 500
PLATFORM, NOTHING, ONE_BY_ONE = "steering.wsgi", "benchmarks._nothing:together", "benchmarks._nothing:application"
EVENTS = ("opens", "clicks", "shown")


@dataclass(frozen=True)
class Measured:
    """One step; processor time is the web processes' own, and does not change with another load of the machine."""

    step: str
    told: Told
    processor_ms: float  # of the web processes, a request
    written: int | None = None  # events in the database


def main() -> Result:
    customers = int(os.environ.get("CUSTOMERS", CUSTOMERS))
    ensure_services()
    with tempfile.TemporaryDirectory() as name, _scratch.database(DATABASE) as url:
        folder = Path(name)
        environment = _scratch.environment(url, folder) | {"DJANGO_SETTINGS_MODULE": "steering.settings"}
        _scratch.run(environment, "manage.py", "migrate", "--verbosity", "0")
        _scratch.run(environment, "-m", "benchmarks._tracking_data", customers, folder)
        steps = {step.step: step for step in _steps(environment, url, folder)}
        bare = _bare_sql(url)
    _show(customers, list(steps.values()))
    print(f"{'the statement alone':20}{bare:10,.0f}")
    return _result(steps, bare)


def _steps(environment: Mapping[str, str], url: str, folder: Path) -> Iterator[Measured]:
    at_rate = {"rate": DECISIONS_A_SECOND}
    with _web.serving(environment, ONE_BY_ONE) as web:
        yield _measured("nothing, singly", web, folder / "opens")
    with _web.serving(environment, NOTHING) as web:
        yield _measured("nothing", web, folder / "opens")
        yield _measured("nothing at 500/s", web, folder / "opens", **at_rate)
    with _web.serving(environment, PLATFORM) as web, psycopg.connect(url, autocommit=True) as database:
        for kind in (*EVENTS, "decisions"):
            _load.run(_asked(folder / kind, seconds=1))  # caches and connections
            yield _measured(kind, web, folder / kind, database=database)
        yield _measured("decisions at 500/s", web, folder / "decisions", **at_rate)


def _asked(path: Path, *, seconds: float = SECONDS, rate: float = 0) -> Asked:
    return Asked(port=_web.PORT, paths=os.fspath(path), connections=CONNECTIONS, seconds=seconds, rate=rate)


def _measured(
    step: str,
    web: subprocess.Popen,
    path: Path,
    *,
    database: psycopg.Connection | None = None,
    rate: float = 0,
) -> Measured:
    before, used = _events(database), _web.processor_seconds(web)
    told = _load.run(_asked(path, rate=rate))
    used = _web.processor_seconds(web) - used
    written = _events(database) - before if database and step in EVENTS else None
    return Measured(step, told, 1000 * used / max(sum(told.statuses.values()), 1), written)


def _events(database: psycopg.Connection | None) -> int:
    return database.execute("SELECT count(*) FROM campaigns_event").fetchone()[0] if database else 0


def _bare_sql(url: str) -> float:
    """Events a second that the statement alone writes, a commit a batch."""
    connections = len(os.sched_getaffinity(0))
    with ThreadPoolExecutor(connections) as threads:
        written = list(threads.map(lambda number: _write(url, number), range(connections)))
    return sum(written) / SECONDS


def _write(url: str, number: int) -> int:
    ends_at = time.monotonic() + SECONDS
    written = 0
    with psycopg.connect(url, autocommit=True) as connection:
        while time.monotonic() < ends_at:
            ids = [1 + (written + n) % 1000 for n in range(BATCH)]
            keys = [f"bare-{number}-{written + n}" for n in range(BATCH)]
            at = [datetime.now(UTC)] * BATCH
            same = [["opened"] * BATCH, ["email"] * BATCH, [True] * BATCH, at, [0] * BATCH, ["benchmark"] * BATCH]
            connection.execute(events.RECORD, [ids, *same, keys, ids, ["{}"] * BATCH])
            written += BATCH
    return written


def _result(steps: Mapping[str, Measured], bare: float) -> Result:
    per_second = {name: step.told.per_second for name, step in steps.items()}
    figures = {
        "events_per_second": per_second["opens"],
        "clicks_per_second": per_second["clicks"],
        "impressions_per_second": per_second["shown"],
        "decision_per_second": per_second["decisions"],
        "decision_p99_ms": steps["decisions at 500/s"].told.p99_ms,
    }
    nothing, at_rate = per_second["nothing"], steps["nothing at 500/s"].told.p99_ms
    floors = dict.fromkeys(figures, nothing) | {"decision_p99_ms": at_rate}
    return Result("tracking", figures | {"bare_sql_events_per_second": bare}, floors)


def _show(customers: int, steps: list[Measured]) -> None:
    processors, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    print(f"{customers:,} customers, {processors} processors, load {load:.1f}; the goal is stated for 4 processors")
    print(f"{'':20}{'a second':>10}{'p50 ms':>9}{'p99 ms':>9}{'CPU ms':>9}{'failed':>8}{'answers':>24}{'written':>9}")
    for step in steps:
        told = step.told
        print(
            f"{step.step:20}{told.per_second:10,.0f}{told.p50_ms:9.1f}{told.p99_ms:9.1f}{step.processor_ms:9.2f}"
            f"{told.failed:8}{told.statuses!s:>24}{'' if step.written is None else step.written:>9}"
        )
    path = embedded.places().var / "benchmarks" / "tracking.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    told = [asdict(step) for step in steps]
    path.write_text(json.dumps({"customers": customers, "processors": processors, "steps": told}, indent=2) + "\n")
    print(f"also in {path}")


if __name__ == "__main__":
    main()
