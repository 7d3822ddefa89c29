"""An audience that is scored in shards has the plan that it would have had in one piece, whoever scores and dies."""

from datetime import timedelta
from functools import partial

import numpy as np
import pytest
from celery import current_app
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from campaigns import audiences
from campaigns.models import Customer, Wave
from channels import registry
from steering import people, planning
from steering.models import Assignment, Plan, Score, Scoring, Shard
from steering.planning import PlanningError, options, parts, shards
from steering.planning.scoring import Scorer
from steering.planning.watching import Watch
from steering.targeting.stability import Reference
from tests import builders
from tests.at_once import elsewhere, wait_until_it_waits

CUSTOMERS = 23
REACHED = 21  # two have neither consents nor an address
SHARD = 5
NOW = timezone.now()


@pytest.fixture
def wave(transactional_db, monkeypatch, settings) -> Wave:
    """Of people who differ in what they may get and what they are worth; its shards are small."""
    monkeypatch.setattr(people, "CHUNK", SHARD)
    settings.PLANNING_SHARDED_FROM = 1
    made = builders.wave(
        builders.campaign(
            channels=tuple(registry.CHANNELS), holdout_share=0.2, exploration_share=0.3, budget_cents=900
        ),
        state="draft",
    )
    for number in range(CUSTOMERS):
        consents = tuple(name for place, name in enumerate(("email", "banner", "social")) if number & (1 << place))
        builders.customer(consents=consents, household=number % 3 == 0, attributes={"size": number})
    builders.area(*Customer.objects.filter(household__isnull=False))
    return made


class Linear:
    """A model whose scores grow with the first feature."""

    def predict(self, features: np.ndarray) -> np.ndarray:
        return features[:, :1] * np.arange(1, 1 + len(registry.CHANNELS)) * 7.3


def scorer_of(wave: Wave) -> Scorer:
    names = ("attribute:size", "contacts_90")
    treatments = [offer.treatment for offer in options.of_campaign(wave.campaign)]
    spread = Reference.of(np.arange(40.0).reshape(-1, 2), names).state
    scores = {treatments[0]: Reference.of(np.arange(20.0)[:, None], treatments[:1]).state}
    return Scorer(names, treatments, Linear(), Watch.against({"features": spread, "scores": scores}))


def written(plan: Plan) -> tuple[dict, list[dict]]:
    fields = Plan.objects.filter(pk=plan.pk).values().get()
    rows = Assignment.objects.order_by("customer_id").values()
    told = [{name: row[name] for name in row if name not in ("id", "decided_at")} for row in rows]
    return {name: fields[name] for name in fields if name not in ("id", "created_at")}, told


def begun(wave: Wave) -> tuple[Scoring, parts.PartScorer]:
    offers = options.of_campaign(wave.campaign)
    how = parts.PartScorer.of(offers, Scorer(), as_of_at=NOW, campaign_id=wave.campaign_id)
    ids = people.ids(people.in_audience(audiences.query(wave.campaign.audience)))
    return shards.begin(people.parts(ids), how, wave=wave, version=None), how


def found_ids(made: Scoring, how: parts.PartScorer) -> list[int]:
    return np.concatenate([part.people.customer_ids for part in shards._scored(made, how)]).tolist()


def test_the_plan_is_the_same_as_in_one_piece(wave, settings, monkeypatch):
    monkeypatch.setattr("steering.planning.scoring.scorer", lambda version: scorer_of(wave))
    apart = written(planning.make(wave, version=None, as_of_at=NOW))
    settings.PLANNING_SHARDED_FROM = CUSTOMERS + 1
    whole = written(planning.make(wave, version=None, as_of_at=NOW))
    assert apart == whole
    assert len(apart[1]) == REACHED
    assert len({row["uplift_cents"] for row in apart[1]}) > 3
    assert apart[0]["stability"]["customers"] == REACHED


