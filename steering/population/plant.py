"""Second records of some people on their way into the database, and the truth about them to a file."""

import csv
import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np

from campaigns import identity

from . import planting, rows
from .places import PLACES
from .planting import Person
from .rows import NULL, SOURCE, Source
from .shape import Shape
from .write import copy_lines

LOOK_ALIKES = 0.2  # for each second record so many others who only look alike
HEADER = ("customer_number", "of", "is_same", "differences")


@dataclass(frozen=True)
class Planted:
    """One further customer: of whom, whether it is the same person, and what the record says."""

    number: int  # counted from 0, after the whole population
    of: int
    is_same: bool
    person: Person
    source: Source
    place: int  # in the block

    @property
    def customer_id(self) -> int:
        return self.source.start.customer + 1 + self.number


@dataclass
class Garden:
    """What was planted so far, so that numbers and addresses go on from block to block."""

    shape: Shape
    share: float
    customers: int = 0
    households: dict[str, int] = field(default_factory=dict)  # new ones, by address key
    truth: list[tuple[str, str, bool, str]] = field(default_factory=list)

    def plant(self, source: Source) -> dict[str, int]:
        """Write the second records of some people of a block; returns how many rows went into each table."""
        planted = self._distinct(source, self._drawn(source))
        homes = {id_: line for id_, line in map(self._household, planted) if line}
        own = {one.number: self._household_id(one) for one in planted}
        counts = Counter()
        for table, columns, lines in (
            (
                "campaigns_household",
                "id, address_key, street, postcode, city, country, delivery_area_id",
                homes.values(),
            ),
            ("campaigns_customer", CUSTOMER, (_customer(one, own[one.number]) for one in planted)),
            ("campaigns_identifier", "customer_id, kind, value, digest, source", _identifiers(planted)),
        ):
            counts[table] += copy_lines(table, columns, lines)
        self.truth += [_true(one) for one in planted]
        return dict(counts)

    def _distinct(self, source: Source, drawn: Iterator[Planted]) -> list[Planted]:
        """Without look-alikes who would be called like somebody else who lives there."""
        names = _names_by_household(source)
        return [one for one in drawn if one.is_same or _is_told_apart(one, names)]

    def _drawn(self, source: Source) -> Iterator[Planted]:
        people, rng = source.block.people, self.shape.random(planting.STREAM, source.block.number)
        today = source.start.as_of_on
        chosen = rng.random(len(people)) < self.share
        alike = ~chosen & (rng.random(len(people)) < LOOK_ALIKES * self.share)
        for i in np.flatnonzero(chosen | alike).tolist():
            known = _person(source, i)
            made = planting.second_record(known, rng) if chosen[i] else planting.look_alike(known, rng, today=today)
            number = self.shape.customers + self.customers
            self.customers += 1
            yield Planted(number, people.first + i, bool(chosen[i]), made, source, i)

    def _household_id(self, one: Planted) -> int:
        """Theirs, or another one where the address is written so that it looks like another."""
        people, start = one.source.block.people, one.source.start
        first = one.source.shape.households(one.source.block.number).start
        theirs = int(people.household[one.place])
        key = one.person.address_key
        if key == one.source.address_keys[theirs - first]:
            return start.household + 1 + theirs
        return self.households.setdefault(key, start.household + 1 + len(self.shape.sizes) + len(self.households))

    def _household(self, one: Planted) -> tuple[int, str]:
        known = len(self.households)
        id_ = self._household_id(one)
        if len(self.households) == known:
            return id_, ""
        person = one.person
        return id_, f"{id_}\t{person.address_key}\t{person.street}\t{person.postcode}\t{person.city}\tDE\t{NULL}\n"

    def write_truth(self, path: Path) -> Path:
        """All of it or nothing; as private as the truth about answers."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, partial = tempfile.mkstemp(dir=path.parent, suffix=".partial")
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([HEADER, *self.truth])
        Path(partial).replace(path)
        return path


CUSTOMER = (
    "id, customer_number, salutation, title, first_name, last_name, born_on, language, time_zone, household_id, region, "
    "attributes, journey_stage, contact_is_made_up, source"
)


def path(var: Path, *, seed: int, customers: int) -> Path:
    return Path(var) / "population" / f"duplicates-{seed}-{customers}.csv"


def _names_by_household(of: Source) -> set[tuple[int, str]]:
    people = of.block.people
    return set(zip(people.household.tolist(), people.first_name.tolist(), strict=True))


def _is_told_apart(one: Planted, names: set[tuple[int, str]]) -> bool:
    people, person = one.source.block.people, one.person
    is_child = person.differences == ("child",)
    return is_child or (int(people.household[one.place]), person.first_name) not in names


def _person(of: Source, i: int) -> Person:
    people = of.block.people
    household = int(people.household[i]) - of.shape.households(of.block.number).start
    place = PLACES[people.place[i]]
    unknown = bool(people.is_unknown[i])
    return Person(
        salutation="" if unknown else "frau" if people.is_woman[i] else "herr",
        title=str(people.title[i]),
        first_name=str(people.first_name[i]),
        last_name=str(people.last_name[i]),
        born_on=None if unknown else date.fromisoformat(of.start.day(people.born_days_ago[i])),
        street=of.streets[household],
        postcode=place.postcode,
        city=place.city,
        email=rows.email(of, i) if of.block.reach.email[i] else "",
    )


def _customer(one: Planted, household_id: int) -> str:
    person = one.person
    born = person.born_on.isoformat() if person.born_on else NULL
    region = PLACES[one.source.block.people.place[one.place]].state
    return (
        f"{one.customer_id}\t{rows.customer_number(one.number)}\t{person.salutation}\t{person.title}\t{person.first_name}\t"
        f"{person.last_name}\t{born}\tde\tEurope/Berlin\t{household_id}\t{region}\t{{}}\tinspiration\tt\t{SOURCE}\n"
    )


def _postal(person: Person) -> str:
    return identity.postal_identifier(identity.name_key(person.first_name, person.last_name), person.address_key)


def _identifiers(planted: list[Planted]) -> Iterator[str]:
    """E-mail, and the postal address where nobody has the same."""
    taken = {rows.postal_address(one.source, i) for one in planted[:1] for i in range(len(one.source.block.people))}
    for one in planted:
        values = [("email", one.person.email)] if one.person.email else []
        if (postal := _postal(one.person)) not in taken:
            taken.add(postal)
            values.append(("postal_address", postal))
        for kind, value in values:
            yield f"{one.customer_id}\t{kind}\t{value}\t\\\\x{identity.digest(kind, value).hex()}\t{SOURCE}\n"


def _true(one: Planted) -> tuple[str, str, bool, str]:
    differences = "; ".join(one.person.differences) or "e-mail only"
    return rows.customer_number(one.number), rows.customer_number(one.of), one.is_same, differences
