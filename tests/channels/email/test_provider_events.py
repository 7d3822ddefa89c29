"""What a mail provider reports later is obeyed, by the webhook that it really calls."""

import json
from base64 import b64encode

import pytest
from anymail.signals import AnymailTrackingEvent, EventType, RejectReason, tracking
from django.test import Client
from django.urls import include, path
from django.utils import timezone

from campaigns.models import Event, Objection, Suppression
from channels.email.letters import message_id
from channels.models import Bounce, Dispatch
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
    fields = {"timestamp": REPORTED, "event_id": "e1", "metadata": metadata} | fields
    event = AnymailTrackingEvent(event_type=event_type, **fields)
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


class TestSoftHardAndBlocked:
    """Anymail calls all of them bounced; the provider's own fields and the server's answer tell them apart."""

    @pytest.mark.parametrize(
        ("provider", "event", "answer", "severity"),
        [
            ("Amazon SES", {"bounce": {"bounceType": "Permanent", "bounceSubType": "General"}}, "smtp; 550 5.1.1 user unknown", "hard"),
            ("Amazon SES", {"bounce": {"bounceType": "Permanent", "bounceSubType": "OnAccountSuppressionList"}}, None, "hard"),
            ("Amazon SES", {"bounce": {"bounceType": "Transient", "bounceSubType": "MailboxFull"}}, None, "soft"),
            ("Amazon SES", {"bounce": {"bounceType": "Transient", "bounceSubType": "MessageTooLarge"}}, None, "block"),
            ("Amazon SES", {"bounce": {"bounceType": "Permanent", "bounceSubType": "General"}}, "smtp; 550 5.7.1 blocked", "block"),
            ("Brevo", {"event": "soft_bounce"}, None, "soft"),
            ("Brevo", {"event": "hard_bounce"}, None, "hard"),
            ("Postmark", {"Type": "SoftBounce"}, None, "soft"),
            ("Postmark", {"Type": "HardBounce"}, None, "hard"),
            ("Postmark", {"Type": "Blocked"}, None, "block"),
            ("SendGrid", {"type": "blocked"}, "550 spam content", "block"),
            ("SendGrid", {"type": "bounce"}, "550 5.1.1 The email account does not exist", "hard"),
            ("SparkPost", {"msys": {"message_event": {"bounce_class": "22"}}}, None, "soft"),
            ("SparkPost", {"msys": {"message_event": {"bounce_class": "10"}}}, None, "hard"),
            ("SparkPost", {"msys": {"message_event": {"bounce_class": "50"}}}, None, "block"),
            ("Mailjet", {"error": "quota exceeded", "hard_bounce": True}, None, "soft"),
            ("Mailjet", {"error": "user unknown", "hard_bounce": True}, None, "hard"),
            ("Mailgun", {"event-data": {"severity": "permanent", "reason": "bounce"}}, "550 5.2.2 mailbox full", "soft"),
            ("MailerSend", {"data": {"type": "soft_bounced"}}, None, "soft"),
            ("Resend", {"data": {"bounce": {"type": "Transient"}}}, None, "soft"),
            ("Unisender Go", {"delivery_info": {"delivery_status": "err_mailbox_full"}}, None, "soft"),
            ("Test", {}, "552 5.2.2 over quota", "soft"),
            ("Test", None, None, "hard"),
            ("Postmark", ["not", "what", "is", "documented"], None, "hard"),
        ],
    )  # fmt: skip
    def test_by_provider(self, dispatch, provider, event, answer, severity):
        told = AnymailTrackingEvent(
            event_type=EventType.BOUNCED, timestamp=REPORTED, metadata={"dispatch": str(dispatch.pk)},
            reject_reason=RejectReason.BOUNCED, esp_event=event, mta_response=answer,
        )  # fmt: skip
        tracking.send(sender=None, event=told, esp_name=provider)
        assert Bounce.objects.get().severity == severity
        assert Suppression.objects.exists() == (severity == "hard")

    @pytest.mark.parametrize("reason", [RejectReason.BLOCKED, RejectReason.SPAM])
    def test_a_block_ends_the_dispatch_and_spares_the_address(self, dispatch, reason):
        reported(dispatch, EventType.REJECTED, reject_reason=reason)
        assert state_of(dispatch) == "bounced"
        assert not Suppression.objects.exists()

    def test_what_the_provider_could_not_send_ends_too(self, dispatch):
        reported(dispatch, EventType.FAILED)
        assert (state_of(dispatch), dispatch.reason) == (
            "bounced",
            "reported as bounced: the provider could not send it",
        )
        assert not Suppression.objects.exists()

    def test_after_a_soft_bounce_the_provider_may_still_deliver(self, dispatch):
        reported(dispatch, EventType.BOUNCED, reject_reason=RejectReason.TIMED_OUT)
        reported(dispatch, EventType.DELIVERED)
        assert state_of(dispatch) == "delivered"

    def test_who_unsubscribed_at_the_provider_has_objected(self, dispatch):
        reported(dispatch, EventType.REJECTED, reject_reason=RejectReason.UNSUBSCRIBED)
        assert Objection.objects.get().channel == "email"


