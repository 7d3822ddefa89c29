"""When print arrives, and until when it must be handed over."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels import postage
from channels.models import PostalProduct
from channels.postage import calendars
from channels.postage.lead_times import LeadTimes

BERLIN = ZoneInfo("Europe/Berlin")
GERMAN = LeadTimes((2, 3), (1, 2), (1, 2, 3, 4, 5), (1, 2, 3, 4, 5, 6), time(12), "DE", "BY", abroad_more=3)


def test_production_is_counted_in_working_days_and_delivery_in_days_of_delivery():
    lead = GERMAN.lead(date(2027, 6, 9))  # a Wednesday
    assert lead.posted_on == date(2027, 6, 14)  # Monday
    assert (lead.earliest_on, lead.arrives_on) == (date(2027, 6, 12), date(2027, 6, 16))


def test_what_comes_after_the_cut_off_counts_as_of_the_next_day():
    before = GERMAN.lead(datetime(2027, 6, 7, 12, 0, tzinfo=BERLIN))
    after = GERMAN.lead(datetime(2027, 6, 7, 12, 1, tzinfo=BERLIN))
    assert (before.posted_on, after.posted_on) == (date(2027, 6, 10), date(2027, 6, 11))


def test_a_holiday_of_the_vendors_state_is_no_working_day():
    bavaria, saxony = GERMAN, LeadTimes((1, 1), (1, 1), (1, 2, 3, 4, 5), (1, 2, 3, 4, 5, 6), None, "DE", "SN")
    corpus_christi = date(2027, 5, 27)  # a Thursday, a holiday in Bavaria and none in Saxony
    assert bavaria.lead(corpus_christi - timedelta(days=1)).posted_on == date(2027, 6, 1)
    assert saxony.lead(corpus_christi - timedelta(days=1)).posted_on == corpus_christi


def test_nothing_arrives_on_a_holiday_of_the_country_that_it_goes_to():
    swiss_day = date(2028, 8, 1)  # a Tuesday
    lead = LeadTimes((0, 0), (1, 1), (1, 2, 3, 4, 5), (1, 2, 3, 4, 5, 6), None, "DE").lead(date(2028, 7, 31), "CH")
    assert lead.arrives_on == swiss_day + timedelta(days=1)


def test_it_takes_longer_to_other_countries():
    assert GERMAN.lead(date(2027, 6, 9), "AT").arrives_on == date(2027, 6, 19)


def test_a_country_whose_holidays_nobody_knows_has_none():
    assert calendars.is_open(date(2027, 12, 25), [6], country="XX")


@pytest.mark.parametrize(
    ("country", "state", "reason"),
    [("DE", "XX", "DE has the states"), ("XX", "A", "holidays of XX are not known"), ("DE", "BY", ""), ("XX", "", "")],
)
def test_a_state_that_is_not_there_is_named(country, state, reason):
    assert reason in calendars.unknown(country, state)
    assert bool(calendars.unknown(country, state)) == bool(reason)


def test_somebody_who_never_works_is_given_up():
    with pytest.raises(calendars.CalendarError):
        calendars.after(date(2027, 1, 1), 1, [], country="DE")


DAYS = st.dates(date(2024, 1, 1), date(2032, 12, 31))
WEEK = st.sets(st.integers(1, 7), min_size=1)


@st.composite
def lead_times(draw):
    production, delivery = draw(st.integers(0, 10)), draw(st.integers(1, 6))
    return LeadTimes(
        production=(production, production + draw(st.integers(0, 5))),
        delivery=(delivery, delivery + draw(st.integers(0, 5))),
        working_days=sorted(draw(WEEK)),
        delivery_days=sorted(draw(WEEK)),
        cut_off=time(12),
        country=draw(st.sampled_from(["DE", "AT", "FR", "US", "--"])),
        abroad_more=draw(st.integers(0, 5)),
    )


@given(times=lead_times(), day=DAYS, country=st.sampled_from(["", "DE", "CH", "XX"]))
def test_nothing_ever_arrives_on_a_day_without_delivery(times, day, country):
    lead = times.lead(day, country)
    to = country or times.country
    assert calendars.is_open(lead.arrives_on, times.delivery_days, country=to)
    assert calendars.is_open(lead.posted_on, times.working_days, country=times.country)
    assert day <= lead.earliest_on <= lead.arrives_on
    assert (lead.arrives_on - day).days >= times.production[1] + times.delivery[1]


@given(times=lead_times(), day=DAYS, later=st.integers(0, 20))
def test_what_is_handed_over_later_never_arrives_earlier(times, day, later):
    first, second = times.lead(day), times.lead(day + timedelta(days=later))
    assert first.arrives_on <= second.arrives_on
    assert first.earliest_on <= second.earliest_on


@given(times=lead_times(), wanted=DAYS)
def test_the_last_day_of_hand_over_is_just_in_time(times, wanted):
    day = times.hand_over_by(wanted)
    assert times.lead(day).arrives_on <= wanted
    assert times.lead(day + timedelta(days=1)).arrives_on > wanted


def test_a_product_says_its_days_and_the_day_of_arrival():
    product = PostalProduct(production_days_most=3, delivery_days_most=2, state="BY")
    assert postage.lead_days(product, date(2027, 6, 9)) == (3, 2, date(2027, 6, 16))
    assert postage.post_by(product, date(2027, 6, 16)) == date(2027, 6, 9)
