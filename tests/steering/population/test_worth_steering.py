"""The world is worth steering: knowing whom what suits earns much more than chance, and much of it can be seen."""

from dataclasses import dataclass

import numpy as np
import pytest

from steering.allocation import Problem, Solution, random_assignment, solve
from steering.population import behaviour, block, shape
from steering.population.block import Block
from steering.population.truth import DIRECT_POST, EMAIL, PRINT_MAILING, Truth

CUSTOMERS, MARGIN_SHARE = 6_000, 0.4
COSTS = np.array([1, 2, 4, 85, 12.0])


@dataclass(frozen=True)
class World:
    drawn: shape.Shape
    block: Block
    truth: Truth

    @property
    def pieces(self) -> np.ndarray:
        return (self.drawn.areas.households - self.drawn.areas.refusing).astype(float)


@pytest.fixture(scope="module")
def world() -> World:
    drawn = shape.draw(customers=CUSTOMERS, seed=1)
    everybody = block.draw(drawn, 0, this_year=2026)
    numbers = np.array([f"P{n:08d}" for n in range(1, CUSTOMERS + 1)])
    return World(drawn, everybody, Truth(customer_numbers=numbers, **vars(everybody.response)))


def problem(world: World, uplift_cents: np.ndarray, *, budget_euro: float) -> Problem:
    """Everybody may get everything; the area option's cost is taken per area."""
    return Problem(
        values=uplift_cents - np.where(np.arange(5) == DIRECT_POST, 0, COSTS),
        costs=COSTS,
        budget=100 * budget_euro,
        capacities=np.full(5, np.inf),
        household=world.block.people.household,
        print_options=(PRINT_MAILING,),
        area=world.block.people.area,
        area_option=DIRECT_POST,
        area_costs=COSTS[DIRECT_POST] * world.pieces,
        area_pieces=world.pieces,
    )


@pytest.fixture(scope="module")
def best(world) -> dict[int, Solution]:
    """By budget in euro."""
    value = world.truth.uplift_cents(MARGIN_SHARE)
    return {budget: solve(problem(world, value, budget_euro=budget)) for budget in (900, 1500)}


@pytest.mark.parametrize("budget", [900, 1500])
def test_who_knows_the_truth_earns_more_than_twice_what_chance_does(world, best, budget):
    chance = random_assignment(problem(world, world.truth.uplift_cents(MARGIN_SHARE), budget_euro=budget), seed=1)
    assert best[budget].value > 2 * chance.value > 0


def test_every_channel_is_the_best_one_for_some(best):
    shares = np.bincount(best[900].choice + 1, minlength=6) / CUSTOMERS
    assert (shares > 0.04).all()


def test_direct_post_pays_in_some_areas_but_not_in_most(best):
    assert 0.05 < best[900].opened_areas.mean() < 0.5


def test_the_usual_budget_binds(best):
    assert best[900].prices[0] > 0
    assert best[1500].value > best[900].value


def test_what_the_best_single_channel_earns_for_all_is_clearly_less(world, best):
    value = world.truth.uplift_cents(MARGIN_SHARE)
    alike = np.tile(value.mean(axis=0), (CUSTOMERS, 1))
    plan = solve(problem(world, alike, budget_euro=900))
    rows = np.flatnonzero(plan.choice >= 0)
    personal = rows[plan.choice[rows] != DIRECT_POST]
    earned = value[rows, plan.choice[rows]].sum() - COSTS[plan.choice[personal]].sum()
    earned -= (COSTS[DIRECT_POST] * world.pieces)[plan.opened_areas].sum()
    assert 0 < earned < 0.65 * best[900].value


def test_openness_to_e_mail_shows_in_past_opens(world):
    events = {(e.kind, e.medium): e.per_person(CUSTOMERS) for e in world.block.history.events}
    sent, opened = events["contacted", "email"], events["opened", "email"]
    mailed = sent >= 3
    rate = opened[mailed] / sent[mailed]
    assert np.corrcoef(rate, world.truth.uplift[mailed, EMAIL])[0, 1] > 0.3


def test_most_of_what_a_letter_adds_follows_from_what_can_be_seen(world):
    people = world.block.people
    seen = np.column_stack([people.age, world.block.segment, people.is_family, world.block.history.days_since_last])
    groups = [np.digitize(column, np.quantile(column, (0.2, 0.4, 0.6, 0.8))) for column in seen.T.astype(float)]
    cell = np.ravel_multi_index(groups, (5,) * 4)
    letters = world.truth.uplift[:, PRINT_MAILING]
    count = np.bincount(cell, minlength=5**4)
    mean = np.bincount(cell, letters, minlength=5**4) / np.maximum(count, 1)
    explained = 1 - ((letters - mean[cell]) ** 2).mean() / letters.var()
    assert explained > 0.5


def test_the_same_people_respond_differently_in_part_for_no_reason_at_all(world):
    known = world.block
    first, second = (
        behaviour.draw(known.people, known.history.days_since_last, known.segment, np.random.default_rng(seed)).uplift
        for seed in (1, 2)
    )
    for column in range(len(behaviour.CHANNELS)):
        assert 0.6 < np.corrcoef(first[:, column], second[:, column])[0, 1] < 0.97


def test_contacts_put_some_people_off_but_never_below_a_fifth_of_what_they_would_buy(world):
    assert (world.truth.uplift < 0).any(axis=0).all()
    assert (world.truth.purchase_probability(np.full(CUSTOMERS, EMAIL)) > 0.19 * world.truth.baseline).all()


def test_who_is_left_alone_buys_as_often_as_in_the_past(world):
    purchases = sum(len(e) for e in world.block.history.events if e.kind == "purchased") / CUSTOMERS
    assert world.truth.baseline.mean() == pytest.approx(purchases * 14 / 730, rel=0.15)


def test_every_channel_has_an_effect():
    assert set(behaviour.EFFECTS) == set(behaviour.CHANNELS)
