"""The plan as it is written: its tables add up, it can be read back, and units larger than a customer are kept whole."""

from dataclasses import replace

import numpy as np
import pytest
from django.utils import timezone

from campaigns import consent
from campaigns.models import Campaign, Customer, Option
from channels.models import PrintItem
from steering import planning
from steering.models import Assignment, Plan
from tests import builders

CHANNELS = ("email", "banner", "print_mailing", "direct_post")


@pytest.fixture
def campaign(db) -> Campaign:
    """A hundred customers in five delivery areas, two of them in every household."""
    for _ in range(5):
        residents = []
        for _ in range(10):
            first = builders.customer(consents=("email", "banner"), household=True)
            residents += [first, builders.customer(consents=("banner",), household_id=first.household_id)]
        builders.area(*residents, households=20, refusing_households=5)
    return builders.campaign(
        channels=CHANNELS, budget_cents=1500, exploration_share=0.3, holdout_share=0.2, name="plans"
    )


@pytest.fixture
def plan(campaign) -> Plan:
    return make(campaign)


def make(campaign: Campaign, **fields) -> Plan:
    return planning.make(builders.wave(campaign, state="draft", **fields), version=None, as_of_at=timezone.now())


def test_planned_and_left_out_add_up_for_every_channel(plan):
    for option in plan.options:
        left_out = sum(plan.excluded[option["channel"]].values())
        assert option["eligible"] + left_out == plan.customers
        assert option["planned"] == Assignment.objects.filter(wave=plan.wave, option_id=option["option"]).count()


def test_cost_and_value_add_up(plan):
    assert sum(option["cost_cents"] for option in plan.options) == pytest.approx(plan.cost_cents, abs=3)
    assert sum(option["value_cents"] for option in plan.options) == pytest.approx(plan.value_cents, abs=3)
    assert plan.cost_cents <= plan.wave.campaign.budget_cents
    assert plan.value_cents <= plan.dual_bound_cents


def test_capacities_are_kept(campaign):
    Option.objects.filter(channel="email").update(capacity=7)
    plan = make(campaign, exploration_share=1)
    assert next(option["planned"] for option in plan.options if option["channel"] == "email") <= 7


def test_nobody_is_planned_for_who_refused_this_campaign(campaign):
    someone = Customer.objects.first()
    consent.object_to(customer_id=someone.pk, campaign_id=campaign.pk, source="test")
    plan = make(campaign)
    assert {reasons["objection"] for reasons in plan.excluded.values()} == {1}
    assert not Assignment.objects.filter(wave=plan.wave, customer=someone).exists()


def test_a_household_gets_at_most_one_letter(campaign):
    Campaign.objects.update(budget_cents=100_000)
    plan = make(Campaign.objects.get(), exploration_share=0.5)
    letters = Assignment.objects.filter(wave=plan.wave, channel="print_mailing")
    households = list(letters.values_list("customer__household_id", flat=True))
    assert households
    assert len(households) == len(set(households))


def test_an_opened_area_reaches_everybody_in_it_who_may_get_leaflets(campaign):
    Option.objects.filter(channel="direct_post").update(unit_cost_cents=1)
    Option.objects.exclude(channel="direct_post").delete()
    plan = make(campaign, exploration_share=0)
    reached = Assignment.objects.filter(wave=plan.wave, channel="direct_post")
    assert plan.areas
    assert {area["customers"] for area in plan.areas} == {20}
    assert {area["quantity"] for area in plan.areas} == {15}
    assert reached.count() == 20 * len(plan.areas)


def test_whole_areas_are_held_out_where_leaflets_are_an_option(plan):
    held = Assignment.objects.filter(wave=plan.wave).values_list("customer__household__delivery_area_id", "is_holdout")
    by_area: dict[int, set[bool]] = {}
    for area, is_holdout in held:
        by_area.setdefault(area, set()).add(is_holdout)
    assert all(len(kinds) == 1 for kinds in by_area.values())


def test_every_assignment_says_what_else_was_possible(plan):
    email = plan.wave.campaign.options.get(channel="email").pk
    for row in Assignment.objects.filter(wave=plan.wave).prefetch_related("customer__consents"):
        agreed = {consent.channel for consent in row.customer.consents.all()}
        assert (email in row.eligible) == ("email" in agreed)
        assert row.option_id is None or row.option_id in row.eligible


def test_more_than_one_option_by_area_is_refused(campaign):
    Option.objects.create(campaign=campaign, channel="direct_post", content=builders.content())
    with pytest.raises(planning.PlanningError, match="at most one option"):
        make(campaign)


def test_two_contents_of_one_channel_are_two_options(campaign):
    other = builders.content()
    Option.objects.create(campaign=campaign, channel="email", content=other)
    plan = make(campaign)
    labels = [option["label"] for option in plan.options]
    assert labels.count("E-mail") == labels.count(f"E-mail: {other}") == 1


def test_the_plan_can_be_read_back_as_arrays(plan):
    planned = planning.problem_of(plan.wave_id)
    steered = Assignment.objects.filter(wave=plan.wave, is_holdout=False).order_by("customer_id")
    assert planned.customer_ids.tolist() == list(steered.values_list("customer_id", flat=True))
    assert [option.channel for option in planned.options] == list(CHANNELS)
    options = [planned.options[place].pk if place >= 0 else None for place in planned.choice]
    assert options == list(steered.values_list("option_id", flat=True))
    assert (planned.problem.values > -np.inf).sum() == sum(len(row.eligible) for row in steered)


def test_what_is_read_back_is_worth_what_the_plan_says(plan):
    planned = planning.problem_of(plan.wave_id)
    rows = np.flatnonzero(planned.choice >= 0)
    gross = planned.problem.values[rows, planned.choice[rows]].sum()
    leaflet = planned.problem.area_option
    opened = np.unique(planned.problem.area[planned.choice == leaflet])
    assert gross - planned.problem.area_costs[opened].sum() == pytest.approx(plan.value_cents, abs=1)


def test_reading_back_does_not_depend_on_what_happened_since(plan):
    before = planning.problem_of(plan.wave_id)
    for row in Assignment.objects.filter(wave=plan.wave)[:20]:
        row.customer.consents.all().delete()
    after = planning.problem_of(plan.wave_id)
    assert np.array_equal(before.problem.values, after.problem.values)
    assert replace(after, problem=None).choice.tolist() == before.choice.tolist()


def test_planning_orders_nothing(plan):
    assert not PrintItem.objects.exists()
