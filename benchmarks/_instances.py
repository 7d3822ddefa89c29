"""Allocation problems of any size that look like a shop's: skewed values, postage zones, half of the limits binding."""

from dataclasses import replace

import numpy as np

from steering.allocation import Problem, Rule

OPTIONS = ("email", "banner", "social", "letter", "catalogue", "postcard")
TASTE = np.array([0.30, 0.15, 0.20, 2.2, 3.5, 0.9])  # what a contact adds, as a part of what the customer is worth
CENTS = np.array([1.0, 2.0, 4.0, 85.0, 160.0, 30.0])
SHARES = np.array([0.30, 0.50, 0.06, 0.025, 0.035, 0.02])  # of customers: capacity
BUDGET = 9.0  # cents a customer
REFUSED = 0.25  # of all pairs
BLOCK = 100_000


def personal(n: int, *, seed: int = 1) -> Problem:
    """n customers x 6 options x 7 limits, float64; costs per customer. Made in blocks: no larger array than the two."""
    values, costs = np.empty((n, CENTS.size)), np.empty((n, CENTS.size))
    for start in range(0, n, BLOCK):
        rng = np.random.default_rng([seed, start])
        part = slice(start, min(start + BLOCK, n))
        values[part], costs[part] = _block(rng, part.stop - start)
    return Problem(values=values, costs=costs, budget=BUDGET * n, capacities=np.floor(SHARES * n))


def _block(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    worth = rng.lognormal(3.0, 1.0, (n, 1))
    costs = CENTS * rng.choice([1.0, 1.1, 1.35], p=[0.7, 0.2, 0.1], size=(n, 1))  # postage zones
    values = worth * TASTE * rng.uniform(0.0, 2.0, (n, CENTS.size)) - costs
    values[rng.random(values.shape) < REFUSED] = -np.inf
    return values, costs


def with_units(*, seed: int) -> Problem:
    """A small shop of 60 to 3,000 customers with households, delivery areas and minimum runs, each or together."""
    rng = np.random.default_rng([7, seed])
    n = int(np.exp(rng.uniform(np.log(60), np.log(3_000))))
    problem = households_and_areas(n, areas=int(rng.integers(5, 10 + n // 25)), seed=seed)
    runs = np.array([0.0, 0.0, rng.uniform(0.02, 0.2), rng.choice([0.0, rng.uniform(0.05, 0.3)])]) * n
    kind = seed % 4
    if kind == 0:
        return problem
    if kind == 1:
        return replace(problem, minimum_runs=np.ceil(runs))
    if kind == 2:
        return replace(problem, household=None, print_options=(), minimum_runs=np.ceil(runs))
    values = problem.values.copy()
    values[:, 3] = -np.inf
    without = {"area": None, "area_option": None, "area_costs": None, "area_pieces": None}
    return replace(problem, values=values, minimum_runs=np.ceil(runs * [1, 1, 1, 0]), **without)


def households_and_areas(n: int, *, areas: int, seed: int) -> Problem:
    """E-mail, banner, letter and a leaflet by area; two in three share a household, areas differ in size and worth."""
    rng = np.random.default_rng([11, seed])
    household = rng.integers(-1, max(n // 2, 1), n)
    district = rng.choice(areas, max(n // 2, 1), p=rng.dirichlet(np.full(areas, 3.0)))
    area = np.where(household >= 0, district[household], rng.integers(-1, areas, n))
    costs = np.array([1.0, 3.0, 80.0, 0.0])
    taste = np.array([0.3, 0.2, 4.0, 1.5]) * rng.uniform(0.5, 1.5, 4)
    local = np.append(rng.uniform(0.4, 1.8, areas), 1.0)[area]  # -1 is the last
    values = rng.lognormal(3, 1, (n, 1)) * rng.uniform(0.2, 2, (n, 4)) * taste * local[:, None] - costs
    values[rng.random((n, 4)) < 0.25] = -np.inf
    size = np.bincount(area[area >= 0], minlength=areas).astype(float)
    pieces = np.ceil(size * rng.uniform(1.0, 1.8, areas))  # other households get it too
    return Problem(
        values=values,
        costs=costs,
        budget=np.round(rng.uniform(6, 25) * n),
        capacities=np.floor(np.array([0.4, 0.3, 0.15, rng.uniform(0.3, 1.0)]) * n),
        household=household,
        print_options=(2,),
        area=area,
        area_option=3,
        area_costs=np.round(5.0 * pieces + 20),
        area_pieces=pieces,
    )


def bare(values: object) -> Problem:
    """A cent each, and no limits."""
    values = np.asarray(values, dtype=float)
    return Problem(values=values, costs=np.ones(values.shape[1]))


def with_rules(problem: Problem, *, count: int, seed: int = 3) -> Problem:
    """The same with rules over filters of customers and options as managers state them, of four kinds in turn."""
    rng = np.random.default_rng(seed)
    n, m = problem.values.shape
    region = rng.integers(0, 8, n)
    return replace(problem, rules=tuple(_rule(rng, number, region, m) for number in range(count)))


def _rule(rng: np.random.Generator, number: int, region: np.ndarray, m: int) -> Rule:
    """Tight, but to be kept together: minimums ask for less than the capacities leave."""
    customers, options = region == number // 4 % 8, np.arange(m) == (3 + number // 4) % m
    people = float(customers.sum())
    if number % 4 == 0:
        return Rule.most(f"pieces {number}", 0.7 * SHARES[options].sum() * people, options=options, customers=customers)
    if number % 4 == 1:
        letters = np.arange(m) == 3
        return Rule.least(f"letters {number}", 0.01 * people, options=letters, customers=customers)
    if number % 4 == 2:
        segment = customers & (rng.random(customers.size) < 0.5)
        printed = np.arange(m) >= 3
        return Rule.most(f"cost {number}", 2.0 * people, options=printed, customers=segment, amount="cost")
    whole = Rule.most("whole", 0.0, options=options)
    return Rule.most(f"share {number}", 0.12, options=options, customers=customers, of=whole)
