"""The rows of one block as lines for COPY, a table at a time. No value holds a tab, a line break or a backslash."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache
from hashlib import sha256
from itertools import accumulate, repeat

import numpy as np

from campaigns import identity

from . import statistics
from .block import SEGMENTS, Block
from .history import Events
from .holdings import EMAIL_DOMAINS, NOT_WITHDRAWN, PHONE_RANGES, Consents
from .places import PLACES
from .shape import Shape, street

SOURCE = "population"
TEXT_VERSION = "2024-1"
INTERESTS = ("Garten", "Wein", "Bücher", "Sport", "Mode", "Technik", "Küche", "Reisen")
COMPLAINTS = ("Lieferung kam zu spät", "Ware war beschädigt", "Falscher Artikel", "Rechnung stimmt nicht")
QUESTIONS = ("Frage zur Rücksendung", "Frage zur Kundenkarte", "Frage zum Liefertermin")
NULL = "\\N"
# How it is proved that the person agreed.
PROOFS = {
    "email": '{"requested_at": "%(asked_at)sZ", "confirmed_at": "%(given_at)sZ"}',
    "social": '{"form": "customer account", "shown_at": "%(asked_at)sZ", "agreed_at": "%(given_at)sZ"}',
    "banner": '{"form": "cookie notice", "shown_at": "%(asked_at)sZ", "agreed_at": "%(given_at)sZ"}',
}
# The four conditions of UWG 7(3) are met.
SALE = '{"address_from_sale": true, "similar_goods": true, "did_not_object": true, "told_of_right_to_object": true}'


@dataclass(frozen=True)
class Start:
    """The ids before those of this population, and the day before which its history lies."""

    as_of_on: date
    customer: int
    household: int
    area: int

    @cached_property
    def midnight(self) -> np.datetime64:
        return np.datetime64(self.as_of_on, "s")

    def day(self, days_ago: int) -> str:
        return (self.as_of_on - timedelta(days=int(days_ago))).isoformat()

    def times(self, seconds_ago: np.ndarray) -> list[str]:
        """In UTC; whole seconds."""
        return np.datetime_as_string(self.midnight - seconds_ago.astype("timedelta64[s]"), unit="s").tolist()


@dataclass(frozen=True)
class Source:
    """Everything that the rows of one block are made from."""

    shape: Shape
    block: Block
    start: Start

    @cached_property
    def streets(self) -> list[str]:
        households = self.shape.households(self.block.number)
        return [street(self.shape.areas, area=int(self.shape.area[h]), household=h) for h in households]

    @cached_property
    def address_keys(self) -> list[str]:
        areas = self.shape.areas
        places = (PLACES[areas.place[self.shape.area[h]]] for h in self.shape.households(self.block.number))
        return [
            identity.address_key(street=written, postcode=place.postcode, city=place.city)
            for written, place in zip(self.streets, places, strict=True)
        ]

    @property
    def first_customer_id(self) -> int:
        return self.start.customer + 1 + self.block.people.first


def customer_number(number: int) -> str:
    return f"P{number + 1:08d}"


def areas(shape: Shape, start: Start) -> Iterator[str]:
    drawn, map_ = shape.areas, shape.districts
    known = statistics.of(shape)
    for index in range(len(drawn)):
        place = PLACES[drawn.place[index]]
        longitude, latitude = map_.middles[index]
        outline = json.dumps({"type": "Polygon", "coordinates": [map_.ring(index)]})
        yield (
            f"{start.area + 1 + index}\t{drawn.code(index)}\t{drawn.carrier(index)}\t{place.postcode}\t{place.city}\t"
            f"{place.state}\t{drawn.households[index]}\t{drawn.refusing[index]}\t{latitude}\t{longitude}\t"
            f"{outline}\t{json.dumps(known[index])}\n"
        )


def households(of: Source) -> Iterator[str]:
    numbers = of.shape.households(of.block.number)
    houses = np.round(of.shape.houses(of.block.number), 6).tolist()
    for number, written, key, (longitude, latitude) in zip(numbers, of.streets, of.address_keys, houses, strict=True):
        area = int(of.shape.area[number])
        place = PLACES[of.shape.areas.place[area]]
        yield (
            f"{of.start.household + 1 + number}\t{key}\t{written}\t{place.postcode}\t{place.city}\tDE\t"
            f"{of.start.area + 1 + area}\t{latitude}\t{longitude}\n"
        )


def customers(of: Source) -> Iterator[str]:
    people, rng = of.block.people, of.shape.random(5, of.block.number)
    attributes = _attributes(of, rng)
    salutation = np.where(people.is_unknown, "", np.where(people.is_woman, "frau", "herr")).tolist()
    born = [
        NULL if unknown else of.start.day(ago)
        for unknown, ago in zip(people.is_unknown, people.born_days_ago, strict=True)
    ]
    since = [of.start.day(ago) for ago in of.block.since_days_ago]
    columns = zip(
        people.numbers, salutation, people.title, people.first_name, people.last_name, born,
        people.household.tolist(), people.place.tolist(), attributes, since, strict=True,
    )  # fmt: skip
    for number, greeting, title, first, last, born_on, household, place, known, since_on in columns:
        yield (
            f"{of.start.customer + 1 + number}\t{customer_number(number)}\t{greeting}\t{title}\t{first}\t{last}\t{born_on}\t"
            f"de\tEurope/Berlin\t{of.start.household + 1 + household}\t{PLACES[place].state}\t{known}\t{since_on}\t"
            f"inspiration\tt\t{SOURCE}\n"
        )


def _attributes(of: Source, rng: np.random.Generator) -> Iterator[str]:
    """What else is known, as JSON: the segment of those who have one, interests, and when a contract ends."""
    count = len(of.block.people)
    favourite, topic = rng.integers(0, len(INTERESTS), (2, count)).tolist()
    has_favourite, has_topic, has_contract = (rng.random((3, count)).T < (0.7, 0.5, 0.2)).T.tolist()
    ends_in = rng.integers(-60, 720, count).tolist()
    for i, segment in enumerate(of.block.segment.tolist()):
        known = {
            **({"segment": SEGMENTS[segment]} if segment else {}),
            **({"favourite_category": INTERESTS[favourite[i]]} if has_favourite[i] else {}),
            **({"newsletter_topic": INTERESTS[topic[i]]} if has_topic[i] else {}),
            **({"contract_ends_on": of.start.day(-ends_in[i])} if has_contract[i] else {}),
        }
        yield json.dumps(known, ensure_ascii=False)


def identifiers(of: Source) -> Iterator[str]:
    reach, first = of.block.reach, of.first_customer_id
    kinds: dict[str, tuple[np.ndarray, Callable[[Source, int], str]]] = {
        "email": (reach.email, email),
        "phone": (reach.phone, phone),
        "postal_address": (np.ones(len(of.block.people), dtype=bool), postal_address),
        "loyalty_card": (reach.loyalty_card, lambda of, i: f"KK{_number(of, i):010d}"),
        "cookie": (reach.cookie, cookie),
        "social_handle": (reach.social_handle, lambda of, i: f"meta:{_name(of, i)}{_number(of, i)}"),
        "product": (reach.product, lambda of, i: f"WM-{_number(of, i):09d}"),
    }
    for kind, (has, value_of) in kinds.items():
        for i in np.flatnonzero(has).tolist():
            value = value_of(of, i)
            yield f"{first + i}\t{kind}\t{value}\t\\\\x{identity.digest(kind, value).hex()}\t{SOURCE}\n"


def email(of: Source, i: int) -> str:
    number = _number(of, i)
    return f"{_name(of, i)}{number}@{EMAIL_DOMAINS[number % len(EMAIL_DOMAINS)]}"


def phone(of: Source, i: int) -> str:
    """Fifteen digits, the most that E.164 knows."""
    number, range_ = divmod(_number(of, i), len(PHONE_RANGES))
    return f"{PHONE_RANGES[range_]}{number:06d}"


def postal_address(of: Source, i: int) -> str:
    people = of.block.people
    key = of.address_keys[int(people.household[i]) - of.shape.households(of.block.number).start]
    return identity.postal_identifier(_name_key(people.first_name[i], people.last_name[i]), key)


def cookie(of: Source, i: int) -> str:
    """As the platform makes them; nobody's browser has it."""
    return sha256(f"{of.shape.seed}:{_number(of, i)}".encode()).hexdigest()[:32]


