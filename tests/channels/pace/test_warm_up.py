"""A new sender lets so many go a day, whatever asks; the others wait for the next day or take another provider."""

from datetime import timedelta

import pytest
from django.utils import timezone

from channels import pace
from channels.models import WarmUp, WarmUpDay
from channels.pace import warm_up
from tests import builders
from tests.at_once import elsewhere


def plan(*per_day: int, begun: int = 0, **fields) -> WarmUp:
    """A plan that began so many days ago."""
    starts_on = timezone.localdate() - timedelta(days=begun)
    return WarmUp.objects.create(sender="new@example.com", starts_on=starts_on, per_day=list(per_day), **fields)


def go(number: int, *, provider: str = "", channel: str = "email") -> int:
    return sum(wait == 0 for wait in pace.admit(channel, provider, ["example.com"] * number))


@pytest.mark.django_db
class TestAdmitting:
    def test_no_more_go_than_the_day_allows(self):
        plan(50, 100)
        assert [go(40), go(40), go(40)] == [40, 10, 0]

    def test_what_is_above_waits_for_the_next_day_in_its_order(self):
        plan(1)
        waits = pace.admit("email", "", ["example.com"] * 3)
        seconds = (warm_up.tomorrow() - timezone.now()).total_seconds()
        assert waits[0] == 0
        assert seconds - 5 < waits[1] < waits[2] < seconds + 5

    def test_the_second_day_allows_what_the_second_number_says(self):
        plan(5, 20, begun=1)
        assert go(30) == 20

    @pytest.mark.parametrize("begun", [-1, 2])
    def test_before_and_after_the_plan_there_is_no_limit(self, begun):
        plan(5, 20, begun=begun)
        assert go(30) == 30

    def test_a_day_without_messages_lets_none_go(self):
        plan(0)
        assert go(3) == 0

    def test_a_plan_that_is_not_in_force_holds_nobody_up(self):
        plan(1, is_active=False)
        assert go(3) == 3

    def test_another_channel_and_another_provider_have_no_limit(self):
        plan(1, provider="new")
        assert [go(3, provider="old"), go(3, channel="social", provider="new"), go(3, provider="new")] == [3, 3, 1]

    def test_a_number_that_staff_lower_takes_nothing_back(self):
        made = plan(10)
        go(8)
        WarmUp.objects.filter(pk=made.pk).update(per_day=[5])
        assert go(3) == 0
        assert WarmUpDay.objects.get().taken == 8

    def test_providers_with_room_are_told(self):
        plan(1, provider="new")
        assert pace.with_room("email", ["new", "old"]) == ["new", "old"]
        pace.count_sent("email", "new", 1)
        pace.count_sent("email", "old", 1)
        assert pace.with_room("email", ["new", "old"]) == ["old"]

    def test_what_was_admitted_whatever_provider_sends_has_room_at_every_provider(self):
        plan(1)
        go(1)
        assert pace.with_room("email", ["new", "old"]) == ["new", "old"]

    def test_it_is_counted_in_the_database_and_outlives_redis(self, redis_connection):
        plan(3)
        go(2)
        redis_connection.flushdb()
        assert go(3) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_take_no_more_than_is_left():
    plan(10)
    both = [elsewhere(lambda: go(8)) for _ in range(2)]
    assert sorted(one.result(timeout=30) for one in both) == [2, 8]


@pytest.mark.django_db
class TestEstimate:
    def test_nothing_waits(self):
        assert str(pace.estimate(builders.wave())) == ""

    def test_it_ends_when_the_last_is_due(self):
        of, at = builders.wave(), timezone.now() + timedelta(hours=5)
        builders.dispatch(of)
        builders.dispatch(of, due_at=at)
        found = pace.estimate(of)
        assert (found.waiting, found.ends_at, found.because) == (2, at, "when it is due")

    def test_a_limit_that_holds_it_up_is_named(self):
        of = builders.wave()
        for number in range(4):
            builders.dispatch(of, builders.customer(email=f"c{number}@{'gmail.com' if number else 'example.org'}"))
        builders.speed_limit("domain", "gmail", "0.01")
        found = pace.estimate(of)
        assert (found.ends_at - timezone.now()).total_seconds() == pytest.approx(300, abs=10)
        assert "gmail" in str(found)

    def test_a_warm_up_is_counted_by_days(self):
        of = builders.wave()
        for _ in range(4):
            builders.dispatch(of)
        plan(1, 2, 5)
        assert timezone.localdate(pace.estimate(of).ends_at) == timezone.localdate() + timedelta(days=2)

    def test_what_comes_after_its_deadline_is_told(self):
        of, at = builders.wave(), timezone.now() + timedelta(hours=5)
        builders.dispatch(of, due_at=at, deadline_at=at)
        assert "1 come after their deadline" in str(pace.estimate(of))

    def test_before_the_start_it_goes_by_the_plan(self):
        of = builders.wave(state="approved")
        builders.pace(of.campaign, spread="evenly", per_hour=100)
        ends_at = pace.estimate(of, planned={"email": 500, "print_mailing": 9000}).ends_at
        assert (ends_at - timezone.now()).total_seconds() == pytest.approx(5 * 3600, abs=10)
