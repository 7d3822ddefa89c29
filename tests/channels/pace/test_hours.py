"""Nobody is contacted outside their hours or in a time-out, by their own clock, on the days it changes too."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns import consent, time_outs
from campaigns.models import Customer, TimeOut
from channels import ledger, registry
from channels.models import Dispatch, SendHours
from channels.models import DispatchState as State
from channels.pace import waits
from tests import builders

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("memory")]
BERLIN = ZoneInfo("Europe/Berlin")
ALL_DAYS = [1, 2, 3, 4, 5, 6, 7]
NEVER = "never"


@pytest.fixture
def dispatch() -> Dispatch:
    return made()


def made(channel: str = "memory", **fields) -> Dispatch:
    of = builders.wave(builders.campaign(channels=(channel,)))
    to = builders.customer(consents=(channel,), household=True, **fields)
    return builders.dispatch(of, to, channel=channel)


def hours(kind: str, start: str, end: str, days: list[int] = ALL_DAYS, **fields) -> SendHours:
    return SendHours.objects.create(
        kind=kind, starts_at=time.fromisoformat(start), ends_at=time.fromisoformat(end), weekdays=days, **fields
    )


def answer(of: Dispatch, at: datetime) -> datetime | str | None:
    expression = waits(registry.get(of.channel), at="%(at)s::timestamptz")
    inner = f"SELECT {expression.sql} AS w FROM channels_dispatch d WHERE d.id = %(id)s"  # noqa: S608
    sql = f"SELECT CASE WHEN w < 'infinity' THEN w END, w = 'infinity' FROM ({inner}) answered"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, expression.params | {"at": at, "id": of.pk})
        moment, is_never = cursor.fetchone()
    return NEVER if is_never else moment


def berlin(text: str, *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold)


class TestHours:
    def test_without_hours_nobody_waits(self, dispatch):
        assert answer(dispatch, berlin("2027-01-04T03:00")) is None

    def test_within_sending_hours_it_goes_now(self, dispatch):
        hours("open", "09:00", "20:00")
        assert answer(dispatch, berlin("2027-01-04T09:00")) is None

    def test_before_sending_hours_it_waits_for_them(self, dispatch):
        hours("open", "09:00", "20:00")
        assert answer(dispatch, berlin("2027-01-04T03:00")) == berlin("2027-01-04T09:00")

    def test_the_end_of_the_hours_is_outside(self, dispatch):
        hours("open", "09:00", "20:00")
        assert answer(dispatch, berlin("2027-01-04T20:00")) == berlin("2027-01-05T09:00")

    def test_a_weekend_without_hours_waits_for_monday(self, dispatch):
        hours("open", "09:00", "20:00", [1, 2, 3, 4, 5])
        assert answer(dispatch, berlin("2027-01-08T21:00")) == berlin("2027-01-11T09:00")

    def test_hours_over_midnight_belong_to_the_day_on_which_they_begin(self, dispatch):
        hours("open", "22:00", "02:00", [5])  # from Friday
        assert answer(dispatch, berlin("2027-01-09T01:59")) is None
        assert answer(dispatch, berlin("2027-01-08T01:59")) == berlin("2027-01-08T22:00")
        assert answer(dispatch, berlin("2027-01-09T02:00")) == berlin("2027-01-15T22:00")

    def test_quiet_hours_over_midnight_end_in_the_morning(self, dispatch):
        hours("quiet", "21:00", "08:00")
        assert answer(dispatch, berlin("2027-01-04T23:00")) == berlin("2027-01-05T08:00")
        assert answer(dispatch, berlin("2027-01-05T07:59")) == berlin("2027-01-05T08:00")
        assert answer(dispatch, berlin("2027-01-05T08:00")) is None

    def test_quiet_hours_cut_into_sending_hours(self, dispatch):
        hours("open", "07:00", "22:00")
        hours("quiet", "12:00", "14:00")
        hours("quiet", "06:00", "08:00")
        assert answer(dispatch, berlin("2027-01-04T12:30")) == berlin("2027-01-04T14:00")
        assert answer(dispatch, berlin("2027-01-04T05:00")) == berlin("2027-01-04T08:00")

    def test_hours_that_are_never_open_are_said_to_be_so(self, dispatch):
        hours("open", "09:00", "10:00")
        hours("quiet", "08:00", "12:00")
        assert answer(dispatch, berlin("2027-01-04T09:30")) == NEVER

    def test_a_day_without_end_is_all_of_it(self, dispatch):
        hours("open", "00:00", "00:00", [1])
        assert answer(dispatch, berlin("2027-01-04T23:59")) is None
        assert answer(dispatch, berlin("2027-01-05T00:00")) == berlin("2027-01-11T00:00")

    def test_hours_of_a_campaign_replace_those_of_all(self, dispatch):
        hours("open", "09:00", "20:00")
        hours("open", "06:00", "07:00", campaign=dispatch.wave.campaign)
        assert answer(dispatch, berlin("2027-01-04T06:30")) is None
        assert answer(dispatch, berlin("2027-01-04T10:00")) == berlin("2027-01-05T06:00")

    def test_hours_of_a_channel_replace_those_of_every_channel(self, dispatch):
        hours("open", "09:00", "20:00")
        hours("open", "06:00", "07:00", channel="memory")
        hours("open", "01:00", "02:00", channel="email")
        assert answer(dispatch, berlin("2027-01-04T10:00")) == berlin("2027-01-05T06:00")

    def test_quiet_hours_of_all_hold_for_a_campaign_with_hours_of_its_own(self, dispatch):
        hours("quiet", "21:00", "08:00")
        hours("open", "06:00", "23:00", campaign=dispatch.wave.campaign)
        assert answer(dispatch, berlin("2027-01-04T22:00")) == berlin("2027-01-05T08:00")

    def test_hours_of_another_campaign_are_none_of_ours(self, dispatch):
        hours("open", "09:00", "20:00", campaign=builders.campaign())
        assert answer(dispatch, berlin("2027-01-04T03:00")) is None

    def test_hours_mean_nothing_to_a_letter(self):
        letter = made("print_mailing")
        hours("open", "09:00", "20:00")
        assert answer(letter, berlin("2027-01-04T03:00")) is None


class TestZones:
    def test_the_clock_is_the_customers(self):
        hours("open", "09:00", "20:00")
        tokyo = made(time_zone="Asia/Tokyo")
        assert answer(tokyo, datetime(2027, 1, 4, 3, tzinfo=UTC)) is None
        assert answer(tokyo, datetime(2027, 1, 4, 11, tzinfo=UTC)) == datetime(2027, 1, 5, 0, tzinfo=UTC)

    def test_without_a_zone_the_country_says_it(self):
        hours("open", "09:00", "20:00")
        of = made(time_zone="")
        of.customer.household.__class__.objects.update(country="GB")
        assert answer(of, datetime(2027, 1, 4, 8, 30, tzinfo=UTC)) == datetime(2027, 1, 4, 9, tzinfo=UTC)

    def test_a_zone_that_nobody_knows_stops_nobody(self):
        hours("open", "09:00", "20:00")
        assert answer(made(time_zone="Mars/Olympus"), berlin("2027-01-04T03:00")) == berlin("2027-01-04T09:00")


class TestTheClockChanges:
    def test_in_spring_a_day_begins_an_hour_earlier(self, dispatch):
        hours("open", "09:00", "20:00")
        assert answer(dispatch, berlin("2027-03-27T21:00")) == datetime(2027, 3, 28, 7, tzinfo=UTC)

    def test_in_autumn_a_day_begins_an_hour_later(self, dispatch):
        hours("open", "09:00", "20:00")
        assert answer(dispatch, berlin("2027-10-30T21:00")) == datetime(2027, 10, 31, 8, tzinfo=UTC)

    @pytest.mark.parametrize("start", ["02:00", "02:10", "02:30", "02:59"])
    def test_hours_that_begin_in_the_skipped_hour_begin_after_it(self, dispatch, start):
        hours("open", start, "05:00")
        assert answer(dispatch, berlin("2027-03-28T01:00")) == datetime(2027, 3, 28, 1, tzinfo=UTC)

    def test_hours_that_lie_within_the_skipped_hour_are_left_out(self, dispatch):
        hours("open", "02:00", "02:45")
        assert answer(dispatch, berlin("2027-03-28T01:00")) == berlin("2027-03-29T02:00")

    def test_hours_that_begin_in_the_repeated_hour_begin_with_the_first(self, dispatch):
        hours("open", "02:30", "05:00")
        assert answer(dispatch, berlin("2027-10-31T01:00")) == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)

    def test_the_repeated_hour_is_open_twice(self, dispatch):
        hours("open", "02:00", "03:00")
        assert answer(dispatch, berlin("2027-10-31T02:30")) is None
        assert answer(dispatch, berlin("2027-10-31T02:30", fold=1)) is None
        assert answer(dispatch, berlin("2027-10-31T03:00")) == berlin("2027-11-01T02:00")


@dataclass(frozen=True)
class Rule:
    kind: str
    start: int  # minutes
    end: int
    days: frozenset[int]

    def holds(self, clock: datetime) -> bool:
        minute = clock.hour * 60 + clock.minute
        today = clock.isoweekday() in self.days
        if self.start < self.end:
            return today and self.start <= minute < self.end
        yesterday = (clock - timedelta(days=1)).isoweekday() in self.days
        return (today and minute >= self.start) or (yesterday and minute < self.end)


def is_open(rules: list[Rule], at: datetime, zone: ZoneInfo) -> bool:
    clock = at.astimezone(zone).replace(tzinfo=None)
    windows = [rule for rule in rules if rule.kind == "open"]
    opened = not windows or any(rule.holds(clock) for rule in windows)
    return opened and not any(rule.holds(clock) for rule in rules if rule.kind == "quiet")


def first_open(rules: list[Rule], at: datetime, zone: ZoneInfo) -> datetime | None:
    """The first quarter of an hour at which it is open, by trying them all."""
    moments = (at + timedelta(minutes=15 * step) for step in range(9 * 24 * 4))
    return next((moment for moment in moments if is_open(rules, moment, zone)), None)


QUARTERS = st.integers(0, 95).map(lambda quarter: quarter * 15)
RULES = st.builds(
    Rule,
    kind=st.sampled_from(["open", "quiet"]),
    start=QUARTERS,
    end=QUARTERS,
    days=st.frozensets(st.integers(1, 7), min_size=1),
)
MOMENTS = st.integers(0, 366 * 96).map(
    lambda quarter: datetime(2027, 1, 1, tzinfo=UTC) + timedelta(minutes=15 * quarter)
)
CHANGES = st.sampled_from([datetime(2027, 3, 27, 12, tzinfo=UTC), datetime(2027, 10, 30, 12, tzinfo=UTC)])
NEAR_CHANGES = st.builds(lambda day, quarter: day + timedelta(minutes=15 * quarter), CHANGES, st.integers(0, 120))
ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"])


@given(rules=st.lists(RULES, max_size=4), at=MOMENTS | NEAR_CHANGES, zone=ZONES)
@settings(max_examples=60)
def test_it_answers_as_trying_every_quarter_of_an_hour_does(dispatch, rules, at, zone):
    SendHours.objects.all().delete()
    for rule in rules:
        clock = [f"{minute // 60:02}:{minute % 60:02}" for minute in (rule.start, rule.end)]
        hours(rule.kind, *clock, sorted(rule.days))
    Customer.objects.filter(pk=dispatch.customer_id).update(time_zone=zone)
    told, expected = answer(dispatch, at), first_open(rules, at, ZoneInfo(zone))
    assert told == (NEVER if expected is None else None if expected == at else expected)


class TestTimeOuts:
    def out(self, of: Dispatch, first: str, last: str, **fields) -> TimeOut:
        return TimeOut.objects.create(
            customer=of.customer, from_on=date.fromisoformat(first), until_on=date.fromisoformat(last), **fields
        )

    def test_it_waits_until_the_day_after_the_last(self, dispatch):
        self.out(dispatch, "2027-03-20", "2027-03-28")
        assert answer(dispatch, berlin("2027-03-20T00:00")) == berlin("2027-03-29T00:00")
        assert answer(dispatch, berlin("2027-03-19T23:59")) is None
        assert answer(dispatch, berlin("2027-03-29T00:00")) is None

    def test_those_that_abut_or_overlap_are_one(self, dispatch):
        self.out(dispatch, "2027-03-01", "2027-03-05")
        self.out(dispatch, "2027-03-06", "2027-03-10")
        self.out(dispatch, "2027-03-08", "2027-03-12")
        self.out(dispatch, "2027-03-14", "2027-03-20")
        assert answer(dispatch, berlin("2027-03-02T12:00")) == berlin("2027-03-13T00:00")

    def test_then_the_hours_hold(self, dispatch):
        self.out(dispatch, "2027-03-20", "2027-03-28")
        hours("open", "09:00", "20:00")
        assert answer(dispatch, berlin("2027-03-21T12:00")) == berlin("2027-03-29T09:00")

    def test_a_letter_waits_only_for_a_time_out_from_everything(self):
        letter = made("print_mailing")
        self.out(letter, "2027-03-01", "2027-03-05")
        assert answer(letter, berlin("2027-03-02T12:00")) is None
        self.out(letter, "2027-03-01", "2027-03-03", is_everything=True)
        assert answer(letter, berlin("2027-03-02T12:00")) == berlin("2027-03-04T00:00")

    def test_somebody_elses_holds_nobody_up(self, dispatch):
        self.out(made(), "2027-03-20", "2027-03-28")
        assert answer(dispatch, berlin("2027-03-21T12:00")) is None

    def test_asking_twice_is_one_time_out(self, dispatch):
        today = timezone.localdate()
        for _ in range(2):
            time_outs.take(customer_id=dispatch.customer_id, from_on=today, until_on=today, source="test")
        assert TimeOut.objects.count() == 1

    @pytest.mark.parametrize(
        ("first", "days", "why"), [(0, -1, "before the first"), (-9, 3, "over"), (0, 400, "at most")]
    )
    def test_days_that_make_no_time_out_are_refused_with_the_reason(self, dispatch, first, days, why):
        from_on = timezone.localdate() + timedelta(days=first)
        until_on = from_on + timedelta(days=days)
        with pytest.raises(time_outs.TimeOutError, match=why):
            time_outs.take(customer_id=dispatch.customer_id, from_on=from_on, until_on=until_on, source="test")

    def test_ending_it_keeps_the_days_before_and_forgets_what_was_to_come(self, dispatch):
        today, day = timezone.localdate(), timedelta(days=1)
        took = {"customer_id": dispatch.customer_id, "source": "test"}
        time_outs.take(from_on=today - day, until_on=today + 5 * day, **took)
        time_outs.take(from_on=today + 9 * day, until_on=today + 10 * day, **took)
        assert time_outs.end(customer_id=dispatch.customer_id) == 2
        assert list(TimeOut.objects.values_list("until_on", flat=True)) == [today - day]


class TestClaims:
    """Hours that are never open, and a time-out that holds now, whatever the time at which the tests run."""

    def test_what_may_not_go_yet_is_moved_on_instead_of_claimed(self, dispatch):
        today = timezone.localdate()
        Dispatch.objects.update(deadline_at=timezone.now() + timedelta(days=30))
        TimeOut.objects.create(customer=dispatch.customer, from_on=today - timedelta(1), until_on=today + timedelta(7))
        held = ledger.claim("memory", 10)
        dispatch.refresh_from_db()
        assert (held.waves, held.stopped) == ({}, 1)
        assert (dispatch.state, dispatch.claim, dispatch.attempts) == (State.QUEUED, None, 0)
        midnight = datetime.combine(today + timedelta(8), time(), tzinfo=BERLIN)
        assert dispatch.due_at == midnight
        assert not ledger.claim("memory", 10)

    def test_what_cannot_go_before_its_deadline_expires_with_the_reason(self, dispatch):
        hours("open", "09:00", "10:00")
        hours("quiet", "09:00", "10:00")
        ledger.claim("memory", 10)
        dispatch.refresh_from_db()
        assert (dispatch.state, dispatch.reason) == (State.EXPIRED, "no hour before its deadline")

    def test_others_go_at_once(self, dispatch):
        other = made()
        TimeOut.objects.create(
            customer=other.customer,
            from_on=timezone.localdate() - timedelta(1),
            until_on=timezone.localdate() + timedelta(1),
        )
        assert list(ledger.claim("memory", 10).waves.values()) == [[dispatch.pk]]

    def test_an_objection_goes_before_every_hour(self, dispatch):
        hours("quiet", "00:00", "00:00")
        consent.object_to(customer_id=dispatch.customer_id, source="test")
        ledger.claim("memory", 10)
        dispatch.refresh_from_db()
        assert dispatch.state == State.SUPPRESSED
