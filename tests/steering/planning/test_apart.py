"""A wave that is decided shard by shard keeps what a wave in one piece keeps, whoever decides, and loses little by it."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from celery import current_app
from django.db import connection
from django.utils import timezone

from campaigns import audiences
from campaigns.models import Campaign, Customer, Option, Wave
from channels.registry import CHANNELS
from steering import planning
from steering.models import Apart, Assignment, Plan, Portion, Room, Scoring
from steering.people import in_audience
from steering.planning import PlanningError, apart, options, portions, shards, splitting, summing
from steering.planning.parts import PartScorer
from steering.planning.scoring import Scorer
from tests import builders

CUSTOMERS = 240
NOW = timezone.now()
PERSONAL = ("email", "banner", "print_mailing")


class Varied:
    """A model whose scores differ from customer to customer and from option to option."""

    def predict(self, features: np.ndarray) -> np.ndarray:
        size = features[:, :1]
        return 4 * (40 + 30 * np.sin(size * np.arange(1, 1 + len(CHANNELS))) + size * np.arange(len(CHANNELS)) / 2)


@pytest.fixture(autouse=True)
def _small_shards(monkeypatch, settings) -> None:
    settings.PLANNING_APART_FROM = 1
    monkeypatch.setattr(apart, "SHARD", 60)
    monkeypatch.setattr(apart, "SAMPLE", 60)


@pytest.fixture
def people(transactional_db, monkeypatch) -> list[Customer]:
    """Two in every household; some may get less than others, and some nothing."""
    monkeypatch.setattr("steering.planning.scoring.scorer", _scorer)
    made = []
    for number in range(CUSTOMERS // 2):
        consents = ("email", "banner")[: number % 3]
        first = builders.customer(consents=consents, household=True, attributes={"size": number})
        home, size = first.household_id, {"size": number + 0.5}
        made += [first, builders.customer(email=None, consents=consents[1:], household_id=home, attributes=size)]
    return made


def _scorer(_version: object) -> Scorer:
    treatments = [offer.treatment for offer in options.of_campaign(Campaign.objects.get())]
    return Scorer(("attribute:size",), treatments, Varied())


def campaign_of(channels: tuple[str, ...] = PERSONAL, **fields) -> Campaign:
    defaults = {"budget_cents": 4000, "holdout_share": 0.1, "exploration_share": 0.2, "name": "apart"}
    return builders.campaign(channels=channels, **(defaults | fields))


def wave_of(campaign: Campaign) -> Wave:
    return builders.wave(campaign, state="draft")


def planned(wave: Wave) -> Plan:
    return planning.make(wave, version=None, as_of_at=NOW)


def in_one_piece(wave: Wave, settings) -> Plan:
    settings.PLANNING_APART_FROM = 10**9
    return planned(wave)


def written(plan: Plan) -> tuple[dict, list[dict]]:
    [fields] = Plan.objects.filter(pk=plan.pk).values()
    rows = Assignment.objects.filter(wave=plan.wave).order_by("customer_id").values()
    told = [{name: row[name] for name in row if name not in ("id", "decided_at")} for row in rows]
    return {name: fields[name] for name in fields if name not in ("id", "created_at")}, told


def told_by_shards(monkeypatch) -> list[summing.Told]:
    """Grows by what is added up."""
    usual, found = summing.summed, []

    def summed(made):
        found.append(usual(made))
        return found[-1]

    monkeypatch.setattr(summing, "summed", summed)
    return found


def assert_nothing_left_behind() -> None:
    assert not any(model.objects.exists() for model in (Scoring, Apart, Portion, Room))


def test_everybody_has_one_assignment_within_all_limits(people, settings):
    campaign = campaign_of()
    Option.objects.filter(channel="email").update(capacity=31)
    wave = wave_of(campaign)
    plan = planned(wave)
    rows = Assignment.objects.filter(wave=wave)
    apart_ids = list(rows.order_by("customer_id").values_list("customer_id", flat=True))
    assert plan.cost_cents == pytest.approx(sum(rows.values_list("cost_cents", flat=True)), abs=1)
    assert 0 < plan.cost_cents <= 4000
    assert 0 < rows.filter(channel="email").count() <= 31
    homes = Counter(rows.filter(channel="print_mailing").values_list("customer__household_id", flat=True))
    assert max(homes.values()) == 1
    central = in_one_piece(wave, settings)
    assert list(rows.order_by("customer_id").values_list("customer_id", flat=True)) == apart_ids
    assert (plan.customers, plan.eligible, plan.holdout, plan.excluded) == (
        central.customers, central.eligible, central.holdout, central.excluded,
    )  # fmt: skip


def test_little_is_lost_against_a_plan_in_one_piece_and_the_bound_holds(people, settings):
    wave = wave_of(campaign_of(exploration_share=0, holdout_share=0))
    one = planned(wave)
    whole = in_one_piece(wave, settings)
    assert 0.96 * whole.value_cents <= one.value_cents <= whole.dual_bound_cents + 1e-6
    assert one.dual_bound_cents >= whole.value_cents - 1e-6
    assert one.gap == pytest.approx((one.dual_bound_cents - one.value_cents) / one.dual_bound_cents)


def test_nothing_is_missing_where_everybody_explores(people):
    """The sample's prices are those of a plan for everybody; what was drawn is short of nothing."""
    plan = planned(wave_of(campaign_of(exploration_share=1, holdout_share=0)))
    assert plan.prices["budget"] > 0
    assert plan.gap == pytest.approx(0, abs=1e-9)


