"""Steps of price beside everything else that a problem can have: against an exact solver asked once per set of steps."""

import os
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import _milp, _small
from steering.allocation import Rule, checked
from steering.allocation.tiers import CLOSED, Step, Stepped, choose

SEEDS = st.integers(0, 2**32 - 1)
EXAMPLES = int(os.environ.get("ALLOCATION_EXAMPLES", "30"))
SENSES = ("at most", "at least")
CLOSE = 1e-5
NO_PRICE = 1e6  # cents, where nobody can get it anyway


def drawn(seed):
    """Any small problem; some options have one to three steps, each for everybody, by customer or by area."""
    rng = np.random.default_rng([5, seed])
    problem = checked(_small.anything(rng, most_customers=8, most_options=3))
    if rng.random() < 0.3:
        problem = replace(problem, rules=(*problem.rules, rule_of_money(rng, problem)))
    stepped = [option for option in range(problem.n_options) if rng.random() < 0.7][:2] or [0]
    return Stepped(problem, {option: steps_of(rng, problem, option) for option in stepped})


def rule_of_money(rng, problem):
    """Some that a lower price helps to keep, and some that it breaks."""
    options, amount, sense = (
        rng.random(problem.n_options) < 0.6,
        str(rng.choice(["cost", "value"])),
        str(rng.choice(SENSES)),
    )
    whole = Rule.most("whole", 0.0, amount=amount) if rng.random() < 0.5 else None
    bound = float(rng.choice([0.2, 0.5, 0.8]) if whole else rng.integers(0, 25))
    return Rule("money", sense, bound, options=options, amount=amount, of=whole)


def steps_of(rng, problem, option):
    size = problem.n_areas if option in problem.area_options else problem.n_customers
    leasts = np.sort(rng.choice(np.arange(1, max(problem.n_customers, 3) + 1), rng.integers(1, 4), replace=False))
    steps = []
    for least in leasts:
        costs = np.round(rng.uniform(0, 9, size), 1) if rng.random() < 0.5 else float(rng.integers(0, 9))
        if np.ndim(costs) and rng.random() < 0.3:
            costs[rng.random(size) < 0.3] = np.inf
        steps.append(Step(float(least), costs, float(rng.choice([0, 0, 2, 9]))))
    return steps


def every_optimum(stepped):
    """The best plan at every set of steps that can be taken, after what it costs once; -inf where there is none."""
    choices = [[CLOSED, *range(len(steps))] for steps in stepped.steps.values()]
    for state in product(*choices):
        yield optimum_at(stepped, dict(zip(stepped.steps, state, strict=True)))


def optimum_at(stepped, state):
    problem, fixed = stepped.problem, 0.0
    for option, step in state.items():
        if step != CLOSED:
            problem, fixed = (
                priced(problem, option, stepped.steps[option], step),
                fixed + stepped.steps[option][step].fixed,
            )
        elif is_begun(problem, option):
            return -np.inf
        else:
            problem = without(problem, option)
    if fixed > problem.budget:
        return -np.inf
    best = _milp.optimum(replace(problem, budget=problem.budget - fixed))
    return -np.inf if best.chosen is None else best.value - fixed


def is_begun(problem, option):
    return problem.locked is not None and problem.locked[:, option].any()


def without(problem, option):
    values = problem.values.copy()
    values[:, option] = -np.inf
    return replace(problem, values=values)


def priced(problem, option, steps, number):
    """At a step: its price, at least its pieces, fewer than the next step's."""
    step, m = steps[number], np.arange(problem.n_options)
    runs = np.where(
        m == option, np.maximum(problem.minimum_runs, step.least if step.least > 1 else 0), problem.minimum_runs
    )
    most = steps[number + 1].least - 1 if number + 1 < len(steps) else np.inf
    capacities = np.where(m == option, np.minimum(problem.capacities, most), problem.capacities)
    values = problem.values.copy()
    if option in problem.area_options:
        kind = problem.area_options.index(option)
        costs, area_costs, pieces = (
            np.broadcast_to(step.costs, problem.n_areas),
            problem.area_costs.copy(),
            problem.area_pieces.copy(),
        )
        nowhere = np.isinf(costs)
        pieces[nowhere, kind] = 0.0
        area_costs[:, kind] = np.where(nowhere, NO_PRICE, pieces[:, kind] * np.where(nowhere, 0.0, costs))
        values[(problem.area >= 0) & nowhere[problem.area], option] = -np.inf
        return replace(
            problem, values=values, minimum_runs=runs, capacities=capacities, area_costs=area_costs, area_pieces=pieces
        )
    each = np.broadcast_to(step.costs, problem.n_customers)
    costs = np.array(np.broadcast_to(problem.costs, values.shape))
    costs[:, option] = np.where(np.isfinite(each), each, 0.0)
    values[:, option] = np.where(np.isfinite(each), values[:, option] - costs[:, option], -np.inf)
    return replace(problem, values=values, costs=costs, minimum_runs=runs, capacities=capacities)


def asked(stepped, **how):
    """None where what was sent already costs more once than there is."""
    try:
        return choose(stepped, **how)
    except ValueError:
        return None


@settings(max_examples=EXAMPLES)
@given(seed=SEEDS)
def test_beside_everything_else_the_plan_is_the_best_at_any_steps_and_its_bound_is_true(seed):
    stepped = drawn(seed)
    best, chosen = max(every_optimum(stepped)), asked(stepped)
    if best == -np.inf:
        assert chosen is None or not chosen.solution.feasible
        assert chosen is not None or stepped.problem.locked is not None
        return
    assert chosen.solution.feasible
    assert chosen.bound >= best - CLOSE * (1 + abs(best))
    assert chosen.value == pytest.approx(best, abs=CLOSE, rel=CLOSE)


@settings(max_examples=EXAMPLES // 2)
@given(seed=SEEDS, most=st.integers(0, 3))
def test_beside_everything_else_a_search_that_is_cut_short_still_bounds_every_plan(seed, most):
    stepped = drawn(seed)
    best, chosen = max(every_optimum(stepped)), asked(stepped, most=most)
    assert chosen is not None or best == -np.inf
    if chosen is not None and chosen.solution.feasible:
        assert chosen.value - CLOSE * (1 + abs(best)) <= best <= chosen.bound + CLOSE * (1 + abs(best))
