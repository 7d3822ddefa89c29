"""When something that is handed over for print arrives, and until when it must be handed over to arrive in time.

What comes after the cut-off counts as of the next day. Production is counted in the vendor's working days, delivery in
days on which the carrier delivers in the country; holidays are neither. So nothing arrives on a day without delivery, and
what is handed over later never arrives earlier.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from ..models import PostalProduct, Weekday
from . import calendars, products

NOWHERE = "--"  # a country without holidays
EVERY_DAY = tuple(day.value for day in Weekday)


@dataclass(frozen=True)
class Lead:
    """Of something that is handed over at a moment, at the earliest and at the latest."""

    production_days: tuple[int, int]
    delivery_days: tuple[int, int]
    posted_on: date  # at the latest
    earliest_on: date
    arrives_on: date  # at the latest


@dataclass(frozen=True)
class LeadTimes:
    """Days are least and most."""

    production: tuple[int, int]
    delivery: tuple[int, int]
    working_days: Sequence[int] = EVERY_DAY  # of the week, 1 is Monday
    delivery_days: Sequence[int] = EVERY_DAY
    cut_off: time | None = None
    country: str = NOWHERE
    state: str = ""
    abroad_more: int = 0

    def lead(self, handed_over: date | datetime, country: str = "") -> Lead:
        """A date is before the cut-off. `country` where it goes, empty: the product's own."""
        country = country or self.country
        taken_up = self._taken_up(handed_over)
        more = 0 if country == self.country else self.abroad_more
        posted = [self._posted(taken_up, days) for days in self.production]
        arrives = [self._delivered(day, days + more, country) for day, days in zip(posted, self.delivery, strict=True)]
        delivery = (self.delivery[0] + more, self.delivery[1] + more)
        return Lead(self.production, delivery, posted[1], arrives[0], arrives[1])

    def hand_over_by(self, arrives_on: date, country: str = "") -> date:
        """The last day, before its cut-off, from which everything is there by `arrives_on`."""
        day = arrives_on
        while self.lead(day, country).arrives_on > arrives_on:
            day -= timedelta(days=1)
        return day

    def start_by(self, arrives_on: date) -> datetime:
        """The last moment of hand_over_by's day at which what comes is still taken up on it."""
        latest = datetime.combine(self.hand_over_by(arrives_on), self.cut_off or time.max)
        return timezone.make_aware(latest)

    def _taken_up(self, handed_over: date | datetime) -> date:
        if not isinstance(handed_over, datetime):
            return handed_over
        moment = timezone.localtime(handed_over) if timezone.is_aware(handed_over) else handed_over
        is_late = self.cut_off is not None and moment.time() > self.cut_off
        return moment.date() + timedelta(days=is_late)

    def _posted(self, day: date, days: int) -> date:
        return calendars.after(day, days, self.working_days, country=self.country, state=self.state)

    def _delivered(self, day: date, days: int, country: str) -> date:
        state = self.state if country == self.country else ""
        return calendars.after(day, days, self.delivery_days, country=country, state=state)


def of_product(product: PostalProduct) -> LeadTimes:
    return LeadTimes(
        production=(product.production_days_least, product.production_days_most),
        delivery=(product.delivery_days_least, product.delivery_days_most),
        working_days=tuple(product.working_days),
        delivery_days=tuple(product.delivery_days),
        cut_off=product.cut_off_at,
        country=product.country,
        state=product.state,
        abroad_more=product.abroad_days_more,
    )


def usual() -> LeadTimes:
    """Of options that name no product."""
    return LeadTimes((settings.PRINT_DAYS, settings.PRINT_DAYS), (settings.POST_DAYS, settings.POST_DAYS))


def of_option(option_settings: Mapping[str, Any]) -> LeadTimes:
    """Of what an option by post says. Raises ValueError for a product that is not there."""
    product = products.of_option(option_settings)
    return usual() if product is None else of_product(product)


def lead_days(product: PostalProduct, handed_over: date | datetime, country: str = "") -> tuple[int, int, date]:
    """Production days, delivery days, and the day of arrival, all at the latest."""
    lead = of_product(product).lead(handed_over, country)
    return lead.production_days[1], lead.delivery_days[1], lead.arrives_on


def post_by(product: PostalProduct, arrives_on: date, country: str = "") -> date:
    """The last day on which it must be handed over, before the cut-off, to be there by `arrives_on`."""
    return of_product(product).hand_over_by(arrives_on, country)
