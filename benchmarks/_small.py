"""Small allocation problems of every kind at random, the odd ones included: ties, nothing to give, minimums out of reach."""

from collections.abc import Callable

import numpy as np

from steering.allocation import PersonalRule, Problem, Rule

Parts = dict[str, object]


def anything(rng: np.random.Generator, *, most_customers: int = 14, most_options: int = 4) -> Problem:
    """Each kind of constraint is there or not by a coin; so is each way to be degenerate."""
    n, m = int(rng.integers(0, most_customers + 1)), int(rng.integers(1, most_options + 1))
    if rng.random() < 0.7:
        n = max(n, most_customers // 2)
    parts = _pairs(rng, n, m)
    for add in (_areas, _households, _campaigns, _minimum_runs, _locked, _rules, _personal_rules):
        if rng.random() < 0.35:
            parts |= add(rng, n, m, parts)
    return Problem(**parts)


def _pairs(rng: np.random.Generator, n: int, m: int) -> Parts:
    draw: list[Callable[[], np.ndarray]] = [
        lambda: np.round(rng.normal(8, 10, (n, m)), 2),
        lambda: rng.integers(-2, 4, (n, m)).astype(float),  # ties
        lambda: np.full((n, m), float(rng.integers(-1, 5))),
        lambda: -rng.uniform(0, 5, (n, m)),
        lambda: np.round(rng.lognormal(2, 1, (n, 1)) * rng.uniform(0, 2, (n, m)), 1),
    ]
    values = draw[rng.choice(5, p=[0.4, 0.15, 0.05, 0.05, 0.35])]()
    values[rng.random((n, m)) < rng.choice([0.0, 0.25, 0.9])] = -np.inf
    costs = rng.integers(0, 9, (n, m) if rng.random() < 0.5 else m).astype(float)
    budget = float(rng.choice([np.inf, 0.0, rng.integers(0, 4 * n + 1), np.round(2 * n * rng.random(), 1)]))
    capacities = np.where(rng.random(m) < 0.5, np.inf, rng.integers(0, n // 2 + 2, m))
    return {"values": values, "costs": costs, "budget": budget, "capacities": capacities}


def _areas(rng: np.random.Generator, n: int, m: int, parts: Parts) -> Parts:
    if m == 1:
        return {}
    count, kinds = int(rng.integers(1, 5)), 1 if m < 4 or rng.random() < 0.5 else 2
    area = rng.integers(-1, count, n)
    size = np.bincount(area[area >= 0], minlength=count).astype(float)[:, None]
    options = tuple(range(m - kinds, m))
    return {
        "area": area,
        "area_options": options,
        "area_costs": np.round(size * rng.uniform(1, 6, (count, kinds)) + rng.integers(0, 6, (count, kinds)), 1),
        "area_pieces": size + rng.integers(0, 3, (count, kinds)),
        "area_values": np.round(rng.normal(3, 6, (count, kinds)), 1) if rng.random() < 0.5 else None,
        "on_top": bool(rng.random() < 0.4),
        "capacities": np.where(np.arange(m) >= m - kinds, rng.choice([np.inf, 0.6 * n], m), parts["capacities"]),
    }


def _households(rng: np.random.Generator, n: int, m: int, parts: Parts) -> Parts:
    personal = [option for option in range(m) if option not in parts.get("area_options", ())]
    household = rng.integers(-1, max(n // 3, 1), n)
    if "area" in parts:  # a household lies in one area
        of_home = rng.integers(-1, len(parts["area_costs"]), n + 1)
        parts["area"] = np.where(household >= 0, of_home[household], parts["area"])
    printed = tuple(int(option) for option in rng.permutation(personal)[: rng.integers(1, len(personal) + 1)])
    return {"household": household, "print_options": printed, "household_limit": int(rng.choice([1, 1, 2]))}


def _campaigns(rng: np.random.Generator, n: int, m: int, parts: Parts) -> Parts:
    limit = int(rng.integers(1, 4)) if rng.random() < 0.6 else rng.integers(0, 4, n)
    return {"campaigns": rng.integers(0, rng.integers(1, m + 1), m), "contact_limit": limit}


def _minimum_runs(rng: np.random.Generator, n: int, m: int, parts: Parts) -> Parts:
    return {"minimum_runs": np.where(rng.random(m) < 0.6, rng.integers(0, n + 2, m), 0).astype(float)}


def _locked(rng: np.random.Generator, n: int, m: int, parts: Parts) -> Parts:
    """At most one thing per customer has been sent already, by a personal option; limits may be broken by it."""
    locked = np.zeros((n, m), dtype=bool)
    personal = [option for option in range(m) if option not in parts.get("area_options", ())]
    may = parts["values"][:, personal] > -np.inf
    rows = np.flatnonzero(may.any(axis=1) & (rng.random(n) < 0.15))
    locked[rows, np.array(personal)[may[rows].argmax(axis=1)]] = True
    return {"locked": locked}


def _rules(rng: np.random.Generator, n: int, m: int, parts: Parts) -> Parts:
    return {"rules": tuple(_rule(rng, n, m, str(number)) for number in range(rng.integers(1, 5)))}


def _rule(rng: np.random.Generator, n: int, m: int, name: str) -> Rule:
    sense = "at most" if rng.random() < 0.65 else "at least"
    amount = rng.choice(
        np.array(["count", "cost", "value", "array", "table"], dtype=object), p=[0.5, 0.2, 0.1, 0.1, 0.1]
    )
    if amount == "array":
        amount = rng.integers(0, 5, n).astype(float)
    elif isinstance(amount, str) and amount == "table":
        amount = rng.integers(0, 5, (n, m)).astype(float)
    filters = {"options": _some(rng, m), "customers": _some(rng, n)}
    if rng.random() < 0.3:
        of = Rule(name=f"of {name}", sense=sense, bound=0.0, options=None, customers=_some(rng, n), amount="count")
        return Rule(name=name, sense=sense, bound=float(rng.choice([0.1, 0.4, 0.6])), amount="count", of=of, **filters)
    bound = float(rng.integers(0, n + 1)) if sense == "at most" else float(rng.integers(0, n // 4 + 2))
    return Rule(name=name, sense=sense, bound=bound, amount=amount, **filters)


def _some(rng: np.random.Generator, size: int) -> np.ndarray | None:
    return None if rng.random() < 0.3 else rng.random(size) < 0.6


def _personal_rules(rng: np.random.Generator, n: int, m: int, parts: Parts) -> Parts:
    def one(name: str) -> PersonalRule:
        amount = str(rng.choice(["count", "cost"]))
        most = float(rng.integers(0, 3 if amount == "count" else 10))
        return PersonalRule(name=name, most=most, options=_some(rng, m), customers=_some(rng, n), amount=amount)

    return {"personal_rules": tuple(one(f"personal {number}") for number in range(rng.integers(1, 3)))}
