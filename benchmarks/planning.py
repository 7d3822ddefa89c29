"""How fast, and in how much memory, a wave is planned end to end, against the bare parts of the same work.

    python -m benchmarks planning      CUSTOMERS=100000 for one size only

planning.make is timed as a whole, with a Celery worker beside it as in production: audience, features, scores, allocation,
and the plan's rows. The floor, in the same run on the same database, is the bare work, one thing after the other: the same
SQL copied to nowhere, the same model on ready arrays, and a COPY of the same rows into a table without index or key. What
the SQL takes on as many connections as there are processors is told as well, with the floor that this would make.
"""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import _scratch
from benchmarks._report import Result
from steering import embedded
from steering.services import ensure_services

SIZES = (100_000, 300_000, 1_000_000)
DATABASE = "benchmark_planning"
REDIS_DATABASE = 9
EVENTS = 5  # a customer
MANAGE = Path(__file__).resolve().parent.parent / "manage.py"


@dataclass(frozen=True)
class Measured:
    customers: int
    events: int
    seconds: dict[str, float]  # of planning.make: "read and score", "decide", "write", and "total"
    floors: dict[str, float]  # "sql", "predict", "copy", and "sql at once", on a connection a processor
    megabytes: dict[str, int]  # the most that any process of a kind held
    eligible: int
    gap: float

    @property
    def floor(self) -> float:
        return self.floors["sql"] + self.floors["predict"] + self.floors["copy"]

    @property
    def floor_at_once(self) -> float:
        return self.floor - self.floors["sql"] + self.floors["sql at once"]

    @property
    def ratio(self) -> float:
        return self.seconds["total"] / self.floor

    @property
    def ratio_at_once(self) -> float:
        return self.seconds["total"] / self.floor_at_once


def main() -> Result:
    """Makes each population, and measures in processes of their own."""
    named = os.environ.get("CUSTOMERS")
    sizes = [int(named)] if named else SIZES
    ensure_services()
    found = [_measured(customers) for customers in sizes]
    _show(found)
    figures, floors = {"peak_mb": max(max(one.megabytes.values()) for one in found)}, {}
    for one in found:
        size = _short(one.customers)
        figures |= {
            f"total_seconds_{size}": one.seconds["total"],
            f"floor_seconds_{size}": one.floor,
            f"ratio_{size}": one.ratio,
            f"ratio_at_once_{size}": one.ratio_at_once,
        }
        floors[f"total_seconds_{size}"] = one.floor
    return Result("planning", figures, floors)


def _measured(customers: int) -> Measured:
    with tempfile.TemporaryDirectory() as folder, _scratch.database(DATABASE) as url:
        environment = _scratch.environment(url, Path(folder)) | {
            "DJANGO_SETTINGS_MODULE": "steering.settings",
            "REDIS_URL": embedded.redis_url(REDIS_DATABASE),
            "LOG_LEVEL": "WARNING",
        }
        generate = ["generate_population", "--customers", str(customers), "--seed", "1"]
        for command in (["migrate"], generate):
            subprocess.run([sys.executable, MANAGE, *command], env=environment, check=True, stdout=subprocess.DEVNULL)
        _step(environment, "prepare")
        planned = _step(environment, "plan")
        return Measured(customers=customers, floors=_step(environment, "floor"), **planned)


def _step(environment: dict[str, str], name: str) -> dict:
    """In a process of its own, so that nobody's memory is counted as planning's."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks._planning", name, str(EVENTS)],
        env=environment, cwd=MANAGE.parent, check=True, stdout=subprocess.PIPE,
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])


def _short(customers: int) -> str:
    return f"{customers // 1_000_000}m" if customers % 1_000_000 == 0 else f"{customers // 1000}k"


def _show(found: list[Measured]) -> None:
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    print(f"{len(os.sched_getaffinity(0))} processors, load {load}")
    for one in found:
        print(f"{one.customers:,} customers, {one.events:,} events, {one.eligible:,} eligible, gap {one.gap:.1e}")
        for name, took in one.seconds.items():
            print(f"  {name:20}{took:8.1f} s")
        for name, took in one.floors.items():
            print(f"  floor: {name:13}{took:8.1f} s")
        print(f"  {'total / floor':20}{one.ratio:8.2f}    floor {one.floor:.1f} s")
        print(f"  {'with SQL at once':20}{one.ratio_at_once:8.2f}    floor {one.floor_at_once:.1f} s")
        print("  peak memory: " + ", ".join(f"{name} {size} MB" for name, size in one.megabytes.items()))
    path = embedded.places().var / "benchmarks" / "planning.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(one) | {"ratio": one.ratio} for one in found], indent=2) + "\n")
    print(f"also in {path}")


if __name__ == "__main__":
    main()
