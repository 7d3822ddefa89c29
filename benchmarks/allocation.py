"""How fast, in how much memory and how near the optimum customers are allocated under a budget and six capacities.

    python -m benchmarks allocation      CUSTOMERS=1000000 for no more than that; 10,000,000 need about 5 GB

Values and costs are float64, costs differ per customer, and every size runs in a process of its own, from arrays to
solution; another load of the machine does not change the seconds of CPU. The floor is one numpy pass that prices everybody; beside it stand a plain numpy search of the prices, which
makes no plan, and at 50,000 customers HiGHS on the linear relaxation, whose matrix is built before its time begins.
"""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial

import numpy as np

from benchmarks import _instances, _report
from benchmarks._report import Result

SIZES = (100_000, 300_000, 1_000_000, 3_000_000, 10_000_000)
AGAINST_HIGHS = 50_000
REPEATS = 3  # the best of them is told: other load only ever adds
SHORT = {100_000: "100k", 300_000: "300k", 1_000_000: "1m", 3_000_000: "3m", 10_000_000: "10m"}


def main() -> Result:
    most = int(os.environ.get("CUSTOMERS", SIZES[-1]))
    _say_machine()
    figures, floors = {}, {}
    for n in [size for size in SIZES if size <= most]:
        told = _in_own_process("size", n)
        _show_size(n, told)
        figures |= {
            f"{name}_{SHORT[n]}": told[name] for name in ("seconds", "cpu_seconds", "gap", "peak_mb", "feasible")
        }
        floors[f"seconds_{SHORT[n]}"] = told["pass_seconds"]
        figures[f"prototype_seconds_{SHORT[n]}"] = told["prototype_seconds"]
    for name in ("baselines", "rules"):
        figures |= _in_own_process(name, min(1_000_000, most))
    figures |= _in_own_process("highs", AGAINST_HIGHS)
    _show_rest(figures)
    return Result("allocation", figures, floors)


def _in_own_process(kind: str, n: int) -> dict[str, float]:
    command = [sys.executable, "-m", __name__ if __name__ != "__main__" else "benchmarks.allocation", kind, str(n)]
    return _report.told(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def size(n: int) -> dict[str, float]:
    from steering.allocation import solve

    problem = _instances.personal(n)
    arrays = problem.values.nbytes + problem.costs.nbytes
    repeats = REPEATS if n <= 1_000_000 else 1
    used = time.process_time()
    seconds, solution = _best_of(repeats, partial(solve, problem))
    cpu_seconds = (time.process_time() - used) / repeats
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
    pass_seconds, _ = _best_of(3, partial(_price, problem.values, problem.costs, solution.prices))
    prototype_seconds, bound = _best_of(1, partial(_plain_search, problem))
    return {
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "gap": solution.gap,
        "feasible": float(_is_feasible(problem, solution)),
        "peak_mb": peak / 1e6,
        "arrays_mb": arrays / 1e6,
        "pass_seconds": pass_seconds,
        "prototype_seconds": prototype_seconds,
        "prototype_excess": bound / solution.dual_bound - 1,
    }


def _best_of(times: int, work: Callable[[], object]) -> tuple[float, object]:
    """The least seconds, and the last answer."""
    least = np.inf
    for _ in range(times):
        answer = None  # not two at once in memory
        begun = time.perf_counter()
        answer = work()
        least = min(least, time.perf_counter() - begun)
    return least, answer


def _is_feasible(problem, solution) -> bool:
    """Counted anew from the choices alone."""
    rows = np.flatnonzero(solution.choice >= 0)
    choice = solution.choice[rows]
    spent = problem.costs[rows, choice].sum()
    pieces = np.bincount(choice, minlength=problem.n_options)
    eligible = (problem.values[rows, choice] > -np.inf).all()
    return bool(eligible and spent <= problem.budget * (1 + 1e-9) and (pieces <= problem.capacities).all())


def _price(values: np.ndarray, costs: np.ndarray, prices: np.ndarray) -> tuple[float, np.ndarray]:
    """One plain pricing pass: what all gain at the prices, and the use of every limit."""
    reduced = values - prices[0] * costs
    reduced -= prices[1:]
    choice = reduced.argmax(axis=1)
    rows = np.arange(choice.size)
    most = reduced[rows, choice]
    taken = most > 0
    pieces = np.bincount(choice[taken], minlength=values.shape[1])
    spent = costs[rows, choice][taken].sum()
    return float(most[taken].sum()), np.concatenate([[spent], pieces])


def _plain_search(problem, *, sample: int = 20_000, steps: int = 300, passes: int = 8) -> float:
    """Projected dual descent with a scale per price that adapts (Duchi et al. 2011), on a sample and then on all."""
    part = slice(0, min(sample, problem.n_customers))
    limits, n = np.concatenate([[problem.budget], problem.capacities]), problem.n_customers
    prices, squares, best = np.zeros(limits.size), np.zeros(limits.size), np.inf
    rate = np.concatenate([[1.0], np.full(limits.size - 1, 20.0)])
    for step in range(steps + passes):
        on = slice(0, n) if step >= steps else part
        share = (on.stop - on.start) / n
        gained, used = _price(problem.values[on], problem.costs[on], prices)
        if step >= steps:
            best = min(best, gained + limits @ prices)
        slope = (limits * share - used) / (n * share)
        squares += slope**2
        prices = np.maximum(prices - rate * slope / np.sqrt(np.maximum(squares, 1e-12)), 0.0)
    return best


def baselines(n: int) -> dict[str, float]:
    """Per cent of the value that simpler ways lose."""
    from steering.allocation import argmax_then_cut, greedy, random_assignment, solve

    problem = _instances.personal(n)
    best = solve(problem).value
    ways = {"greedy": greedy, "argmax": argmax_then_cut, "random": partial(random_assignment, seed=1)}
    return {f"{name}_loses_percent": 100 * (1 - way(problem).value / best) for name, way in ways.items()}


def rules(n: int) -> dict[str, float]:
    """The same with thirty rules over filters of customers and options."""
    from steering.allocation import solve

    problem = _instances.with_rules(_instances.personal(n), count=30)
    used = time.process_time()
    seconds, solution = _best_of(1, partial(solve, problem))
    used = time.process_time() - used
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10) / 1e6
    told = {
        "seconds": seconds,
        "cpu_seconds": used,
        "gap": solution.gap,
        "feasible": float(solution.feasible),
        "peak_mb": peak,
    }
    return {f"{name}_{SHORT.get(n, n)}_30_rules": figure for name, figure in told.items()}


