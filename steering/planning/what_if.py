"""What another budget would earn, and what the plan would earn without one of its limits; computed once, kept with the plan."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from django.core.cache import cache
from django.utils import timezone

from steering.allocation import Problem, Solution, solve
from steering.allocation.what_if import budget_curve
from steering.models import Plan

from . import options, rebuilding

AT_ONCE = 500  # customers; for more a worker computes it
POINTS = 20
MOST_LIMITS = 12  # each is one more search for the best plan
LEAST_PRICE = 1e-6  # cents: what a limit earns less than is rounding
SECONDS_KEPT = 3600
MINIMUM_RUNS = "minimum runs"  # all of them, among the limits that the plan could be without


def ask(plan: Plan, *, worker: Callable[[int], object]) -> bool:
    """Compute what is missing, or wake a `worker` (plan id) for it once; returns whether the plan has it now."""
    if plan.what_if is not None:
        return True
    if plan.eligible <= AT_ONCE:
        compute(plan.pk)
        plan.refresh_from_db(fields=["what_if"])
        return plan.what_if is not None
    if cache.add(_under_way(plan.pk), True, SECONDS_KEPT):
        worker(plan.pk)
    return False


def compute(plan_id: int) -> None:
    """Store it with the plan, or why it cannot be computed; nothing where there is no such plan any more."""
    plan = Plan.objects.select_related("wave__campaign").filter(pk=plan_id).first()
    if plan is None:
        return
    try:
        told = _told(plan)
    except ValueError as error:  # of planning, or of the solver: a campaign that was changed since
        told = {"failure": str(error)}
    finally:
        cache.delete(_under_way(plan_id))
    Plan.objects.filter(pk=plan_id).update(what_if=told)


def _under_way(plan_id: int) -> str:
    return f"what-if-{plan_id}"


def _told(plan: Plan) -> dict[str, Any]:
    """JSON, money in cents. Everybody who is not held out is steered as well as can be, also those who explore."""
    offers = options.as_planned(plan)
    problem = rebuilding.problem_of(plan.wave_id).problem
    keys = rebuilding.keys_of(offers, problem)
    prices = rebuilding.prices_of(plan, keys)
    curve = budget_curve(problem, points=POINTS, seed=plan.seed, start=prices)
    best = solve(problem, seed=plan.seed, start=prices)
    setup = sum(offer.setup_cents for offer in offers)  # of the runs that the plan makes, off every budget
    arrays = {"budget": curve.budgets + setup, "cost": curve.costs + setup}
    arrays |= {"margin": curve.margins - setup, "bound": curve.bounds - setup}
    return {
        "points": [dict(zip(arrays, _numbers(point), strict=True)) for point in zip(*arrays.values(), strict=True)],
        "can_be_met": curve.feasible.tolist(),
        "asked": float(curve.share),
        "error": float(np.max(curve.errors, initial=0.0)),
        "best": float(best.value - setup),
        "without": list(_without(problem, best, keys, plan.seed)),
        "computed_at": timezone.now().isoformat(),
    }


def _numbers(point: tuple[float, ...]) -> list[float | None]:
    """JSON knows no infinity: a bound that proves nothing is None."""
    return [round(float(number), 2) if np.isfinite(number) else None for number in point]


def _without(problem: Problem, best: Solution, keys: list[str], seed: int) -> Iterator[dict[str, Any]]:
    """What the best plan would earn more without a limit, for those limits that cost anything; the dearest first."""
    dearest = np.argsort(-best.prices, kind="stable")
    binding = [place for place in dearest.tolist() if place > 0 and best.prices[place] > LEAST_PRICE]
    tried = [(keys[place], *_freed(problem, place, best.prices)) for place in binding[:MOST_LIMITS]]
    if problem.minimum_runs is not None and np.any(problem.minimum_runs):
        tried.append((MINIMUM_RUNS, replace(problem, minimum_runs=None), best.prices))  # they have no price
    for key, freed, start in tried:
        gain = solve(freed, seed=seed, start=start).value - best.value
        yield {"limit": key, "gain": round(max(0.0, gain), 2)}


def _freed(problem: Problem, place: int, prices: np.ndarray) -> tuple[Problem, np.ndarray]:
    """The problem without a limit, and prices to begin with."""
    rule = place - 1 - problem.n_options
    if rule < 0:
        capacities = np.array(problem.capacities, dtype=float)
        capacities[place - 1] = np.inf
        return replace(problem, capacities=capacities), np.where(np.arange(len(prices)) == place, 0.0, prices)
    rules = problem.rules[:rule] + problem.rules[rule + 1 :]
    return replace(problem, rules=rules), np.delete(prices, place)
