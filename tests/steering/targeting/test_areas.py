"""New customers of areas: found where they are, nothing where there is nothing, and said where it cannot be known."""

from dataclasses import replace

import numpy as np
import pytest

from steering.targeting import UntrustedModelError, dumps, loads
from steering.targeting.areas import ASSUMED, NewCustomers
from steering.targeting.observed import Observed


def world(n: int = 3000, *, seed: int = 0, effect: bool = True, chance: float = 0.2) -> tuple[Observed, np.ndarray]:
    """Areas of a made-up carrier, and by how many new customers per household a leaflet truly adds to each."""
    rng = np.random.default_rng(seed)
    features = np.column_stack([rng.beta(1, 4, n), rng.random(n) < 0.3, rng.exponential(8, n), rng.normal(size=n)])
    features[rng.random(n) < 0.1, 2] = np.nan
    households = rng.integers(80, 500, n).astype(float)
    truth = 0.004 * (1 - features[:, 0]) * (0.3 + features[:, 1]) if effect else np.zeros(n)
    treated = rng.random(n) < chance
    arrived = rng.poisson(households * (0.002 * np.exp(features[:, 0]) + treated * truth)).astype(float)
    return Observed(features, households, arrived, treated, np.full(n, chance), np.arange(n)), truth


def test_areas_in_which_leaflets_bring_more_people_are_told_from_others():
    observed, _ = world()
    fresh, fresh_truth = world(seed=1)
    model = NewCustomers().fit(observed)
    told = model.predict(fresh.features)
    assert model.reason_ == model.assumption_ == ""
    assert told.mean() == pytest.approx(fresh_truth.mean(), rel=0.3)
    assert np.corrcoef(told, fresh_truth)[0, 1] > 0.8
    quarter = np.argsort(told)[-750:]
    assert told[quarter].mean() == pytest.approx(fresh_truth[quarter].mean(), rel=0.35)


def test_where_leaflets_bring_nobody_next_to_nothing_is_foretold():
    told = [NewCustomers().fit(world(800, seed=seed, effect=False)[0]) for seed in range(8)]
    errors = np.array([model.effect_ / model.error_ for model in told])
    assert np.abs(errors).max() < 4
    assert np.sqrt(np.mean(errors**2)) < 1.6
    assert sum(model.believed_slope_ > 0 for model in told) <= 2
    assert np.mean([model.believed_ for model in told]) < 0.5


def test_few_areas_are_believed_less():
    few, many = (NewCustomers().fit(world(n)[0]) for n in (300, 6000))
    assert few.believed_ < many.believed_
    assert few.believed_slope_ <= many.believed_slope_


def test_the_same_areas_make_the_same_model():
    observed, _ = world(500)
    first, second = (NewCustomers().fit(observed).predict(observed.features) for _ in range(2))
    assert first.tolist() == second.tolist()


@pytest.mark.parametrize(
    ("treated", "arrived", "reason"),
    [
        (np.zeros(100, dtype=bool), np.ones(100), "0 areas with the leaflet"),
        (None, np.zeros(100), "only 0 new customers"),
    ],
)
def test_what_cannot_be_learned_is_said_and_nothing_is_foretold(treated, arrived, reason):
    treated = np.arange(100) % 2 == 0 if treated is None else treated
    observed = Observed(np.ones((100, 2)), np.full(100, 50.0), arrived, treated, np.full(100, 0.5), np.arange(100))
    model = NewCustomers().fit(observed)
    assert reason in model.reason_
    assert model.predict(np.ones((3, 2))).tolist() == [0, 0, 0]


@pytest.mark.parametrize("areas", [1, 3, 29])
def test_a_few_areas_in_many_waves_tell_nothing_of_others(areas):
    observed, _ = world(600)
    model = NewCustomers().fit(replace(observed, area=np.arange(600) % areas))
    assert model.reason_ == f"only {areas} different areas can be compared, at least 30 are needed"
    assert model.predict(observed.features[:2]).tolist() == [0, 0]


@pytest.mark.parametrize("features", [np.empty((400, 0)), np.zeros((400, 2)), np.full((400, 1), np.nan)])
def test_areas_that_differ_in_nothing_are_foretold_the_mean(features):
    treated = np.arange(400) % 2 == 0
    observed = Observed(features, np.full(400, 100.0), 3.0 + treated, treated, np.full(400, 0.5), np.arange(400))
    assert NewCustomers().fit(observed).predict(features[:3]) == pytest.approx([0.01] * 3, rel=0.01)


def test_nothing_at_all_is_learned_from_nothing():
    nothing = np.empty(0)
    model = NewCustomers().fit(Observed(np.empty((0, 3)), nothing, nothing, nothing.astype(bool), nothing, nothing))
    assert model.reason_
    assert model.predict(np.ones((2, 3))).tolist() == [0, 0]


def test_without_chance_areas_that_are_alike_are_compared_and_that_is_said():
    observed, truth = world()
    rng = np.random.default_rng(5)
    # Leaflets went where most customers are, and most people come there anyway.
    treated = rng.random(len(truth)) < 0.1 + 0.6 * observed.features[:, 0]
    arrived = rng.poisson(observed.households * (0.002 * np.exp(observed.features[:, 0]) + treated * truth))
    biased = Observed(
        observed.features,
        observed.households,
        arrived.astype(float),
        treated,
        np.full(len(truth), np.nan),
        observed.area,
    )
    model = NewCustomers().fit(biased)
    assert model.assumption_ == ASSUMED
    assert model.predict(observed.features).mean() == pytest.approx(truth.mean(), rel=0.4)


def test_a_model_is_stored_and_loaded_without_running_code():
    observed, _ = world(600)
    model = NewCustomers().fit(observed)
    loaded = loads(dumps(model), kind=NewCustomers)
    assert loaded.predict(observed.features).tolist() == model.predict(observed.features).tolist()
    with pytest.raises(UntrustedModelError, match="must be an UpliftModel"):
        loads(dumps(model))


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("arrived", np.array([1.0]), "arrived must have 2 rows, got 1"),
        ("arrived", np.array([-1.0, 0.0]), "must be at least 0"),
        ("treated", np.array([1.0, 0.0]), "treated must be true or false"),
        ("chance", np.array([0.5, 1.5]), "chance must be between 0 and 1"),
        ("features", np.ones(2), "features must have two dimensions"),
    ],
)
def test_arrays_that_make_no_sense_are_refused(name, value, message):
    parts = {
        "features": np.ones((2, 1)), "households": np.ones(2), "arrived": np.ones(2), "treated": np.array([True, False]),
        "chance": np.full(2, 0.5), "area": np.arange(2),
    }  # fmt: skip
    with pytest.raises(ValueError, match=message):
        NewCustomers().fit(Observed(**(parts | {name: value})))