def test_tables_of_the_plan_add_up(people):
    plan = planned(wave_of(campaign_of()))
    for option in plan.options:
        assert option["eligible"] + sum(plan.excluded[option["channel"]].values()) == plan.customers
        assert option["planned"] == Assignment.objects.filter(wave=plan.wave, option_id=option["option"]).count()
    assert sum(option["cost_cents"] for option in plan.options) == pytest.approx(plan.cost_cents, abs=12)
    assert sum(option["value_cents"] for option in plan.options) == pytest.approx(plan.value_cents, abs=12)
    assert set(plan.prices) == {"budget", *(str(option["option"]) for option in plan.options)}
    assert plan.prices["budget"] > 0


def test_the_same_wave_has_the_same_plan_and_nothing_is_left_behind(people):
    wave = wave_of(campaign_of())
    first = written(planned(wave))
    assert written(planned(wave)) == first
    assert_nothing_left_behind()


def test_chance_and_its_propensities_are_those_of_every_shard(people, monkeypatch):
    told = told_by_shards(monkeypatch)
    plan = planned(wave_of(campaign_of(exploration_share=0.5)))
    rows = Assignment.objects.filter(wave=plan.wave)
    explorers = rows.filter(is_exploration=True)
    assert 60 <= explorers.count() <= 150
    assert rows.filter(propensity__gt=0, propensity__lt=1).count() >= 0.9 * rows.count()
    assert told[0].value <= told[0].bound <= 1.2 * told[0].value


def test_areas_are_bought_whole_and_lie_in_one_shard(people, monkeypatch, settings):
    for first in range(0, CUSTOMERS, 6):
        builders.area(*people[first : first + 6], households=12)
    campaign = campaign_of((*PERSONAL, "direct_post"), budget_cents=2400, exploration_share=0)
    told = told_by_shards(monkeypatch)
    wave = wave_of(campaign)
    plan = planned(wave)
    rows = Assignment.objects.filter(wave=plan.wave)
    assert plan.areas
    assert len({area["code"] for area in plan.areas}) == len(plan.areas)
    got = set(rows.filter(channel="direct_post").values_list("customer__household__delivery_area__code", flat=True))
    assert got == {area["code"] for area in plan.areas}
    leaflet = next(option for option in plan.options if option["channel"] == "direct_post")
    assert leaflet["pieces"] == 12 * len(plan.areas)
    assert plan.cost_cents <= 2400
    # A shard of ten areas can spend its part only roughly; those of real size have hundreds.
    assert 0.85 * in_one_piece(wave, settings).value_cents <= told[0].value <= told[0].bound
    assert Plan.objects.get(wave=wave).value_cents <= told[0].bound


def test_rules_for_all_together_are_kept_when_all_is_added_up(people):
    campaign = campaign_of(exploration_share=0)
    builders.rule(campaign, scope="together", sense="at least", channels=["banner"], bound=20)
    builders.rule(campaign, scope="together", sense="at most", channels=["email"], bound=17)
    plan = planned(wave_of(campaign))
    rows = Assignment.objects.filter(wave=plan.wave)
    assert rows.filter(channel="banner").count() >= 20
    assert rows.filter(channel="email").count() <= 17
    assert [rule["used"] for rule in plan.rules] == [
        rows.filter(channel="banner").count(), rows.filter(channel="email").count(),
    ]  # fmt: skip


