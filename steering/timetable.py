"""When a wave's options are handed over and arrive: print goes ahead by its lead time, so that all media arrive together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from django.utils import timezone
from django.utils.formats import date_format

from campaigns.models import Option, Wave
from channels import postage, registry

MORNING = time(9)  # of the day of arrival, where the wave has no time of its own


@dataclass(frozen=True)
class Stop:
    """One option of a wave. `hand_over_by` is the last day; what does not come by post arrives as it leaves."""

    option: Option
    label: str
    due_at: datetime
    posted_on: date | None  # at the latest
    earliest_on: date
    arrives_on: date  # at the latest
    hand_over_by: date | None = None  # for the wave's day of arrival
    wanted_on: date | None = None

    @property
    def is_late(self) -> bool:
        return self.wanted_on is not None and self.arrives_on > self.wanted_on


@dataclass(frozen=True)
class Timetable:
    starts_at: datetime  # when the first option is due
    arrives_at: datetime | None  # where the wave says a day
    stops: Sequence[Stop]

    @property
    def ahead(self) -> dict[int, datetime]:
        """By option, when it is due before the day of arrival."""
        return {
            stop.option.pk: stop.due_at
            for stop in self.stops
            if self.arrives_at is not None and stop.due_at < self.arrives_at
        }

    def late(self) -> Iterator[Stop]:
        return (stop for stop in self.stops if stop.is_late)


class TimetableError(ValueError):
    """A day of arrival that cannot be kept; the message is for people."""


def of_wave(wave: Wave, *, now: datetime | None = None) -> Timetable:
    """As the wave would go, or goes, if it starts now, at its time, or as it did. Raises TimetableError."""
    begins = _begins_at(wave, now or timezone.now())
    arrives_at = _arrives_at(wave)
    options = wave.campaign.options.select_related("content").order_by("id")
    stops = [_stop(option, wave, begins, arrives_at) for option in options]
    return Timetable(min((stop.due_at for stop in stops), default=begins), arrives_at, stops)


def refuse_late(wave: Wave, *, only: set[int] | None = None) -> None:
    """Raises TimetableError where print cannot be there in time; `only` options that the plan uses."""
    table = of_wave(wave)
    if wave.arrives_on and wave.arrives_on < timezone.localdate():
        raise TimetableError(f"its day of arrival, {date_format(wave.arrives_on)}, is over")
    for stop in table.late():
        if only is None or stop.option.pk in only:
            raise TimetableError(
                f"{stop.label} would arrive on {date_format(stop.arrives_on)} only, and the wave shall arrive on "
                f"{date_format(wave.arrives_on)}: it had to be handed over on {date_format(stop.hand_over_by)}. Let the wave arrive later"
            )


def starts_by_itself_at(wave: Wave) -> datetime | None:
    """When an approved wave starts; None: by hand. Raises TimetableError."""
    if wave.scheduled_at is not None or wave.arrives_on is None:
        return wave.scheduled_at
    ahead = [_due_by(stop.hand_over_by) for stop in of_wave(wave).stops if stop.hand_over_by]
    return min([_arrives_at(wave), *ahead])


def is_due(wave: Wave, now: datetime) -> bool:
    """Whether an approved wave that starts by itself starts now; one whose lead times cannot be told waits for people."""
    try:
        at = starts_by_itself_at(wave)
    except TimetableError:
        return False
    return at is not None and at <= now


def _begins_at(wave: Wave, now: datetime) -> datetime:
    if wave.started_at is not None:
        return wave.started_at
    return max(now, wave.scheduled_at or now)


def _arrives_at(wave: Wave) -> datetime | None:
    """Not before it starts."""
    if wave.arrives_on is None:
        return None
    moment = timezone.localtime(wave.scheduled_at).time() if wave.scheduled_at else MORNING
    return _at(wave.arrives_on, moment)


def _stop(option: Option, wave: Wave, begins: datetime, arrives_at: datetime | None) -> Stop:
    channel = registry.get(option.channel)
    label = f"{channel.label}: {option.content}" if option.content else channel.label
    if not channel.reach.needs_household:
        due = begins if arrives_at is None else max(begins, arrives_at)
        day = timezone.localdate(due)
        return Stop(option, label, due, None, day, day, wanted_on=wave.arrives_on)
    return _by_post(option, label, wave, begins)


def _by_post(option: Option, label: str, wave: Wave, begins: datetime) -> Stop:
    try:
        times = postage.lead_times_of(option.settings)
    except ValueError as error:
        raise TimetableError(f"{label}: {error}") from error
    by = None if wave.arrives_on is None else times.hand_over_by(wave.arrives_on)
    due = begins if by is None else max(begins, _due_by(by))
    lead = times.lead(due)
    return Stop(option, label, due, lead.posted_on, lead.earliest_on, lead.arrives_on, by, wave.arrives_on)


def _due_by(day: date) -> datetime:
    """From its first minute on, so that it is complete before the cut-off."""
    return _at(day, time.min)


def _at(day: date, moment: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, moment))
