"""What limits and rules of a plan mean, in sentences for a manager; and plans that cannot be, with the reason."""

import pytest
from django.utils import timezone

from campaigns.models import Campaign, Household, Option
from steering import planning
from steering.models import Assignment, Plan
from steering.planning import words
from steering.planning.options import PlanningError
from tests import builders

pytestmark = pytest.mark.django_db
MUNICH = {"attribute": "city", "is": "München"}


@pytest.fixture
def campaign() -> Campaign:
    """Sixty customers, every second in Munich."""
    for number in range(60):
        person = builders.customer(consents=("email", "banner"), household=True)
        if number % 2:
            Household.objects.filter(pk=person.household_id).update(city="München", postcode="80331")
    return builders.campaign(channels=("email", "banner", "print_mailing"), holdout_share=0, exploration_share=0)


def make(campaign: Campaign, **fields) -> Plan:
    return planning.make(builders.wave(campaign, state="draft", **fields), version=None, as_of_at=timezone.now())


def without_mail(campaign: Campaign) -> None:
    """Letters are what earns most."""
    campaign.options.filter(channel="email").delete()


def planned(plan: Plan, channel: str, **customers) -> int:
    return Assignment.objects.filter(wave=plan.wave, channel=channel, **customers).count()


def said(plan: Plan) -> dict[str, str]:
    return dict(words.price_words(plan))


def test_a_plan_keeps_a_share_and_says_how_it_stands(campaign):
    without_mail(campaign)
    builders.rule(
        campaign, name="Munich", scope="share", bound=25, audience=builders.audience(MUNICH),
        channels=["print_mailing"], of_channels=["print_mailing"],
    )  # fmt: skip
    plan = make(campaign)
    munich = planned(plan, "print_mailing", customer__household__city="München")
    letters = planned(plan, "print_mailing")
    assert 0 < munich <= 0.25 * letters
    [row] = plan.rules
    assert (row["unit"], row["bound"], row["name"]) == ("share", 0.25, "Munich")
    assert row["used"] == pytest.approx(munich / letters, abs=1e-4)
    assert "share would earn" in said(plan)["Munich"]
    assert words.standing_words(row, "EUR") == f"{100 * row['used']:.1f} %, at most 25.0 %"


def test_at_least_so_many_are_sent_though_they_earn_less(campaign):
    rule = builders.rule(campaign, sense="at least", bound=40, channels=["banner"])
    plan = make(campaign)
    assert planned(plan, "banner") == 40
    assert plan.prices[f"rule:{rule.pk}"] > 0
    assert said(plan)[rule.name].startswith("It binds: one piece demanded less would earn")


def test_money_may_be_limited_for_some_customers(campaign):
    builders.rule(campaign, measure="cost", bound="8.50", audience=builders.audience(MUNICH))
    plan = make(campaign)
    rows = Assignment.objects.filter(wave=plan.wave, customer__household__city="München")
    assert sum(row.cost_cents for row in rows) <= 850
    assert plan.rules[0]["used"] == pytest.approx(sum(row.cost_cents for row in rows))


def test_what_costs_one_customer_too_much_is_not_open_to_them(campaign):
    rule = builders.rule(campaign, scope="person", measure="cost", bound="0.25", audience=builders.audience(MUNICH))
    plan = make(campaign, exploration_share=0.5)
    assert not planned(plan, "print_mailing", customer__household__city="München")
    letter = campaign.options.get(channel="print_mailing").pk
    rows = Assignment.objects.filter(wave=plan.wave, customer__household__city="München")
    assert not any(letter in row.eligible for row in rows)
    assert plan.excluded["print_mailing"]["campaign rule"] == 30
    assert said(plan)[rule.name] == "It speaks of 30 customers."


def test_letters_cost_by_zone_and_so_does_every_row(campaign):
    without_mail(campaign)
    Option.objects.filter(channel="print_mailing").update(zone_costs={"80": 20})
    plan = make(campaign)
    costs = Assignment.objects.filter(wave=plan.wave, channel="print_mailing")
    assert set(costs.filter(customer__household__city="München").values_list("cost_cents", flat=True)) == {20.0}
    assert set(costs.exclude(customer__household__city="München").values_list("cost_cents", flat=True)) <= {85.0}
    assert sum(costs.values_list("cost_cents", flat=True)) <= plan.cost_cents


def test_a_run_below_its_minimum_is_not_made(campaign):
    without_mail(campaign)
    Option.objects.filter(channel="print_mailing").update(minimum_run=61)
    plan = make(campaign, exploration_share=0.5)
    assert planned(plan, "print_mailing") == 0
    Option.objects.filter(channel="print_mailing").update(minimum_run=50)
    assert planned(make(campaign), "print_mailing") >= 50


def test_a_minimum_that_cannot_be_reached_is_said_and_nothing_is_written(campaign):
    builders.rule(
        campaign, name="To Munich", sense="at least", bound=45, audience=builders.audience(MUNICH)
    )  # fmt: skip
    with pytest.raises(PlanningError, match=r"“To Munich” \(At least 45 pieces to “.*”\) lacks 15 pieces"):
        make(campaign)
    assert not Plan.objects.exists()


def test_where_only_chance_stands_in_the_way_it_is_said(campaign):
    builders.rule(campaign, sense="at least", bound=60)
    with pytest.raises(PlanningError, match="if fewer customers were drawn at random"):
        make(campaign, exploration_share=0.5)
    assert make(campaign, exploration_share=0)


def test_budget_and_capacity_say_what_more_would_earn(campaign):
    without_mail(campaign)
    Option.objects.filter(channel="print_mailing").update(capacity=10)
    Option.objects.filter(channel="banner").update(capacity=500)
    told = said(make(campaign))
    assert told["Budget"] == "There is budget left: more of it would earn nothing."
    assert told["Banner"] == "1,000 more pieces would earn nothing."
    assert told["Print mailing"].startswith("Its capacity is used up: one more piece would earn")
    Campaign.objects.update(budget_cents=300)
    assert said(make(Campaign.objects.get()))["Budget"].startswith("One more euro of budget would earn")


def test_what_is_read_back_has_the_same_rules(campaign):
    builders.rule(campaign, audience=builders.audience(MUNICH), bound=5)
    builders.rule(campaign, scope="person", measure="cost", bound="0.25")
    Option.objects.filter(channel="banner").update(minimum_run=3, zone_costs={"80": 1})
    plan = make(campaign)
    posed = planning.problem_of(plan.wave_id).problem
    assert [rule.name for rule in posed.rules] == [row["rule"] for row in plan.rules[:1]]
    assert posed.rules[0].customers.sum() == 30
    assert posed.minimum_runs.tolist() == [0, 3, 0]
    assert sorted(set(posed.costs[:, 1])) == [1, 2]
    assert len(plan.prices) == len(posed.names)


def test_thompson_sampling_is_asked_for_by_the_campaign(campaign):
    evenly = make(campaign, exploration_share=1)
    Campaign.objects.update(exploration="thompson")
    promising = make(Campaign.objects.get(), exploration_share=1)
    best, least = "print_mailing", "banner"
    assert planned(promising, best) - planned(promising, least) > planned(evenly, best) - planned(evenly, least)
    assert not Assignment.objects.filter(wave=promising.wave, propensity=None).exists()


def test_a_rule_that_forbids_something_still_says_of_how_many_it_speaks(campaign):
    rule = builders.rule(campaign, scope="person", bound=0, audience=builders.audience(MUNICH))
    assert said(make(campaign))[rule.name] == "It speaks of 30 customers."
