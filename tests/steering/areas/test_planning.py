"""Areas in a plan: what they are worth by new customers, who is held out in pairs, and the weeks of their leaflets."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from campaigns.models import AreaWeek, Household, OpenedArea, Option, Wave
from channels import delivery
from channels.invariants import check
from channels.models import Dispatch, PrintItem
from steering import planning, waves
from steering.areas import pairing
from steering.areas.pairing import Pairs
from steering.invariants import plan_invariants
from steering.models import AreaGroup, AreaPair, Assignment, PlanArea
from steering.planning import PlanningError, explaining
from tests import builders

from . import worlds

pytestmark = pytest.mark.django_db


def of_plan(plan, **fields):
    return PlanArea.objects.filter(plan=plan, **fields)


class TestNewCustomers:
    def test_open_areas_that_their_customers_alone_are_not_worth(self):
        worlds.areas()
        campaign = worlds.campaign()
        alone = worlds.plan(campaign)
        assert not of_plan(alone, chosen=True).exists()
        worlds.area_model()
        plan = worlds.plan(campaign)
        rows = list(of_plan(plan))
        assert len(rows) == 12
        assert all(row.chosen and row.wanted for row in rows)
        for row in rows:
            assert row.expected_new_value == pytest.approx(row.quantity * worlds.PER_HOUSEHOLD * 4000 * 0.5, rel=0.1)
            assert row.cost == row.quantity * 12
        customers = sum(Assignment.objects.filter(wave=plan.wave).values_list("uplift_cents", flat=True))
        new = sum(row.expected_new_value for row in rows)
        assert plan.value_cents == pytest.approx(customers + new - plan.cost_cents, abs=1)
        assert plan.value_cents <= plan.dual_bound_cents * (1 + 1e-9)
        assert sum(option["value_cents"] for option in plan.options) == pytest.approx(plan.value_cents, abs=3)
        assert sum(area["new_cents"] for area in plan.areas) == pytest.approx(new, abs=len(rows))

    def test_cost_the_whole_area_and_are_nothing_where_nothing_was_learned(self):
        worlds.areas(3)
        worlds.area_model(reason="only 3 new customers came")
        plan = worlds.plan(worlds.campaign())
        assert list(of_plan(plan).values_list("expected_new_value", "chosen")) == [(0.0, False)] * 3

    def test_are_read_again_as_the_plan_expected_them(self):
        worlds.areas(4)
        worlds.area_model()
        plan = worlds.plan(worlds.campaign())
        PlanArea.objects.filter(plan=plan).update(expected_new_value=777)
        planned = planning.problem_of(plan.wave_id)
        assert planned.problem.area_values.ravel().tolist() == [777.0] * 4

    def test_count_in_a_plan_of_several_campaigns(self):
        worlds.areas(4)
        worlds.area_model()
        both = [builders.wave(worlds.campaign(), state="draft", started_at=None) for _ in range(2)]
        plans = planning.make_together(both, most=1, version=None, as_of_at=timezone.now())
        opened = [set(of_plan(plan, chosen=True).values_list("area_id", flat=True)) for plan in plans]
        assert len(opened[0] | opened[1]) == 4
        assert not opened[0] & opened[1]
        assert sum(plan.value_cents for plan in plans) > 0


class TestHoldout:
    def test_takes_one_of_a_pair_and_marks_the_other_as_compared(self):
        worlds.areas(20)
        worlds.area_model()
        plan = worlds.plan(worlds.campaign(holdout_share="0.3"))
        assert AreaPair.objects.count() == 10
        held = of_plan(plan, group=AreaGroup.HOLDOUT)
        treated = of_plan(plan, group=AreaGroup.TREATED)
        assert held.count() == treated.count() > 0
        assert set(held.values_list("pair", flat=True)) == set(treated.values_list("pair", flat=True))
        assert not held.filter(chosen=True).exists()
        assert held.filter(wanted=True).count() == held.count()
        in_held = Assignment.objects.filter(
            wave=plan.wave, customer__household__delivery_area__in=held.values("area_id")
        )
        assert set(in_held.values_list("is_holdout", "option")) == {(True, None)}
        assert of_plan(plan).first().chance == pytest.approx(0.7)

    def test_stays_the_same_in_the_next_wave_and_when_areas_come(self):
        worlds.areas(9)
        campaign = worlds.campaign(holdout_share="0.4")
        worlds.plan(campaign)
        pairs = set(AreaPair.objects.values_list("first_id", "second_id"))
        assert len(pairs) == 5
        before = set(of_plan(worlds.plan(campaign), group=AreaGroup.HOLDOUT).values_list("area_id", flat=True))
        worlds.areas(4)
        after = of_plan(worlds.plan(campaign), group=AreaGroup.HOLDOUT)
        assert pairs < set(AreaPair.objects.values_list("first_id", "second_id"))
        assert before <= set(after.values_list("area_id", flat=True))
        assert AreaPair.objects.count() == 7

    def test_of_one_campaign_is_not_that_of_another(self):
        worlds.areas(48, residents=1)  # 24 pairs: by chance alike once in 16 million
        held = []
        for _ in range(2):
            campaign = worlds.campaign(holdout_share="0.5")
            pairing.ensure(campaign, as_of_at=timezone.now())
            held.append(Pairs(campaign).is_held.tolist())
        assert held[0] != held[1]

    def test_propensities_of_customers_are_those_of_the_share(self):
        worlds.areas(12)
        worlds.area_model()
        plan = worlds.plan(worlds.campaign(holdout_share="0.25"))
        got = Assignment.objects.filter(wave=plan.wave)
        assert set(got.filter(channel="direct_post").values_list("propensity", flat=True)) == {0.75}
        assert set(got.filter(is_holdout=True).values_list("propensity", flat=True)) <= {0.25}


class TestWeeks:
    def campaign(self, **settings):
        campaign = worlds.campaign(goal_days=30)
        Option.objects.filter(campaign=campaign, channel="direct_post").update(settings={"vendor": "press", **settings})
        return campaign

    def test_are_as_full_as_each_other(self):
        worlds.areas()
        worlds.area_model()
        plan = worlds.plan(self.campaign(weeks=3))
        full = {1: 0, 2: 0, 3: 0}
        for week, quantity in of_plan(plan).values_list("week", "quantity"):
            full[week] += quantity
        assert max(full.values()) - min(full.values()) <= 111

    def test_around_stores_take_only_what_is_near(self):
        made = worlds.areas()
        worlds.area_model()
        builders.store(latitude=52.0, longitude=8.0)
        plan = worlds.plan(self.campaign(weeks=2, spread="stores", radius_km=25))
        rows = list(of_plan(plan, chosen=True).order_by("area_id").values_list("area_id", "week"))
        assert rows == [(made[0].pk, 1), (made[1].pk, 1), (made[2].pk, 2), (made[3].pk, 2)]
        assert plan.excluded["direct_post"] == {"no store near enough": 16}

    def started(self, *, on: date | None = None, **settings) -> list[tuple[date, date]]:
        """The Monday of each area's week, and the day on which its order is due."""
        worlds.areas(6)
        worlds.area_model()
        builders.vendor()
        plan = worlds.plan(self.campaign(**settings), arrives_on=on)
        Wave.objects.filter(pk=plan.wave_id).update(state="approved")
        waves.start(plan.wave_id)
        weeks = AreaWeek.objects.filter(wave=plan.wave).values_list("area_id", "week_on")
        return [(week_on, due) for area_id, week_on in weeks for due in set(due_of(plan.wave_id, area_id))]

    def test_become_dates_when_the_wave_starts_and_dispatches_wait_for_them(self, settings):
        settings.PRINT_DAYS = settings.POST_DAYS = 0
        today = timezone.localdate()
        monday = today - timedelta(days=today.weekday())
        found = self.started(weeks=3, days_ahead=2)
        assert {week_on for week_on, _ in found} == {monday, monday + timedelta(7), monday + timedelta(14)}
        assert all(due == max(today, week_on - timedelta(days=2)) for week_on, due in found)
        late = Dispatch.objects.order_by("-due_at").first()
        waits = late.deadline_at - late.due_at - timedelta(days=late.wave.campaign.dispatch_days)
        assert abs(waits) < timedelta(
            minutes=10
        )  # the database and the process look at their clocks one after the other

    def test_begin_when_the_first_leaflets_can_be_there_and_each_is_ordered_in_time(self, settings):
        settings.PRINT_DAYS, settings.POST_DAYS = 8, 5
        today = timezone.localdate()
        there = today + timedelta(days=13)
        first = there - timedelta(days=there.weekday())
        found = self.started(weeks=3)
        assert {week_on for week_on, _ in found} == {first, first + timedelta(7), first + timedelta(14)}
        assert {due for week_on, due in found if week_on == first} == {today}
        assert all(due <= week_on - timedelta(days=7) for week_on, due in found if week_on > first)  # there on Sunday

    def test_begin_with_that_of_the_day_of_arrival(self, settings):
        settings.PRINT_DAYS, settings.POST_DAYS = 2, 2
        day = timezone.localdate() + timedelta(days=40)
        found = self.started(weeks=2, on=day)
        monday = day - timedelta(days=day.weekday())
        assert {week_on for week_on, _ in found} == {monday, monday + timedelta(7)}
        assert {due for week_on, due in found if week_on == monday} == {day - timedelta(days=4)}

    def test_after_all_that_counts_are_refused(self):
        worlds.areas(2)
        campaign = self.campaign(weeks=4)
        campaign.goal_days = 21
        campaign.save()
        with pytest.raises(PlanningError, match="leaflets over 4 weeks need a goal window of more than 21 days"):
            worlds.plan(campaign)

    def test_around_stores_need_a_store(self):
        worlds.areas(2)
        builders.store(is_open=False)
        with pytest.raises(PlanningError, match="around stores, but there is no open store"):
            worlds.plan(self.campaign(spread="stores"))

    def test_that_make_no_sense_are_refused_by_name(self):
        worlds.areas(2)
        with pytest.raises(PlanningError, match="weeks: must be a whole number between 1 and 26, got '0'"):
            worlds.plan(self.campaign(weeks=0))


