"""Builders of what came of variants: who got which, and who bought."""

from datetime import timedelta

from django.utils import timezone

from campaigns.models import Comparison, Customer, Event, Wave
from channels.models import Dispatch
from tests import builders

NOW = timezone.now()


def started(comparison: Comparison, *, days_ago: float) -> Wave:
    return builders.compared_wave(comparison, started_at=NOW - timedelta(days=days_ago))


def crowd(number: int) -> list[Customer]:
    return Customer.objects.bulk_create(
        Customer(customer_number=f"W{next(builders.number)}", last_name="Muster") for _ in range(number)
    )


def give(wave: Wave, comparison: Comparison, variant: int, *, customers: int, buyers: int, cents: int = 5000) -> list:
    """So many got a variant, and the first of them bought an hour after the wave began."""
    people = crowd(customers)
    give_to(people, wave, comparison, variant)
    buy(people[:buyers], wave, cents=cents)
    return people


def give_to(people: list, wave: Wave, comparison: Comparison, variant: int, *, state: str = "sent") -> None:
    Dispatch.objects.bulk_create(
        Dispatch(wave=wave, customer=one, option=comparison.option, channel="email", variant=variant, state=state,
                 due_at=NOW, deadline_at=NOW)
        for one in people
    )  # fmt: skip


def buy(people: list, wave: Wave, *, cents: int = 5000, hours: float = 1) -> None:
    Event.objects.bulk_create(
        Event(customer=one, kind="purchased", medium="web", is_online=True, value_cents=cents, source="test",
              source_key=f"e{next(builders.number)}", occurred_at=wave.started_at + timedelta(hours=hours))
        for one in people
    )  # fmt: skip
