"""Campaigns that compete for the same customers are planned as one, each with a plan of its own: all, or none."""

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from campaigns.models import Campaign, CampaignRule, ContactLimit, Household, Option, Wave, WaveState
from steering import long_steps, planning, tasks, waves
from steering.models import Assignment, Plan
from steering.waves import WaveError
from tests import admin_clients, builders

pytestmark = pytest.mark.django_db
CHANNELS = ("email", "banner", "print_mailing")


@pytest.fixture
def manager() -> User:
    return builders.user("campaigns.change_wave", "campaigns.run_wave")


@pytest.fixture
def both() -> list[Campaign]:
    """Two campaigns for the same sixty customers; the second knows a part of them only."""
    for number in range(60):
        person = builders.customer(consents=("email", "banner"), household=True)
        if number % 2:
            Household.objects.filter(pk=person.household_id).update(city="München")
    fields = {"channels": CHANNELS, "holdout_share": 0.1, "exploration_share": 0.2}
    first, second = builders.campaign(**fields), builders.campaign(**fields, seed=2)
    second.audience.rule = {"attribute": "city", "is": "München"}
    second.audience.save()
    return [first, second]


def drafts(campaigns: list[Campaign]) -> list[Wave]:
    return [waves.create(campaign) for campaign in campaigns]


def ids(waves_: list[Wave]) -> list[int]:
    return [wave.pk for wave in waves_]


def contacts(waves_: list[Wave]) -> dict[int, int]:
    rows = Assignment.objects.filter(wave__in=waves_, option__isnull=False).values_list("customer_id", flat=True)
    found, counts = np.unique(list(rows), return_counts=True)
    return dict(zip(found.tolist(), counts.tolist(), strict=True))


def test_nobody_is_contacted_more_often_than_allowed_by_all_of_them(both, manager):
    made = drafts(both)
    plans = waves.simulate_together(ids(made), most=1, by=manager)
    assert [plan.wave_id for plan in plans] == ids(made)
    assert max(contacts(made).values()) == 1
    waves.simulate_together(ids(made), most=2, by=manager)
    assert max(contacts(made).values()) == 2


def test_each_campaign_has_a_plan_of_its_own_that_adds_up(both, manager):
    made = drafts(both)
    for plan in waves.simulate_together(ids(made), most=1, by=manager):
        rows = Assignment.objects.filter(wave=plan.wave)
        assert rows.count() == plan.eligible
        for option in plan.options:
            assert rows.filter(option_id=option["option"]).count() == option["planned"]
            assert option["eligible"] + sum(plan.excluded[option["channel"]].values()) == plan.customers
        assert plan.value_cents <= plan.dual_bound_cents + 1e-6
        assert plan.cost_cents <= plan.wave.campaign.budget_cents
        assert set(plan.prices) == {"budget", *(str(option["option"]) for option in plan.options)}
        assert plan.together == {"waves": ids(made), "most": 1}
        assert plan.wave.state == WaveState.SIMULATED


def test_budgets_stay_apart(both, manager):
    Campaign.objects.filter(pk=both[0].pk).update(budget_cents=7)
    plans = waves.simulate_together(ids(drafts(both)), most=1, by=manager)
    assert plans[0].cost_cents <= 7 < plans[1].cost_cents


def test_a_rule_can_compare_campaigns(both, manager):
    Option.objects.exclude(channel="email").delete()
    rule = builders.rule(both[0], scope="share", bound=20, over_all_campaigns=True)
    plans = waves.simulate_together(ids(drafts(both)), most=1, by=manager)
    planned = [sum(option["planned"] for option in plan.options) for plan in plans]
    assert planned[0] <= 0.2 * sum(planned)
    [row] = plans[0].rules
    assert (row["name"], row["bound"], row["unit"]) == (rule.name, 0.2, "share")
    assert row["used"] == pytest.approx(planned[0] / sum(planned), abs=1e-3)
    assert plans[1].rules == []


def test_all_are_planned_or_none(both, manager):
    builders.rule(both[1], sense="at least", bound=1000, name="too much")
    made = drafts(both)
    with pytest.raises(WaveError, match="too much"):
        waves.simulate_together(ids(made), most=1, by=manager)
    assert not Plan.objects.exists()
    assert set(Wave.objects.values_list("state", flat=True)) == {WaveState.DRAFT}


def test_what_is_read_back_leaves_out_whom_the_others_contact(both, manager):
    made = drafts(both)
    waves.simulate_together(ids(made), most=1, by=manager)
    planned = planning.problem_of(made[0].pk)
    others = set(Assignment.objects.filter(wave=made[1], option__isnull=False).values_list("customer_id", flat=True))
    is_taken = np.isin(planned.customer_ids, list(others))
    assert is_taken.any()
    assert not (planned.problem.values[is_taken] > -np.inf).any()
    rows = np.flatnonzero(planned.choice >= 0)
    assert (planned.problem.values[rows, planned.choice[rows]] > -np.inf).all()