def test_an_area_in_which_every_household_refuses_is_not_bought():
    builders.area(builders.customer(household=True), households=100, refusing_households=100)
    builders.area(builders.customer(household=True), households=0, refusing_households=0)
    open_to_us = worlds.areas(2)
    worlds.area_model()
    plan = worlds.plan(worlds.campaign())
    assert list(of_plan(plan).order_by("area").values_list("area_id", flat=True)) == [area.pk for area in open_to_us]
    assert Assignment.objects.filter(wave=plan.wave, channel="direct_post").count() == 4
    assert [area["code"] for area in plan.areas] == sorted(area.code for area in open_to_us)
    assert plan.excluded["direct_post"] == {"area takes no leaflets": 2}


def due_of(wave_id: int, area_id: int) -> list[date]:
    due = Dispatch.objects.filter(wave=wave_id, customer__household__delivery_area=area_id)
    return [timezone.localtime(at).date() for at in due.values_list("due_at", flat=True)]


def test_the_explanation_of_a_choice_tells_new_customers_apart():
    worlds.areas(3)
    worlds.area_model()
    plan = worlds.plan(worlds.campaign())
    got = Assignment.objects.filter(wave=plan.wave, channel="direct_post").first()
    area = explaining.explain_choice(plan.wave_id, got.customer_id).area
    row = of_plan(plan).get(area__code=area.name.partition(":")[2])
    assert area.new == pytest.approx(row.expected_new_value)
    assert area.added == pytest.approx(row.expected_customer_value)
    assert area.left == pytest.approx(row.expected_customer_value + row.expected_new_value - row.cost - area.charged)