class TestRetries:
    def test_an_event_without_id_and_time_is_written_once(self, dispatch):
        for _ in range(3):
            reported(dispatch, EventType.BOUNCED, event_id=None, timestamp=None, reject_reason=RejectReason.BOUNCED)
        assert Event.objects.count() == Bounce.objects.count() == 1

    def test_the_same_event_under_a_new_id_is_written_once(self, dispatch):
        for number in range(3):  # Mailgun signs every call anew
            reported(dispatch, EventType.DELIVERED, event_id=f"e{number}")
        assert Event.objects.count() == 1

    def test_one_that_cannot_be_written_does_not_keep_the_others(self, dispatch):
        reported(dispatch, EventType.BOUNCED, metadata={"dispatch": "9" * 18}, mta_response="\x00")
        reported(dispatch, EventType.DELIVERED)
        assert state_of(dispatch) == "delivered"

    def test_without_metadata_our_message_id_tells(self, dispatch):
        reported(dispatch, EventType.DELIVERED, metadata=None, message_id=message_id(dispatch.pk))
        assert state_of(dispatch) == "delivered"

    def test_a_made_up_message_id_tells_nothing(self, dispatch):
        made_up = message_id(dispatch.pk).replace(f"-{dispatch.pk}.", f"-{dispatch.pk + 1}.")
        reported(dispatch, EventType.DELIVERED, metadata=None, message_id=made_up)
        assert state_of(dispatch) == "sent"

    def test_postal_gives_the_message_id_without_brackets(self, dispatch):
        raw = {"payload": {"message": {"message_id": message_id(dispatch.pk).strip("<>")}}}
        reported(dispatch, EventType.DELIVERED, metadata=None, message_id="123", esp_event=raw)
        assert state_of(dispatch) == "delivered"


@pytest.mark.urls("tests.channels.email.test_provider_events")
class TestBatches:
    def test_every_event_of_a_request_is_taken_also_when_it_comes_again(self, dispatch, settings):
        """As SendGrid calls it."""
        settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}
        other = builders.dispatch(dispatch.wave, state="sent", claimed_at=timezone.now())
        now = int(timezone.now().timestamp())
        events = [
            {"event": "delivered", "timestamp": now, "email": "x@example.com", "sg_event_id": "a", "dispatch": str(dispatch.pk)},
            {"event": "bounce", "type": "blocked", "reason": "554 5.7.1 blocked", "timestamp": now, "email": "y@example.com",
             "sg_event_id": "b", "dispatch": str(other.pk)},
            {"event": "delivered", "timestamp": now, "email": "z@example.com", "sg_event_id": "c"},
        ]  # fmt: skip
        headers = {"Authorization": f"Basic {b64encode(SECRET.encode()).decode()}"}
        for _ in range(2):
            answer = Client().post(
                "/anymail/sendgrid/tracking/", json.dumps(events), content_type="application/json", headers=headers
            )
            assert answer.status_code == 200
        assert [state_of(dispatch), state_of(other)] == ["delivered", "bounced"]
        assert Event.objects.count() == 2
        assert not Suppression.objects.exists()
