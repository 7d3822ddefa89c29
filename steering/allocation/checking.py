"""Refuse problems that make no sense, by name, and bring the others into the types that the solver works in."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from . import households
from .households import Households
from .problem import Problem
from .rules import AMOUNTS, AT_LEAST, AT_MOST, PersonalRule, Rule


def checked(problem: Problem) -> Problem:
    """The same problem with arrays in place of what was left out; ValueError "X must be ..., got ..." otherwise.

    campaigns (m,), contact_limit (n,), minimum_runs (m,), area amounts (areas, area options), rules' filters bool.
    """
    values = _values(problem.values)
    n, m = values.shape
    capacities = np.full(m, np.inf) if problem.capacities is None else problem.capacities
    runs = np.zeros(m) if problem.minimum_runs is None else problem.minimum_runs
    whole = replace(
        problem,
        values=values,
        costs=_amounts("costs", problem.costs, (m,) if np.ndim(problem.costs) == 1 else (n, m)),
        budget=float(_limits("budget", problem.budget, ())),
        capacities=_limits("capacities", capacities, (m,)),
        household=None if problem.household is None else _numbers("household", problem.household, n),
        print_options=_options("print_options", problem.print_options, m),
        household_limit=_whole("household_limit", problem.household_limit),
        minimum_runs=_amounts("minimum_runs", runs, (m,)),
        locked=None if problem.locked is None else _mask("locked", problem.locked, (n, m)),
        contact_limit=_contact_limit(problem.contact_limit, n),
        campaigns=_campaigns(problem.campaigns, m),
    )
    whole = _checked_areas(whole)
    _refuse_locked(whole)
    return replace(
        whole,
        households=_households(whole),
        rules=tuple(_rule(rule, n, m) for rule in problem.rules),
        personal_rules=tuple(_personal_rule(rule, n, m) for rule in problem.personal_rules),
    )


def _values(given: object) -> np.ndarray:
    values = _array("values", given)
    if values.ndim != 2:
        raise ValueError(f"values must be two-dimensional (customers, options), got {values.ndim} dimensions")
    if values.shape[1] == 0:
        raise ValueError("values must have at least one option, got none")
    most = values.max(initial=-np.inf)
    if np.isnan(most) or most == np.inf:
        raise ValueError("values must be finite, or -inf where not eligible, got NaN or +inf")
    return values


def _checked_areas(problem: Problem) -> Problem:
    options = _area_options(problem)
    parts = (problem.area, options or None, problem.area_costs, problem.area_pieces)
    if all(part is None for part in parts):
        for name in ("locked_areas", "area_values"):
            if getattr(problem, name) is not None:
                raise ValueError(f"{name} must come with area options, got none")
        return problem
    if any(part is None for part in parts):
        raise ValueError("area, area_options, area_costs and area_pieces must be given together, got only some")
    if both := set(options) & set(problem.print_options):
        raise ValueError(f"area_options must not be among print_options, got {min(both)} in both")
    n_areas = len(problem.area_costs)
    area = _numbers("area", problem.area, problem.n_customers)
    if area.size and area.max() >= n_areas:
        raise ValueError(f"area must be less than {n_areas}, the length of area_costs, got {area.max()}")
    locked = problem.locked_areas
    return replace(
        problem,
        area=area,
        area_options=options,
        area_costs=_of_areas("area_costs", problem.area_costs, n_areas, len(options)),
        area_pieces=_of_areas("area_pieces", problem.area_pieces, n_areas, len(options)),
        area_values=_area_values(problem.area_values, n_areas, len(options)),
        locked_areas=None if locked is None else _locked_areas(locked, n_areas, len(options)),
        on_top=bool(problem.on_top),
    )


def _area_options(problem: Problem) -> tuple[int, ...]:
    options = _options("area_options", problem.area_options, problem.n_options)
    if len(set(options)) < len(options):
        raise ValueError(f"area_options must differ, got {options}")
    if problem.area_option is None:
        return options
    (one,) = _options("area_option", (problem.area_option,), problem.n_options)
    if options not in ((), (one,)):
        raise ValueError(f"area_option must be the only one of area_options, got {one} and {options}")
    return (one,)


def _of_areas(name: str, given: object, n_areas: int, kinds: int) -> np.ndarray:
    if np.ndim(given) == 1:
        one = _amounts(name, given, (n_areas,))
        return np.repeat(one[:, None], kinds, axis=1).astype(float)
    return _amounts(name, given, (n_areas, kinds)).astype(float)


def _area_values(given: object, n_areas: int, kinds: int) -> np.ndarray:
    if given is None:
        return np.zeros((n_areas, kinds))
    values = _shaped("area_values", given, (n_areas,) if np.ndim(given) == 1 else (n_areas, kinds))
    if not np.isfinite(values).all():
        raise ValueError("area_values must be finite, got NaN or inf")
    return np.repeat(values[:, None], kinds, axis=1).astype(float) if values.ndim == 1 else values.astype(float)


def _locked_areas(given: object, n_areas: int, kinds: int) -> np.ndarray:
    if np.ndim(given) == 1 and kinds == 1:
        return _mask("locked_areas", given, (n_areas,))[:, None]
    return _mask("locked_areas", given, (n_areas, kinds))


def _households(problem: Problem) -> Households | None:
    if problem.household is None:
        return None
    return households.find(problem.household, problem.area, known=problem.households)


def _refuse_locked(problem: Problem) -> None:
    """What an area brings is locked with the area."""
    if problem.locked is None:
        return
    leaflets = [option for option in problem.area_options if problem.locked[:, option].any()]
    if leaflets:
        raise ValueError(f"locked must leave area options to locked_areas, got option {leaflets[0]}")


def _contact_limit(given: object, n: int) -> np.ndarray:
    limit = np.asarray(given)
    if limit.ndim == 0:
        return np.broadcast_to(np.int64(_whole("contact_limit", given)), (n,))
    return _numbers("contact_limit", limit, n, least=0)


def _campaigns(given: object, m: int) -> np.ndarray:
    return np.zeros(m, dtype=np.int64) if given is None else _numbers("campaigns", given, m, least=None)


def _rule(rule: Rule, n: int, m: int) -> Rule:
    if rule.sense not in (AT_MOST, AT_LEAST):
        raise ValueError(f"sense of rule {rule.name} must be {AT_MOST!r} or {AT_LEAST!r}, got {rule.sense!r}")
    bound = _bound(rule)
    return replace(_filtered(rule, n, m), bound=bound, of=None if rule.of is None else _filtered(rule.of, n, m))


def _bound(rule: Rule) -> float:
    bound = float(_array(f"bound of rule {rule.name}", rule.bound))
    endless = np.inf if rule.sense == AT_MOST else -np.inf
    if np.isnan(bound) or (np.isinf(bound) and (bound != endless or rule.of is not None)):
        raise ValueError(f"bound of rule {rule.name} must be a finite number, got {bound}")
    return bound


def _filtered(rule: Rule, n: int, m: int) -> Rule:
    where = f"of rule {rule.name}"
    amount = rule.amount
    if isinstance(amount, str):
        if amount not in AMOUNTS:
            raise ValueError(f"amount {where} must be one of {', '.join(AMOUNTS)}, or an array, got {amount!r}")
    else:
        amount = _shaped(f"amount {where}", amount, (n,) if np.ndim(amount) == 1 else (n, m))
        if not np.isfinite(amount).all():
            raise ValueError(f"amount {where} must be finite, got NaN or inf")
    return replace(rule, amount=amount, **_filters(rule, where, n, m))


def _filters(rule: Rule | PersonalRule, where: str, n: int, m: int) -> dict[str, np.ndarray | None]:
    return {
        "options": None if rule.options is None else _mask(f"options {where}", rule.options, (m,)),
        "customers": None if rule.customers is None else _mask(f"customers {where}", rule.customers, (n,)),
    }


def _personal_rule(rule: PersonalRule, n: int, m: int) -> PersonalRule:
    where = f"of personal rule {rule.name}"
    if not isinstance(rule.amount, str) or rule.amount not in AMOUNTS[:2]:
        raise ValueError(f"amount {where} must be 'count' or 'cost', got {rule.amount!r}")
    most = _limits(f"most {where}", rule.most, () if np.ndim(rule.most) == 0 else (n,))
    return replace(rule, most=np.broadcast_to(most, (n,)), **_filters(rule, where, n, m))


def _array(name: str, given: object) -> np.ndarray:
    """As numbers; float32 is not doubled."""
    try:
        array = np.asarray(given)
        return array if array.dtype == np.float32 else np.asarray(array, dtype=float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be numbers, got {type(given).__name__}: {error}") from error


def _shaped(name: str, given: object, shape: tuple[int, ...]) -> np.ndarray:
    array = _array(name, given)
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, got {array.shape}")
    return array


def _limits(name: str, given: object, shape: tuple[int, ...]) -> np.ndarray:
    array = _shaped(name, given, shape)
    least = array.min(initial=np.inf)  # NaN where there is one
    if not least >= 0:
        raise ValueError(f"{name} must be at least 0 (inf for no limit), got {least}")
    return array


def _amounts(name: str, given: object, shape: tuple[int, ...]) -> np.ndarray:
    array = _limits(name, given, shape)
    if array.max(initial=0.0) == np.inf:
        raise ValueError(f"{name} must be finite, got inf")
    return array


def _mask(name: str, given: object, shape: tuple[int, ...]) -> np.ndarray:
    array = np.asarray(given)
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, got {array.shape}")
    if array.dtype != bool and array.size:
        raise ValueError(f"{name} must be true or false, got {array.dtype}")
    return array.astype(bool, copy=False)


def _numbers(name: str, given: object, n: int, *, least: int | None = -1) -> np.ndarray:
    array = np.asarray(given)
    if array.shape != (n,):
        raise ValueError(f"{name} must have shape {(n,)}, got {array.shape}")
    if n and not np.issubdtype(array.dtype, np.integer):
        raise ValueError(f"{name} must be whole numbers, got {array.dtype}")
    array = array.astype(np.int64, copy=False)
    if least is not None and array.size and array.min() < least:
        raise ValueError(f"{name} must be at least {least}{' (none)' if least < 0 else ''}, got {array.min()}")
    return array


def _whole(name: str, given: object) -> int:
    number = np.asarray(given)
    if number.ndim or not np.issubdtype(number.dtype, np.integer) or number < 0:
        raise ValueError(f"{name} must be a whole number of at least 0, got {given}")
    return int(number)


def _options(name: str, given: object, m: int) -> tuple[int, ...]:
    options = tuple(given)
    is_option: Callable[[object], bool] = lambda one: isinstance(one, int | np.integer) and 0 <= one < m  # noqa: E731
    if bad := [option for option in options if not is_option(option)]:
        raise ValueError(f"{name} must be between 0 and {m - 1}, got {bad[0]}")
    return tuple(int(option) for option in options)