def test_nothing_of_it_is_left_behind(wave):
    planning.make(wave, version=None, as_of_at=NOW)
    assert not Scoring.objects.exists()
    assert not Shard.objects.exists()
    assert not Score.objects.exists()


def test_an_audience_of_nobody_is_said_to_be_empty(wave):
    wave.campaign.audience.rule = {"attribute": "size", "is": -1}
    wave.campaign.audience.save()
    with pytest.raises(PlanningError, match="the audience is empty"):
        planning.make(wave, version=None, as_of_at=NOW)


def test_a_message_that_comes_twice_finds_nothing_to_do(wave):
    made, _ = begun(wave)
    assert [shards.score_one(made.pk) for _ in range(7)] == [True] * 5 + [False] * 2
    assert Score.objects.count() == 5


def test_a_scoring_that_is_over_is_no_error(db):
    assert not shards.score_one(4711)


def test_who_fails_leaves_the_shard_as_it_was(wave, monkeypatch):
    made, how = begun(wave)

    def fail(*_, **__):
        raise RuntimeError("out of memory")

    with monkeypatch.context() as broken:
        broken.setattr(Shard, "save", fail)  # the scores are written by then
        with pytest.raises(RuntimeError, match="out of memory"):
            shards.score_one(made.pk)
    assert not Score.objects.exists()
    shards.work(made.pk, how)
    assert len(found_ids(made, how)) == REACHED


def test_a_planner_that_fails_says_why_and_cleans_up(wave, monkeypatch):
    def fail(*_, **__):
        raise PlanningError("no model")

    monkeypatch.setattr(parts.PartScorer, "score", fail)
    with pytest.raises(PlanningError, match="no model"):
        planning.make(wave, version=None, as_of_at=NOW)
    assert not Scoring.objects.exists()


def test_several_at_once_take_a_shard_each(wave):
    made, how = begun(wave)
    at_work = [elsewhere(partial(shards.work, made.pk, how)) for _ in range(4)]
    for one in at_work:
        one.result(timeout=60)
    found = shards._scored(made, how)
    assert (np.diff(found_ids(made, how)) > 0).all()
    assert sum(part.counted for part in found).sum(axis=1).tolist() == [CUSTOMERS] * len(registry.CHANNELS)


def test_the_planner_scores_what_a_worker_gave_up(wave):
    made, how = begun(wave)
    with transaction.atomic():
        Shard.objects.select_for_update().get(number=2)
        planner = elsewhere(partial(shards.work, made.pk, how))
        wait_until_it_waits()
        assert Shard.objects.filter(done_at=None).count() == 1
    planner.result(timeout=60)
    assert not Shard.objects.filter(done_at=None).exists()


def test_the_planner_does_not_wait_for_ever(wave, monkeypatch):
    monkeypatch.setattr(shards, "WAIT_SECONDS", 0.05)
    made, how = begun(wave)
    with transaction.atomic():
        Shard.objects.select_for_update().get(number=2)
        planner = elsewhere(partial(shards.work, made.pk, how))
        with pytest.raises(PlanningError, match="1 parts of the audience were not scored in time"):
            planner.result(timeout=60)


def test_what_a_killed_planner_left_is_forgotten_after_a_day(wave):
    made, how = begun(wave)
    shards.work(made.pk, how)
    assert shards.forget_old() == 0
    Scoring.objects.update(created_at=timezone.now() - timedelta(days=2))
    assert shards.forget_old() == 1
    assert not Score.objects.exists()


def test_without_a_broker_the_planner_works_alone(wave, monkeypatch):
    def fail(*_, **__):
        raise OperationalError("no broker")

    monkeypatch.setattr(current_app, "send_task", fail)
    assert planning.make(wave, version=None, as_of_at=NOW).customers == CUSTOMERS


def test_every_shard_is_a_message_to_the_workers(wave, redis_connection):
    planning.make(wave, version=None, as_of_at=NOW)
    assert redis_connection.llen("celery") == 5
