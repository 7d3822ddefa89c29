"""Small problems drawn by hypothesis, and what is right for them by trying everything or by an exact solver."""

from itertools import product

import numpy as np
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from steering.allocation import Problem

VALUES = st.one_of(st.just(-np.inf), st.integers(-20, 100).map(float))
LIMITS = st.one_of(st.just(np.inf), st.integers(0, 12).map(float))


@st.composite
def problems(draw, *, most_customers=4, most_options=3, with_units=True):
    n, m = draw(st.integers(0, most_customers)), draw(st.integers(1, most_options))
    values = np.array(draw(st.lists(st.lists(VALUES, min_size=m, max_size=m), min_size=n, max_size=n)))
    row = st.lists(st.integers(0, 9).map(float), min_size=m, max_size=m)
    if draw(st.booleans()):
        costs = np.array(draw(row))
    else:
        costs = np.array(draw(st.lists(row, min_size=n, max_size=n))).reshape(n, m)
    budget = draw(st.one_of(st.just(np.inf), st.integers(0, 30).map(float)))
    capacities = np.array(draw(st.lists(LIMITS, min_size=m, max_size=m)))
    units = draw(_units(n, m)) if with_units else {}
    return Problem(values=values.reshape(n, m), costs=costs, budget=budget, capacities=capacities, **units)


@st.composite
def _units(draw, n, m):
    household = np.array(draw(st.lists(st.integers(-1, 1), min_size=n, max_size=n)), dtype=int)
    units = {"household": household, "print_options": (0,)}
    if m == 1 or not draw(st.booleans()):
        return units
    n_areas = draw(st.integers(1, 2))
    home_area = draw(st.lists(st.integers(-1, n_areas - 1), min_size=2, max_size=2))
    own_area = draw(st.lists(st.integers(-1, n_areas - 1), min_size=n, max_size=n))
    area = [home_area[home] if home >= 0 else own for home, own in zip(household, own_area, strict=True)]
    amounts = st.lists(st.integers(0, 20).map(float), min_size=n_areas, max_size=n_areas)
    return units | {
        "area": np.array(area, dtype=int),
        "area_option": m - 1,
        "area_costs": np.array(draw(amounts)),
        "area_pieces": np.array(draw(amounts)),
    }


def broken_rules(problem, choice, opened):
    """Names of the rules that a plan breaks, each computed as the docstring of Problem states it."""
    costs = np.broadcast_to(problem.costs, problem.values.shape)
    spent, pieces, broken = 0.0, np.zeros(problem.n_options), set()
    printed = []
    for i, j in enumerate(choice):
        in_open = problem.area_option is not None and problem.area[i] >= 0 and opened[problem.area[i]]
        gets_leaflet = in_open and problem.values[i, problem.area_option] > -np.inf
        if (j == problem.area_option and problem.area_option is not None) != gets_leaflet:
            broken.add("area")
        if j < 0:
            continue
        if problem.values[i, j] == -np.inf:
            broken.add("eligible")
        if j != problem.area_option:
            spent, pieces[j] = spent + costs[i, j], pieces[j] + 1
        if problem.household is not None and j in problem.print_options and problem.household[i] >= 0:
            printed.append(problem.household[i])
    if problem.area_option is not None:
        spent += problem.area_costs[opened].sum()
        pieces[problem.area_option] = problem.area_pieces[opened].sum()
    broken |= {"household"} if len(set(printed)) < len(printed) else set()
    broken |= {"budget"} if spent > problem.budget * (1 + 1e-9) + 1e-9 else set()
    return broken | ({"capacity"} if (pieces > problem.capacities).any() else set())


def value_of(problem, choice, opened):
    total = sum(problem.values[i, j] for i, j in enumerate(choice) if j >= 0)
    return total - (problem.area_costs[opened].sum() if problem.area_option is not None else 0.0)


def best_by_trying(problem):
    """The optimum over every combination of choices and opened areas."""
    best = 0.0
    options = [[-1, *np.flatnonzero(row > -np.inf)] for row in problem.values]
    for opened in product([False, True], repeat=problem.n_areas):
        for choice in product(*options):
            opened_areas = np.array(opened, dtype=bool)
            if value_of(problem, choice, opened_areas) > best and not broken_rules(problem, choice, opened_areas):
                best = value_of(problem, choice, opened_areas)
    return float(best)


def best_by_milp(problem):
    """The optimum by HiGHS, written down directly: one variable per eligible pair and one per area."""
    rows, options = np.nonzero(problem.values > -np.inf)
    n, m, k = problem.n_customers, problem.n_options, rows.size
    leaflet = options == problem.area_option if problem.area_option is not None else np.zeros(k, dtype=bool)
    gain = problem.values[rows, options]
    cost = np.where(leaflet, 0.0, np.broadcast_to(problem.costs, (n, m))[rows, options])
    if problem.area_option is not None:
        in_no_area = leaflet & (problem.area[rows] < 0)
        rows, options, gain, cost, leaflet = (x[~in_no_area] for x in (rows, options, gain, cost, leaflet))
        k = rows.size
    a = problem.n_areas
    table, low, high = [], [], []

    def constrain(columns, weights, least, most):
        table.append((columns, weights))
        low.append(least)
        high.append(most)

    for i in range(n):
        constrain(np.flatnonzero(rows == i), 1.0, 0, 1)
    pieces = problem.area_pieces if a else np.empty(0)
    prices = problem.area_costs if a else np.empty(0)
    constrain(np.arange(k + a), np.concatenate([cost, prices]), -np.inf, problem.budget)
    for j in range(m):
        mine = np.flatnonzero((options == j) & ~leaflet)
        areas = np.arange(k, k + a) if j == problem.area_option else np.empty(0, dtype=int)
        weights = np.concatenate([np.ones(mine.size), pieces if areas.size else np.empty(0)])
        constrain(np.concatenate([mine, areas]), weights, -np.inf, problem.capacities[j])
    if problem.household is not None:
        for home in np.unique(problem.household[problem.household >= 0]):
            mine = (problem.household[rows] == home) & np.isin(options, problem.print_options)
            constrain(np.flatnonzero(mine), 1.0, 0, 1)
    for column in np.flatnonzero(leaflet):  # exactly who is in an open area
        constrain(np.array([column, k + problem.area[rows[column]]]), np.array([1.0, -1.0]), 0, 0)
    number = np.concatenate([np.full(len(columns), r) for r, (columns, _) in enumerate(table)])
    columns = np.concatenate([columns for columns, _ in table])
    weights = np.concatenate([np.broadcast_to(w, len(columns)) for columns, w in table])
    matrix = coo_array((weights, (number, columns)), shape=(len(table), k + a)).tocsc()
    answer = milp(
        -np.concatenate([gain, -prices]),
        constraints=LinearConstraint(matrix, low, high),
        integrality=np.ones(k + a),
        bounds=Bounds(0, 1),
        options={"mip_rel_gap": 0.0},
    )
    return -answer.fun


def largest_unit(problem):
    """The most that one customer or one area can add: what rounding one unit may lose."""
    most = max(0.0, problem.values.max(initial=0.0))
    if problem.area_option is None:
        return most
    leaflet = problem.values[:, problem.area_option]
    known = (problem.area >= 0) & (leaflet > -np.inf)
    whole = np.bincount(problem.area[known], weights=np.abs(leaflet[known]), minlength=problem.n_areas)
    return max(most, (whole + problem.n_customers * most).max(initial=0.0))