def _number(of: Source, i: int) -> int:
    return of.block.people.first + i + 1


def _name(of: Source, i: int) -> str:
    people = of.block.people
    return _dotted(people.first_name[i], people.last_name[i])


@lru_cache(100_000)
def _name_key(first_name: str, last_name: str) -> str:
    return identity.name_key(first_name, last_name)


@lru_cache(100_000)
def _dotted(first_name: str, last_name: str) -> str:
    return identity.name_key(first_name, last_name).replace("ı", "i").replace(" ", ".")  # noqa: RUF001


def consents(of: Source) -> Iterator[str]:
    for some in of.block.consents:
        yield from _consents(of, some)


def _consents(of: Source, some: Consents) -> Iterator[str]:
    is_withdrawn = (some.withdrawn_ago != NOT_WITHDRAWN).tolist()
    asked, given, withdrawn = map(of.start.times, (some.asked_ago, some.given_ago, some.withdrawn_ago))
    columns = zip(some.person, some.is_existing_customer, asked, given, is_withdrawn, withdrawn, strict=True)
    for person, is_existing, asked_at, given_at, is_over, over_at in columns:
        ground, version = ("existing_customer", "") if is_existing else ("consent", TEXT_VERSION)
        proof = SALE if is_existing else PROOFS[some.channel] % {"asked_at": asked_at, "given_at": given_at}
        ended = f"{over_at}Z\t{SOURCE}" if is_over else f"{NULL}\t"
        yield (
            f"{of.first_customer_id + person}\t{some.channel}\tadvertising\t{ground}\t{version}\t{proof}\t{SOURCE}\t"
            f"{given_at}Z\t{ended}\n"
        )


