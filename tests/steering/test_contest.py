"""A challenger decides only where it is better than the champion beyond noise, on decisions that neither has seen."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from campaigns.models import Campaign, Option
from steering import champion, contest, judging, learning, logbook, tasks, trainings
from steering.learning import LearningError
from steering.models import ModelVersion, ScheduleRun
from steering.planning.scoring import Scorer
from tests import builders
from tests.steering.test_judging import NAMES, world
from tests.steering.test_learning import bought, decided

NOW = timezone.now()


@pytest.fixture(scope="module")
def held() -> judging.HeldOut:
    """The first channel adds 10.00 for half of the customers, the second nothing, a piece costs 1.00."""
    return judging.held_out(world(cost=100.0), NAMES, new_model=learning.new_model)


def version(model=None, **fields) -> ModelVersion:
    return ModelVersion(
        number=1, known_until_at=NOW - timedelta(days=30), features=NAMES, treatments=["email/1", "banner/1"], **fields
    )


def against(held, monkeypatch, scores, **fields) -> contest.Contest:
    """The contest with a champion who scores everybody like this."""
    monkeypatch.setattr(contest, "scorer", lambda champion: Scores(scores))
    return contest.hold(held, version(**fields))


class Scores:
    def __init__(self, scores) -> None:
        self.scores = scores

    def score(self, features: np.ndarray, treatments) -> np.ndarray:
        assert features.shape[1] == len(NAMES)
        return self.scores(features) if callable(self.scores) else np.tile(self.scores, (len(features), 1))


def test_it_is_better_than_a_champion_who_contacts_the_wrong_customers(held, monkeypatch):
    found = against(held, monkeypatch, [0.0, 500.0])
    assert found.is_better
    assert found.figures["difference"]["low_cents"] > 0
    assert found.figures["difference"]["value_cents"] == pytest.approx(450 + 100, rel=0.15)
    assert found.reason.startswith("Better than model 1 beyond noise")
    assert "on 4,000 decisions that neither had seen" in found.reason


def test_it_is_not_better_than_one_who_knows_the_truth(held, monkeypatch):
    found = against(held, monkeypatch, lambda X: np.column_stack([1000.0 * (X[:, 0] > 0), np.zeros(len(X))]))
    assert not found.is_better
    assert found.reason.startswith("Not better than model 1 beyond noise")


def test_against_its_own_equal_the_difference_is_exactly_nothing(held, monkeypatch):
    found = against(held, monkeypatch, lambda X: held.scores)
    assert found.figures["difference"] == {"value_cents": 0, "low_cents": 0, "high_cents": 0}
    assert not found.is_better


def test_decisions_that_the_champion_may_know_do_not_count(held, monkeypatch):
    found = against(held, monkeypatch, [0.0, 500.0])
    assert found.figures["decisions"] == 4_000
    decides = version()
    decides.known_until_at = timezone.now()
    found = contest.hold(held, decides)
    assert found.figures["decisions"] == 0
    assert not found.is_better
    assert "only 0 decisions with an outcome, of waves that explored, are newer" in found.reason


def test_waves_that_did_not_explore_do_not_count(held):
    log = replace(held.log, explored=(False,))
    found = contest.hold(replace(held, log=log), None)
    assert found.figures["decisions"] == 0
    assert not found.is_better


def test_where_nobody_decides_yet_it_is_compared_with_prior_knowledge(held):
    found = contest.hold(held, None)
    assert found.is_better
    assert found.reason.startswith("Better than prior knowledge beyond noise")
    assert found.figures["decisions"] == 4_000


def test_it_is_compared_with_nobody_and_with_chance_too(held, monkeypatch):
    figures = against(held, monkeypatch, [0.0, 500.0]).figures
    assert figures["against_nobody"]["low_cents"] > 0
    assert figures["against_random"]["low_cents"] > 0


def test_the_priors_know_nothing_of_a_single_customer():
    assert len(set(Scorer().score(np.random.default_rng(0).normal(size=(9, 0)), ["email"])[:, 0])) == 1


# In the database


@pytest.fixture
def campaign(db):
    return builders.campaign(channels=("email", "banner"), holdout_share=0.1, goal_days=14)


@pytest.fixture
def trained(campaign) -> ModelVersion:
    """E-mail works; nothing else does."""
    wave = decided(campaign, ["email", "banner", None] * 300, started_at=NOW - timedelta(days=60))
    bought(wave, days=3, cents=6000)
    return learning.train(as_of_at=NOW - timedelta(days=40))


def test_the_schedule_promotes_the_first_model_that_is_better_than_prior_knowledge(campaign):
    wave = decided(campaign, ["email", "banner", None] * 300, started_at=NOW - timedelta(days=20))
    bought(wave, days=3, cents=6000, only="banner")
    found = learning.retrain()
    assert found.is_champion
    assert not found.is_challenger
    assert found.promoted_by is None
    assert "Better than prior knowledge beyond noise" in found.reason


def test_a_model_that_cannot_be_compared_stays_the_challenger(trained, campaign):
    champion.promote(trained.pk, by=None)
    wave = decided(campaign, ["email", "banner", None] * 20, started_at=NOW - timedelta(days=20))
    bought(wave, days=3, cents=6000, only="banner")
    found = learning.retrain()
    assert (found.is_champion, found.is_challenger) == (False, True)
    assert "only 60 decisions with an outcome, of waves that explored, are newer" in found.reason
    assert champion.present() == trained


def test_when_the_world_has_turned_the_schedule_replaces_even_a_model_promoted_by_hand(trained, campaign):
    champion.promote(trained.pk, by=builders.user())
    wave = decided(campaign, ["email", "banner", None] * 500, started_at=NOW - timedelta(days=20))
    bought(wave, days=3, cents=6000, only="banner")
    found = learning.retrain()
    assert champion.present() == found
    assert f"Better than {trained} beyond noise" in found.reason


def test_when_nothing_has_changed_the_champion_stays(trained, campaign):
    champion.promote(trained.pk, by=None)
    wave = decided(campaign, ["email", "banner", None] * 300, started_at=NOW - timedelta(days=20))
    bought(wave, days=3, cents=6000)
    found = learning.retrain()
    assert champion.present() == trained
    assert found.is_challenger
    assert found.metrics["contest"]["decisions"] == 900


def test_where_nothing_has_happened_since_nothing_is_trained(trained):
    learning.train()
    with pytest.raises(LearningError, match="nothing has come of any wave since model 2 was trained"):
        learning.retrain()


def test_there_is_one_challenger_the_newest(trained, campaign):
    second = learning.train()
    trained.refresh_from_db()
    assert (trained.is_challenger, second.is_challenger) == (False, True)
    champion.promote(second.pk, by=None)
    assert not ModelVersion.objects.filter(is_challenger=True).exists()


def test_a_version_says_who_trained_and_who_promoted_it_and_why(trained):
    somebody = builders.user()
    made = learning.train(by=somebody)
    assert (made.trained_by, trained.trained_by) == (somebody, None)
    promoted = champion.promote(made.pk, by=somebody)
    assert promoted.promoted_by == somebody
    assert promoted.reason.startswith("Promoted by hand. ")


def test_rolling_back_says_so_on_both(trained):
    second = learning.train()
    champion.promote(trained.pk, by=None)
    champion.promote(second.pk, by=None)
    back = champion.roll_back(by=None)
    second.refresh_from_db()
    assert back.reason == f"Decides again: {second} was rolled back."
    assert second.reason == f"Rolled back to {trained} by hand."


def test_a_champion_is_asked_by_the_features_that_it_knows(trained, campaign):
    champion.promote(trained.pk, by=None)
    ModelVersion.objects.filter(pk=trained.pk).update(features=[*trained.features[:-1], "attribute:gone"])
    wave = decided(campaign, ["email", "banner", None] * 200, started_at=NOW - timedelta(days=20))
    bought(wave, days=3, cents=6000)
    found = learning.train()
    assert found.metrics["contest"]["decisions"] == 600
    assert "attribute:gone" not in found.features


def test_the_schedule_asks_each_night_and_trains_when_the_newest_is_old_enough(trained, campaign, settings):
    decided(campaign, ["email", None] * 200, started_at=NOW - timedelta(days=20))
    assert not trainings.is_due(every=timedelta(days=41))
    assert trainings.is_due(every=timedelta(days=7))
    tasks.retrain_model()
    tasks.retrain_model()
    assert ModelVersion.objects.count() == 2
    assert ScheduleRun.objects.filter(name="retraining").count() == 1


def test_retraining_can_be_switched_off(trained, campaign, settings):
    settings.RETRAIN_DAYS = 0
    tasks.retrain_model()
    assert ModelVersion.objects.count() == 1


# Contents


def with_two_contents(*, others: int) -> tuple[Campaign, Option]:
    """A campaign whose first content many got, and its second option, whose content so many got."""
    campaign = builders.campaign(channels=("email",), goal_days=14)
    other = campaign.options.create(channel="email", content=builders.content())
    decided(
        campaign,
        ["email"] * 150 + [None] * 150,
        propensity=0.25,
        channel_propensity=0.5,
        started_at=NOW - timedelta(days=20),
    )
    decided(
        campaign, ["email"] * others, propensity=0.2, channel_propensity=0.5, started_at=NOW - timedelta(days=21),
        option=other,
    )  # fmt: skip
    return campaign, other


def test_each_content_is_learned_by_itself_and_by_the_probability_of_its_option(db):
    campaign, other = with_two_contents(others=120)
    log = logbook.read([], as_of_at=NOW)
    assert log.treatments == (f"email/{campaign.content_id}", f"email/{other.content_id}")
    assert log.channels == ["email"]
    assert log.groups.tolist() == [0, 0]
    assert set(log.propensity[log.treatment == 2]) == {0.2}
    assert set(log.channel_propensity[log.treatment == 2]) == {0.5}


def test_contents_that_few_got_are_pooled_by_the_probability_of_their_channel(db):
    with_two_contents(others=20)
    log = logbook.read([], as_of_at=NOW)
    assert log.treatments == ("email",)
    assert set(log.propensity[log.treatment == 1]) == {0.5}
