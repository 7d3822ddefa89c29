"""Why a channel was closed at an earlier moment: history is read as it was, whatever happened since."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from campaigns.models import Consent, ContactLimit, Customer, Event, Objection, ServiceCase, Suppression
from steering import people
from steering.eligibility import REASONS
from steering.planning import past
from tests import builders

pytestmark = pytest.mark.django_db
CHANNELS = ("email", "print_mailing", "direct_post")
HOUR = timedelta(hours=1)


def ago(hours: float) -> datetime:
    return timezone.now() - hours * HOUR


def closed(customer: Customer, *, hours: float = 0) -> dict[str, str]:
    return past.closed(customer.pk, CHANNELS, at=ago(hours))


def test_what_holds_now_is_what_planning_reads() -> None:
    bare, reachable = builders.customer(email=None, consents=()), builders.customer(household=True)
    for customer in (bare, reachable):
        who = people.Who("SELECT %(id)s::bigint AS id", {"id": customer.pk})
        read = next(people.read(who, names=(), channels=CHANNELS, as_of_at=timezone.now()))
        reasons = {channel: REASONS[code - 1] for channel, code in zip(CHANNELS, read.reasons[0], strict=True) if code}
        assert closed(customer) == reasons
    assert "email" not in closed(reachable)
    assert set(closed(bare)) == set(CHANNELS)


def test_an_objection_counts_from_when_it_came_until_it_was_lifted() -> None:
    customer = builders.customer()
    Objection.objects.create(customer=customer, source="test", received_at=ago(5), lifted_at=ago(2))
    assert [closed(customer, hours=hours).get("email") for hours in (6, 4, 1)] == [None, "objection", None]


def test_a_consent_that_was_withdrawn_since_still_held_then() -> None:
    customer = builders.customer()
    Consent.objects.filter(customer=customer).update(withdrawn_at=ago(2))
    assert "email" not in closed(customer, hours=3)
    assert closed(customer)["email"] == "no ground"


def test_an_address_that_bounced_since_was_usable_then() -> None:
    customer = builders.customer()
    found = Suppression.objects.create(
        kind="email", digest=customer.identifiers.get().digest, reason="bounce", source="test"
    )
    Suppression.objects.filter(pk=found.pk).update(created_at=ago(2))
    assert "email" not in closed(customer, hours=3)
    assert closed(customer)["email"] == "no usable identifier"


def test_a_complaint_counts_while_it_was_open() -> None:
    customer = builders.customer()
    ServiceCase.objects.create(customer=customer, kind="complaint", subject="x", opened_at=ago(5), closed_at=ago(2))
    assert [closed(customer, hours=hours).get("email") for hours in (6, 4, 1)] == [None, "open complaint", None]


def test_contacts_count_in_the_days_before_that_moment_and_those_still_to_be_made() -> None:
    customer = builders.customer()
    ContactLimit.objects.create(most=1, days=1)
    Event.objects.create(customer=customer, kind="contacted", medium="email", is_online=True, occurred_at=ago(30))
    assert [closed(customer, hours=hours).get("email") for hours in (31, 10, 1)] == [None, "contact limit", None]
    made = builders.dispatch(builders.wave(), customer, state="sent")
    type(made).objects.filter(pk=made.pk).update(created_at=ago(3), state_changed_at=ago(1))
    assert [closed(customer, hours=hours).get("email") for hours in (4, 2)] == [None, "contact limit"]


def test_nobody_and_no_channel_have_no_reasons() -> None:
    assert past.closed(0, CHANNELS, at=timezone.now()) == {}
    assert past.closed(builders.customer().pk, (), at=timezone.now()) == {}
