"""The optimum by HiGHS: a whole allocation problem written down directly, one variable per eligible pair and per area.

It shares nothing with the solver but the definition of `Problem`, so that each can find the other's mistakes.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from steering.allocation import Problem


@dataclass(frozen=True, eq=False)
class Optimum:
    """What HiGHS found; value -inf where nothing is feasible, and `bound` where its time ran out."""

    value: float
    bound: float
    chosen: np.ndarray | None  # (n, m)
    opened: np.ndarray | None  # (areas, area options)


class Variables:
    """Pairs of customer and personal option, then areas and area options, then one switch per minimum run."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.leaflets = area_options(problem)
        m = problem.n_options
        may = problem.values > -np.inf
        if problem.locked is not None:
            may = may | problem.locked
        may[:, list(self.leaflets)] = False
        self.rows, self.options = np.nonzero(may)
        self.areas, self.kinds = np.divmod(np.arange(problem.n_areas * len(self.leaflets)), max(len(self.leaflets), 1))
        runs = np.zeros(m) if problem.minimum_runs is None else np.asarray(problem.minimum_runs, dtype=float)
        self.with_run = np.flatnonzero(runs > 0)
        self.runs = runs
        self.pairs = self.rows.size
        self.size = max(1, self.pairs + self.areas.size + self.with_run.size)  # HiGHS wants one
        self.area_pieces, self.area_costs = (
            np.asarray(given, dtype=float).reshape(problem.n_areas, len(self.leaflets))[self.areas, self.kinds]
            if self.leaflets
            else np.empty(0)
            for given in (problem.area_pieces, problem.area_costs)
        )

    def covered(self, kind: int) -> np.ndarray:
        """(n,) whoever gets area option number `kind` when their area is opened."""
        problem = self.problem
        reached = (problem.area >= 0) & (problem.values[:, self.leaflets[kind]] > -np.inf)
        return reached if problem.on_top else reached & (contact_limits(problem) > 0)

    def column_of(self, areas: np.ndarray, kind: int) -> np.ndarray:
        return self.pairs + areas * len(self.leaflets) + kind

    def spread(self, amounts: np.ndarray, kept: np.ndarray) -> np.ndarray:
        """(size,) of an amount (n, m) among `kept` (n, m): the pairs' own, an area's over whom it covers."""
        weights = np.zeros(self.size)
        counted = np.where(kept, amounts, 0.0)
        weights[: self.pairs] = counted[self.rows, self.options]
        for kind, option in enumerate(self.leaflets):
            who = np.flatnonzero(self.covered(kind))
            np.add.at(weights, self.column_of(self.problem.area[who], kind), counted[who, option])
        return weights


def area_options(problem: Problem) -> tuple[int, ...]:
    if problem.area_options:
        return tuple(problem.area_options)
    return () if problem.area_option is None else (problem.area_option,)


def contact_limits(problem: Problem) -> np.ndarray:
    return np.broadcast_to(np.asarray(problem.contact_limit), problem.n_customers)


class Program:
    """Rows of the matrix as they are added."""

    def __init__(self, locked: np.ndarray) -> None:
        self.size, self.locked = locked.size, locked
        self.entries: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        self.least: list[float] = []
        self.most: list[float] = []

    def add(self, weights: np.ndarray, *, least: float = -np.inf, most: float = np.inf) -> None:
        columns = np.flatnonzero(weights)
        self.entries.append((np.full(columns.size, len(self.least)), columns, weights[columns]))
        self.least.append(least)
        self.most.append(most)

    def add_groups(self, group: np.ndarray, columns: np.ndarray, weights: np.ndarray, most: np.ndarray) -> None:
        """One row per group number; `most` (groups,), or what is locked already: nothing can be done about that."""
        self.entries.append((len(self.least) + group, columns, weights))
        most = np.maximum(most, np.bincount(group, weights=weights * self.locked[columns], minlength=len(most)))
        self.least += [-np.inf] * len(most)
        self.most += list(most)

    def constraint(self) -> LinearConstraint:
        rows, columns, weights = (np.concatenate(parts) for parts in zip(*self.entries, strict=True))
        matrix = coo_array((weights, (rows, columns)), shape=(len(self.least), self.size)).tocsc()
        return LinearConstraint(matrix, self.least, self.most)


