"""How many records of one person are found, how many of those found are wrong, and how fast; memory must stay flat.

    python -m benchmarks duplicates      CUSTOMERS=100000 for fewer than a million, SEEDS=1,2,3 for other people

Of populations whose second records are known (steering.population.planting), by seeds that nothing was learned from.
The floor is reading the same columns without doing anything with them.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import _scratch
from benchmarks._report import Result, told
from steering.services import ensure_services

CUSTOMERS, SMALL = 1_000_000, 20_000
SEEDS = "1,2,3,4,5"
DATABASE = "benchmark_duplicates"
MANAGE = Path(__file__).resolve().parent.parent / "manage.py"


def main() -> Result:
    customers = int(os.environ.get("CUSTOMERS", CUSTOMERS))
    seeds = [int(seed) for seed in os.environ.get("SEEDS", SEEDS).split(",")]
    ensure_services()
    with tempfile.TemporaryDirectory() as folder, _scratch.database(DATABASE) as url:
        environment = _scratch.environment(url, Path(folder))
        subprocess.run([sys.executable, MANAGE, "migrate"], env=environment, check=True, stdout=subprocess.DEVNULL)
        small = [_evaluated(environment, min(SMALL, customers), seed) for seed in seeds]
        large = _evaluated(environment, customers, seeds[0])
    _show([*zip(seeds, small, strict=True), (seeds[0], large)])
    figures = {
        "precision": _share(small, "sure_true", "sure"),
        "recall": _share(small, "sure_true", "true_pairs"),
        "precision_large": large["sure_true"] / max(large["sure"], 1),
        "recall_large": large["sure_true"] / max(large["true_pairs"], 1),
        "review_precision_large": _to_review(large)[1],
        "blocking_misses": _share(small, "never_compared", "true_pairs"),
        "persons_per_second": large["customers"] / large["seconds"],
        "peak_mb": large["peak_mb"],
        "peak_mb_small": small[0]["peak_mb"],
        "seconds": large["seconds"],
    }
    return Result("duplicates", figures, {"seconds": large["floor_seconds"]})


def _evaluated(environment: dict[str, str], customers: int, seed: int) -> dict:
    """In processes of their own, so that memory is that of the search alone."""
    command = [sys.executable, "-m", "benchmarks._duplicates"]
    subprocess.run([*command, "generate", str(customers), str(seed)], env=environment, check=True)
    run = subprocess.run(
        [*command, "evaluate", str(customers), str(seed)], env=environment, check=True, stdout=subprocess.PIPE
    )
    return told(run.stdout)


def _share(found: list[dict], part: str, whole: str) -> float:
    return sum(one[part] for one in found) / max(sum(one[whole] for one in found), 1)


def _to_review(one: dict) -> tuple[int, float]:
    """Pairs that are proposed but not sure, and how many of them are one person."""
    pairs = one["proposed"] - one["sure"]
    return pairs, (one["proposed_true"] - one["sure_true"]) / max(pairs, 1)


def _show(found: list[tuple[int, dict]]) -> None:
    print(
        f"{'':6}{'':>11}{'true':>8}{'never':>10}{'------- sure -------':>22}{'-------- to review --------':>29}{'with them':>11}"
    )
    print(
        f"{'seed':6}{'customers':>11}{'pairs':>8}{'compared':>10}{'precision':>12}{'recall':>10}{'pairs':>16}{'precision':>13}{'recall':>11}"
        f"{'seconds':>9}{'floor':>7}{'CPU s':>7}{'MB':>6}"
    )
    for seed, one in found:
        pairs, precision = _to_review(one)
        print(
            f"{seed:<6}{one['customers']:11,}{one['true_pairs']:8,}{one['never_compared'] / one['true_pairs']:10.2%}"
            f"{one['sure_true'] / max(one['sure'], 1):12.4f}{one['sure_true'] / one['true_pairs']:10.4f}"
            f"{pairs:16,}{precision:13.4f}{one['proposed_true'] / one['true_pairs']:11.4f}"
            f"{one['seconds']:9.1f}{one['floor_seconds']:7.1f}{one['processor_seconds']:7.1f}{one['peak_mb']:6}"
        )
    print(json.dumps({"look_alikes_taken_for_one_person": sum(one["look_alikes"] for _, one in found)}))


if __name__ == "__main__":
    main()
