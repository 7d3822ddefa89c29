"""A model is judged on decisions about customers whom it has not seen."""

from dataclasses import replace

import numpy as np
import pytest
from django.utils import timezone

from steering import judging, learning
from steering.logbook import Log

NAMES = ["a", "b", "c"]


def world(n: int = 4_000, *, effect: float = 1000.0, cost: float = 0.0, margin: float = 1.0) -> Log:
    """The first channel adds `effect` for half of the customers, the second nothing for anybody."""
    rng = np.random.default_rng(5)
    features, treatment = rng.normal(size=(n, 3)).astype(np.float32), rng.integers(0, 3, n)
    outcome = rng.exponential(200, n) + effect * ((treatment == 1) & (features[:, 0] > 0))
    return Log(
        treatments=("email/1", "banner/1"), names=tuple(NAMES), features=features, treatment=treatment, outcome=outcome,
        propensity=np.full(n, 1 / 3), channel_propensity=np.full(n, 1 / 3), eligible=np.ones((n, 2), dtype=bool),
        costs=np.full((n, 2), cost, dtype=np.float32), margin_share=np.full(n, margin), customer_ids=np.arange(n),
        wave=np.zeros(n, dtype=np.int64), wave_ids=(1,), started_at=(timezone.now(),), explored=(True,),
    )  # fmt: skip


def judged(log: Log) -> dict:
    return judging.judge(judging.held_out(log, NAMES, new_model=learning.new_model))


@pytest.fixture(scope="module")
def found() -> dict:
    return judged(world())


def test_a_model_that_finds_whom_a_contact_moves_ranks_and_decides_better_than_chance(found):
    assert found["options"]["email"]["qini_cents"] > 50
    policy = found["policy"]
    assert policy["low_cents"] > policy["random_cents"] > policy["nobody_cents"]
    assert policy["value_cents"] == pytest.approx(200 + 500, rel=0.1)


def test_three_estimators_say_what_the_decisions_would_have_earned(found):
    for policy, truth in (("model", 700), ("random", 200 + 250), ("nobody", 200)):
        for estimate in found["off_policy"][policy].values():
            assert estimate["low_cents"] < estimate["value_cents"] < estimate["high_cents"]
            assert estimate["value_cents"] == pytest.approx(truth, rel=0.1)
    assert found["against"]["nobody"]["low_cents"] > 400


def test_predictions_are_calibrated_and_drawn_by_tenths(found):
    email = found["options"]["email"]
    assert email["calibration"]["slope"] == pytest.approx(1, abs=0.15)
    assert len(email["deciles"]) == 10
    assert email["qini_curve"]["gain_cents"][-1] == pytest.approx(500, rel=0.1)


def test_the_feature_that_matters_is_the_most_important(found):
    first, *others = found["importances"]
    assert first["name"] == "a"
    assert first["lost"] > 10 * max(other["lost"] for other in others)


def test_where_nothing_works_nothing_is_claimed():
    found = judged(world(effect=0.0))
    assert abs(found["options"]["email"]["qini_cents"]) < 10
    assert found["policy"]["low_cents"] < 200 < found["policy"]["high_cents"]
    assert found["against"]["nobody"]["low_cents"] < 10 < found["against"]["nobody"]["high_cents"]


def test_a_contact_that_costs_more_than_it_earns_is_not_made():
    found = judged(world(cost=600.0, margin=0.5))
    assert found["policy"]["value_cents"] == pytest.approx(found["policy"]["nobody_cents"], abs=1)
    assert found["policy"]["random_cents"] < found["policy"]["nobody_cents"] - 300


def test_a_channel_of_which_little_is_known_is_left_out():
    log = world()
    log.treatment[log.treatment == 2] = 0
    assert set(judged(log)["options"]) == {"email"}


def test_it_says_how_many_decisions_it_was_judged_on(found):
    assert found["policy"]["judged_on"] == 4_000


def test_from_a_long_log_part_is_learned_and_all_is_judged():
    learned_from = []

    def new_model(log: Log):
        learned_from.append(len(log.outcome))
        return learning.new_model(log)

    held = judging.held_out(world(1_500), NAMES, new_model=new_model, most=500)
    assert learned_from == [500, 500, 500]
    assert len(held.scores) == 1_500


def test_nobody_is_judged_by_a_model_that_has_seen_any_of_their_decisions():
    """Every customer decides for themselves what they spend, twice, so a model that had seen them would know."""
    rng = np.random.default_rng(3)
    log = world(2_000)
    log.customer_ids[:] = np.arange(2_000) // 2
    log.features[:, 0] = log.customer_ids
    log.outcome[:] = 1_000 * rng.integers(0, 2, 1_000)[log.customer_ids]
    held = judging.held_out(log, NAMES, new_model=learning.new_model)
    known = held.expected[np.arange(2_000), log.treatment]
    assert abs(np.corrcoef(known, log.outcome)[0, 1]) < 0.1


@pytest.mark.parametrize(
    ("feature", "family"),
    [
        ("contacts_30:email", "contacts"), ("contacts_90", "contacts"), ("region:Berlin", "region"), ("age", "age"),
        ("attribute:segment=gold", "attribute:segment"), ("attribute:size", "attribute:size"),
    ],
)  # fmt: skip
def test_features_are_shuffled_by_what_they_tell(feature, family):
    assert judging.family(feature) == family


def test_of_a_very_long_log_some_customers_are_judged_with_all_of_their_decisions():
    log = replace(world(3_000), customer_ids=np.repeat(np.arange(1_000), 3))
    held = judging.held_out(log, NAMES, new_model=learning.new_model, most=400)
    customers, counts = np.unique(held.log.customer_ids, return_counts=True)
    assert set(counts) == {3}
    assert len(customers) == pytest.approx(400, abs=60)  # three folds of 400 decisions