def highs(n: int) -> dict[str, float]:
    from scipy.optimize import linprog

    from steering.allocation import solve

    problem = _instances.personal(n)
    seconds, solution = _best_of(REPEATS, partial(solve, problem))
    program = _linear_program(problem)
    highs_seconds, answer = _best_of(1, partial(linprog, **program, bounds=(0, None), method="highs"))
    return {
        "highs_seconds_50k": highs_seconds,
        "seconds_50k": seconds,
        "highs_speedup_50k": highs_seconds / seconds,
        "highs_relative_difference_50k": abs(-answer.fun - solution.value) / abs(answer.fun),
        "gap_50k": solution.gap,
    }


def _linear_program(problem) -> dict[str, object]:
    """Of every eligible pair, its share between 0 and 1: a matrix of one row per customer, then one per limit."""
    from scipy.sparse import csc_array

    rows, options = np.nonzero(problem.values > -np.inf)
    n, m, pairs = *problem.values.shape, np.arange(rows.size)
    entries = np.concatenate([np.ones(rows.size), problem.costs[rows, options], np.ones(rows.size)])
    places = np.concatenate([rows, np.full(rows.size, n), n + 1 + options]), np.tile(pairs, 3)
    return {
        "c": -problem.values[rows, options],
        "A_ub": csc_array((entries, places), shape=(n + 1 + m, rows.size)),
        "b_ub": np.concatenate([np.ones(n), [problem.budget], problem.capacities]),
    }


def _say_machine() -> None:
    load = os.getloadavg()[0]
    print(f"{len(os.sched_getaffinity(0))} processors, load {load:.1f} before; float64, 6 options, 7 limits")
    print(
        f"{'customers':>12}{'seconds':>9}{'of CPU':>8}{'x pass':>8}{'gap':>10}{'feasible':>10}{'MB':>7}{'without arrays':>16}",
        end="",
    )
    print(f"{'one pass':>10}{'plain prices':>14}{'their bound is more by':>24}", flush=True)


def _show_size(n: int, told: dict[str, float]) -> None:
    print(
        f"{n:12,}{told['seconds']:9.2f}{told['cpu_seconds']:8.2f}{told['seconds'] / told['pass_seconds']:8.1f}{told['gap']:10.1e}"
        f"{'yes' if told['feasible'] else 'NO':>10}{told['peak_mb']:7.0f}{told['peak_mb'] - told['arrays_mb']:16.0f}"
        f"{told['pass_seconds']:10.3f}{told['prototype_seconds']:14.2f}{told['prototype_excess']:24.1e}",
        flush=True,
    )


def _show_rest(figures: dict[str, float]) -> None:
    for name, number in figures.items():
        if not name.endswith(tuple(SHORT.values())):
            print(f"{name:32}{number:14.6g}")


if __name__ == "__main__":
    print(
        json.dumps(
            {"size": size, "baselines": baselines, "rules": rules, "highs": highs}[sys.argv[1]](int(sys.argv[2]))
        )
    )
