"""Events are written in one statement, and once each."""

import pytest
from django.utils import timezone

from campaigns import events
from campaigns.models import Event
from tests import builders

pytestmark = pytest.mark.django_db


def purchase(customer_id: int, **fields) -> events.NewEvent:
    defaults = {"kind": "purchased", "medium": "store", "is_online": False, "source": "till", "source_key": "1"}
    return events.NewEvent(customer_id=customer_id, **(defaults | {"occurred_at": timezone.now()} | fields))


def test_any_number_of_events_is_one_statement(django_assert_num_queries):
    person = builders.customer().pk
    with django_assert_num_queries(1):
        assert events.record([purchase(person, source_key=str(n), value_cents=n) for n in range(500)]) == 500
    assert Event.objects.count() == 500


def test_everything_that_was_told_is_kept():
    person = builders.customer().pk
    told = purchase(person, value_cents=1999, dispatch_id=7, attributes={"city": 'Köln "Süd"', "basket": [1, None]})
    events.record([told])
    kept = Event.objects.get()
    assert all(getattr(kept, name) == value for name, value in vars(told).items())


def test_the_same_key_is_one_event_also_within_a_call():
    told = purchase(builders.customer().pk)
    assert events.record([told, told]) == 1
    assert events.record([told]) == 0


def test_nothing_to_write_asks_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert events.record([]) == 0
