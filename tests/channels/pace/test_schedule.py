"""Waves are spread as their campaign says: at once, evenly, over a warm-up's days, or at everybody's best hour."""

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from campaigns import events
from campaigns.models import Customer, Wave
from channels import ledger
from channels.models import CampaignPace, ChosenHour, Dispatch, SendHours, WarmUp, WarmUpDay
from tests import builders

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2027, 1, 4, 10, 40, tzinfo=BERLIN)
PLANNED = """
    SELECT c.id AS customer_id, o.id AS option_id, o.channel, 7 AS cost_cents, NULL::text AS barred
    FROM campaigns_customer c, campaigns_option o WHERE o.campaign_id = %(campaign)s
"""


def wave(people: int, *, channels: tuple[str, ...] = ("email",), seed: int = 1, **pace) -> Wave:
    made = builders.wave(builders.campaign(channels=channels, seed=seed))
    if pace:
        CampaignPace.objects.create(campaign=made.campaign, **pace)
    customers = [Customer(customer_number=f"P{next(builders.number)}") for _ in range(people)]
    Customer.objects.bulk_create(customers)
    return made


def queue(of: Wave, *, at: datetime = MONDAY, days: int = 7) -> list[Dispatch]:
    ledger.queue(PLANNED, {"campaign": of.campaign_id}, wave_id=of.pk, due_at=at, deadline_at=at + timedelta(days=days))
    return list(Dispatch.objects.filter(wave=of).order_by("due_at", "id"))


def opened(of: Customer, *hours: int, zone: ZoneInfo = BERLIN, **attributes) -> None:
    """One open each, on days of their own."""
    of_hours = [datetime(2026, 10, 1 + day, hour, 20, tzinfo=zone) for day, hour in enumerate(hours)]
    events.record(
        [
            events.NewEvent(
                customer_id=of.pk,
                kind="opened",
                medium="email",
                is_online=True,
                occurred_at=at,
                source="test",
                source_key=f"open-{of.pk}-{day}-{next(builders.number)}",
                dispatch_id=of.pk * 1000 + next(builders.number),
                attributes=attributes,
            )
            for day, at in enumerate(of_hours)
        ]
    )


def hour(of: Dispatch, zone: ZoneInfo = BERLIN) -> int:
    return of.due_at.astimezone(zone).hour


class TestAtOnce:
    def test_everything_is_due_at_once(self):
        assert {made.due_at for made in queue(wave(3))} == {MONDAY}

    def test_what_is_closed_is_due_when_the_hours_of_each_time_zone_open(self):
        SendHours.objects.create(starts_at=time(9), ends_at=time(10))
        of = wave(2)
        Customer.objects.filter(pk=Customer.objects.first().pk).update(time_zone="America/New_York")
        assert [made.due_at for made in queue(of)] == [
            datetime(2027, 1, 4, 14, tzinfo=UTC),
            datetime(2027, 1, 5, 8, tzinfo=UTC),
        ]

    def test_hours_hold_up_no_letter(self):
        SendHours.objects.create(starts_at=time(9), ends_at=time(10))
        assert [made.due_at for made in queue(wave(1, channels=("print_mailing",)))] == [MONDAY]


class TestEvenly:
    def test_so_many_an_hour_are_due(self):
        due = [made.due_at - MONDAY for made in queue(wave(40, spread="evenly", per_hour=20))]
        assert due[0] == timedelta(0)
        assert {later - earlier for earlier, later in pairwise(due)} == {timedelta(minutes=3)}

    def test_closed_hours_are_skipped(self):
        SendHours.objects.create(starts_at=time(9), ends_at=time(11, 40))
        made = queue(wave(30, spread="evenly", per_hour=20))
        assert made[19].due_at == MONDAY + timedelta(minutes=57)
        assert time(9) <= made[20].due_at.astimezone(BERLIN).time() < time(9, 15)

    def test_what_does_not_fit_before_the_deadline_is_due_too_late_and_expires(self):
        made = queue(wave(30, spread="evenly", per_hour=1), days=1)
        assert sum(one.due_at >= one.deadline_at for one in made) == 6

    def test_the_order_is_the_seeds(self):
        def order(seed: int) -> list[int]:
            return [made.customer_id for made in queue(wave(0, seed=seed, spread="evenly", per_hour=20))]

        wave(20)
        assert order(1) == order(1)
        assert order(1) != order(2)

    def test_letters_are_not_spread(self):
        made = queue(wave(3, channels=("print_mailing",), spread="evenly", per_hour=1))
        assert {one.due_at for one in made} == {MONDAY}


class TestWarmUp:
    def plan(self, *per_day: int, **fields) -> WarmUp:
        defaults = {"sender": "new@example.com", "starts_on": MONDAY.date(), "per_day": list(per_day)}
        return WarmUp.objects.create(**(defaults | fields))

    def days(self, made: list[Dispatch]) -> list[int]:
        counted = Counter((one.due_at.astimezone(BERLIN).date() - MONDAY.date()).days for one in made)
        return [counted[day] for day in range(max(counted) + 1)]

    def test_a_wave_is_laid_over_the_days_of_the_plan(self):
        self.plan(2, 5, 10)
        assert self.days(queue(wave(30))) == [2, 5, 10, 13]

    def test_what_was_taken_today_is_gone(self):
        WarmUpDay.objects.create(warm_up=self.plan(4, 10), on=MONDAY.date(), taken=3)
        assert self.days(queue(wave(8))) == [1, 7]

    def test_the_most_engaged_come_first(self):
        self.plan(1, 1, 10)
        of = wave(5)
        keen, calm = Customer.objects.all()[2:4]
        opened(keen, 9, 9, 9)
        opened(calm, 9)
        assert [made.customer_id for made in queue(of)[:2]] == [keen.pk, calm.pk]

    def test_a_plan_that_is_over_or_not_begun_spreads_nothing(self):
        self.plan(1, starts_on=MONDAY.date() - timedelta(days=9))
        assert self.days(queue(wave(5))) == [5]


