"""Where a customer is on the journey follows from what the customer did."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigns import events, journey
from campaigns.models import Customer
from tests import builders

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


def with_history(*history: tuple[str, int]) -> Customer:
    """A customer with events of these kinds so many days ago."""
    person = builders.customer()
    events.record(
        [
            events.NewEvent(
                customer_id=person.pk,
                kind=kind,
                medium="web",
                is_online=True,
                occurred_at=NOW - timedelta(days=days),
                source="test",
                source_key=f"{person.pk}-{n}",
            )
            for n, (kind, days) in enumerate(history)
        ]
    )
    return person


def stage_of(person: Customer, *, as_of_at: datetime = NOW) -> str:
    journey.refresh(as_of_at=as_of_at)
    person.refresh_from_db()
    return person.journey_stage


@pytest.mark.parametrize(
    ("history", "stage"),
    [
        ([], "inspiration"),
        ([("page_viewed", 3)], "inspiration"),
        ([("opened", 300)], "inspiration"),
        ([("product_viewed", 59)], "selection"),
        ([("store_visited", 5)], "selection"),
        ([("cart_left", 61)], "inspiration"),
        ([("purchased", 13)], "purchase"),
        ([("product_viewed", 1), ("purchased", 13)], "purchase"),
        ([("purchased", 15)], "use"),
        ([("product_viewed", 20), ("purchased", 15)], "use"),
        ([("product_viewed", 10), ("purchased", 15)], "selection"),
        ([("product_registered", 200)], "use"),
        ([("product_signalled", 2), ("purchased", 700)], "use"),
        ([("purchased", 5), ("purchased", 90), ("purchased", 300)], "loyalty"),
        ([("purchased", 5), ("purchased", 90), ("purchased", 366)], "purchase"),
        ([("purchased", 366)], "dormant"),
        ([("purchased", 366), ("opened", 20)], "inspiration"),
        ([("purchased", 366), ("contacted", 20), ("delivered", 20), ("shown", 9), ("bounced", 8)], "dormant"),
        ([("contacted", 20), ("returned", 10)], "inspiration"),
    ],
)
def test_rules(history, stage):
    assert stage_of(with_history(*history)) == stage


def test_events_after_the_moment_do_not_count():
    person = with_history(("purchased", 5))
    assert stage_of(person, as_of_at=NOW - timedelta(days=6)) == "inspiration"
    assert stage_of(person) == "purchase"


def test_it_is_one_statement_and_counts_who_moved(django_assert_num_queries):
    with_history(("purchased", 5))
    with_history()
    with django_assert_num_queries(1):
        assert journey.refresh(as_of_at=NOW) == 1
    assert journey.refresh(as_of_at=NOW) == 0


def test_only_those_asked_for_are_refreshed():
    first, second = with_history(("purchased", 5)), with_history(("purchased", 5))
    assert journey.refresh(as_of_at=NOW, customer_ids=[first.pk]) == 1
    second.refresh_from_db()
    assert second.journey_stage == "inspiration"
    assert journey.refresh(as_of_at=NOW, customer_ids=[]) == 0
