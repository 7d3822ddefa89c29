"""Staff see what came back and why, tick off what only a person understands, and lift a suppression with a reason."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from campaigns import consent, identity
from campaigns.models import Suppression
from channels import bounces
from channels.admin.suppressions import mask
from channels.base import Feedback
from channels.email.inbound import recording
from channels.feedback import record
from channels.models import Bounce, InboundMail
from tests import admin_clients, builders

pytestmark = pytest.mark.django_db
ADDRESS = "erika@kunde.example"


def suppressed(reason: str = "bounce") -> Suppression:
    consent.suppress(kind="email", value=ADDRESS, reason=reason, source="test")
    return Suppression.objects.get()


def bounced(severity: str, reason: str, *, email: str = "", code: str = "5.1.1") -> None:
    made = builders.dispatch(builders.wave(), builders.customer(email=email), state="sent", claimed_at=timezone.now())
    said = {"severity": severity, "is_hard": severity == "hard", "reason": reason, "code": code}
    record([Feedback("bounced", made.pk, timezone.now(), "test", f"b-{made.pk}", attributes=said)])


class TestSuppressions:
    def lift(self, client, of: Suppression, reason: str = "the person rang and has a new mailbox"):
        return client.post(reverse("admin:campaigns_suppression_lift", args=[of.pk]), {"reason": reason})

    def test_an_address_is_shown_masked(self):
        builders.customer(email=ADDRESS)
        suppressed()
        page = admin_clients.in_role("Privacy officer").get(reverse("admin:campaigns_suppression_changelist"))
        assert "e…@kunde.example" in page.content.decode()
        assert ADDRESS not in page.content.decode()

    @pytest.mark.parametrize(
        ("kind", "value", "shown"),
        [
            ("email", "a@b.example", "a…@b.example"),
            ("phone", "+4930123456", "…56"),
            ("email", "", "only its hash is known"),
        ],
    )
    def test_masks_hide_who_it_is(self, kind, value, shown):
        assert mask(kind, value) == shown

    def test_is_lifted_with_a_reason_that_stays_in_the_history(self):
        client, of = admin_clients.in_role("Privacy officer"), suppressed()
        page = client.get(reverse("admin:campaigns_suppression_change", args=[of.pk]))
        assert "Use it again" in page.content.decode()
        self.lift(client, of)
        assert not Suppression.objects.exists()
        assert LogEntry.objects.get().change_message == "lifted (bounce): the person rang and has a new mailbox"

    @pytest.mark.parametrize("reason", ["", "   ", "erika@kunde.example asked"])
    def test_not_without_a_reason_nor_with_an_address(self, reason):
        of = suppressed()
        self.lift(admin_clients.superuser(), of, reason)
        assert Suppression.objects.exists()
        assert not LogEntry.objects.exists()

    @pytest.mark.parametrize("reason", ["erasure", "opt_out_list"])
    def test_what_is_not_ours_to_lift_stays(self, reason):
        of = suppressed(reason)
        assert "stays erased" in admin_clients.said(self.lift(admin_clients.superuser(), of))[0]
        assert Suppression.objects.exists()

    @pytest.mark.parametrize("role", ["Campaign manager", "Service agent", "Analyst"])
    def test_others_do_not_lift(self, role):
        of = suppressed()
        assert self.lift(admin_clients.in_role(role), of).status_code == 403
        assert Suppression.objects.exists()

    def test_afterwards_soft_bounces_are_counted_anew(self):
        bounced("soft", "mailbox full", email=ADDRESS)
        digest = identity.digest("email", ADDRESS)
        assert Bounce.objects.filter(digest=digest).exists()
        bounces.lift([suppressed("soft_bounces")])
        assert not Bounce.objects.filter(digest=digest).exists()


class TestBounces:
    def test_are_summed_by_reason_and_domain(self):
        bounced("hard", "unknown recipient", email="a@one.example")
        bounced("hard", "unknown recipient", email="b@one.example", code="5.1.10")
        bounced("block", "refused by policy", email="a@two.example", code="5.7.1")
        answer = admin_clients.in_role("Campaign manager").get(reverse("admin:channels_bounce_sums"))
        first, second = answer.context["by_reason"]
        assert (first["reason"], first["number"], set(first["codes"].split(", "))) == (
            "unknown recipient", 2, {"5.1.1", "5.1.10"},
        )  # fmt: skip
        assert (second["severity"], second["number"]) == ("block", 1)
        assert [(row["domain"], row["hard"], row["block"]) for row in answer.context["by_domain"]] == [
            ("one.example", 2, 0),
            ("two.example", 0, 1),
        ]

    def test_no_address_is_shown(self):
        bounced("hard", "unknown recipient", email="anna.secret@one.example")
        client = admin_clients.superuser()
        for name in ("channels_bounce_sums", "channels_bounce_changelist"):
            assert b"anna.secret" not in client.get(reverse(f"admin:{name}")).content

    def test_who_may_not_look_is_refused(self):
        assert admin_clients.in_role("Content editor").get(reverse("admin:channels_bounce_sums")).status_code == 403


class TestReturnedMail:
    @pytest.fixture
    def unread(self) -> InboundMail:
        recording.receive(b"From: x@y.example\nSubject: hm\n\n<script>alert(1)</script>", way="imap")
        return InboundMail.objects.get()

    def test_what_only_a_person_understands_is_shown_harmlessly(self, unread):
        client = admin_clients.in_role("Service agent")
        assert client.get(reverse("admin:channels_inboundmail_changelist"), {"to_see": "1"}).context["cl"].result_list
        page = client.get(reverse("admin:channels_inboundmail_change", args=[unread.pk])).content
        assert b"&lt;script&gt;alert(1)" in page
        assert b"<script>alert(1)" not in page

    def test_is_ticked_off_once(self, unread):
        client = admin_clients.in_role("Service agent")
        for _ in range(2):
            client.post(reverse("admin:channels_inboundmail_seen", args=[unread.pk]))
        unread.refresh_from_db()
        assert unread.seen_by == client.user
        assert LogEntry.objects.count() == 1
        shown = client.get(reverse("admin:channels_inboundmail_changelist"), {"to_see": "1"}).context["cl"].result_list
        assert list(shown) == []

    def test_rubbish_bytes_are_shown_too(self):
        recording.receive(b"\x00\xff\xfe", way="lmtp")
        url = reverse("admin:channels_inboundmail_change", args=[InboundMail.objects.get().pk])
        assert admin_clients.superuser().get(url).status_code == 200

    @pytest.mark.parametrize("role", ["Campaign manager", "Analyst", "Content editor"])
    def test_others_do_not_read_peoples_mail(self, unread, role):
        client = admin_clients.in_role(role)
        assert client.get(reverse("admin:channels_inboundmail_change", args=[unread.pk])).status_code == 403
        assert client.post(reverse("admin:channels_inboundmail_seen", args=[unread.pk])).status_code == 403
