"""What comes back is written once, and moves dispatches and addresses where it follows."""

import pytest
from django.utils import timezone

from campaigns.models import Event, Objection, Suppression
from channels import feedback
from channels.base import Feedback
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def dispatch():
    return builders.dispatch(
        builders.wave(), builders.customer(email="erika@example.com"), state="sent", claimed_at=timezone.now()
    )


def came_back(of, kind: str, **fields) -> Feedback:
    fields = {"occurred_at": timezone.now(), "source": "provider", "source_key": f"{kind}-1"} | fields
    return Feedback(kind=kind, dispatch_id=of.pk, **fields)


def test_becomes_an_event_of_the_customer_by_the_channel(dispatch):
    assert feedback.record([came_back(dispatch, "opened")]) == 1
    event = Event.objects.get()
    assert (event.customer_id, event.medium, event.dispatch_id) == (dispatch.customer_id, "email", dispatch.pk)


def test_told_twice_is_one_event(dispatch):
    item = came_back(dispatch, "opened")
    assert feedback.record([item]) == 1
    assert feedback.record([item]) == 0


def test_on_an_unknown_dispatch_is_left_out(dispatch):
    lost = Feedback(kind="opened", dispatch_id=0, occurred_at=timezone.now(), source="provider", source_key="x")
    assert feedback.record([lost, came_back(dispatch, "opened")]) == 1


@pytest.mark.parametrize(
    ("kind", "was", "becomes"),
    [
        ("delivered", "sent", "delivered"),
        ("delivered", "handed_over", "delivered"),
        ("bounced", "sent", "bounced"),
        ("returned", "handed_over", "bounced"),
        ("returned", "delivered", "bounced"),
        ("opened", "uncertain", "sent"),
        ("clicked", "handed_over", "sent"),
        ("opened", "delivered", "delivered"),
        ("delivered", "bounced", "bounced"),
        ("delivered", "cancelled", "cancelled"),
    ],
)
def test_moves_the_dispatch(kind, was, becomes):
    made = builders.dispatch(builders.wave(), state=was)
    feedback.record([came_back(made, kind)])
    made.refresh_from_db()
    assert made.state == becomes


@pytest.mark.parametrize(("kind", "reason"), [("bounced", "bounce"), ("complained", "complaint")])
def test_a_failing_address_is_not_used_again(dispatch, kind, reason):
    feedback.record([came_back(dispatch, kind)])
    assert Suppression.objects.get().reason == reason


def test_a_returned_letter_suppresses_the_address(dispatch):
    wave = builders.wave(builders.campaign(channels=("print_mailing",)))
    person = builders.customer(household=True)
    builders.identifier(person, "postal_address", "erika muster|de|10115|berlin|weg 1")
    letter = builders.dispatch(wave, person, channel="print_mailing", state="sent", claimed_at=timezone.now())
    feedback.record([came_back(letter, "returned")])
    assert (Suppression.objects.get().kind, Suppression.objects.get().reason) == ("postal_address", "returned_letter")


def test_told_twice_it_does_not_suppress_the_next_address(dispatch):
    builders.identifier(dispatch.customer, "email", "second@example.com")
    for _ in range(2):
        feedback.record([came_back(dispatch, "bounced")])
    assert Suppression.objects.count() == 1


def test_a_soft_bounce_is_only_an_event(dispatch):
    feedback.record([came_back(dispatch, "bounced", attributes={"is_hard": False})])
    dispatch.refresh_from_db()
    assert dispatch.state == "sent"
    assert not Suppression.objects.exists()


def test_a_complaint_is_an_objection(dispatch):
    feedback.record([came_back(dispatch, "complained")])
    assert Objection.objects.get().channel == "email"


def test_a_batch_takes_few_queries(dispatch, django_assert_max_num_queries):
    wave = dispatch.wave
    made = [builders.dispatch(wave, builders.customer(), state="sent") for _ in range(30)]
    with django_assert_max_num_queries(12):
        assert feedback.record([came_back(one, "delivered", source_key=str(one.pk)) for one in made]) == 30
