"""Explanations agree with the plan: what was chosen leaves most, sums are the plan's, and every other cause has its name."""

from datetime import date

import numpy as np
import pytest
from django.utils import timezone

from campaigns.models import Campaign, CampaignRule, Consent, Objection, Option
from steering import planning
from steering.models import Assignment, ModelVersion, Plan
from steering.planning import scoring
from steering.planning.explaining import Cause, Explanation, explain_choice
from steering.targeting import UpliftModel, dumps
from tests import builders

CHANNELS = ("email", "banner", "print_mailing", "direct_post")
pytestmark = pytest.mark.django_db


def neighbourhood(areas: int = 3, homes: int = 6) -> None:
    """Delivery areas with households of two."""
    for _ in range(areas):
        residents = []
        for _ in range(homes):
            first = builders.customer(consents=("email", "banner"), household=True)
            residents += [first, builders.customer(consents=("banner",), household_id=first.household_id)]
        builders.area(*residents, households=20, refusing_households=5)


def planned(**fields) -> Plan:
    neighbourhood()
    defaults = {"channels": CHANNELS, "budget_cents": 1500, "exploration_share": 0, "holdout_share": 0}
    campaign = builders.campaign(**(defaults | fields))
    return planning.make(builders.wave(campaign, state="draft"), version=None, as_of_at=timezone.now())


def every(plan: Plan) -> list[Explanation]:
    rows = Assignment.objects.filter(wave_id=plan.wave_id).order_by("customer_id")
    return [explain_choice(plan.wave_id, row.customer_id) for row in rows]


def chosen(why: Explanation):
    return next((one for one in why.weighed if one.is_chosen), None)


def test_what_the_plan_chose_leaves_most() -> None:
    found = [why for why in every(planned(channels=("email", "banner"))) if why.cause == Cause.BEST]
    assert found
    for why in found:
        left = [one.left for one in why.weighed if one.is_open]
        assert chosen(why).left == max(left) > 0
        assert chosen(why).label == why.best


def test_whoever_gets_nothing_though_something_was_open_is_told_that_nothing_pays() -> None:
    for why in every(planned(channels=("print_mailing",), budget_cents=0)):
        assert chosen(why) is None
        assert why.cause in (Cause.NOTHING_PAYS, Cause.LIMITS)


def test_every_cause_follows_from_the_numbers() -> None:
    for why in every(planned()):
        left = {one.label: one.left for one in why.weighed if one.left is not None}
        most = max(left.values(), default=0.0)
        if why.cause == Cause.BEST:
            assert left[chosen(why).label] == pytest.approx(most)
        elif why.cause == Cause.NOTHING_PAYS:
            assert most <= 0
        elif why.cause == Cause.AREA:
            assert chosen(why).by_area
            assert why.area.is_opened
        else:
            assert why.cause in (Cause.HOUSEHOLD, Cause.LIMITS)
            assert left[why.best] == pytest.approx(most)


def test_added_less_cost_less_charges_is_what_is_left() -> None:
    for why in every(planned()):
        for one in why.weighed:
            if one.left is not None:
                assert one.left == pytest.approx(one.added - one.cost - sum(one.charges.values()))


def test_the_sums_over_all_customers_are_those_of_the_plan() -> None:
    plan = planned(channels=("email", "banner", "print_mailing"), exploration_share=0.3, holdout_share=0.2)
    got = [one for why in every(plan) if (one := chosen(why))]
    assert sum(one.added - one.cost for one in got) == pytest.approx(plan.value_cents)
    assert sum(one.cost for one in got) == pytest.approx(plan.cost_cents, abs=1)


def test_of_a_household_one_gets_the_letter_and_the_other_is_told_who() -> None:
    plan = planned(channels=("print_mailing",), budget_cents=1_000_000)
    causes = {why.customer_id: why for why in every(plan)}
    without = [why for why in causes.values() if why.cause == Cause.HOUSEHOLD]
    assert len(without) == len(causes) / 2
    for why in without:
        [other] = why.household
        assert other.gets == causes[other.customer_id].best
        assert causes[other.customer_id].cause == Cause.BEST


