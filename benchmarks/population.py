"""How fast, and in how much memory, a population is generated, against a plain COPY of the same rows into bare tables.

    python -m benchmarks population      CUSTOMERS=100000 for fewer than a million

It runs the real command in databases of its own, first for a quarter of the customers: memory must not grow with them.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from benchmarks import _scratch
from benchmarks._report import Result
from steering import embedded
from steering.services import ensure_services

CUSTOMERS = 1_000_000
DATABASE = "benchmark_population"
MANAGE = Path(__file__).resolve().parent.parent / "manage.py"
BLOCK = 1 << 20
# After the run's own ANALYZE.
FILLED = """
    SELECT relname FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname LIKE 'campaigns\\_%' AND reltuples > 0
"""


@dataclass(frozen=True)
class Measured:
    step: str
    customers: int
    seconds: float
    megabytes: int | None = None  # the command's peak


def main() -> Result:
    customers = int(os.environ.get("CUSTOMERS", CUSTOMERS))
    ensure_services()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with _scratch.database(DATABASE) as url:
            quarter = _generated(customers // 4, url, folder)
        with _scratch.database(DATABASE) as url:
            whole = _generated(customers, url, folder)
            floor, size, rows = _floor(url, customers, folder / "rows")
    _show([floor, quarter, whole], size, rows)
    figures = {"seconds": whole.seconds, "ratio": whole.seconds / floor.seconds, "peak_mb": whole.megabytes}
    return Result("population", figures | {"peak_mb_quarter": quarter.megabytes}, {"seconds": floor.seconds})


def _generated(customers: int, url: str, folder: Path) -> Measured:
    environment = _scratch.environment(url, folder)
    _run(environment, "migrate")
    begun = time.monotonic()
    megabytes = _run(environment, "generate_population", "--customers", str(customers), "--seed", "1")
    return Measured("generate", customers, time.monotonic() - begun, megabytes)


def _run(environment: dict[str, str], *arguments: str) -> int:
    """A command of manage.py to its end; returns the most megabytes that it held."""
    with subprocess.Popen([sys.executable, MANAGE, *arguments], env=environment, stdout=subprocess.DEVNULL) as child:
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{arguments[0]} failed")
    return used.ru_maxrss >> 10


def _floor(url: str, customers: int, file: Path) -> tuple[Measured, int, int]:
    """The least that writing these rows takes: their bytes into tables without index, key, check or log."""
    seconds, size, rows = 0.0, 0, 0
    with psycopg.connect(url, autocommit=True) as connection:
        for (table,) in connection.execute(FILLED).fetchall():
            rows += _copied_out(connection, table, file)
            size += file.stat().st_size
            seconds += _copied(connection, table, file)
            file.unlink()
    return Measured("plain COPY", customers, seconds), size, rows


def _copied_out(connection: psycopg.Connection, table: str, file: Path) -> int:
    """How many rows."""
    with connection.cursor() as cursor, file.open("wb") as target:
        with cursor.copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as copy:
            target.writelines(copy)
        return cursor.rowcount


def _copied(connection: psycopg.Connection, table: str, file: Path) -> float:
    connection.execute(sql.SQL("CREATE UNLOGGED TABLE floor (LIKE {})").format(sql.Identifier(table)))
    begun = time.monotonic()
    with file.open("rb") as source, connection.cursor().copy("COPY floor FROM STDIN") as copy:
        while block := source.read(BLOCK):
            copy.write(block)
    seconds = time.monotonic() - begun
    connection.execute("DROP TABLE floor")
    return seconds


def _show(steps: list[Measured], size: int, rows: int) -> None:
    floor = steps[0].seconds / steps[0].customers
    print(f"{rows:,} rows, {size >> 20} MB, {len(os.sched_getaffinity(0))} processors")
    print(f"{'':12}{'customers':>11}{'seconds':>9}{'customers/s':>13}{'x COPY':>9}{'MB':>7}")
    told = []
    for step in steps:
        ratio = step.seconds / step.customers / floor
        rate = step.customers / step.seconds
        print(
            f"{step.step:12}{step.customers:11,}{step.seconds:9.1f}{rate:13,.0f}{ratio:9.1f}{step.megabytes or '':>7}"
        )
        told.append(asdict(step) | {"ratio": round(ratio, 2)})
    path = embedded.places().var / "benchmarks" / "population.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"rows": rows, "bytes": size, "steps": told}, indent=2) + "\n")
    print(f"also in {path}")


if __name__ == "__main__":
    main()
