"""Decide apart, at prices found together: whoever has the prices needs no other customer, only what is left of each limit.

1. Somebody solves a sample and tells the prices (`fit_prices`).
2. Every shard, a part of the customers in whole households and delivery areas, chooses at the prices within what it is
   allotted (`choose_shard`), and the sum of what shards use is kept by conditional subtraction, in a database.
3. When all have chosen, what is left goes to those who lose least by it (`spread`).

Or all say first what they want at the prices (`wanted`), and what each may use is `divided` by that: then the plan does
not hang on their order.

Room and use are (K,) in the form use <= room. A limit on a share has room 0 at first, and what is given outside the
share makes room. A minimum has room below 0, minus what is lacking, and what is given to it raises that.
"""

from dataclasses import replace

import numpy as np

from . import reduced_values, solve
from .amounts import bounds_of, limits_of, used_by
from .checking import checked
from .parts import scaled, with_room
from .problem import Problem
from .serving.serving import Serving
from .serving.standing import SLACK, Wishes
from .serving.worthwhile import worthwhile_areas
from .solution import Solution

BEYOND_REACH = 1e15  # cents a piece; finite, because what is not used must cost nothing


def fit_prices(sample: Problem, share: float, *, seed: int = 0, start: np.ndarray | None = None) -> np.ndarray:
    """(K,) prices by a sample of the customers, this share of them all; its limits are those of all customers.

    The error of prices, and so of what shards choose, falls with the root of the size of the sample. An option that
    the sample closes because of its minimum run is priced beyond reach; whether an open one comes to its run, whoever
    adds up the shards must look.
    """
    if not 0 < share <= 1:
        raise ValueError(f"share must be above 0 and at most 1, got {share}")
    problem = scaled(sample, share)
    plan = solve(problem, seed=seed, start=start)
    prices, pieces = plan.prices.copy(), slice(1, 1 + problem.n_options)
    if problem.minimum_runs is not None:
        is_closed = (np.asarray(problem.minimum_runs) > 0) & (plan.used[pieces] == 0)
        prices[pieces] = np.where(is_closed, BEYOND_REACH, prices[pieces])
    return prices


def room_of(problem: Problem) -> np.ndarray:
    """(K,) what there is to use before anybody has chosen; inf where there is no limit."""
    return bounds_of(limits_of(checked(problem)))


def allotted(room: np.ndarray, customers: int, waiting: int) -> np.ndarray:
    """(K,) the part of what is left for a shard of so many `customers` of those still `waiting`, itself included.

    The last shard may have all. What is lacking of a minimum is divided alike.
    """
    if customers >= waiting:
        return room
    return np.where(np.isfinite(room), room * (customers / waiting), room)


def wanted(problem: Problem, prices: np.ndarray) -> np.ndarray:
    """(K,) what the customers of a shard would use at the prices if there were enough for all."""
    problem, prices = checked(problem), np.asarray(prices, dtype=float)
    return _at_prices(problem, prices, np.full(prices.size, np.inf)).used


def divided(room: np.ndarray, asked: np.ndarray, customers: np.ndarray) -> np.ndarray:
    """(S, K) what each of S shards may use of the room (K,), after all have said what they want; it adds up to the room.

    What nobody asks for, and what is lacking, is divided by their `customers` (S,). Of what too many ask for each gets
    in proportion to what they ask.
    """
    whole = asked.sum(axis=0)
    is_short = (whole > room) & (asked >= 0).all(axis=0) & (room >= 0)
    left = np.where(np.isfinite(room), room - whole, 0.0)
    spread = asked + left * (customers / max(customers.sum(), 1))[:, None]
    cut = asked * np.where(is_short, room / np.where(is_short, whole, 1.0), 1.0)
    return np.where(np.isfinite(room), np.where(is_short, cut, spread), np.inf)