def test_who_is_held_out_or_drawn_is_told_so() -> None:
    plan = planned(channels=("email", "banner"), holdout_share=0.4, exploration_share=0.5)
    for why in every(plan):
        is_chance = why.assignment.is_holdout or why.assignment.is_exploration
        assert (why.cause in (Cause.HOLDOUT, Cause.DRAWN)) == is_chance
        assert (why.cause == Cause.HOLDOUT) == why.assignment.is_holdout


def test_the_area_adds_up_over_everybody_in_it() -> None:
    plan = planned(channels=("direct_post",), budget_cents=1_000_000)
    Option.objects.update(unit_cost_cents=1)
    explained = every(plan)
    assert {why.area.customers for why in explained} == {12}
    for why in explained:
        theirs = [other.weighed[0].added for other in explained if other.area.name == why.area.name]
        assert why.area.added == pytest.approx(sum(theirs))


def test_an_area_that_was_opened_has_the_sums_of_the_plan() -> None:
    neighbourhood()
    campaign = builders.campaign(channels=("direct_post",), exploration_share=0, holdout_share=0)
    Option.objects.update(unit_cost_cents=1)
    plan = planning.make(builders.wave(campaign, state="draft"), version=None, as_of_at=timezone.now())
    sums = {area["code"]: area for area in plan.areas}
    assert sums
    for why in every(plan):
        assert why.cause == Cause.AREA
        assert why.area.cost == pytest.approx(sums[why.area.name.partition(":")[2]]["cost_cents"])
        assert why.area.added - why.area.cost == pytest.approx(
            sums[why.area.name.partition(":")[2]]["value_cents"], abs=1
        )


def test_an_area_is_not_taken_for_one_of_another_carrier_with_the_same_code() -> None:
    few, many = ([builders.customer(consents=("banner",), household=True) for _ in range(people)] for people in (1, 8))
    builders.area(*few, carrier="Bote", code="A1", households=10_000)
    builders.area(*many, carrier="Post", code="A1", households=8)
    campaign = builders.campaign(channels=("direct_post",), exploration_share=0, holdout_share=0)
    Option.objects.update(unit_cost_cents=1)
    plan = planning.make(builders.wave(campaign, state="draft"), version=None, as_of_at=timezone.now())
    assert [(area["carrier"], area["code"]) for area in plan.areas] == [("Post", "A1")]
    opened = {why.assignment.customer_id: why.area.is_opened for why in every(plan)}
    assert opened == {one.pk: one in many for one in few + many}


def test_what_was_closed_has_its_reason_of_then_and_that_of_now() -> None:
    customer = builders.customer(consents=("banner",))
    plan = planned(channels=("email", "banner"))
    email, banner = explain_choice(plan.wave_id, customer.pk).weighed
    assert (email.reason, email.reason_now, email.is_open) == ("no ground", "no ground", False)
    assert (banner.reason, banner.reason_now, banner.is_open) == ("", "", True)
    Objection.objects.create(customer=customer, source="test")
    Consent.objects.create(customer=customer, channel="email", source="test", given_at=timezone.now())
    email, banner = explain_choice(plan.wave_id, customer.pk).weighed
    assert (email.reason, email.reason_now) == ("no ground", "objection")
    assert (banner.is_open, banner.reason, banner.reason_now) == (True, "", "objection")


def test_what_a_rule_for_each_customer_closed_is_named_as_such() -> None:
    neighbourhood(areas=1)
    campaign = builders.campaign(channels=("email", "print_mailing"), exploration_share=0, holdout_share=0)
    CampaignRule.objects.create(
        campaign=campaign,
        name="cheap",
        sense="at most",
        bound=0,
        scope="person",
        measure="pieces",
        channels=["print_mailing"],
    )
    plan = planning.make(builders.wave(campaign, state="draft"), version=None, as_of_at=timezone.now())
    row = Assignment.objects.filter(wave_id=plan.wave_id, channel="email").first()
    email, letter = explain_choice(plan.wave_id, row.customer_id).weighed
    assert (email.is_open, letter.is_open) == (True, False)
    assert (letter.reason, letter.reason_now) == ("campaign rule", "")