def optimum(problem: Problem, *, relaxed: bool = False, seconds: float = 60.0) -> Optimum:
    """The best plan; `relaxed`: customers and areas may be split, and only the bound is of use."""
    variables = Variables(problem)
    program = Program(_locked(variables))
    _customers(program, variables)
    _households(program, variables)
    _shared_limits(program, variables)
    _rules(program, variables)
    _personal_rules(program, variables)
    _minimum_runs(program, variables)
    answer = milp(
        -_gains(variables),
        constraints=program.constraint(),
        integrality=np.zeros(variables.size) if relaxed else np.ones(variables.size),
        bounds=Bounds(program.locked, 1.0),
        options={"mip_rel_gap": 0.0, "time_limit": seconds},
    )
    if answer.x is None:
        return Optimum(-np.inf, -np.inf if answer.status == 2 else np.inf, None, None)
    bound = answer.mip_dual_bound if answer.mip_dual_bound is not None else answer.fun
    return Optimum(-answer.fun, -bound, *_plan(variables, answer.x))


def _gains(variables: Variables) -> np.ndarray:
    problem = variables.problem
    values = np.where(problem.values > -np.inf, problem.values, 0.0)
    gains = variables.spread(values, np.ones(values.shape, dtype=bool))
    gains[_areas(variables)] += _own(variables) - variables.area_costs
    return gains


def _own(variables: Variables) -> np.ndarray:
    """What areas add beside their customers, where they cover any."""
    problem = variables.problem
    if problem.area_values is None or not variables.leaflets:
        return np.zeros(variables.areas.size)
    own = np.asarray(problem.area_values, dtype=float).reshape(problem.n_areas, len(variables.leaflets))
    covers = [set(problem.area[variables.covered(kind)].tolist()) for kind in range(len(variables.leaflets))]
    return np.array(
        [own[a, k] if a in covers[k] else 0.0 for a, k in zip(variables.areas, variables.kinds, strict=True)]
    )


def _areas(variables: Variables) -> slice:
    return slice(variables.pairs, variables.pairs + variables.areas.size)


def _customers(program: Program, variables: Variables) -> None:
    """At most one option per campaign, at most the contact limit over all, and what an opened area leaves to whom it covers."""
    problem, n = variables.problem, variables.problem.n_customers
    campaigns = np.zeros(problem.n_options, dtype=int) if problem.campaigns is None else np.asarray(problem.campaigns)
    pairs, limit = np.arange(variables.pairs), contact_limits(problem).astype(float)
    for campaign in np.unique(campaigns):
        of_it = pairs[campaigns[variables.options] == campaign]
        program.add_groups(variables.rows[of_it], of_it, np.ones(of_it.size), np.ones(n))
        _one_leaflet(program, variables, [k for k, j in enumerate(variables.leaflets) if campaigns[j] == campaign])
    if problem.on_top or not variables.leaflets:
        program.add_groups(variables.rows, pairs, np.ones(pairs.size), limit)
        return
    _one_leaflet(program, variables, range(len(variables.leaflets)))
    covered = [np.flatnonzero(variables.covered(kind)) for kind in range(len(variables.leaflets))]
    columns = np.concatenate([pairs, *(variables.column_of(problem.area[who], k) for k, who in enumerate(covered))])
    whose = np.concatenate([variables.rows, *covered])
    program.add_groups(whose, columns, np.where(columns < variables.pairs, 1.0, limit[whose]), limit)


def _one_leaflet(program: Program, variables: Variables, kinds: range | list[int]) -> None:
    """Of these area options an area gets at most one."""
    areas = np.arange(variables.problem.n_areas)
    if len(kinds) > 1:
        columns = np.concatenate([variables.column_of(areas, kind) for kind in kinds])
        program.add_groups(np.tile(areas, len(kinds)), columns, np.ones(columns.size), np.ones(areas.size))


def _households(program: Program, variables: Variables) -> None:
    problem = variables.problem
    if problem.household is None:
        return
    homes, number = np.unique(problem.household, return_inverse=True)
    held = np.isin(variables.options, problem.print_options) & (problem.household[variables.rows] >= 0)
    columns = np.flatnonzero(held)
    most = np.full(homes.size, float(problem.household_limit))
    program.add_groups(number[variables.rows[columns]], columns, np.ones(columns.size), most)


def _shared_limits(program: Program, variables: Variables) -> None:
    if np.isfinite(variables.problem.budget):
        weights = amounts(variables, "cost", _all(variables))
        weights[_areas(variables)] = variables.area_costs  # also of areas that cover nobody
        program.add(weights, most=float(variables.problem.budget))
    for option, most in enumerate(_capacities(variables)):
        if np.isfinite(most):
            program.add(_pieces(variables, option), most=most)


