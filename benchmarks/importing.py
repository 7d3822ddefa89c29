"""How fast, and in how much memory, customers are imported, against a plain COPY of the same bytes into a bare table.

    python -m benchmarks importing       CUSTOMERS=100000 for fewer than a million

It works in a database of its own, made and dropped here, and runs the real command, so that its memory can be watched.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from benchmarks import _scratch
from benchmarks._report import Result
from steering import embedded
from steering.services import ensure_services

CUSTOMERS = 1_000_000
DATABASE = "benchmark_importing"
CHECKOUT = Path(__file__).resolve().parent.parent
COLUMNS = (
    "customer_number,email,phone,loyalty_card,salutation,title,first_name,last_name,born_on,customer_since_on,"
    "street,postcode,city,country,email_consent_at,banner_consent_at,social_consent_at"
)
FIRST = ("Anna", "Paul", "Katharina", "Jörg", "Sabine", "Ömer", "Lena", "Thomas", "Änne", "Peter", "Julia")
LAST = ("Müller", "Schmidt", "Groß", "Weber", "Yilmaz", "Becker", "Hoffmann", "Schäfer", "Koch", "Bauer", "Wolf")
PLACES = (("10115", "Berlin"), ("20095", "Hamburg"), ("80331", "München"), ("50667", "Köln"), ("01067", "Dresden"))
SECONDS_BETWEEN_LOOKS = 0.2


@dataclass(frozen=True)
class Measured:
    """One step; memory is the highest sum over the command's processes, and over its database processes."""

    step: str
    seconds: float
    processor_seconds: float | None = None  # of the command's processes; another load of the machine does not change it
    megabytes: int | None = None
    database_megabytes: int | None = None


def main() -> Result:
    customers = int(os.environ.get("CUSTOMERS", CUSTOMERS))
    ensure_services()
    with tempfile.TemporaryDirectory() as folder, _scratch.database(DATABASE) as url:
        file = _written(Path(folder) / "customers.csv", customers)
        size = file.stat().st_size
        environment = _scratch.environment(url, Path(folder))
        _watched("migrate", environment, url, "migrate")
        steps = [
            _floor(file, url),
            _watched("import", environment, url, "import_customers", file, "--mapping", "customers"),
            _watched("the same again", environment, url, "import_customers", file, "--mapping", "customers"),
        ]
    _show(customers, size, steps)
    return _result(*steps)


def _result(floor: Measured, first: Measured, again: Measured) -> Result:
    figures = {
        "seconds": first.seconds,
        "seconds_again": again.seconds,
        "ratio": first.seconds / floor.seconds,
        "peak_mb": first.megabytes,
    }
    return Result("importing", figures, {"seconds": floor.seconds})


def _written(path: Path, customers: int) -> Path:
    draw = random.Random(1)  # noqa: S311
    with path.open("w", encoding="utf-8") as file:
        file.write(f"{COLUMNS}\n")
        file.writelines(_line(n, draw) for n in range(customers))
    return path


def _line(n: int, draw: random.Random) -> str:
    """Most cells are filled, as in the file of a shop with a loyalty card; two people share an address."""
    first, last, (postcode, city) = FIRST[n % len(FIRST)], draw.choice(LAST), draw.choice(PLACES)
    phone = f"0176 {n:08d}" if n % 3 else ""
    consent = "2024-05-01T10:00:00+02:00" if n % 2 else ""
    return (
        f"K{n:08d},kunde.{n}@example.com,{phone},{n:010d},{'Frau' if n % 2 else 'Herr'},,{first},{last},"
        f"19{40 + n % 60}-0{1 + n % 9}-1{n % 9},2015-03-01,Lange Straße {n // 2},{postcode},{city},DE,{consent},,\n"
    )


def _floor(file: Path, url: str) -> Measured:
    """The least that any import must do: bring these bytes into a table without index, key or check."""
    columns = sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(name)) for name in COLUMNS.split(","))
    with psycopg.connect(url) as connection:
        connection.execute(sql.SQL("CREATE TABLE floor ({})").format(columns))
        begun = time.monotonic()
        with connection.cursor().copy("COPY floor FROM STDIN (FORMAT csv, HEADER)") as copy, file.open("rb") as source:
            while block := source.read(1 << 20):
                copy.write(block)
        connection.commit()
        seconds = time.monotonic() - begun
        connection.execute("DROP TABLE floor")
    return Measured("plain COPY", seconds)


def _watched(step: str, environment: dict[str, str], url: str, *arguments: object) -> Measured:
    """Run a command of manage.py to its end."""
    command = [sys.executable, str(CHECKOUT / "manage.py"), *map(str, arguments)]
    most = most_of_database = 0
    used_before = _processor_seconds()
    with psycopg.connect(url, autocommit=True) as connection:
        begun = time.monotonic()
        with subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as running:
            while running.poll() is None:
                most = max(most, _memory([running.pid], with_children=True))
                most_of_database = max(most_of_database, _memory(_backends(connection)))
                time.sleep(SECONDS_BETWEEN_LOOKS)
            seconds = time.monotonic() - begun
            said = running.stderr.read()
    if running.returncode:
        raise SystemExit(f"{step} failed: {said}")
    return Measured(step, seconds, _processor_seconds() - used_before, most >> 20, most_of_database >> 20 or None)


def _processor_seconds() -> float:
    """Of all children that have ended, and of theirs."""
    ended = os.times()
    return ended.children_user + ended.children_system


def _backends(connection: psycopg.Connection) -> list[int]:
    found = connection.execute(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    return [pid for (pid,) in found]


def _memory(pids: list[int], *, with_children: bool = False) -> int:
    """Without what is shared with others; of a database on another machine, nothing is known."""
    processes = [psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)]
    used = 0
    with suppress(psutil.Error):  # one of them has just ended
        if with_children:
            processes += [child for process in processes for child in process.children(recursive=True)]
        for process in processes:
            memory = process.memory_info()
            used += memory.rss - memory.shared
    return used


def _show(customers: int, size: int, steps: list[Measured]) -> None:
    floor = steps[0].seconds
    print(f"{customers:,} customers, {size >> 20} MB of CSV, {len(os.sched_getaffinity(0))} processors")
    print(f"{'':16}{'seconds':>9}{'rows/s':>11}{'x COPY':>9}{'CPU seconds':>13}{'MB':>7}{'MB of PostgreSQL':>18}")
    for step in steps:
        speed = f"{step.seconds:9.1f}{customers / step.seconds:11,.0f}{step.seconds / floor:9.1f}"
        processor = f"{step.processor_seconds:13.1f}" if step.processor_seconds else ""
        print(f"{step.step:16}{speed}{processor}{step.megabytes or '':>7}{step.database_megabytes or '':>18}")
    path = embedded.places().var / "benchmarks" / "importing.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    told = [asdict(step) | {"ratio": round(step.seconds / floor, 2)} for step in steps]
    path.write_text(json.dumps({"customers": customers, "bytes": size, "steps": told}, indent=2) + "\n")
    print(f"also in {path}")


if __name__ == "__main__":
    main()