def test_a_rule_that_binds_is_charged_to_those_who_use_it() -> None:
    neighbourhood()
    campaign = builders.campaign(channels=("email", "banner"), exploration_share=0, holdout_share=0)
    rule = CampaignRule.objects.create(campaign=campaign, name="few", sense="at most", bound=3, channels=["email"])
    plan = planning.make(builders.wave(campaign, state="draft"), version=None, as_of_at=timezone.now())
    row = Assignment.objects.filter(wave_id=plan.wave_id, eligible__len=2).first()
    email = explain_choice(plan.wave_id, row.customer_id).weighed[0]
    assert email.charges == {f"rule:{rule.pk}": pytest.approx(plan.prices[f"rule:{rule.pk}"], abs=1e-5)}


def test_somebody_whom_the_wave_did_not_decide_about_has_reasons_all_the_same() -> None:
    plan = planned(channels=("email", "print_mailing"))
    stranger = builders.customer(email=None, consents=())
    why = explain_choice(plan.wave_id, stranger.pk)
    assert (why.cause, why.assignment) == (Cause.NOT_PLANNED, None)
    assert [one.reason for one in why.weighed] == ["no ground", "no address"]


def model_version() -> ModelVersion:
    """Older customers are moved more by e-mail."""
    rng = np.random.default_rng(1)
    age = rng.uniform(20, 80, 2_000)
    treatment = rng.integers(0, 2, age.size)
    bought = rng.random(age.size) < 0.1 + 0.005 * (age - 20) * treatment
    model = UpliftModel(priors=[60.0], groups=[0], group_priors=[60.0])
    model.fit(age[:, None], treatment, 1000.0 * bought, np.full(age.size, 0.5))
    return ModelVersion.objects.create(
        number=1, trained_on_rows=age.size, known_until_at=timezone.now(), fingerprint="ages", treatments=["email"],
        features=["age"], model=dumps(model),
    )  # fmt: skip


def test_a_learned_value_is_the_one_of_the_plan_and_the_model_is_read_once(monkeypatch) -> None:
    for year in (1950, 1970, 1990, 2002):
        builders.customer(consents=("email",), born_on=date(year, 5, 1))
    campaign = builders.campaign(channels=("email",), exploration_share=0, holdout_share=0)
    version = model_version()
    plan = planning.make(builders.wave(campaign, state="draft"), version=version, as_of_at=timezone.now())
    explained = every(plan)
    assert all(why.is_as_written for why in explained)
    assert len({round(why.weighed[0].added, 2) for why in explained}) > 1
    assert sum(chosen(why).left for why in explained if chosen(why)) == pytest.approx(plan.value_cents, abs=0.01)
    monkeypatch.setattr(scoring, "scorer", lambda _: pytest.fail("the model was read again"))
    assert explain_choice(plan.wave_id, explained[0].customer_id).weighed == explained[0].weighed


def test_what_has_no_history_and_changed_since_is_noticed() -> None:
    plan = planned(channels=("email",))
    row = Assignment.objects.filter(wave_id=plan.wave_id, channel="email").first()
    assert explain_choice(plan.wave_id, row.customer_id).is_as_written
    Campaign.objects.update(margin_share=0.9)
    assert not explain_choice(plan.wave_id, row.customer_id).is_as_written


def test_one_customer_is_explained_by_few_queries_however_many_there_are(django_assert_max_num_queries) -> None:
    plan = planned(channels=("email", "banner", "print_mailing"))
    row = Assignment.objects.filter(wave_id=plan.wave_id).first()
    with django_assert_max_num_queries(20):
        explain_choice(plan.wave_id, row.customer_id)