def _pieces(variables: Variables, option: int) -> np.ndarray:
    weights = amounts(variables, "count", _only(variables, option))
    if option in variables.leaflets:
        mine = variables.kinds == variables.leaflets.index(option)
        weights[_areas(variables)] = np.where(mine, variables.area_pieces, 0.0)
    return weights


def _capacities(variables: Variables) -> np.ndarray:
    given = variables.problem.capacities
    return np.full(variables.problem.n_options, np.inf) if given is None else np.asarray(given, dtype=float)


def _all(variables: Variables) -> np.ndarray:
    return np.ones(variables.problem.values.shape, dtype=bool)


def _only(variables: Variables, option: int) -> np.ndarray:
    kept = np.zeros(variables.problem.values.shape, dtype=bool)
    kept[:, option] = True
    return kept


def amounts(variables: Variables, amount: object, kept: np.ndarray) -> np.ndarray:
    """(size,) what each variable adds to the sum of `amount` over `kept` (n, m).

    An opened area's pieces and cost are split evenly over whom it covers.
    """
    problem, shape = variables.problem, variables.problem.values.shape
    if not isinstance(amount, str):
        array = np.asarray(amount, dtype=float)
        return variables.spread(np.broadcast_to(array[:, None] if array.ndim == 1 else array, shape), kept)
    if amount == "value":
        return variables.spread(np.where(problem.values > -np.inf, problem.values, 0.0), kept)
    each = np.ones(shape) if amount == "count" else np.broadcast_to(problem.costs, shape)
    weights = variables.spread(each, kept)
    heads = variables.spread(np.ones(shape), kept)[_areas(variables)]
    everybody = variables.spread(np.ones(shape), np.ones(shape, dtype=bool))[_areas(variables)]
    whole = variables.area_pieces if amount == "count" else variables.area_costs
    share = np.divide(heads, everybody, out=np.zeros_like(heads), where=everybody > 0)
    weights[_areas(variables)] = whole * share
    return weights


def _rules(program: Program, variables: Variables) -> None:
    for rule in variables.problem.rules:
        weights, bound = amounts(variables, rule.amount, _filter(variables, rule)), float(rule.bound)
        if rule.of is not None:
            weights -= bound * amounts(variables, rule.of.amount, _filter(variables, rule.of))
            bound = 0.0
        program.add(weights, **({"most": bound} if rule.sense == "at most" else {"least": bound}))


def _filter(variables: Variables, rule: object) -> np.ndarray:
    """(n, m) which pairs a rule counts."""
    kept = _all(variables)
    if rule.options is not None:
        kept &= np.asarray(rule.options, dtype=bool)
    if rule.customers is not None:
        kept &= np.asarray(rule.customers, dtype=bool)[:, None]
    return kept


def _personal_rules(program: Program, variables: Variables) -> None:
    """Per customer, over personal options: nobody can decline a leaflet."""
    problem, n = variables.problem, variables.problem.n_customers
    for rule in problem.personal_rules:
        weights = amounts(variables, rule.amount, _filter(variables, rule))[: variables.pairs]
        columns = np.flatnonzero(weights)
        most = np.broadcast_to(np.asarray(rule.most, dtype=float), n)
        program.add_groups(variables.rows[columns], columns, weights[columns], most)


def _minimum_runs(program: Program, variables: Variables) -> None:
    """Nothing, or at least so many: the switch of an option lets pieces be, and asks for enough of them."""
    switches = variables.pairs + variables.areas.size
    for number, option in enumerate(variables.with_run):
        pieces = _pieces(variables, option)
        for bound, side in ((variables.runs[option], "least"), (pieces.sum(), "most")):
            weights = pieces.copy()
            weights[switches + number] = -bound
            program.add(weights, **{side: 0.0})


def _locked(variables: Variables) -> np.ndarray:
    """(size,) the least that each variable may be: 1 for what was already sent."""
    problem, least = variables.problem, np.zeros(variables.size)
    if problem.locked is not None:
        least[: variables.pairs] = problem.locked[variables.rows, variables.options]
    if problem.locked_areas is not None:
        least[_areas(variables)] = np.asarray(problem.locked_areas, dtype=float).reshape(-1)
    return least


def _plan(variables: Variables, found: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    problem = variables.problem
    chosen = np.zeros(problem.values.shape, dtype=bool)
    taken = found[: variables.pairs] > 0.5
    chosen[variables.rows[taken], variables.options[taken]] = True
    opened = found[_areas(variables)].reshape(problem.n_areas, len(variables.leaflets)) > 0.5
    for kind, option in enumerate(variables.leaflets):
        who = np.flatnonzero(variables.covered(kind))
        chosen[who, option] = opened[problem.area[who], kind]
    return chosen, opened
