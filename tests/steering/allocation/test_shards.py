"""Shards that decide apart never use more than there is, whatever the order, and lose little against one decision for all."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import _instances, _small
from steering.allocation import Rule, checked, solve
from steering.allocation.parts import part_of, scaled, units_of
from steering.allocation.shards import allotted, choose_shard, fit_prices, fits, room_of, spread

SEEDS = st.integers(0, 2**32 - 1)
KEPT = 1e-6


class Ledger:
    """What a database keeps: a use is booked as a whole where there is room for all of it, else it is refused."""

    def __init__(self, room):
        self.room = room.copy()

    def book(self, used):
        has_room = fits(used, self.room)
        if has_room:
            self.room = self.room - used
        return has_room


def shards_of(problem, count, rng):
    """Rows of each shard; customers of an area or a household stay together."""
    unit = units_of(problem)
    numbers = rng.integers(0, count, unit.max(initial=0) + 1)[unit]
    return [np.flatnonzero(numbers == number) for number in range(count)]


@settings(max_examples=80)
@given(seed=SEEDS, data=st.data())
def test_shards_together_never_use_more_than_there_is_in_any_order(seed, data):
    rng = np.random.default_rng(seed)
    problem = checked(replace(_small.anything(rng, most_customers=30), minimum_runs=None, locked=None))
    prices = rng.exponential(2.0, room_of(problem).size) * (rng.random(room_of(problem).size) < 0.6)
    ledger, shards = Ledger(room_of(problem)), [part_of(problem, rows) for rows in shards_of(problem, 4, rng)]
    waiting = dict.fromkeys(range(len(shards)))  # what each has decided, but not yet booked
    booked = []
    while waiting:
        number = data.draw(st.sampled_from(sorted(waiting)))
        if waiting[number] is None:
            waiting[number] = choose_shard(shards[number], prices, ledger.room)
        elif ledger.book(waiting[number][1]):
            booked.append(waiting.pop(number)[1])
        else:
            waiting[number] = None  # others were faster: once more with what is left
    room = room_of(problem)
    total = sum(booked)
    assert ((total <= room + KEPT) | (total <= KEPT))[np.isfinite(room)].all()


@settings(max_examples=50)
@given(seed=SEEDS)
def test_what_a_shard_says_it_uses_is_what_its_choices_use(seed):
    rng = np.random.default_rng(seed)
    problem = replace(_small.anything(rng), minimum_runs=None, locked=None, rules=(), personal_rules=())
    chosen, used = choose_shard(problem, np.zeros(1 + problem.n_options), room_of(problem))
    personal = [option for option in range(problem.n_options) if option not in problem.area_options]
    assert used[1:][personal].tolist() == chosen.sum(axis=0)[personal].tolist()
    if not problem.area_options:
        assert used[0] == pytest.approx(np.broadcast_to(problem.costs, chosen.shape)[chosen].sum())


@settings(max_examples=40)
@given(seed=SEEDS)
def test_what_is_left_is_spread_within_what_is_left(seed):
    rng = np.random.default_rng(seed)
    problem = checked(replace(_small.anything(rng), minimum_runs=None, locked=None))
    prices = rng.exponential(5.0, room_of(problem).size)
    chosen, used = choose_shard(problem, prices, room_of(problem))
    left = room_of(problem) - used
    more, used_besides = spread(problem, prices, chosen, left)
    if all(rule.sense == "at most" for rule in problem.rules):
        assert _worth(problem, more) >= _worth(problem, chosen) - KEPT
    assert ((used_besides <= left + KEPT) | (used_besides <= KEPT)).all()


def test_of_a_shard_with_too_little_those_give_way_who_gain_least():
    problem = _problem([[5.0], [9.0], [7.0]])
    chosen, used = choose_shard(problem, np.zeros(2), np.array([np.inf, 2.0]))
    assert chosen[:, 0].tolist() == [False, True, True]
    assert used.tolist() == [2.0, 2.0]


def test_the_last_step_serves_whom_the_prices_had_left_out():
    problem = _problem([[5.0], [9.0]])
    prices, room = np.array([0.0, 6.0]), np.array([np.inf, 2.0])
    chosen, used = choose_shard(problem, prices, room)
    assert chosen[:, 0].tolist() == [False, True]
    more, besides = spread(problem, prices, chosen, room - used)
    assert more[:, 0].tolist() == [True, True]
    assert besides.tolist() == [1.0, 1.0]


def test_the_last_step_reaches_a_minimum_that_lacks_something():
    problem = replace(_problem([[-2.0], [-1.0]]), rules=(Rule.least("one", 1.0),))
    none = np.zeros((2, 1), dtype=bool)
    chosen, used = spread(problem, np.zeros(3), none, np.array([np.inf, np.inf, -1.0]))
    assert chosen[:, 0].tolist() == [False, True]
    assert used[2] == -1.0


def test_an_allotment_is_the_shard_s_part_and_the_last_has_all():
    room = np.array([np.inf, 10.0, -4.0])
    assert allotted(room, 25, 100).tolist() == [np.inf, 2.5, -1.0]
    assert allotted(room, 25, 25).tolist() == room.tolist()


def test_limits_scale_with_the_sample_and_shares_do_not():
    share = Rule.most("share", 0.5, of=Rule.most("all", 0.0))
    problem = replace(_problem([[1.0]]), budget=8.0, capacities=np.array([4.0]), rules=(share, Rule.most("some", 6.0)))
    small = scaled(problem, 0.5)
    assert (small.budget, small.capacities.tolist()) == (4.0, [2.0])
    assert [rule.bound for rule in small.rules] == [0.5, 3.0]


@pytest.mark.parametrize("share", [0.0, -1.0, 1.5])
def test_a_share_that_is_none_is_refused(share):
    with pytest.raises(ValueError, match="share must be above 0 and at most 1"):
        fit_prices(_problem([[1.0]]), share)


def test_eight_shards_at_the_prices_of_a_sample_lose_less_than_a_fiftieth():
    problem = checked(_instances.personal(2_400))
    sample = part_of(problem, np.arange(0, 2_400, 4))
    prices, room, plans = fit_prices(sample, 0.25), room_of(problem), []
    for number, rows in enumerate(np.array_split(np.arange(2_400), 8)):
        shard = part_of(problem, rows)
        chosen, used = choose_shard(shard, prices, allotted(room, 1, 8 - number))
        room = room - used
        plans.append((shard, chosen))
    worth = 0.0
    for shard, chosen in plans:
        chosen, used = spread(shard, prices, chosen, room)
        room = room - used
        worth += _worth(shard, chosen)
    assert (room >= -KEPT).all()
    assert worth > 0.98 * solve(problem).value


def _problem(values):
    return _instances.bare(values)


def _worth(problem, chosen):
    opened = np.zeros((problem.n_areas, len(problem.area_options)), dtype=bool)
    for kind, option in enumerate(problem.area_options):
        opened[problem.area[chosen[:, option]], kind] = True
    paid = problem.area_costs[opened].sum() if opened.size else 0.0
    return problem.values[chosen].sum() - paid
