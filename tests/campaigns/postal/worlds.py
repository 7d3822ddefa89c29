"""A few people who get into each other's way, reports about them, and everything that may follow from a report."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from hypothesis import strategies as st

from campaigns import postal
from campaigns.duplicates import merging
from campaigns.models import (
    Customer,
    CustomerPast,
    Household,
    Identifier,
    Objection,
    PostalReport,
    Suppression,
)
from campaigns.postal import Move, NewAddress, Return
from channels.models import Dispatch
from tests import builders

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAYS = st.sampled_from([0, 1, 400])  # ago
HOUSES = ("Weg 1", "Weg 2", "Weg 3")
# Each of them is one house, however it is written.
WRITINGS = ("Weg 1", "Weg 2", "weg 2", "Neue Straße 5 a", "Neue Str. 5A")
PEOPLE = 8


@dataclass(frozen=True)
class World:
    """`ids` of customers: namesakes, a couple, somebody without a name, somebody who was merged, and nobody at all."""

    ids: tuple[int, ...]
    letters: tuple[int, ...]  # dispatches, the last one to the record that was merged


def build() -> World:
    homes = [_house(street) for street in HOUSES]
    names = ("Erika", "Erika", "Max", "Erika", "", "Max", "Maxx")
    homes_of = (0, 0, 0, 1, 1, 1, 2)
    people = [
        builders.customer(household=False, first_name=name, last_name="Muster" if name else "", born_on=f"1980-01-0{n}")
        for n, name in enumerate(names, 1)
    ]
    for person, home in zip(people, homes_of, strict=True):
        Customer.objects.filter(pk=person.pk).update(household=homes[home])
    for n in (0, 2, 3, 6):
        _known(people[n], homes[homes_of[n]])
    wave = builders.wave(builders.campaign(channels=("print_mailing",)))
    letters = [builders.dispatch(wave, people[n], channel="print_mailing", state="sent") for n in (0, 3, 6)]
    kept = Customer.objects.get(pk=people[5].pk)
    merging.merge(kept.pk, people[6].pk)
    digest = people[2].identifiers.get(kind="postal_address").digest
    Suppression.objects.create(kind="postal_address", digest=digest, reason="opt_out_list", source="list")
    return World((*(one.pk for one in people), 10**9), tuple(letter.pk for letter in letters))


def _house(street: str) -> Household:
    return Household.objects.create(
        address_key=f"de|10115|berlin|{street.lower()}", street=street, postcode="10115", city="Berlin"
    )


def _known(person: Customer, home: Household) -> None:
    name = f"{person.first_name} {person.last_name}".lower()
    builders.identifier(person, "postal_address", f"{name}|{home.address_key}")


def returns(world: World) -> st.SearchStrategy[Return]:
    return st.builds(
        Return,
        customer_id=st.sampled_from(world.ids),
        reason=st.sampled_from(postal.CODES),
        at=DAYS.map(_ago),
        source=st.sampled_from(["press", "carrier"]),
        key=st.integers(0, 20).map(str),
        sent_at=st.none() | DAYS.map(_ago),
        channel=st.sampled_from(["print_mailing", "catalogue"]),
        dispatch_id=st.none() | st.sampled_from(world.letters),
    )


def moves(world: World) -> st.SearchStrategy[Move]:
    return st.builds(
        Move,
        customer_id=st.sampled_from(world.ids),
        new_address=st.sampled_from([NewAddress(street, "10115", "Berlin") for street in WRITINGS]),
        at=DAYS.map(_ago),
        source=st.sampled_from(["press", "carrier"]),
        key=st.integers(0, 20).map(str),
    )


def _ago(days: int) -> datetime:
    return NOW - timedelta(days=days)


def after(what: Callable[[], Any]) -> tuple[Any, dict[str, list]]:
    """What is answered and how the world is then; it is as before afterwards."""
    with transaction.atomic():
        answer = what()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # as at the end of the transaction
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        found = state()
        transaction.set_rollback(True)
    return answer, found


def state() -> dict[str, list]:
    """Everything that may follow from a report, without the ids of what was made."""
    of_household = ("household__address_key", "household__street")
    return {
        "people": _rows(Customer, "pk", *of_household),
        "households": _rows(Household, "address_key", "street", "postcode", "city", "country", "delivery_area"),
        "identifiers": _rows(Identifier, "customer", "kind", "value", "digest", "source"),
        "suppressions": _rows(Suppression, "kind", "digest", "reason", "source"),
        "objections": _rows(Objection, "customer", "channel", "source", "note", "received_at", "lifted_at"),
        "reports": _rows(
            PostalReport,
            "source",
            "source_key",
            "customer",
            "kind",
            "reason",
            *of_household,
            "reported_at",
            "is_applied",
        ),
        "past": sorted(map(str, CustomerPast.objects.values_list("customer", "said__household__address_key"))),
        "letters": _rows(Dispatch, "pk", "customer", "state"),
    }


def _rows(model: type, *columns: str) -> list:
    return sorted(map(str, model._base_manager.values_list(*columns)))
