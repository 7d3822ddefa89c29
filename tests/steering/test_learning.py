"""What past waves did becomes a log, the log a model, and one version decides."""

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from campaigns import events
from campaigns.models import Campaign, Customer, Option, Wave
from steering import champion, learning, logbook, planning
from steering.learning import LearningError
from steering.models import Assignment, ModelVersion, Plan
from tests import builders

NOW = timezone.now()
STARTED = NOW - timedelta(days=20)
CHANNELS = ["email", "banner"]


@pytest.fixture
def campaign(db) -> Campaign:
    return builders.campaign(channels=("email", "banner"), holdout_share=0.1, goal_days=14)


def decided(
    campaign: Campaign, choices: list[str | None], *, started_at=STARTED, option: Option | None = None, **fields
) -> Wave:
    """A started wave that gave these channels (None: no contact) to new customers, all of whom could get both.

    `option` says which of a channel's, where it has several.
    """
    wave = builders.wave(campaign, started_at=started_at)
    options = dict(campaign.options.order_by("-id").values_list("channel", "id"))
    if option is not None:
        options[option.channel] = option.pk
    Plan.objects.create(
        wave=wave, as_of_at=started_at, seed=1, customers=len(choices), eligible=len(choices), holdout=0, value_cents=0,
        dual_bound_cents=0, gap=0, cost_cents=0, prices={}, options=[], excluded={},
    )  # fmt: skip
    number = Customer.objects.count()
    people = Customer.objects.bulk_create(Customer(customer_number=f"L{number + n}") for n in range(len(choices)))
    Assignment.objects.bulk_create(
        Assignment(
            wave=wave, customer=person, option_id=options.get(channel), channel=channel or "", decided_at=started_at,
            **({"channel_propensity": 1 / 3, "eligible": list(options.values()), "is_exploration": True} | fields),
        )
        for person, channel in zip(people, choices, strict=True)
    )  # fmt: skip
    return wave


def bought(wave: Wave, *, days: float, cents: int = 5000, kind: str = "purchased", only: str | None = "email") -> None:
    """Everybody who got a channel bought so long after the start."""
    found = Assignment.objects.filter(wave=wave, **({"channel": only} if only is not None else {}))
    at = wave.started_at + timedelta(days=days)
    events.record(
        [
            events.NewEvent(id_, kind, "web", True, at, "test", f"{kind}-{id_}-{days}", value_cents=cents)
            for id_ in found.values_list("customer_id", flat=True)
        ]
    )


def log(**fields) -> logbook.Log:
    return logbook.read([], **({"as_of_at": NOW} | fields))


def treatments(campaign: Campaign) -> list[str]:
    return [f"{channel}/{campaign.content_id}" for channel in CHANNELS]


def test_treatment_outcome_and_propensity_are_read(campaign):
    wave = decided(campaign, ["email", "banner", None] * 100)
    bought(wave, days=3, cents=5000)
    found = log()
    assert list(found.treatments) == treatments(campaign)
    assert np.bincount(found.treatment).tolist() == [100, 100, 100]
    assert found.outcome[found.treatment == 1].tolist() == [5000] * 100
    assert not found.outcome[found.treatment != 1].any()
    assert found.propensity == pytest.approx(np.full(300, 1 / 3))
    assert found.eligible.all()


def test_what_happens_outside_the_goal_window_does_not_count(campaign):
    wave = decided(campaign, ["email"] * 200)
    bought(wave, days=-1)
    bought(wave, days=14.5)
    assert not log().outcome.any()


def test_several_purchases_add_up_and_other_events_do_not_count(campaign):
    wave = decided(campaign, ["email"] * 200)
    bought(wave, days=2, cents=1000)
    bought(wave, days=5, cents=2000)
    bought(wave, days=5, cents=9999, kind="store_visited")
    assert set(log().outcome) == {3000.0}


def test_a_goal_without_money_counts_as_the_campaign_says(campaign):
    Campaign.objects.filter(pk=campaign.pk).update(goal_event="store_visited", goal_value_cents=250)
    wave = decided(campaign, ["email"] * 200)
    bought(wave, days=2, cents=0, kind="store_visited")
    assert set(log().outcome) == {250.0}


def test_decisions_that_cannot_be_evaluated_are_left_out(campaign):
    decided(campaign, ["email"] * 200)
    decided(campaign, ["email"] * 10, channel_propensity=None)
    assert len(log().outcome) == 200


