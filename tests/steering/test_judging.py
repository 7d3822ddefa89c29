"""A model is judged on decisions that it has not seen."""

from dataclasses import dataclass

import numpy as np
import pytest

from steering.judging import judge
from steering.targeting import UpliftModel

CHANNELS = ["email", "banner"]


@dataclass
class Log:
    features: np.ndarray
    treatment: np.ndarray
    outcome: np.ndarray
    propensity: np.ndarray
    eligible: np.ndarray


def world(n: int = 6_000, *, effect: float = 1000.0) -> Log:
    """The first option adds `effect` for half of the customers, the second nothing for anybody."""
    rng = np.random.default_rng(5)
    features, treatment = rng.normal(size=(n, 3)), rng.integers(0, 3, n)
    outcome = rng.exponential(200, n) + effect * ((treatment == 1) & (features[:, 0] > 0))
    return Log(features, treatment, outcome, np.full(n, 1 / 3), np.ones((n, 2), dtype=bool))


def judged(log: Log) -> dict:
    return judge(log, CHANNELS, new_model=lambda: UpliftModel(priors=[1.0, 1.0], random_state=1))


def test_a_model_that_finds_whom_a_contact_moves_ranks_and_decides_better_than_chance():
    found = judged(world())
    assert found["options"]["email"]["qini_cents"] > 50
    policy = found["policy"]
    assert policy["low_cents"] > policy["random_cents"] > policy["nobody_cents"]
    assert policy["value_cents"] == pytest.approx(200 + 500, rel=0.1)


def test_where_nothing_works_nothing_is_claimed():
    found = judged(world(effect=0.0))
    assert abs(found["options"]["email"]["qini_cents"]) < 10
    assert found["policy"]["low_cents"] < 200 < found["policy"]["high_cents"]


def test_a_channel_of_which_little_is_known_is_left_out():
    log = world()
    log.treatment[log.treatment == 2] = 0
    assert set(judged(log)["options"]) == {"email"}


def test_it_says_how_many_decisions_it_was_judged_on():
    assert judged(world())["policy"]["judged_on"] == pytest.approx(0.3 * 6_000, rel=0.1)
