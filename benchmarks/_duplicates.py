"""What the duplicates benchmark does within a database of its own: generate, find, and compare with the truth.

python -m benchmarks._duplicates generate|evaluate CUSTOMERS SEED    with DATABASE_URL of that database
python -m benchmarks._duplicates tune CUSTOMERS:SEED ...
"""

import csv
import json
import os
import resource
import sys
import time
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "steering.settings")
django.setup()

import numpy as np  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from campaigns.duplicates import candidates, comparing, finding, learning  # noqa: E402
from campaigns.models import Customer, DuplicatePair  # noqa: E402
from steering.population import plant  # noqa: E402
from steering.population.generate import generate  # noqa: E402

SHARE = 0.06
AS_OF = date(2026, 6, 1)
Pairs = set[tuple[int, int]]


@dataclass(frozen=True)
class Evaluated:
    """Of one population: pairs of customers, true and found."""

    customers: int
    true_pairs: int
    never_compared: int  # true pairs that share no key
    sure: int
    sure_true: int
    proposed: int  # sure ones too
    proposed_true: int
    look_alikes: int  # planted others who are proposed as sure
    seconds: float
    processor_seconds: float  # of this process; PostgreSQL works beside it
    peak_mb: int
    floor_seconds: float  # to read the same columns, and do nothing with them


def made(customers: int, seed: int) -> Path:
    return generate(customers=customers, seed=seed, as_of_on=AS_OF, duplicates=SHARE).duplicates


def truth(path: Path) -> tuple[Pairs, Pairs]:
    """Pairs of one person, and pairs of look-alikes. Two second records of one person do not occur."""
    ids = dict(Customer.objects.values_list("customer_number", "id"))
    same: Pairs = set()
    alike: Pairs = set()
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            pair = tuple(sorted((ids[row["customer_number"]], ids[row["of"]])))
            (same if row["is_same"] == "True" else alike).add(pair)
    return same, alike


def evaluate(path: Path) -> Evaluated:
    floor = _floor()
    begun, processor = time.monotonic(), time.process_time()
    found = finding.find()
    seconds, processor = time.monotonic() - begun, time.process_time() - processor
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10  # before the truth is held here
    same, alike = truth(path)
    with transaction.atomic(), candidates.gathered():
        missed = len(same - _compared())
    rows = DuplicatePair.objects.filter(state="open").values_list("first_id", "second_id", "is_sure")
    proposed = {(a, b) for a, b, _ in rows}
    sure = {(a, b) for a, b, is_sure in rows if is_sure}
    return Evaluated(
        found.customers,
        len(same),
        missed,
        len(sure),
        len(sure & same),
        len(proposed),
        len(proposed & same),
        len(sure & alike),
        seconds,
        processor,
        peak,
        floor,
    )


def _floor() -> float:
    begun = time.monotonic()
    with connection.cursor() as cursor, cursor.copy(f"COPY ({candidates.READ}) TO STDOUT") as copy:
        for _ in copy:
            pass
    return time.monotonic() - begun


def _compared() -> Pairs:
    with connection.cursor() as cursor:
        cursor.execute("SELECT first, second FROM duplicate_candidate")
        return set(cursor.fetchall())


def features(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Of all candidates of this database, with whether they are one person."""
    same, _ = truth(path)
    width = len(candidates.COLUMNS)
    with transaction.atomic(), candidates.gathered():
        common = candidates.commonness()
        chunks = [(rows, comparing.compared(rows, common)) for rows in candidates.pairs()]
    is_same = [(row[0], row[width]) in same for rows, _ in chunks for row in rows]
    return np.vstack([found for _, found in chunks]), np.array(is_same)


def _empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE campaigns_customer, campaigns_household, campaigns_deliveryarea, campaigns_suppression CASCADE"
        )


def tune(populations: list[tuple[int, int]]) -> None:
    """Of different sizes, because namesakes grow with the number of customers."""
    found = []
    for customers, seed in populations:
        _empty()
        found.append(features(made(customers, seed)))
    x, y = np.vstack([one for one, _ in found]), np.concatenate([one for _, one in found])
    weights = Path(learning.__file__).with_name("weights.json")
    learning.write(learning.fit(x, y), weights, populations=populations, pairs=len(y))
    print(f"learned from {len(y):,} pairs, of which {y.sum():,} are one person")


def main(arguments: list[str]) -> None:
    what, *rest = arguments
    if what == "tune":
        tune([(int(customers), int(seed)) for customers, _, seed in (one.partition(":") for one in rest)])
    elif what == "generate":
        _empty()
        made(*map(int, rest))
    else:
        path = plant.path(Path(settings.VAR), customers=int(rest[0]), seed=int(rest[1]))
        print(json.dumps(asdict(evaluate(path))), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
