"""How far the prices of a sample are off, and what is lost when shards decide apart by them.

    python -m benchmarks allocation_shards      CUSTOMERS=1000000

The sample's error shows in how much of the scarcest limit all customers would ask for at its prices, and in the bound
that these prove. Every shard then stays within its part of what the ones before it have left. What that loses is per
cent of the value of one decision for all, before and after what is left is spread; the floor is one decision for all.
"""

import json
import os
import subprocess
import sys
import time

import numpy as np

from benchmarks import _instances, _report
from benchmarks._report import Result

CUSTOMERS = 1_000_000
SAMPLES = (1_000, 3_000, 10_000, 30_000, 100_000)
SHARDS = (4, 20, 100)
OF_EACH = (30_000, 20)  # the sample for all numbers of shards, the number of shards for all samples


def main() -> Result:
    """In a process of its own, as workers would be."""
    customers = int(os.environ.get("CUSTOMERS", CUSTOMERS))
    command = [sys.executable, "-m", "benchmarks.allocation_shards", str(customers)]
    told = _report.told(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    print(f"{customers:,} customers, {len(os.sched_getaffinity(0))} processors")
    print(f"{'sample':>9}{'shards':>8}{'% asked over':>14}{'% under':>9}{'% bound above':>15}", end="")
    print(f"{'% lost':>9}{'after the rest':>16}", end="")
    print(f"{'s of prices':>13}{'s of a shard':>14}{'s of the rest':>15}")
    for row in told["rows"]:
        print(
            f"{row['sample']:9,}{row['shards']:8}{row['over']:14.2f}{row['under']:9.2f}{row['bound_above']:15.4f}"
            f"{row['lost']:9.4f}{row['lost_after']:16.4f}"
            f"{row['price_seconds']:13.2f}{row['shard_seconds']:14.2f}{row['spread_seconds']:15.2f}"
        )
    figures = {
        f"lost_percent_{row['sample'] // 1000}k_{row['shards']}_shards": row["lost_after"] for row in told["rows"]
    }
    return Result("allocation_shards", figures, {"central_seconds": told["central_seconds"]})


def measured(n: int) -> dict[str, object]:
    from steering.allocation import checked, solve

    problem = checked(_instances.personal(n))
    begun = time.perf_counter()
    central = solve(problem)
    seconds = time.perf_counter() - begun
    tried = [(sample, OF_EACH[1]) for sample in SAMPLES if sample <= n]
    tried += [(OF_EACH[0], shards) for shards in SHARDS if (OF_EACH[0], shards) not in tried and OF_EACH[0] <= n]
    return {"central_seconds": seconds, "rows": [_tried(problem, central, *one) for one in tried]}


def _tried(problem, central, sample: int, shards: int) -> dict[str, float]:
    from steering.allocation import bound_at_prices
    from steering.allocation.parts import part_of
    from steering.allocation.shards import allotted, choose_shard, fit_prices, room_of, spread

    n = problem.n_customers
    begun = time.perf_counter()
    asked = np.sort(np.random.default_rng(sample).choice(n, sample, replace=False))
    prices = fit_prices(part_of(problem, asked), sample / n)
    fitted = time.perf_counter()
    room, chosen, parts = room_of(problem), [], np.array_split(np.arange(n), shards)
    for number, rows in enumerate(parts):
        got, used = choose_shard(part_of(problem, rows), prices, allotted(room, 1, shards - number))
        room, chosen = room - used, [*chosen, got]
    decided = time.perf_counter()
    before = _worth(problem, parts, chosen)
    for number, rows in enumerate(parts):
        chosen[number], used = spread(part_of(problem, rows), prices, chosen[number], room)
        room = room - used
    if (room < -1e-6 * np.abs(room_of(problem)))[np.isfinite(room)].any():
        raise SystemExit(f"more was used than there is: {room}")
    spread_seconds = (time.perf_counter() - decided) / shards
    binding = central.prices > 1e-9
    asked_for = choose_shard(problem, prices, np.full(room.size, np.inf))[1][binding] / central.limits[binding]
    return {
        "sample": sample,
        "shards": shards,
        "lost": 100 * (1 - before / central.value),
        "lost_after": 100 * (1 - _worth(problem, parts, chosen) / central.value),
        "over": 100 * float(asked_for.max(initial=1.0) - 1),
        "under": 100 * float(1 - asked_for.min(initial=1.0)),
        "bound_above": 100 * (bound_at_prices(problem, prices) / central.dual_bound - 1),
        "price_seconds": fitted - begun,
        "shard_seconds": (decided - fitted) / shards,
        "spread_seconds": spread_seconds,
    }


def _worth(problem, parts: list[np.ndarray], chosen: list[np.ndarray]) -> float:
    return float(sum(problem.values[rows][got].sum() for rows, got in zip(parts, chosen, strict=True)))


if __name__ == "__main__":
    print(json.dumps(measured(int(sys.argv[1]))))
