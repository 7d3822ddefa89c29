"""What the people of a block did and received in the last two years, as columns of events."""

from dataclasses import dataclass

import numpy as np

from .people import People

DAYS = 730
DAY = 86_400
BASKET_SIGMA = 0.45
CONTACTED, OPENED = "contacted", "opened"


@dataclass(frozen=True)
class Events:
    """Columns of one kind of event: whose (index in the block), how many seconds ago, worth what."""

    kind: str
    medium: str
    is_online: bool
    person: np.ndarray
    seconds_ago: np.ndarray
    value_cents: np.ndarray

    def __len__(self) -> int:
        return len(self.person)

    def per_person(self, people: int) -> np.ndarray:
        return np.bincount(self.person, minlength=people)

    @property
    def is_activity(self) -> bool:
        return self.kind != CONTACTED


@dataclass(frozen=True)
class History:
    """All events of a block, and what follows from them for each person."""

    events: list[Events]
    bought: np.ndarray  # purchases
    spent_cents: np.ndarray
    days_since_last: np.ndarray  # DAYS for whom nothing is known
    first_days_ago: np.ndarray


def basket_mean(people: People) -> np.ndarray:
    """Euro; known to the truth, visible in past purchases."""
    return 72 * np.exp(0.25 * np.log(people.activity) + 0.10 * people.is_family - 0.10 * (people.age < 28))


def basket_cents(rng: np.random.Generator, mean: np.ndarray) -> np.ndarray:
    """Log-normal around a mean in euro."""
    return np.round(100 * mean * rng.lognormal(-(BASKET_SIGMA**2) / 2, BASKET_SIGMA, len(mean))).astype(np.int64)


def draw(people: People, rng: np.random.Generator, *, has_email: np.ndarray, has_product: np.ndarray) -> History:
    """`has_email`: whom past e-mails could go to; `has_product`: who owns a connected product."""
    act, online, count = people.activity, people.online, len(people)
    basket = basket_mean(people)

    def some(kind: str, medium: str, rate: np.ndarray, *, is_online: bool, with_value: bool = False) -> Events:
        person = np.repeat(np.arange(count), rng.poisson(rate))
        value = basket_cents(rng, basket[person]) if with_value else np.zeros(len(person), dtype=np.int64)
        return Events(kind, medium, is_online, person, _moments(rng, people, person), value)

    events = [
        some("purchased", "web", 0.9 * act * online, is_online=True, with_value=True),
        some("purchased", "store", 0.9 * act * (1 - online), is_online=False, with_value=True),
        some("page_viewed", "web", 1.3 * act * online, is_online=True),
        some("product_viewed", "web", 1.1 * act * online, is_online=True),
        some("cart_left", "web", 0.3 * act * online, is_online=True),
        some("store_visited", "store", 0.7 * act * (1 - online), is_online=False),
        some("service_called", "phone", np.full(count, 0.06), is_online=False),
        some("product_registered", "product", 1.0 * has_product * (rng.random(count) < 0.8), is_online=True),
        some(CONTACTED, "print_mailing", np.full(count, 0.15), is_online=False),
        *_emails(people, rng, has_email),
    ]
    return _summary(events, count)


def _moments(rng: np.random.Generator, people: People, person: np.ndarray) -> np.ndarray:
    """Seconds ago, at least an hour; whoever is stale was active earlier."""
    ago = rng.random(len(person)) ** (1 / people.staleness[person])
    return 3600 + (ago * (DAYS * DAY - 7200)).astype(np.int64)


def _emails(people: People, rng: np.random.Generator, has_email: np.ndarray) -> list[Events]:
    """Past e-mails; some are opened within two days, and some of those clicked."""
    person = np.repeat(np.arange(len(people)), rng.poisson(2.0 * has_email))
    sent = DAY * 3 + rng.integers(0, (DAYS - 4) * DAY, len(person))
    opens = rng.random(len(person)) < open_rate(people.openness_z)[person]
    opened = sent - rng.integers(60, 2 * DAY, len(person))
    clicks = opens & (rng.random(len(person)) < 0.25)
    clicked = opened - rng.integers(5, 300, len(person))

    def email(kind: str, chosen: np.ndarray, ago: np.ndarray) -> Events:
        return Events(kind, "email", True, person[chosen], ago[chosen], np.zeros(chosen.sum(), dtype=np.int64))

    everything = np.ones(len(person), dtype=bool)
    return [email(CONTACTED, everything, sent), email(OPENED, opens, opened), email("clicked", clicks, clicked)]


def open_rate(openness_z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(0.9 - 1.4 * openness_z))


def _summary(events: list[Events], count: int) -> History:
    bought, spent = np.zeros(count, dtype=int), np.zeros(count)
    last, first = np.full(count, DAYS * DAY), np.zeros(count, dtype=np.int64)
    for some in events:
        np.maximum.at(first, some.person, some.seconds_ago)
        if some.is_activity:
            np.minimum.at(last, some.person, some.seconds_ago)
        if some.kind == "purchased":
            bought += some.per_person(count)
            spent += np.bincount(some.person, some.value_cents, minlength=count)
    return History(events, bought, spent, last / DAY, first // DAY)
