"""Mail that comes back counts once, for the dispatch that we signed, and for nobody else's."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.models import Consent, Event, Objection, Suppression
from channels import tracking
from channels.base import Feedback
from channels.email import verp
from channels.email.inbound import addresses, keeping, recording
from channels.email.letters import message_id
from channels.feedback import record
from channels.models import Bounce, Dispatch, InboundMail
from tests import builders
from tests.channels.email.inbound import samples

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _bounce_domain(settings) -> None:
    settings.BOUNCE_DOMAIN = "bounces.example.com"


@pytest.fixture
def person():
    return builders.customer(email=samples.RECIPIENT)


def sent_to(person, **fields) -> Dispatch:
    fields = {"state": "sent", "claimed_at": timezone.now() - timedelta(days=30)} | fields
    return builders.dispatch(builders.wave(), person, **fields)


@pytest.fixture
def dispatch(person) -> Dispatch:
    return sent_to(person)


def path_of(dispatch: Dispatch) -> str:
    return str(verp.make(dispatch.pk))


def receive(raw: bytes, recipient: str = "") -> str:
    outcome = recording.receive(raw, way="lmtp", recipient=recipient)
    return outcome.was if outcome else "known"


def state_of(dispatch: Dispatch) -> str:
    dispatch.refresh_from_db()
    return dispatch.state


class TestBounces:
    def test_a_hard_bounce_ends_the_dispatch_and_suppresses_the_address(self, dispatch):
        assert receive(samples.dsn(return_path=path_of(dispatch))) == "bounce"
        assert state_of(dispatch) == "bounced"
        assert dispatch.reason == "reported as bounced: unknown recipient"
        assert Suppression.objects.get().reason == "bounce"
        assert Event.objects.get(kind="bounced").attributes["code"] == "5.1.1"

    @pytest.mark.parametrize("system", samples.BY_SYSTEM)
    def test_of_every_system(self, dispatch, system):
        text, severity, reason = samples.BY_SYSTEM[system]
        assert receive(samples.system(text, return_path=path_of(dispatch))) == "bounce"
        bounce = Bounce.objects.get()
        assert (bounce.severity, bounce.reason, bounce.domain) == (severity, reason, "kunde.example")
        assert Suppression.objects.exists() == (severity == "hard")

    def test_is_found_by_the_envelope_alone(self, dispatch):
        assert receive(samples.dsn(to="nobody@example.com"), path_of(dispatch)) == "bounce"

    def test_is_found_by_the_message_id_alone(self, dispatch):
        assert receive(samples.dsn(message_id=message_id(dispatch.pk))) == "bounce"
        assert state_of(dispatch) == "bounced"

    def test_a_soft_bounce_ends_the_dispatch_but_not_the_address(self, dispatch):
        receive(samples.dsn(return_path=path_of(dispatch), status="4.2.2", diagnostic="smtp; 452 4.2.2 over quota"))
        assert state_of(dispatch) == "bounced"
        assert not Suppression.objects.exists()

    def test_a_block_says_nothing_about_the_address_however_often(self, person):
        for days in range(30, 0, -1):
            one = sent_to(person, claimed_at=timezone.now() - timedelta(days=days))
            receive(samples.dsn(return_path=path_of(one), status="5.7.1", diagnostic="smtp; 550 5.7.1 blocked"))
        assert Bounce.objects.filter(severity="block").count() == 30
        assert not Suppression.objects.exists()

    def test_of_a_delay_nothing_follows(self, dispatch):
        assert receive(samples.dsn(return_path=path_of(dispatch), action="delayed", status="4.4.1")) == "delay"
        assert receive(samples.system(samples.DELAYED_IN_WORDS, return_path=path_of(dispatch))) == "delay"
        assert state_of(dispatch) == "sent"
        assert not Event.objects.exists()

    def test_a_delivery_that_is_reported_counts(self, dispatch):
        assert receive(samples.dsn(return_path=path_of(dispatch), action="delivered", status="2.0.0")) == "delivered"
        assert state_of(dispatch) == "delivered"

    def test_is_written_once_however_often_it_comes(self, dispatch):
        raw = samples.dsn(return_path=path_of(dispatch))
        assert [receive(raw), receive(raw)] == ["bounce", "known"]
        assert receive(b"Received: by another path\n" + raw) == "bounce"  # delivered again by another server
        assert Event.objects.count() == Bounce.objects.count() == 1

    def test_no_content_and_no_address_is_kept(self, dispatch):
        receive(samples.dsn(return_path=path_of(dispatch)))
        row = InboundMail.objects.get()
        assert row.content is None
        assert "@" not in row.note + dispatch.reason + str(Event.objects.get().attributes)

    def test_dates_are_not_believed_beyond_reason(self, dispatch):
        raw = samples.dsn(return_path=path_of(dispatch))
        receive(raw.replace(b"25 Nov 2026", b"25 Nov 1999"))
        receive(raw.replace(b"25 Nov 2026", b"25 Nov 2199"))
        moments = Event.objects.values_list("occurred_at", flat=True)
        assert all(dispatch.claimed_at <= at <= timezone.now() for at in moments)


class TestForgery:
    def test_a_return_path_that_we_did_not_sign_counts_for_nobody(self, dispatch):
        path = path_of(dispatch)
        changed = path.replace("bounce+", "bounce+a")
        assert receive(samples.dsn(return_path=changed)) == "not_ours"
        assert state_of(dispatch) == "sent"
        assert not Suppression.objects.exists()

    def test_a_message_id_that_we_did_not_sign_counts_for_nobody(self, dispatch):
        own = message_id(dispatch.pk)
        assert receive(samples.dsn(message_id=own.replace(f"-{dispatch.pk}.", f"-{dispatch.pk + 1}."))) == "not_ours"
        assert receive(samples.dsn(message_id=f"<dispatch-{dispatch.pk}@steering.example.com>")) == "not_ours"
        assert not Suppression.objects.exists()

    def test_the_recipient_that_a_report_names_is_never_believed(self, dispatch):
        builders.customer(email="victim@kunde.example")
        raw = samples.dsn(return_path=path_of(dispatch)).replace(b"erika@", b"victim@")
        receive(raw)
        assert [bytes(one.digest) for one in Suppression.objects.all()] == [
            bytes(dispatch.customer.identifiers.get(kind="email").digest)
        ]

    @pytest.mark.parametrize("state", ["queued", "claimed", "cancelled", "suppressed", "expired"])
    def test_what_never_left_cannot_come_back(self, person, state):
        waiting = sent_to(person, state=state)
        assert receive(samples.dsn(return_path=path_of(waiting))) == "not_ours"
        assert not Suppression.objects.exists()

    def test_the_link_of_a_mail_that_was_passed_on_makes_no_bounce(self, dispatch):
        raw = samples.dsn().replace(b"Hallo", tracking.unsubscribe_url(dispatch.pk).encode())
        assert receive(raw) == "not_ours"

    def test_a_dispatch_of_another_channel_has_no_mail(self, person):
        letter = builders.dispatch(
            builders.wave(builders.campaign(channels=("print_mailing",))), person, channel="print_mailing", state="sent"
        )
        assert receive(samples.dsn(return_path=path_of(letter))) == "not_ours"


class TestSoftBounces:
    def bounce(self, person, *, days_ago: float) -> None:
        at = timezone.now() - timedelta(days=days_ago)
        one = sent_to(person, claimed_at=at)
        soft = {"severity": "soft", "is_hard": False, "is_final": True}
        record([Feedback("bounced", one.pk, at, "test", f"bounced-{one.pk}", attributes=soft)])

    @pytest.mark.parametrize(
        ("days", "suppressed"),
        [
            ((9, 5, 1), True),
            ((8, 1), False),  # too few
            ((3, 2, 1, 0), False),  # too close together
            ((300, 290, 1), False),  # forgotten
            ((7, 3, 0), True),
        ],
    )
    def test_some_over_some_days_are_enough(self, person, days, suppressed):
        for one in days:
            self.bounce(person, days_ago=one)
        assert Suppression.objects.filter(reason="soft_bounces").exists() == suppressed

    @pytest.mark.parametrize("kind", ["delivered", "opened", "clicked"])
    def test_a_success_between_begins_anew(self, person, kind):
        self.bounce(person, days_ago=9)
        self.bounce(person, days_ago=6)
        read = sent_to(person)
        record([Feedback(kind, read.pk, timezone.now() - timedelta(days=3), "test", "read")])
        self.bounce(person, days_ago=1)
        assert not Suppression.objects.exists()

    def test_a_mail_that_did_not_come_back_is_a_success(self, person):
        self.bounce(person, days_ago=20)
        self.bounce(person, days_ago=15)
        sent_to(person, claimed_at=timezone.now() - timedelta(days=10))
        self.bounce(person, days_ago=1)
        assert not Suppression.objects.exists()

    def test_one_that_only_just_left_is_none_yet(self, person):
        self.bounce(person, days_ago=20)
        self.bounce(person, days_ago=15)
        sent_to(person, claimed_at=timezone.now() - timedelta(days=2))
        self.bounce(person, days_ago=1)
        assert Suppression.objects.exists()

    def test_how_many_and_how_long_is_a_setting(self, person, settings):
        settings.SOFT_BOUNCES, settings.SOFT_BOUNCE_DAYS = 2, 1
        self.bounce(person, days_ago=3)
        self.bounce(person, days_ago=1)
        assert Suppression.objects.exists()

    def test_told_several_times_of_one_mail_is_one(self, person, dispatch):
        for days in (20, 10, 1):
            at = timezone.now() - timedelta(days=days)
            record([Feedback("bounced", dispatch.pk, at, "test", "x", attributes={"is_hard": False})])
        assert not Suppression.objects.exists()


class TestComplaints:
    def test_is_an_objection_and_a_suppression(self, dispatch):
        assert receive(samples.arf(return_path=path_of(dispatch))) == "complaint"
        assert Objection.objects.get().channel == "email"
        assert Suppression.objects.get().reason == "complaint"

    @pytest.mark.parametrize("by", ["message id", "list-unsubscribe", "return path of the copy"])
    def test_a_redacted_one_is_found(self, dispatch, by):
        raw = {
            "message id": samples.arf(message_id=message_id(dispatch.pk), recipient="redacted@provider.example"),
            "list-unsubscribe": samples.arf(extra=f"List-Unsubscribe: <{tracking.unsubscribe_url(dispatch.pk)}>\n"),
            "return path of the copy": samples.arf(extra=f"Return-Path: <{path_of(dispatch)}>\n"),
        }[by]
        assert receive(raw) == "complaint"
        assert Objection.objects.get().customer_id == dispatch.customer_id

    def test_one_that_names_only_the_campaign_is_for_a_person(self, dispatch):
        raw = samples.arf(extra=f"Feedback-ID: 1:{dispatch.wave_id}:campaign:steering.example.com\n")
        assert receive(raw) == "not_ours"
        assert not Objection.objects.exists()
        assert InboundMail.objects.get().content is not None

    @pytest.mark.parametrize("kind", ["not-spam", "virus", "other", "auth-failure"])
    def test_of_other_reports_nothing_follows(self, dispatch, kind):
        assert receive(samples.arf(kind=kind, return_path=path_of(dispatch))) == "no_action"
        assert not Objection.objects.exists()

    def test_opt_out_is_an_unsubscription(self, dispatch):
        assert receive(samples.arf(kind="opt-out", return_path=path_of(dispatch))) == "unsubscribed"
        assert Objection.objects.get().channel == "email"
        assert not Suppression.objects.exists()


class TestOthers:
    def test_a_mail_to_the_unsubscribe_address_refuses_the_channel(self, dispatch):
        to = addresses.unsubscribe_address(dispatch.pk)
        assert (
            receive(f"From: erika@kunde.example\nTo: {to.upper()}\nSubject: unsubscribe\n\n".encode()) == "unsubscribed"
        )
        assert Objection.objects.get().channel == "email"
        assert Consent.objects.get().withdrawn_at is not None

    def test_an_unsubscribe_address_that_we_did_not_make_refuses_nothing(self, dispatch):
        to = addresses.unsubscribe_address(dispatch.pk).replace("unsubscribe+", "unsubscribe+a")
        assert receive(f"From: a@b.example\nTo: {to}\n\n".encode()) == "not_ours"
        assert not Objection.objects.exists()

    def test_out_of_office_changes_nothing(self, dispatch):
        raw = samples.system(samples.AUTO_REPLY, return_path=path_of(dispatch), message_id=message_id(dispatch.pk))
        assert receive(raw, path_of(dispatch)) == "automatic"
        assert state_of(dispatch) == "sent"
        assert not Event.objects.exists()

    @pytest.mark.parametrize(
        ("raw", "was"), [(b"\x00\xff rubbish", "unreadable"), (samples.system(samples.PERSON), "other")]
    )
    def test_what_is_not_understood_is_kept_for_a_person_for_a_while(self, raw, was, settings):
        assert receive(raw) == was
        assert bytes(InboundMail.objects.get().content) == raw
        InboundMail.objects.update(received_at=timezone.now() - timedelta(days=settings.INBOUND_KEPT_DAYS + 1))
        assert keeping.forget_old() == 1
        assert InboundMail.objects.get().content is None

    def test_a_mistake_of_ours_costs_no_mail(self, monkeypatch):
        def broken(*args, **kwargs):
            raise KeyError("oops")

        monkeypatch.setattr(recording, "read", broken)
        assert receive(samples.dsn()) == "unreadable"
        assert InboundMail.objects.get().content is not None