def test_a_share_is_kept_when_all_is_added_up(people):
    campaign = campaign_of(exploration_share=0)
    builders.rule(campaign, scope="share", sense="at most", channels=["print_mailing"], bound=20)
    plan = planned(wave_of(campaign))
    rows = Assignment.objects.filter(wave=plan.wave, option__isnull=False)
    assert rows.filter(channel="print_mailing").count() <= 0.2 * rows.count() + 1e-9
    assert plan.rules[0]["used"] == pytest.approx(rows.filter(channel="print_mailing").count() / rows.count(), abs=1e-4)


def test_what_cannot_be_kept_is_said_and_the_earlier_plan_stands(people):
    campaign = campaign_of()
    wave = wave_of(campaign)
    before = written(planned(wave))
    builders.rule(campaign, scope="together", sense="at least", channels=["banner"], bound=CUSTOMERS * 2)
    with pytest.raises(PlanningError, match="lacks"):
        planned(wave)
    assert written(Plan.objects.get(wave=wave)) == before
    assert_nothing_left_behind()


def test_who_dies_while_deciding_changes_nothing(people, monkeypatch):
    wave = wave_of(campaign_of())
    expected = written(planned(wave))
    usual, dies = Portion.save, iter([True])

    def save(self, *args, **kwargs):
        if self.told is not None and next(dies, False):
            raise SystemExit("killed")  # the room is taken by then
        return usual(self, *args, **kwargs)

    def work(*args, **kwargs):
        try:
            return portions_work(*args, **kwargs)
        except SystemExit:
            return True

    portions_work = portions.work_one
    monkeypatch.setattr(Portion, "save", save)
    monkeypatch.setattr(portions, "work_one", work)
    assert written(planned(wave)) == expected
    assert next(dies, None) is None


def test_two_workers_beside_the_planner_make_the_same_plan(people, monkeypatch):
    """They get every message twice."""
    wave = wave_of(campaign_of())
    expected = written(planned(wave))

    def work(task, scoring_id: int) -> None:
        try:
            task(scoring_id)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as workers:
        sent = []

        def wake(scoring_id: int, count: int, *, task: str = shards.SCORE) -> None:
            sent.extend(workers.submit(work, current_app.tasks[task], scoring_id) for _ in range(2 * count))

        monkeypatch.setattr(shards, "wake", wake)
        found = written(planned(wave))
        for one in sent:
            one.result(timeout=60)
    assert found == expected
    assert len(sent) >= 2 * 3 * 4


def test_minimum_runs_are_planned_in_one_piece(people, monkeypatch):
    campaign = campaign_of()
    Option.objects.filter(channel="email").update(minimum_run=5)

    def fail(*_, **__):
        raise AssertionError("apart")

    monkeypatch.setattr(apart, "_make", fail)
    assert planned(wave_of(campaign)).eligible


def test_an_audience_of_nobody_is_said_to_be_empty(people):
    campaign = campaign_of()
    campaign.audience.rule = {"attribute": "size", "is": -1}
    campaign.audience.save()
    with pytest.raises(PlanningError, match="the audience is empty"):
        apart._make(wave_of(campaign), *_asked(campaign), version=None)


def _asked(campaign: Campaign) -> tuple:
    offers = options.of_campaign(campaign)
    who = in_audience(audiences.query(campaign.audience))
    return who, offers, PartScorer.of(offers, Scorer(), as_of_at=NOW, campaign_id=campaign.pk)


def test_shards_are_whole_households_and_everybody_is_in_one(people):
    campaign = campaign_of()
    found = splitting.split(_asked(campaign)[0], by_area=False, size=60)
    assert sorted(np.concatenate(found).tolist()) == sorted(one.pk for one in people)
    home = {one.pk: one.household_id for one in people}
    homes = [{home[pk] for pk in part.tolist()} for part in found]
    assert sum(map(len, homes)) == len(set().union(*homes))
    assert len(found) == 4
    assert all((np.diff(part) > 0).all() for part in found)
