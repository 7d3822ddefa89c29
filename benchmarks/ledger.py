"""How many dispatches a second the ledger claims, begins and records, against the same statements by psycopg alone.

    python -m benchmarks ledger       DISPATCHES=12000, BATCH=200, STEPS=1,4,32, WORKERS=processors

A step records what became of as many messages as a worker has connections, and begins as many, in one commit. Ours and bare
work in turns on parts of one wave, so that both meet the same tables.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks import _scratch
from benchmarks._report import Result
from steering.services import ensure_services

DATABASE = "benchmark_ledger"
CHECKOUT = Path(__file__).resolve().parent.parent
ROUNDS = 3  # each of ours and of bare; the best counts, for another load of the machine only ever slows


@dataclass(frozen=True)
class Speed:
    """Dispatches a second."""

    claims: float
    records: float

    @property
    def both(self) -> float:
        return 1 / (1 / self.claims + 1 / self.records)


def main() -> Result:
    dispatches, batch = int(os.environ.get("DISPATCHES", 12_000)), int(os.environ.get("BATCH", 200))
    steps = [int(step) for step in os.environ.get("STEPS", "1,4,32").split(",")]
    workers = int(os.environ.get("WORKERS", len(os.sched_getaffinity(0))))
    ensure_services()
    with tempfile.TemporaryDirectory() as folder, _scratch.database(DATABASE) as url:
        environment = _scratch.environment(url, Path(folder)) | {"DJANGO_SETTINGS_MODULE": "steering.settings"}
        _scratch.run(environment, "manage.py", "migrate", "--verbosity", "0")
        _scratch.run(environment, "-m", "benchmarks._email_worker", "fill", str(dispatches * (len(steps) + 1)))
        runs = {step: _compared(environment, dispatches, batch, step) for step in steps}
        together = _together(environment, dispatches, batch, steps[len(steps) // 2], workers)
    _show(dispatches, batch, runs, steps[len(steps) // 2], workers, together)
    return _result(runs, together)


def _compared(environment: Mapping[str, str], dispatches: int, batch: int, step: int) -> tuple[Speed, Speed]:
    """Ours and bare, the best of some rounds in turns, each of a part of the wave."""
    part = dispatches // (2 * ROUNDS)
    speeds: dict[str, list[Speed]] = {"ours": [], "bare": []}
    for _ in range(ROUNDS):
        for name, found in speeds.items():
            found.append(_speed(_worker(environment, name, part, batch, step).communicate()[0]))
    return _best(speeds["ours"]), _best(speeds["bare"])


def _together(environment: Mapping[str, str], dispatches: int, batch: int, step: int, workers: int) -> float:
    """Dispatches a second of several workers at the same time."""
    running = [_worker(environment, "ours", dispatches // workers, batch, step) for _ in range(workers)]
    return sum(_speed(one.communicate()[0]).both for one in running)


def _worker(environment: Mapping[str, str], *arguments: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "benchmarks._ledger_worker", *map(str, arguments)]
    return subprocess.Popen(command, cwd=CHECKOUT, env=dict(environment), stdout=subprocess.PIPE)


def _speed(said: bytes) -> Speed:
    told = json.loads(said)
    return Speed(told["dispatches"] / told["claim_seconds"], told["dispatches"] / told["turn_seconds"])


def _best(speeds: list[Speed]) -> Speed:
    return Speed(max(speed.claims for speed in speeds), max(speed.records for speed in speeds))


def _show(
    dispatches: int, batch: int, runs: Mapping[int, tuple[Speed, Speed]], step: int, workers: int, together: float
) -> None:
    print(
        f"{dispatches:,} dispatches, claims of {batch}, {len(os.sched_getaffinity(0))} processors, load {os.getloadavg()[0]:.1f}"
    )
    print(
        f"{'connections':>11}{'claims/s':>12}{'bare':>10}{'ratio':>7}{'records/s':>12}{'bare':>10}{'ratio':>7}{'both/s':>10}"
    )
    for connections, (ours, bare) in runs.items():
        print(
            f"{connections:11}{ours.claims:12,.0f}{bare.claims:10,.0f}{ours.claims / bare.claims:7.2f}"
            f"{ours.records:12,.0f}{bare.records:10,.0f}{ours.records / bare.records:7.2f}{ours.both:10,.0f}"
        )
    print(
        f"{workers} workers with {step} connections each at the same time: {together:,.0f} a second, claimed and recorded"
    )


def _result(runs: Mapping[int, tuple[Speed, Speed]], together: float) -> Result:
    figures, floors = {"together_per_second": together}, {}
    for step, (ours, bare) in runs.items():
        figures |= {
            f"claims_per_second_{step}": ours.claims,
            f"records_per_second_{step}": ours.records,
            f"ratio_claims_{step}": ours.claims / bare.claims,
            f"ratio_records_{step}": ours.records / bare.records,
        }
        floors |= {f"claims_per_second_{step}": bare.claims, f"records_per_second_{step}": bare.records}
    return Result("ledger", figures, floors)


if __name__ == "__main__":
    main()
