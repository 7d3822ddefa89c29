"""What the people of a block did and received in the last two years, as columns of events."""

from dataclasses import dataclass, replace

import numpy as np

from .holdings import Consents
from .people import People

DAYS = 730
DAY = 86_400
BASKET_SIGMA = 0.45
EMAILS = 5.0  # in two years, to whom may be mailed all that time
CONTACTED, PURCHASED, SHOWN = "contacted", "purchased", "shown"
OPENING_HOURS = {"store": (8, 18), "phone": (7, 17)}  # UTC; the web is open day and night


@dataclass(frozen=True)
class Events:
    """Columns of one kind of event: whose (index in the block), how many seconds ago, worth what.

    `trial` is the number of the trial wave that the events answer, 0 for none.
    """

    kind: str
    medium: str
    is_online: bool
    person: np.ndarray
    seconds_ago: np.ndarray
    value_cents: np.ndarray
    trial: int = 0

    def __len__(self) -> int:
        return len(self.person)

    def per_person(self, people: int) -> np.ndarray:
        return np.bincount(self.person, minlength=people)

    @property
    def is_activity(self) -> bool:
        return self.kind not in (CONTACTED, SHOWN)  # what the company did is none

    def only(self, chosen: np.ndarray) -> "Events":
        return replace(
            self,
            person=self.person[chosen],
            seconds_ago=self.seconds_ago[chosen],
            value_cents=self.value_cents[chosen],
        )


@dataclass(frozen=True)
class History:
    """All events of a block, and what follows from them for each person."""

    events: list[Events]
    spent_cents: np.ndarray
    days_since_last: np.ndarray  # what they did themselves; DAYS for whom nothing is known


def basket_mean(people: People) -> np.ndarray:
    """Euro; known to the truth, visible in past purchases."""
    return 72 * np.exp(0.25 * np.log(people.activity) + 0.10 * people.is_family - 0.10 * (people.age < 28))


def basket_cents(rng: np.random.Generator, mean: np.ndarray) -> np.ndarray:
    """Log-normal around a mean in euro."""
    return np.round(100 * mean * rng.lognormal(-(BASKET_SIGMA**2) / 2, BASKET_SIGMA, len(mean))).astype(np.int64)


def acts(people: People, rng: np.random.Generator, *, owns_product: np.ndarray) -> list[Events]:
    """What they did by themselves, and letters that they received."""
    act, online, count = people.activity, people.online, len(people)
    basket = basket_mean(people)

    def some(kind: str, medium: str, times: np.ndarray, *, is_online: bool, with_value: bool = False) -> Events:
        person = np.repeat(np.arange(count), times)
        value = basket_cents(rng, basket[person]) if with_value else np.zeros(len(person), dtype=np.int64)
        return Events(kind, medium, is_online, person, _moments(rng, people, person, medium), value)

    poisson, store = rng.poisson, 1 - online
    return [
        some(PURCHASED, "web", poisson(1.8 * act * online), is_online=True, with_value=True),
        some(PURCHASED, "store", poisson(1.8 * act * store), is_online=False, with_value=True),
        some("page_viewed", "web", poisson(1.3 * act * online), is_online=True),
        some("product_viewed", "web", poisson(1.1 * act * online), is_online=True),
        some("cart_left", "web", poisson(0.3 * act * online), is_online=True),
        some("store_visited", "store", poisson(0.7 * act * store), is_online=False),
        some("service_called", "phone", poisson(0.06, count), is_online=False),
        some("product_registered", "product", owns_product & (rng.random(count) < 0.8), is_online=True),
        some("product_signalled", "product", poisson(1.5 * owns_product), is_online=True),
        some(CONTACTED, "print_mailing", poisson(0.15, count), is_online=False),
    ]


def _moments(rng: np.random.Generator, people: People, person: np.ndarray, medium: str) -> np.ndarray:
    """Seconds ago, at least an hour; whoever is stale was active earlier."""
    ago = rng.random(len(person)) ** (1 / people.staleness[person])
    ago = 3600 + (ago * (DAYS * DAY - 7200)).astype(np.int64)
    if medium not in OPENING_HOURS:
        return ago
    opens, closes = OPENING_HOURS[medium]
    days, within = np.divmod(ago, DAY)
    return days * DAY + (24 - closes) * 3600 + within * (closes - opens) // 24


def emails(people: People, rng: np.random.Generator, allowed: Consents) -> list[Events]:
    """Past e-mails, sent while a ground for them was valid; some are opened within two days, some of those clicked."""
    person = np.repeat(np.arange(len(allowed)), rng.poisson(EMAILS, len(allowed)))
    sent = DAY * 3 + rng.integers(0, (DAYS - 4) * DAY, len(person))
    is_allowed = (sent < allowed.given_ago[person]) & (sent > allowed.withdrawn_ago[person])
    sent, person = sent[is_allowed], allowed.person[person[is_allowed]]
    opens = rng.random(len(person)) < open_rate(people.openness_z)[person]
    opened = sent - rng.integers(60, 2 * DAY, len(person))
    clicks = opens & (rng.random(len(person)) < 0.25)
    clicked = opened - rng.integers(5, 300, len(person))

    def email(kind: str, chosen: np.ndarray, ago: np.ndarray) -> Events:
        return Events(kind, "email", True, person[chosen], ago[chosen], np.zeros(chosen.sum(), dtype=np.int64))

    everything = np.ones(len(person), dtype=bool)
    return [email(CONTACTED, everything, sent), email("opened", opens, opened), email("clicked", clicks, clicked)]


def open_rate(openness_z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(0.9 - 1.4 * openness_z))


def first_ago(events: list[Events], people: int, *, kind: str = "") -> np.ndarray:
    """Seconds since each person's first event (of a kind); 0 for whom there is none."""
    first = np.zeros(people, dtype=np.int64)
    for some in events:
        if kind in ("", some.kind):
            np.maximum.at(first, some.person, some.seconds_ago)
    return first


def days_since_last(events: list[Events], people: int, *, ago: int = 0) -> np.ndarray:
    """What they did themselves, as it was so many seconds ago; DAYS for whom nothing was known."""
    last = np.full(people, DAYS * DAY)
    for some in events:
        if some.is_activity:
            earlier = some.only(some.seconds_ago > ago)
            np.minimum.at(last, earlier.person, earlier.seconds_ago - ago)
    return last / DAY


def summary(events: list[Events], people: int) -> History:
    spent = np.zeros(people)
    for some in events:
        if some.kind == PURCHASED:
            spent += np.bincount(some.person, some.value_cents, minlength=people)
    return History(events, spent, days_since_last(events, people))