def test_who_got_a_leaflet_on_top_tells_the_effect_of_neither(campaign):
    decided(campaign, ["email"] * 200)
    decided(campaign, ["email"] * 10, has_leaflet_on_top=True)
    assert len(log().outcome) == 200


def test_a_wave_whose_goal_window_has_hardly_begun_waits(campaign):
    decided(campaign, ["email"] * 200, started_at=NOW - timedelta(days=3))
    with pytest.raises(LearningError, match="only 0 decisions have an outcome yet"):
        log()


def test_a_wave_that_never_started_teaches_nothing(campaign):
    wave = decided(campaign, ["email"] * 200)
    Wave.objects.filter(pk=wave.pk).update(started_at=None)
    with pytest.raises(LearningError):
        log()


def test_features_are_those_of_the_time_of_the_plan(campaign):
    wave = decided(campaign, ["email"] * 200)
    bought(wave, days=3)
    found = logbook.read(["purchases"], as_of_at=NOW)
    assert not found.features.any()


def test_eligibility_is_by_channel(campaign):
    email = campaign.options.get(channel="email").pk
    decided(campaign, ["email"] * 200, eligible=[email])
    assert log().eligible.tolist() == [[True, False]] * 200


@pytest.fixture
def trained(campaign) -> ModelVersion:
    wave = decided(campaign, ["email", "banner", None] * 400)
    bought(wave, days=3, cents=6000)
    return learning.train()


def test_training_finds_what_worked(trained, campaign):
    model = planning.making.scoring.scorer(trained)
    nobody_knows = np.full((5, len(trained.features)), np.nan, dtype=np.float32)
    for names in (treatments(campaign), CHANNELS):
        scores = model.score(nobody_knows, names)
        assert (scores[:, 0] > 2000).all()
        assert (scores[:, 0] > scores[:, 1] + 2000).all()


def test_a_version_says_what_it_was_trained_on_and_how_good_it_is(trained):
    assert trained.trained_on_rows == 1200
    assert trained.window_from_at == trained.window_to_at == STARTED
    assert len(trained.fingerprint) == 64
    assert trained.metrics["options"]["email"]["contacted"] > 0
    policy = trained.metrics["policy"]
    assert policy["value_cents"] > policy["random_cents"] > policy["nobody_cents"]
    assert trained.parameters["priors"]["email"] > 0


def test_same_log_same_fingerprint_and_scores(trained):
    again = learning.train()
    assert again.number == trained.number + 1
    assert again.fingerprint == trained.fingerprint
    assert bytes(again.model) != b""
    scores = [
        planning.making.scoring.scorer(version).score(np.zeros((3, len(version.features))), CHANNELS)
        for version in (trained, again)
    ]
    assert np.array_equal(*scores)


def test_training_alone_changes_no_decision(trained):
    assert champion.present() is None


def test_promoting_lets_a_version_decide_and_rolling_back_the_one_before(trained):
    first, second = trained, learning.train()
    champion.promote(first.pk, by=None)
    champion.promote(second.pk, by=None)
    assert champion.present() == second
    champion.roll_back(by=None)
    assert champion.present() == first
    with pytest.raises(LearningError, match="no other version has ever decided"):
        champion.roll_back(by=None)


def test_there_is_never_more_than_one_champion(trained):
    second = learning.train(promote=True)
    champion.promote(trained.pk, by=None)
    assert list(ModelVersion.objects.filter(is_champion=True)) == [trained]
    second.refresh_from_db()
    assert not second.is_champion


def test_rolling_back_without_a_champion_and_promoting_nothing_are_refused(db):
    with pytest.raises(LearningError, match="nothing to roll back"):
        champion.roll_back(by=None)
    with pytest.raises(LearningError, match="no such version"):
        champion.promote(0, by=None)


def test_too_few_decisions_are_refused_with_the_number(campaign):
    decided(campaign, ["email"] * 30)
    with pytest.raises(LearningError, match="only 30 decisions"):
        learning.train()


def test_the_champion_scores_the_next_plan(trained, campaign):
    champion.promote(trained.pk, by=None)
    builders.customer(consents=("email", "banner"))
    wave = builders.wave(campaign, state="draft")
    plan = planning.make(wave, version=champion.present(), as_of_at=timezone.now())
    assert plan.model_version == trained
    assert Assignment.objects.get(wave=wave).uplift_cents != 0 or Assignment.objects.get(wave=wave).is_holdout