def test_nothing_is_ordered_for_an_area_that_the_plan_did_not_open_though_somebody_moved_there():
    """One is held out; the other came with a carrier's file after the plan."""
    worlds.areas(8)
    worlds.area_model()
    builders.vendor()
    campaign = worlds.campaign(holdout_share="0.5")
    Option.objects.filter(campaign=campaign, channel="direct_post").update(settings={"vendor": "press"})
    plan = worlds.plan(campaign, state="draft")
    Wave.objects.filter(pk=plan.wave_id).update(state="approved")
    waves.start(plan.wave_id)
    held = list(of_plan(plan, group=AreaGroup.HOLDOUT).values_list("area_id", flat=True))
    assert held
    movers = [row.customer for row in Assignment.objects.filter(wave=plan.wave, channel="direct_post")[:2]]
    for mover, area_id in zip(movers, [held[0], builders.area().pk], strict=True):
        Household.objects.filter(pk=mover.household_id).update(delivery_area=area_id)
    delivery.send_due("direct_post")
    ordered = set(PrintItem.objects.values_list("delivery_area_id", flat=True))
    assert ordered
    assert ordered <= set(OpenedArea.objects.filter(wave=plan.wave).values_list("area_id", flat=True))
    assert not ordered & set(held)
    assert set(Dispatch.objects.filter(customer__in=movers).values_list("state", flat=True)) == {"failed"}
    assert all(verdict.holds for verdict in check(plan_invariants()))
