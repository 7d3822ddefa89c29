"""How near the optimum plans come where customers are bound together: households, delivery areas, minimum runs.

    python -m benchmarks allocation_units      INSTANCES=60, CUSTOMERS=1000000 for the large one

Small instances are compared with the optimum of HiGHS (MIP); where its time ran out, with its bound, so that a gap is
never told too small. The large one, with households and areas, is compared with its own dual bound.
"""

import json
import os
import subprocess
import sys
import time

import numpy as np

from benchmarks import _instances, _milp, _report
from benchmarks._report import Result

INSTANCES = 60
CUSTOMERS = 1_000_000
MIP_SECONDS = 20.0
LARGE = 700  # customers: beyond what the solver leaves to HiGHS as a whole


def main() -> Result:
    count, customers = int(os.environ.get("INSTANCES", INSTANCES)), int(os.environ.get("CUSTOMERS", CUSTOMERS))
    compared = _compared(count)
    command = [sys.executable, "-m", "benchmarks.allocation_units", str(customers)]
    of_large = _report.told(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    _show(compared)
    print(f"{customers:,} customers: " + ", ".join(f"{name} {number:.3g}" for name, number in of_large.items()))
    gaps, is_large = compared[:, 0], compared[:, 5] > LARGE
    figures = {
        "mip_gap_mean": gaps.mean(),
        "mip_gap_worst": gaps.max(),
        "mip_gap_mean_larger": gaps[is_large].mean() if is_large.any() else 0.0,
        "bound_gap_mean": compared[:, 1].mean(),  # what the certificates of the same plans say
        "instances": float(count),
        "proved_optimal": compared[:, 4].sum(),
        "seconds_mean": compared[:, 2].mean(),
        **of_large,
    }
    return Result("allocation_units", figures, {"seconds_mean": compared[:, 3].mean()})


def _show(compared: np.ndarray) -> None:
    gaps, is_large = compared[:, 0], compared[:, 5] > LARGE
    print(f"{'':24}{'mean':>12}{'worst':>12}")
    print(
        f"{'gap to the optimum':24}{gaps.mean():12.2e}{gaps.max():12.2e}   of {len(gaps)}, {compared[:, 4].sum():.0f} proved"
    )
    if is_large.any():
        print(
            f"{'of the larger ones':24}{gaps[is_large].mean():12.2e}{gaps[is_large].max():12.2e}   of {is_large.sum()}"
        )
    print(f"{'gap to the dual bound':24}{compared[:, 1].mean():12.2e}{compared[:, 1].max():12.2e}")
    print(f"{'seconds':24}{compared[:, 2].mean():12.3f}{compared[:, 2].max():12.3f}")
    print(f"{'seconds of HiGHS':24}{compared[:, 3].mean():12.3f}{compared[:, 3].max():12.3f}")


def _compared(count: int) -> np.ndarray:
    """(count, 6) gap to the optimum, to the bound, seconds, HiGHS's seconds, whether HiGHS proved its optimum, customers."""
    from steering.allocation import solve

    told = []
    for seed in range(count):
        problem = _instances.with_units(seed=seed)
        begun = time.perf_counter()
        solution = solve(problem)
        solved = time.perf_counter()
        best = _milp.optimum(problem, seconds=MIP_SECONDS)
        proved = best.bound - best.value <= 1e-6 * max(abs(best.value), 1.0)
        if not solution.feasible or solution.value > best.bound + 1e-5 * max(1.0, abs(best.bound)):
            raise SystemExit(f"instance {seed}: {solution.value} {solution.unmet}, and HiGHS has {best.value}")
        gap = max(best.bound - solution.value, 0.0) / max(abs(best.bound), 1e-9)
        told.append((gap, solution.gap, solved - begun, time.perf_counter() - solved, proved, problem.n_customers))
    return np.array(told, dtype=float)


def large(n: int) -> dict[str, float]:
    from steering.allocation import solve

    problem = _instances.households_and_areas(n, areas=n // 300, seed=1)
    begun = time.perf_counter()
    solution = solve(problem)
    return {
        "dual_gap_1m": solution.gap,
        "units_seconds_1m": time.perf_counter() - begun,
        "units_feasible_1m": float(solution.feasible),
        "opened_share_1m": float(solution.opened_areas.mean()),
    }


if __name__ == "__main__":
    print(json.dumps(large(int(sys.argv[1]))))