def fits(used: np.ndarray, room: np.ndarray) -> bool:
    """Whether so much (K,) may be taken of the room there is: what gives something back always may."""
    return bool(((used <= 0) | (used <= room + SLACK * (1 + np.abs(room)))).all())


def choose_shard(problem: Problem, prices: np.ndarray, available: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(n, m) what each customer of a shard gets, and (K,) what that uses, never more than is `available` (K,).

    `problem` has the shard's customers; its own limits are not looked at, only its rules' amounts and filters. Where
    the customers ask for more than is available, the shard raises the prices for itself until what they ask for fits.
    """
    problem, prices = checked(problem), np.asarray(prices, dtype=float)
    wanted = _at_prices(problem, prices, np.full(prices.size, np.inf))
    if fits(wanted.used, available):
        return wanted.chosen, wanted.used
    return _better(problem, _at_prices(problem, prices, available), _solved(problem, prices, available), available)


def spread(
    problem: Problem, prices: np.ndarray, chosen: np.ndarray, available: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The last step: a shard decides once more, with what its `chosen` (n, m) use and what is left besides, `available`.

    Returns what is chosen now, worth no less and lacking no more of any minimum, and (K,) what it uses more, which may
    be less than nothing.
    """
    problem, prices = checked(problem), np.asarray(prices, dtype=float)
    chosen = np.asarray(chosen, dtype=bool)
    own = used_by(problem, chosen)
    before = Serving(problem, room=available, given=chosen, closed=_closed(problem, prices))
    reduced = reduced_values(problem, prices)
    before.reach_minimums(_by_gain(problem, reduced, problem.values > -np.inf))
    before.serve(_by_gain(problem, reduced, problem.values > 0))
    before.used += own
    chosen, used = _better(problem, before, _solved(problem, prices, available + own), available + own)
    return chosen, used - own


def _at_prices(problem: Problem, prices: np.ndarray, room: np.ndarray) -> Serving:
    """What customers and areas ask for at the prices, those served first who gain most."""
    reduced, serving = reduced_values(problem, prices), Serving(problem, room=room, closed=_closed(problem, prices))
    charges = sum(price * amount for price, amount in zip(prices, serving.area_amounts, strict=True))
    serving.open(*worthwhile_areas(problem, reduced, problem.area_costs + charges))
    serving.serve(_by_gain(problem, reduced, reduced > 0))
    return serving


def _solved(problem: Problem, prices: np.ndarray, room: np.ndarray) -> Solution:
    """The best plan of these customers alone within this room, begun at the prices."""
    values = problem.values.copy()
    values[:, _closed(problem, prices)] = -np.inf
    alone = with_room(replace(problem, values=values, minimum_runs=None), room)
    return solve(alone, start=np.minimum(prices, BEYOND_REACH))


def _better(problem: Problem, served: Serving, solved: Solution, room: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of two plans that fit into the room, the one that lacks less of the minimums, or else is worth more."""
    used = used_by(problem, solved.chosen)
    if not fits(used, room):
        return served.chosen, served.used
    more, less = (np.maximum(one - room, 0.0)[np.isfinite(room)].sum() for one in (used, served.used))
    is_better = solved.value > served.value if abs(more - less) <= SLACK else more < less
    return (solved.chosen, used) if is_better else (served.chosen, served.used)


def _closed(problem: Problem, prices: np.ndarray) -> np.ndarray:
    """(m,) options priced beyond reach."""
    return prices[1 : 1 + problem.n_options] >= BEYOND_REACH


def _by_gain(problem: Problem, reduced: np.ndarray, wanted: np.ndarray) -> Wishes:
    """Of the wanted (n, m) pairs those that are bought one by one, the largest reduced value first."""
    wanted = wanted.copy()
    wanted[:, list(problem.area_options)] = False
    wishes = Wishes(*np.nonzero(wanted))
    return wishes.only(np.argsort(-reduced[wishes.rows, wishes.options], kind="stable"))