def objections(of: Source) -> Iterator[str]:
    refused = of.block.refusals
    for person, channel, ago in zip(refused.objects, refused.objects_to, refused.objected_days_ago, strict=True):
        yield f"{of.first_customer_id + person}\t{channel}\t{of.start.day(ago)}T09:00:00Z\t{SOURCE}\t\n"


def suppressions(of: Source) -> Iterator[str]:
    refused = of.block.refusals
    reasons = (
        ("email", "bounce", refused.bounced, email),
        ("postal_address", "opt_out_list", refused.on_opt_out_list, postal_address),
        ("postal_address", "returned_letter", refused.returned, postal_address),
    )
    for kind, reason, people, value_of in reasons:
        for i in people.tolist():
            yield f"{kind}\t\\\\x{identity.digest(kind, value_of(of, i)).hex()}\t{reason}\t{SOURCE}\n"


def service_cases(of: Source) -> Iterator[str]:
    refused = of.block.refusals
    columns = zip(refused.case, refused.case_is_complaint, refused.case_days_ago, refused.case_is_open, strict=True)
    for person, is_complaint, days_ago, is_open in columns:
        subjects = COMPLAINTS if is_complaint else QUESTIONS
        closed = NULL if is_open else f"{of.start.day(int(days_ago) - 1)}T08:00:00Z"
        yield (
            f"{of.first_customer_id + person}\t{'complaint' if is_complaint else 'question'}\tphone\t"
            f"{subjects[int(person) % len(subjects)]}\t\t{of.start.day(days_ago)}T10:00:00Z\t{closed}\n"
        )


def events(of: Source) -> Iterator[str]:
    """All but the answers to trial waves."""
    line = f"%d\t%s\t%s\t%s\t%sZ\t%d\t{SOURCE}\t%s\t{{}}\n"
    for some, first_key in _numbered(of):
        if not some.trial:
            yield from map(line.__mod__, _columns(of, some, first_key))


def answers(of: Source, wave_ids: list[int]) -> Iterator[str]:
    """To trial waves, by the number of the wave."""
    for some, first_key in _numbered(of):
        if some.trial:
            line = f"%d\t{wave_ids[some.trial - 1]}\t%s\t%s\t%s\t%sZ\t%d\t%s\n"
            yield from map(line.__mod__, _columns(of, some, first_key))


def _numbered(of: Source) -> Iterator[tuple[Events, int]]:
    """With the number of the first event of each kind, so that every event of the block has its own."""
    sizes = [len(some) for some in of.block.history.events]
    return zip(of.block.history.events, accumulate(sizes, initial=0), strict=False)


def _columns(of: Source, some: Events, first_key: int) -> Iterator[tuple]:
    customer = (some.person + of.first_customer_id).tolist()
    keys = (f"{of.block.number}-{number}" for number in range(first_key, first_key + len(some)))
    alike = repeat(some.kind), repeat(some.medium), repeat("t" if some.is_online else "f")
    return zip(customer, *alike, of.start.times(some.seconds_ago), some.value_cents.tolist(), keys)  # noqa: B905
