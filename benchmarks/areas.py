"""Leaflets where they bring new customers, too: what choosing areas by the model earns, beside an oracle and "customers only".

A made-up carrier whose truth is known: customers' own value by area, and new customers per household by the truth of the
synthetic population. Of the past there are waves in which chance opened areas; the model learns from these, areas are chosen
for a budget by the allocation, and what they earn is counted by the truth. The floor is choosing by customers only.
"""

import resource
import time
from dataclasses import dataclass

import numpy as np

from benchmarks._report import Result
from steering.allocation import Problem, solve
from steering.population import newcomers, shape
from steering.targeting.areas import NewCustomers
from steering.targeting.observed import Observed
from steering.targeting.pairs import matched

CUSTOMERS, SEED = 200_000, 1
WAVES, OPENED = 4, 0.15
COST, MARGIN_SHARE, CENTS = 9.0, 0.4, 100 * newcomers.BASKET_EURO
BUDGET = 0.15  # of what all leaflets would cost


@dataclass(frozen=True, eq=False)
class World:
    truth: newcomers.Newcomers
    features: np.ndarray
    own: np.ndarray  # (areas,) what leaflets add by customers, cents of margin


def main() -> Result:
    world = _world()
    begun = time.process_time()
    model = NewCustomers().fit(_past(world))
    learned = time.process_time() - begun
    begun = time.process_time()
    pairs, apart = matched(world.features, np.zeros(len(world.own)))
    pairing = time.process_time() - begun
    new = {
        "customers only": np.zeros(len(world.own)),
        "model": model.predict(world.features) * world.truth.households * CENTS * MARGIN_SHARE,
        "oracle": world.truth.added * world.truth.households * CENTS * MARGIN_SHARE,
    }
    earned = {name: _earned(world, expected, new["oracle"]) for name, expected in new.items()}
    _print(world, earned, model, apart)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"areas {len(world.own):,}: learning {learned:.1f} s CPU, {len(pairs):,} pairs {pairing:.1f} s CPU, peak {peak:.0f} MB"
    )
    between = earned["oracle"] - earned["customers only"]
    figures = {
        "share_of_oracle": earned["model"] / earned["oracle"],
        "share_of_what_newcomers_add": (earned["model"] - earned["customers only"]) / between,
        "fit_cpu_s": learned, "pair_cpu_s": pairing, "peak_mb": peak,
    }  # fmt: skip
    return Result("areas", figures, {"share_of_oracle": earned["customers only"] / earned["oracle"]})


def _world() -> World:
    drawn = shape.draw(customers=CUSTOMERS, seed=SEED)
    truth = newcomers.of(drawn, first_area_id=1)
    rng = np.random.default_rng(SEED)
    homes = np.bincount(drawn.area, minlength=len(drawn.areas))
    reads = truth.added > np.median(truth.added)
    features = np.column_stack(
        [homes / drawn.areas.households, np.log(drawn.areas.households), drawn.areas.effect + rng.normal(0, 0.5, homes.size),
         np.where(rng.random(homes.size) < 0.15, ~reads, reads), rng.exponential(8, homes.size)]
    )  # fmt: skip
    return World(truth, features, homes * rng.gamma(1.0, 40.0, homes.size))


def _past(world: World) -> Observed:
    """Each wave opens areas by chance; who came is drawn by the truth."""
    areas, parts = len(world.own), []
    for wave in range(WAVES):
        opened = np.random.default_rng([SEED, wave]).random(areas) < OPENED
        came = world.truth.draw(world.truth.area_ids[opened].tolist(), seed=wave).astype(float)
        parts.append((world.features, world.truth.households, came, opened, np.full(areas, OPENED), np.arange(areas)))
    return Observed(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _earned(world: World, expected: np.ndarray, true: np.ndarray) -> float:
    """Cents by the truth, of the areas that are best for the budget by what is expected of new customers."""
    areas = len(world.own)
    costs = COST * world.truth.households
    problem = Problem(
        values=world.own[:, None], costs=np.zeros(1), budget=BUDGET * costs.sum(), area=np.arange(areas), area_option=0,
        area_costs=costs, area_pieces=world.truth.households, area_values=expected,
    )  # fmt: skip
    opened = solve(problem).opened_areas
    return float((world.own + true - costs)[opened].sum())


def _print(world: World, earned: dict[str, float], model: NewCustomers, apart: np.ndarray) -> None:
    true = np.average(world.truth.added, weights=world.truth.households)
    print(
        f"new customers per 1,000 leaflets: {1000 * true:.2f} by the truth, {1000 * model.effect_:.2f} +- {1000 * model.error_:.2f} found"
    )
    print(f"half of all pairs are within {np.median(apart):.2f} standard deviations")
    print(f"{'areas chosen by':<18}{'margin after cost, EUR':>24}{'of the oracle':>16}")
    for name, cents in earned.items():
        print(f"{name:<18}{cents / 100:>24,.0f}{cents / earned['oracle']:>16.1%}")
