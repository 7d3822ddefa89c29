"""Each treatment has the best score that is known for it, and those scored are compared with those of training."""

import json
from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from steering import champion, learning, planning, priors, treatments
from steering.planning import scoring
from steering.planning.scoring import Scorer
from steering.planning.watching import Watch
from steering.targeting.stability import Reference
from tests import builders
from tests.steering.test_learning import bought, decided


class Model:
    """Says the same of everybody."""

    believed_ = np.array([0.9, 0.5, 0.0])
    pooled_error_ = np.array([10.0, 20.0, np.inf])

    def predict(self, features):
        return np.tile([100.0, 200.0, 300.0], (len(features), 1))

    def predict_groups(self, features):
        return np.tile([150.0, 300.0], (len(features), 1))


KNOWS = Scorer(["a"], ["email/1", "email/2", "print_mailing"], Model())
ONE = np.zeros((1, 1))


@pytest.mark.parametrize(
    ("treatment", "cents"),
    [
        ("email/1", 100), ("email/2", 200), ("email/3", 150), ("email", 150), ("print_mailing/9", 300), ("print_mailing", 300),
        ("banner/1", priors.uplift_cents("banner")),
    ],
)  # fmt: skip
def test_a_content_has_its_own_score_else_its_channels_else_the_prior(treatment, cents):
    assert KNOWS.score(ONE, [treatment]).tolist() == [[cents]]


def test_treatments_come_in_the_order_asked():
    assert KNOWS.score(ONE, ["print_mailing/1", "email/2", "email/1"]).tolist() == [[300, 200, 100]]


def test_nobody_has_no_scores():
    assert KNOWS.score(np.zeros((0, 1)), ["email/1", "email"]).shape == (0, 2)


def test_without_a_model_the_priors_score():
    assert Scorer().score(np.zeros((2, 0)), ["email/1"]).tolist() == [[60], [60]]
    assert Scorer().stability() == {}


def test_the_error_of_a_mean_is_that_of_the_data_as_far_as_it_is_believed():
    sure, half, never, other = KNOWS.standard_errors(["email/1", "email/2", "print_mailing", "banner"])
    assert sure == pytest.approx(np.hypot(0.9 * 10, 0.1 * priors.standard_error_cents("email")))
    assert half > sure
    assert never == priors.standard_error_cents("print_mailing")
    assert other == priors.standard_error_cents("banner")


@pytest.mark.parametrize(("channel", "content"), [("email", 12), ("print_mailing", None)])
def test_the_name_of_a_treatment_says_its_channel_and_content(channel, content):
    name = treatments.name(channel, content)
    assert (treatments.channel_of(name), treatments.content_of(name)) == (channel, content)


# Stability


def watch() -> Watch:
    then = np.random.default_rng(0).normal(size=(9_000, 2))
    return Watch.against(
        {
            "features": Reference.of(then, ["a", "b"]).state,
            "scores": {name: Reference.of(then[:, :1], [name]).state for name in ("email", "email/1")},
        }
    )


def test_what_is_scored_is_compared_with_training_the_largest_change_first():
    watched, now = watch(), np.random.default_rng(1).normal([0, 2], 1, size=(9_000, 2))
    watched.see(now, {"email/1": now[:, 0], "banner/7": now[:, 0]})
    told = watched.told()
    assert told["customers"] == told["learned_from"] == 9_000
    assert [one["name"] for one in told["features"]] == ["b", "a"]
    assert told["features"][0]["psi"] > 1 > 0.05 > told["features"][1]["psi"]
    assert [one["name"] for one in told["scores"]] == ["email/1"]


def test_what_workers_have_seen_apart_adds_up():
    now = np.random.default_rng(2).normal(size=(1_000, 2))
    first, second, whole = watch(), watch(), watch()
    first.see(now[:400], {"email": now[:400, 0]})
    second.see(now[400:], {"email": now[400:, 0]})
    whole.see(now, {"email": now[:, 0]})
    first.join(json.loads(json.dumps(second.state)))
    assert first.told() == whole.told()


def test_a_plan_says_how_far_its_customers_are_from_those_of_training(db):
    campaign = builders.campaign(channels=("email", "banner"), goal_days=14)
    wave = decided(campaign, ["email", "banner", None] * 200, started_at=timezone.now() - timedelta(days=20))
    bought(wave, days=3)
    learning.train(promote=True)
    for _ in range(3):
        builders.customer(consents=("email", "banner"))
    plan = planning.make(builders.wave(campaign, state="draft"), version=champion.present(), as_of_at=timezone.now())
    assert (plan.stability["customers"], plan.stability["learned_from"]) == (3, 600)
    assert {one["name"] for one in plan.stability["features"]} <= set(champion.present().features)
    assert {one["name"] for one in plan.stability["scores"]} == {
        f"email/{campaign.content_id}",
        f"banner/{campaign.content_id}",
    }


def test_a_version_scores_as_its_model_does(db):
    campaign = builders.campaign(channels=("email", "banner"), goal_days=14)
    wave = decided(campaign, ["email", "banner", None] * 200, started_at=timezone.now() - timedelta(days=20))
    bought(wave, days=3)
    made = learning.train()
    scorer = scoring.scorer(made)
    assert scorer.channels == ["email", "banner"]
    nobody_knows = np.full((2, len(made.features)), np.nan)
    assert np.array_equal(scorer.score(nobody_knows, made.treatments), scorer.model.predict(nobody_knows))
