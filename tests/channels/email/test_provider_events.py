"""What a mail provider reports later is obeyed, by the webhook that it really calls."""

import json
from base64 import b64encode

import pytest
from anymail.signals import AnymailTrackingEvent, EventType, RejectReason, tracking
from django.test import Client
from django.urls import include, path
from django.utils import timezone

from campaigns.models import Event, Objection, Suppression
from channels.models import Dispatch
from tests import builders

pytestmark = pytest.mark.django_db
SECRET = "somebody:secret"
REPORTED = timezone.now()
urlpatterns = [path("anymail/", include("anymail.urls"))]


@pytest.fixture
def dispatch() -> Dispatch:
    return builders.dispatch(
        builders.wave(), builders.customer(email="erika@example.com"), state="sent", claimed_at=timezone.now()
    )


def reported(dispatch: Dispatch | None, event_type: str, **fields) -> None:
    metadata = {"dispatch": str(dispatch.pk)} if dispatch else {}
    event = AnymailTrackingEvent(
        event_type=event_type, timestamp=REPORTED, event_id="e1", **({"metadata": metadata} | fields)
    )
    tracking.send(sender=None, event=event, esp_name="Test")


def state_of(dispatch: Dispatch) -> str:
    dispatch.refresh_from_db()
    return dispatch.state


def test_a_hard_bounce_ends_the_dispatch_and_suppresses_the_address(dispatch):
    reported(dispatch, EventType.BOUNCED, reject_reason=RejectReason.BOUNCED)
    assert state_of(dispatch) == "bounced"
    assert Suppression.objects.get().reason == "bounce"


def test_a_soft_bounce_says_nothing_about_the_address(dispatch):
    reported(dispatch, EventType.BOUNCED, reject_reason=RejectReason.TIMED_OUT)
    assert state_of(dispatch) == "sent"
    assert not Suppression.objects.exists()


def test_a_complaint_is_an_objection(dispatch):
    reported(dispatch, EventType.COMPLAINED)
    assert Objection.objects.get().channel == "email"
    assert Suppression.objects.get().reason == "complaint"


def test_an_unsubscription_at_the_provider_is_an_objection_to_mails(dispatch):
    reported(dispatch, EventType.UNSUBSCRIBED)
    assert Objection.objects.get().channel == "email"
    assert not dispatch.customer.consents.filter(withdrawn_at=None).exists()


def test_a_delivery_is_noted_once(dispatch):
    reported(dispatch, EventType.DELIVERED)
    reported(dispatch, EventType.DELIVERED)
    assert state_of(dispatch) == "delivered"
    assert Event.objects.filter(kind="delivered").count() == 1


@pytest.mark.parametrize("event_type", [EventType.OPENED, EventType.CLICKED, EventType.DEFERRED, EventType.SENT])
def test_what_we_know_already_or_what_may_still_change_is_left_out(dispatch, event_type):
    reported(dispatch, event_type)
    assert not Event.objects.exists()


@pytest.mark.parametrize("metadata", [{}, {"dispatch": "x"}, {"dispatch": "0"}, {"dispatch": "9" * 30}, None])
def test_mails_of_others_are_left_alone(metadata):
    reported(None, EventType.BOUNCED, metadata=metadata)
    assert not Event.objects.exists()


@pytest.mark.urls("tests.channels.email.test_provider_events")
class TestTheWebhook:
    @pytest.fixture(autouse=True)
    def _secret(self, settings) -> None:
        settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}

    def call(self, dispatch: Dispatch, *, secret: str) -> int:
        """As Postmark calls it."""
        body = {
            "RecordType": "Bounce", "Type": "HardBounce", "ID": 42, "MessageID": "m1", "Email": "erika@example.com",
            "BouncedAt": timezone.now().isoformat(), "Metadata": {"dispatch": str(dispatch.pk)},
        }  # fmt: skip
        headers = {"Authorization": f"Basic {b64encode(secret.encode()).decode()}"}
        return (
            Client()
            .post("/anymail/postmark/tracking/", json.dumps(body), content_type="application/json", headers=headers)
            .status_code
        )

    def test_a_bounce_arrives(self, dispatch):
        assert self.call(dispatch, secret=SECRET) == 200
        assert state_of(dispatch) == "bounced"

    def test_nobody_else_may_tell(self, dispatch):
        assert self.call(dispatch, secret="somebody:else") == 400
        assert state_of(dispatch) == "sent"