class TestBestHour:
    def test_whoever_opens_at_an_hour_gets_it_at_that_hour_of_their_own_day(self):
        of = wave(2, spread="best_hour", exploration_share=0)
        here, there = Customer.objects.all()
        tokyo = ZoneInfo("Asia/Tokyo")
        Customer.objects.filter(pk=there.pk).update(time_zone="Asia/Tokyo")
        opened(here, 18, 18, 18, 18, 9)
        opened(there, 7, 7, 7, 7, zone=tokyo)
        due = {made.customer_id: made for made in queue(of)}
        assert (hour(due[here.pk]), hour(due[there.pk], tokyo)) == (18, 7)

    def test_known_hours_of_simulated_people_are_found(self):
        of = wave(200, spread="best_hour", exploration_share=0)
        truth = {customer.pk: 6 + customer.pk % 16 for customer in Customer.objects.all()}
        for customer in Customer.objects.all():
            own = truth[customer.pk]
            opened(customer, own, own, own, own, own + 1, (own + 5) % 24, 12)
        found = sum(hour(made) == truth[made.customer_id] for made in queue(of))
        assert found >= 190

    def test_opens_by_machines_do_not_count(self):
        of = wave(1, spread="best_hour", exploration_share=0)
        one = Customer.objects.get()
        opened(one, 3, 3, 3, 3, 3, is_machine=True)
        opened(one, 17)
        assert [hour(made) for made in queue(of)] == [17]

    def test_a_single_open_weighs_less_than_what_everybody_does(self):
        of = wave(41, spread="best_hour", exploration_share=0)
        *many, one = Customer.objects.all()
        for customer in many:
            opened(customer, 20, 20, 20, 20)
        opened(one, 4)
        assert {made.customer_id: hour(made) for made in queue(of)}[one.pk] == 20

    def test_of_whom_nothing_is_known_the_hours_are_the_populations_spread(self):
        of = wave(300, spread="best_hour", exploration_share=0)
        for customer in Customer.objects.all()[:100]:
            opened(customer, *([8, 8] if customer.pk % 2 else [19, 19]))
        known = set(Customer.objects.values_list("pk", flat=True)[:100])
        hours = Counter(hour(made) for made in queue(of) if made.customer_id not in known)
        assert hours[8] + hours[19] > 140
        assert min(hours[8], hours[19]) > 50

    def test_closed_hours_are_not_chosen(self):
        SendHours.objects.create(starts_at=time(9), ends_at=time(11, 30))
        of = wave(60, spread="best_hour", exploration_share=1)
        times = [made.due_at.astimezone(BERLIN).time() for made in queue(of)]
        assert all(time(9) <= at < time(11, 30) for at in times)
        assert {at.hour for at in times} == {9, 10, 11}

    def test_every_choice_is_kept_with_its_probability(self):
        of = wave(200, spread="best_hour", exploration_share=0.5)
        for customer in Customer.objects.all()[:100]:
            opened(customer, 18, 18, 18, 18)
        made = queue(of)
        kept = {chosen.dispatch_id: chosen for chosen in ChosenHour.objects.all()}
        assert len(kept) == len(made) == 200
        assert all(kept[one.pk].hour == hour(one) for one in made)
        assert 60 < sum(chosen.is_explored for chosen in kept.values()) < 140
        known = Customer.objects.values_list("pk", flat=True)[:100]
        for one in made:
            if one.customer_id in set(known):
                best = kept[one.pk].hour == 18
                assert kept[one.pk].propensity == pytest.approx(0.5 / 24 + 0.5 * best)

    def test_the_probabilities_are_those_with_which_it_draws(self):
        of = wave(400, spread="best_hour", exploration_share=1)
        queue(of)
        assert sum(1 / chosen.propensity for chosen in ChosenHour.objects.filter(hour=5)) == pytest.approx(400, rel=0.6)

    def test_the_same_seed_chooses_the_same(self):
        def choices(seed: int) -> list[tuple]:
            made = queue(wave(0, seed=seed, spread="best_hour", exploration_share=0.3))
            return sorted((one.customer_id, one.due_at) for one in made)

        wave(30)
        assert choices(1) == choices(1)
        assert choices(1) != choices(2)

    @pytest.mark.parametrize(
        "day", [datetime(2027, 3, 27, 10, tzinfo=BERLIN), datetime(2027, 10, 30, 10, tzinfo=BERLIN)]
    )
    def test_everybody_has_one_hour_on_the_days_the_clock_changes(self, day):
        made = queue(wave(300, spread="best_hour", exploration_share=1), at=day)
        assert len(made) == ChosenHour.objects.count() == 300
        hours = {chosen.hour for chosen in ChosenHour.objects.all()}
        # Of the day that has 25 hours the one that comes twice is offered once, and the last of 24 not at all.
        assert hours == set(range(24)) - {2 if day.month == 3 else 9}

    def test_nobody_planned_is_nobody_queued(self):
        assert queue(wave(0, spread="best_hour")) == []