def test_without_a_number_the_strictest_limit_over_all_channels_holds():
    assert waves.most_contacts() == 1
    ContactLimit.objects.create(most=3, days=30)
    ContactLimit.objects.create(most=2, days=7)
    ContactLimit.objects.create(most=1, days=7, channel="email")
    assert waves.most_contacts() == 2


def test_waves_of_one_campaign_are_not_planned_together(both, manager):
    made = [waves.create(both[0]) for _ in range(2)]
    with pytest.raises(WaveError, match="at least two campaigns"):
        waves.simulate_together(ids(made), most=1, by=manager)
    with pytest.raises(WaveError, match="at least two campaigns"):
        waves.simulate_together(ids(made[:1]), most=1, by=manager)


def test_leaflets_of_several_campaigns_share_their_areas(both, manager):
    people = [builders.customer(household=True) for _ in range(10)]
    builders.area(*people, households=8)
    for campaign in both:
        Option.objects.create(campaign=campaign, channel="direct_post", unit_cost_cents=1)
    Campaign.objects.update(exploration_share=0, holdout_share=0)
    both[1].audience.rule = {"all": []}
    both[1].audience.save()
    made = drafts(both)
    plans = waves.simulate_together(ids(made), most=1, by=manager)
    assert sum(len(plan.areas) for plan in plans) == 1
    assert max(contacts(made).values()) == 1


def test_campaigns_that_disagree_about_leaflets_on_top_are_planned_apart(both, manager):
    people = [builders.customer(household=True) for _ in range(10)]
    builders.area(*people, households=8)
    both[1].audience.rule = {"all": []}
    both[1].audience.save()
    for campaign in both:
        Option.objects.create(campaign=campaign, channel="direct_post", unit_cost_cents=1)
    Campaign.objects.filter(pk=both[0].pk).update(leaflet_on_top=True)
    with pytest.raises(WaveError, match="plan them apart"):
        waves.simulate_together(ids(drafts(both)), most=1, by=manager)


def chosen(client, made: list[Wave]):
    data = {"action": "plan_together", "_selected_action": ids(made)}
    return client.post(reverse("admin:campaigns_wave_changelist"), data)


def test_waves_are_chosen_in_the_list_and_planned_with_a_limit(both):
    made, client = drafts(both), admin_clients.in_role("Campaign manager")
    answer = chosen(client, made)
    page = client.get(answer.url)
    assert str(made[0]) in page.content.decode()
    client.post(page.wsgi_request.get_full_path(), {"most": "2"})
    assert set(Wave.objects.values_list("state", flat=True)) == {WaveState.SIMULATED}
    assert Plan.objects.first().together["most"] == 2
    plan_page = client.get(reverse("admin:campaigns_wave_change", args=[made[0].pk])).content.decode()
    assert f"Planned together with {made[1]}: nobody is contacted more than 2 times" in plan_page


def test_a_choice_that_cannot_be_planned_together_is_refused_in_words(both):
    made, client = drafts(both), admin_clients.in_role("Campaign manager")
    assert admin_clients.said(chosen(client, made[:1])) == ["Choose one wave each of at least two campaigns."]
    waves.cancel(made[0].pk)
    assert "is cancelled already." in admin_clients.said(chosen(client, made))[-1]


def test_what_cannot_be_kept_is_said_on_the_page(both):
    builders.rule(both[1], sense="at least", bound=1000, name="too much")
    made, client = drafts(both), admin_clients.in_role("Campaign manager")
    page = client.post(f"{reverse('admin:campaigns_wave_together')}?waves={made[0].pk},{made[1].pk}", {"most": "1"})
    assert "“too much”" in page.content.decode()


def test_who_may_not_plan_finds_no_page(both):
    client = admin_clients.in_role("Approver")
    assert client.get(reverse("admin:campaigns_wave_together")).status_code == 403


def test_large_ones_are_left_to_a_worker(both, manager, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr(long_steps, "LARGE", 0)
    made, asked = drafts(both), []
    with django_capture_on_commit_callbacks(execute=True):
        is_done = long_steps.ask_together(made, 1, by=manager, worker=lambda *args: asked.append(args))
    assert (is_done, asked) == (False, [(ids(made), 1, manager.pk)])
    assert [long_steps.progress(wave.pk).verb for wave in made] == ["simulate"] * 2
    with pytest.raises(WaveError, match="busy"):
        long_steps.ask_together(made, 1, by=manager, worker=lambda *_: None)
    tasks.plan_together(*asked[0])
    assert Plan.objects.count() == 2
    assert [long_steps.progress(wave.pk).verb for wave in made] == ["", ""]


def test_why_a_worker_could_not_is_kept_with_every_wave(both, manager):
    CampaignRule.objects.create(campaign=both[0], name="too much", sense="at least", bound=1000)
    made = drafts(both)
    tasks.plan_together(ids(made), 1, manager.pk)
    assert all("too much" in long_steps.progress(wave.pk).failure for wave in made)
