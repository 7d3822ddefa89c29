"""What is to be decided: options, their values and costs, and the limits they share."""

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True, eq=False)
class Problem:
    """Choose at most one option per customer so that the values add up to most, within the limits.

    n customers, m options, all money in cents.

    values        (n, m) what option j adds for customer i. A personal option's value is net: its own cost is already
                  taken off. The area option's value is gross: its cost is taken off once per opened area.
                  -inf where the customer is not eligible.
    costs         (n, m) or (m,) what a personal option takes from the budget. The area option's column is ignored.
    budget        money that may be spent; inf for no limit.
    capacities    (m,) pieces per option; inf for no limit.
    household     (n,) any number naming the household, -1 for none. A household gets at most one piece
                  of all `print_options` together.
    area          (n,) index of the delivery area, -1 for none. A household lies in one area.
    area_option   the option that is bought per area: opening area a costs area_costs[a] cents of the budget and
                  area_pieces[a] pieces of the option's capacity, and every customer in it who is eligible for the
                  option gets it and nothing else. Who is not eligible may still get a personal option.
    """

    values: np.ndarray
    costs: np.ndarray
    budget: float
    capacities: np.ndarray
    household: np.ndarray | None = None
    print_options: tuple[int, ...] = ()
    area: np.ndarray | None = None
    area_option: int | None = None
    area_costs: np.ndarray | None = None
    area_pieces: np.ndarray | None = None

    @property
    def n_customers(self) -> int:
        return self.values.shape[0]

    @property
    def n_options(self) -> int:
        return self.values.shape[1]

    @property
    def n_areas(self) -> int:
        return 0 if self.area_costs is None else len(self.area_costs)

    @property
    def limits(self) -> np.ndarray:
        """(1 + m,) the budget, then the capacities; prices and use have the same order."""
        return np.concatenate([[self.budget], self.capacities])


def checked(problem: Problem) -> Problem:
    """The same problem with its arrays in the types that the solver works in; ValueError where it makes no sense."""
    values = _array("values", problem.values, float)
    if values.ndim != 2:
        raise ValueError(f"values must be two-dimensional (customers, options), got {values.ndim} dimensions")
    if values.shape[1] == 0:
        raise ValueError("values must have at least one option, got none")
    if np.isnan(values).any() or (values == np.inf).any():
        raise ValueError("values must be finite, or -inf where not eligible, got NaN or +inf")
    n, m = values.shape
    capacities = _limits("capacities", problem.capacities, (m,))
    budget = float(_limits("budget", problem.budget, ()))
    costs = _amounts("costs", problem.costs, (m,) if np.ndim(problem.costs) == 1 else (n, m))
    if bad := [option for option in problem.print_options if not 0 <= option < m]:
        raise ValueError(f"print_options must be between 0 and {m - 1}, got {bad[0]}")
    whole = replace(problem, values=values, costs=costs, budget=budget, capacities=capacities)
    if problem.household is not None:
        whole = replace(whole, household=_numbers("household", problem.household, n))
    return _checked_areas(whole)


def _checked_areas(problem: Problem) -> Problem:
    parts = (problem.area, problem.area_option, problem.area_costs, problem.area_pieces)
    if all(part is None for part in parts):
        return problem
    if any(part is None for part in parts):
        raise ValueError("area, area_option, area_costs and area_pieces must be given together, got only some")
    if not 0 <= problem.area_option < problem.n_options:
        raise ValueError(f"area_option must be between 0 and {problem.n_options - 1}, got {problem.area_option}")
    if problem.area_option in problem.print_options:
        raise ValueError(f"area_option must not be among print_options, got {problem.area_option} in both")
    n_areas = len(problem.area_costs)
    area = _numbers("area", problem.area, problem.n_customers)
    if area.size and area.max() >= n_areas:
        raise ValueError(f"area must be less than {n_areas}, the length of area_costs, got {area.max()}")
    if problem.household is not None:
        _refuse_divided_households(problem.household, area)
    return replace(
        problem,
        area=area,
        area_costs=_amounts("area_costs", problem.area_costs, (n_areas,)),
        area_pieces=_amounts("area_pieces", problem.area_pieces, (n_areas,)),
    )


def _refuse_divided_households(household: np.ndarray, area: np.ndarray) -> None:
    rows = np.flatnonzero(household >= 0)
    rows = rows[np.argsort(household[rows], kind="stable")]
    same = household[rows[1:]] == household[rows[:-1]]
    divided = rows[1:][same & (area[rows[1:]] != area[rows[:-1]])]
    if divided.size:
        raise ValueError(f"household must lie in one area, got members of {household[divided[0]]} in several")


def _array(name: str, given: object, dtype: type) -> np.ndarray:
    try:
        return np.asarray(given, dtype=dtype)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be numbers, got {type(given).__name__}: {error}") from error


def _shaped(name: str, given: object, shape: tuple[int, ...]) -> np.ndarray:
    array = _array(name, given, float)
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, got {array.shape}")
    return array


def _limits(name: str, given: object, shape: tuple[int, ...]) -> np.ndarray:
    array = _shaped(name, given, shape)
    if not (array >= 0).all():
        raise ValueError(f"{name} must be at least 0 (inf for no limit), got {array[~(array >= 0)].flat[0]}")
    return array


def _amounts(name: str, given: object, shape: tuple[int, ...]) -> np.ndarray:
    array = _limits(name, given, shape)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, got inf")
    return array


def _numbers(name: str, given: object, n: int) -> np.ndarray:
    array = np.asarray(given)
    if array.shape != (n,):
        raise ValueError(f"{name} must have shape {(n,)}, got {array.shape}")
    if n and not np.issubdtype(array.dtype, np.integer):
        raise ValueError(f"{name} must be whole numbers, got {array.dtype}")
    array = array.astype(np.int64)
    if (array < -1).any():
        raise ValueError(f"{name} must be at least -1 (none), got {array.min()}")
    return array
