"""A small database with every kind of data, NULLs and unicode included, and the same data as plain Python."""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from campaigns.models import (
    Consent,
    Customer,
    DeliveryArea,
    Event,
    EventKind,
    Ground,
    Household,
    Identifier,
    IdentifierKind,
    JourneyStage,
    Objection,
    OtherArea,
)

NOW = datetime(2026, 9, 1, 12, 30, tzinfo=UTC)
REGIONS = ["Bayern", "Hessen", "Thüringen", "Île-de-France", "%s", "'; DROP", ""]
CARRIERS = ["Post", "Bote"]
MEDIA = ["web", "store", "email", "print_mailing", "banner"]
TOPICS = ["Garten", "Wein", "ß", "Ø", "日本"]
ODD = [None, "", "2026-02-30", "2026-13-01", "12", 12, 12.5, -3, 0, True, False, [], ["Garten", 12], {"a": 1}, "Garten"]


@dataclass
class Person:
    """One customer with all that is known, as the oracle reads it."""

    row: Customer
    areas: dict[str, str] = field(default_factory=dict)  # code by carrier
    identifiers: set[str] = field(default_factory=set)
    consents: list[Consent] = field(default_factory=list)
    objections: list[Objection] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


def make(*, customers: int = 60, seed: int = 7) -> list[Person]:
    """Write the database; returns what was written."""
    rng = random.Random(seed)
    areas = DeliveryArea.objects.bulk_create(
        DeliveryArea(carrier=carrier, code=f"1011{n}-0{n}", postcode=f"1011{n}", place="Berlin", households=9)
        for carrier in CARRIERS
        for n in range(3)
    )
    households = Household.objects.bulk_create([_household(n, rng, areas) for n in range(20)])
    others = OtherArea.objects.bulk_create(_others(households, rng, areas))
    rows = Customer.objects.bulk_create([_customer(n, rng, households) for n in range(customers)])
    people = {row.pk: Person(row, _areas_of(row, others)) for row in rows}
    for identifier in Identifier.objects.bulk_create(_identifiers(rows, rng)):
        people[identifier.customer_id].identifiers.add(identifier.kind)
    for consent in Consent.objects.bulk_create(_consents(rows, rng)):
        people[consent.customer_id].consents.append(consent)
    for objection in Objection.objects.bulk_create(_objections(rows, rng)):
        people[objection.customer_id].objections.append(objection)
    for event in Event.objects.bulk_create(_events(rows, rng)):
        people[event.customer_id].events.append(event)
    return list(people.values())


def _household(n: int, rng: random.Random, areas: list[DeliveryArea]) -> Household:
    return Household(
        address_key=f"key {n}",
        street=f"Weg {n}",
        postcode=rng.choice(["10115", "80331", "01067", ""]),
        city=rng.choice(["Berlin", "München", "Dresden", ""]),
        delivery_area=rng.choice([*areas, None]),
    )


def _customer(n: int, rng: random.Random, households: list[Household]) -> Customer:
    return Customer(
        customer_number=f"R{n}",
        salutation=rng.choice(["frau", "herr", ""]),
        title=rng.choice(["", "", "Dr."]),
        first_name=rng.choice(["Jürgen", "Zoë", "Աննա", ""]),
        last_name=rng.choice(["Müller", "O'Neil", "100%", ""]),
        born_on=rng.choice([None, date(2004, 2, 29), date(1960, 9, 1), date(1960, 9, 2), date(1985, 5, 17)]),
        household=rng.choice([*households, None]),
        region=rng.choice(REGIONS),
        attributes=_attributes(rng),
        customer_since_on=rng.choice([None, date(2020, 1, 1), NOW.date(), NOW.date() - timedelta(days=30)]),
        journey_stage=rng.choice(JourneyStage.values),
        contact_is_made_up=rng.random() < 0.5,
        source=rng.choice(["shop", ""]),
    )


def _attributes(rng: random.Random) -> dict[str, Any]:
    every = {
        "segment": rng.choice(["gold", "silver", ""]),
        "points": rng.choice([0, 10, 12.5, -3, 10**20]),
        "newsletter": rng.random() < 0.5,
        "topics": rng.sample(TOPICS, k=rng.randint(0, 3)),
        "contract_ends_on": (NOW.date() + timedelta(days=rng.randint(-40, 40))).isoformat(),
        "odd": rng.choice(ODD),
        "region": "never seen: the column goes first",
    }
    return {name: value for name, value in every.items() if rng.random() < 0.75}


def _others(households: list[Household], rng: random.Random, areas: list[DeliveryArea]) -> list[OtherArea]:
    """Some households lie in an area of a second carrier."""
    found = []
    for home in households:
        area = rng.choice(areas)
        if home.delivery_area and area.carrier != home.delivery_area.carrier:
            found.append(OtherArea(household=home, area=area, carrier=area.carrier))
    return found


def _areas_of(row: Customer, others: list[OtherArea]) -> dict[str, str]:
    if row.household is None:
        return {}
    areas = [row.household.delivery_area, *(other.area for other in others if other.household == row.household)]
    return {area.carrier: area.code for area in areas if area}


def _identifiers(rows: list[Customer], rng: random.Random) -> list[Identifier]:
    return [
        Identifier(customer=row, kind=kind, value=f"{kind} {row.pk}", digest=b"")
        for row in rows
        for kind in IdentifierKind.values
        if rng.random() < 0.3
    ]


def _moment(rng: random.Random) -> datetime:
    """Often exactly on the edge of a window."""
    return NOW - timedelta(days=rng.choice([-10, 0, 1, 29, 30, 31, 200, 365, 366]), seconds=rng.choice([0, 0, 1, -1]))


def _consents(rows: list[Customer], rng: random.Random) -> list[Consent]:
    return [
        Consent(
            customer=row,
            channel=channel,
            ground=rng.choice(Ground.values),
            purpose=rng.choice(["advertising", "advertising", "survey"]),
            source="test",
            given_at=_moment(rng) - timedelta(days=60),
            withdrawn_at=rng.choice([None, None, _moment(rng)]),
        )
        for row in rows
        for channel in ("email", "social")
        if rng.random() < 0.6
    ]


def _objections(rows: list[Customer], rng: random.Random) -> list[Objection]:
    return [
        Objection(
            customer=row,
            channel=rng.choice(["", "email", "social"]),
            source="test",
            received_at=_moment(rng) - timedelta(days=60),
            lifted_at=rng.choice([None, _moment(rng)]),
        )
        for row in rows
        if rng.random() < 0.3
    ]


def _events(rows: list[Customer], rng: random.Random) -> list[Event]:
    events = [
        Event(
            customer=row,
            kind=rng.choice(EventKind.values),
            medium=rng.choice(MEDIA),
            is_online=rng.random() < 0.6,
            occurred_at=_moment(rng),
            value_cents=rng.choice([0, 0, 500, 12_345]),
            dispatch_id=rng.choice([None, row.pk, row.pk + 1]),
            source="test",
            attributes=rng.choice([{}, {}, {"is_machine": True}]),
        )
        for row in rows
        for _ in range(rng.choice([0, 0, 3, 10, 25]))
    ]
    for number, event in enumerate(events):
        event.source_key = str(number)
    return events
