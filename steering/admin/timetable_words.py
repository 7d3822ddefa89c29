"""When a wave's options are handed over and arrive, as a table."""

from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format

from campaigns.models import Wave, WaveState
from steering import timetable
from steering.timetable import Stop

from . import plan_words

OVER = (WaveState.COMPLETED, WaveState.CANCELLED)


def of(wave: Wave) -> dict[str, Any] | None:
    """None where nothing goes by post and no day is wanted, and once it is over."""
    if wave.state in OVER:
        return None
    try:
        times = timetable.of_wave(wave)
    except timetable.TimetableError as error:
        return _table([], f"It cannot be told: {error}.")
    if wave.arrives_on is None and not any(stop.posted_on for stop in times.stops):
        return None
    return _table([_row(stop) for stop in times.stops], _note(wave, times))


def _table(rows: list[list[str]], note: str) -> dict[str, Any]:
    return plan_words.table(
        "Timetable", ["Option", "Handed over", "Posted by", "With the customer"], rows, note=note, words=True
    )


def _row(stop: Stop) -> list[str]:
    return [
        stop.label,
        date_format(timezone.localtime(stop.due_at), "D j M Y, H:i"),
        _day(stop.posted_on) if stop.posted_on else "",
        _arrival(stop),
    ]


def _arrival(stop: Stop) -> str:
    days = _day(stop.arrives_on)
    if stop.earliest_on != stop.arrives_on:
        days = f"{_day(stop.earliest_on)} to {days}"
    return f"{days}: too late by {(stop.arrives_on - stop.wanted_on).days} days" if stop.is_late else days


def _note(wave: Wave, times: timetable.Timetable) -> str:
    if wave.arrives_on is None:
        return "Everything is handed over when the wave starts. With a day of arrival, print would go ahead so that all arrive together."
    at = timetable.starts_by_itself_at(wave)
    starts = (
        f" It starts by itself on {_day(timezone.localdate(at))}." if at and wave.state == WaveState.APPROVED else ""
    )
    return f"All of it shall be with the customer on {_day(wave.arrives_on)}; goal events count from then on.{starts}"


def _day(day: date) -> str:
    return date_format(day, "D j M Y")
