"""How often, how fast and in which order banners are shown."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from campaigns.models import Event, Wave
from channels import registry, tracking
from channels.banner import limits
from channels.banner.decide import Visitor, decide
from channels.models import ImpressionCount
from tests import builders

COOKIE = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def person(db):
    made = builders.customer(email="erika@example.com", consents=("banner",))
    builders.identifier(made, "cookie", COOKIE)
    return made


def banner(person, *, begun_hours_ago: float = 0, goal_days: int = 10, **settings):
    """A live banner for a person, whose flight began so long ago."""
    campaign = builders.campaign(channels=("banner",), goal_days=goal_days)
    campaign.options.update(settings=settings)
    wave = builders.wave(campaign, started_at=timezone.now() - timedelta(hours=begun_hours_ago))
    return builders.dispatch(wave, person, channel="banner", state="sent")


def decided() -> int | None:
    decision = decide(Visitor(COOKIE), slot="300x250")
    return decision.dispatch_id if decision else None


def see(dispatch, *, times: int = 1) -> None:
    """Each in a second of its own, since within one second the same impression counts once."""
    for _ in range(times):
        Client().get(f"/t/s/{tracking.make(tracking.Purpose.SHOWN, dispatch.pk)}.gif")
        Event.objects.filter(dispatch_id=dispatch.pk).update(occurred_at=timezone.now() - timedelta(minutes=1))
        with connection.cursor() as cursor:
            cursor.execute("UPDATE campaigns_event SET source_key = source_key || id::text")


class TestCaps:
    def test_who_has_seen_it_often_enough_sees_it_no_more(self, person):
        shown = banner(person, per_person=2)
        see(shown)
        assert decided() == shown.pk
        see(shown)
        assert decided() is None

    def test_a_day_has_a_cap_of_its_own(self, person):
        shown = banner(person, per_day=1, per_person=5)
        see(shown)
        assert decided() is None
        Event.objects.update(occurred_at=timezone.now() - timedelta(days=1))
        assert decided() == shown.pk

    def test_what_was_decided_but_not_seen_does_not_count(self, person):
        shown = banner(person, per_person=1)
        decided()
        assert decided() == shown.pk

    def test_another_banner_takes_the_place_of_one_that_was_seen_enough(self, person):
        older, newer = banner(person), banner(person, per_person=1)
        assert decided() == newer.pk
        see(newer)
        assert decided() == older.pk

    def test_the_caps_outlive_the_loss_of_redis(self, person, redis_connection):
        see(banner(person, per_person=1))
        redis_connection.flushdb()
        assert decided() is None


class TestOrder:
    def test_the_higher_priority_goes_first(self, person):
        important, _ = banner(person, priority=2), banner(person, priority=1)
        assert decided() == important.pk

    def test_of_equal_ones_the_newest_goes_first(self, person):
        _, newest = banner(person, priority=1), banner(person, priority=1)
        assert decided() == newest.pk

    def test_without_a_priority_it_comes_last(self, person):
        important, _ = banner(person, priority=1), banner(person)
        assert decided() == important.pk


class TestPacing:
    """A flight of 10 days has 240 hours."""

    def test_every_hour_releases_its_share(self, person):
        shown = banner(person, impressions=240)
        assert decided() == shown.pk
        see(shown)
        assert decided() is None

    def test_what_is_behind_catches_up_at_twice_the_speed(self, person):
        shown = banner(person, begun_hours_ago=100, impressions=240)
        see(shown)
        assert decided() == shown.pk
        see(shown)
        assert decided() is None

    def test_an_hour_later_it_goes_on(self, person):
        shown = banner(person, begun_hours_ago=100, impressions=240)
        see(shown, times=2)
        Wave.objects.update(started_at=timezone.now() - timedelta(hours=101))
        assert decided() == shown.pk

    def test_never_more_than_ordered(self, person):
        banner(person, begun_hours_ago=200, impressions=240)
        wave = Wave.objects.get()
        ImpressionCount.objects.create(
            wave=wave, option=wave.campaign.options.get(), shard=99, hour=1, in_hour=1, shown=240
        )
        assert decided() is None

    def test_what_was_fetched_twice_at_once_counts_once(self, person):
        shown = banner(person)
        for _ in range(3):
            Client().get(f"/t/s/{tracking.make(tracking.Purpose.SHOWN, shown.pk)}.gif")
        assert sum(ImpressionCount.objects.values_list("shown", flat=True)) == Event.objects.count()


class TestSettings:
    @pytest.mark.parametrize(
        ("given_settings", "reason"),
        [
            ({"per_week": 1}, "knows no setting per_week"),
            ({"per_day": 0}, "per_day: must be a whole number from 1 to 1000, got 0"),
            ({"per_day": "3"}, "per_day: must be a whole number"),
            ({"per_day": True}, "per_day: must be a whole number"),
            ({"impressions": 1.5}, "impressions: must be a whole number"),
            ({"priority": -1}, "priority: must be a whole number from 0 to 100"),
            ({"per_day": 5, "per_person": 3}, "per_day: must be at most those in all .per_person., got 5 and 3"),
        ],
    )
    def test_are_refused_by_name(self, given_settings, reason):
        with pytest.raises(ValueError, match=reason):
            registry.get("banner").check_option(given_settings)

    @given(st.dictionaries(st.sampled_from(list(limits.MOST)), st.integers(1, 100)))
    def test_what_is_accepted_reads_as_written(self, written):
        if written.get("per_day", 0) <= written.get("per_person", 100):
            assert limits.read(written).as_settings() == written

    def test_rubbish_that_no_form_let_in_is_no_limit(self, person):
        shown = banner(person, per_day="often", impressions=[], priority=None)
        assert decided() == shown.pk
