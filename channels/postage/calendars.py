"""On which days a vendor works and a carrier delivers: days of the week, less the holidays of a country and state."""

from collections.abc import Collection
from datetime import date, timedelta
from functools import lru_cache

import holidays

NO_DAY_WITHIN = 400  # days after which somebody who never works is given up


class CalendarError(ValueError):
    """There is no such day; the message is for people."""


@lru_cache(maxsize=64)
def _holidays(country: str, state: str) -> holidays.HolidayBase | frozenset[date]:
    """Of a country that nobody knows the holidays of, none."""
    try:
        return holidays.country_holidays(country, subdiv=state or None)
    except NotImplementedError:
        return frozenset() if not state else _holidays(country, "")


def unknown(country: str, state: str) -> str:
    """Why the holidays of this state cannot be kept; empty where they can."""
    known = holidays.list_supported_countries()
    if country not in known:
        return f"the holidays of {country} are not known" if state else ""
    if state and state not in known[country]:
        return f"{country} has the states {', '.join(known[country]) or '(none)'}, got {state}"
    return ""


def is_open(day: date, weekdays: Collection[int], *, country: str, state: str = "") -> bool:
    """`weekdays` as ISO 8601 numbers them, 1 is Monday."""
    return day.isoweekday() in weekdays and day not in _holidays(country, state)


def open_on_or_after(day: date, weekdays: Collection[int], *, country: str, state: str = "") -> date:
    return _walk(day, 1, 0, weekdays, country, state)


def open_on_or_before(day: date, weekdays: Collection[int], *, country: str, state: str = "") -> date:
    return _walk(day, -1, 0, weekdays, country, state)


def after(day: date, days: int, weekdays: Collection[int], *, country: str, state: str = "") -> date:
    """So many open days later; 0: the day itself, or the next open one."""
    return _walk(day, 1, days, weekdays, country, state)


def before(day: date, days: int, weekdays: Collection[int], *, country: str, state: str = "") -> date:
    """So many open days earlier; 0: the day itself, or the last open one before it."""
    return _walk(day, -1, days, weekdays, country, state)


def _walk(day: date, step: int, days: int, weekdays: Collection[int], country: str, state: str) -> date:
    """Raises CalendarError where no day is ever open."""
    shut = 0
    while True:
        if is_open(day, weekdays, country=country, state=state):
            if days <= 0:
                return day
            days, shut = days - 1, 0
        else:
            shut += 1
        if shut > NO_DAY_WITHIN:
            raise CalendarError("there is no day of work in a year: say on which days of the week there is")
        day += timedelta(days=step)
