"""The pipeline sends what is due, once, and one bad message stops no other."""

from collections import Counter
from contextlib import suppress
from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns import consent
from campaigns.models import Customer, Event, Suppression
from channels import delivery, ledger, recipients, tracking
from channels.base import ChannelError, Handover, Receipt, ReceiptState
from channels.email.channel import message_id
from channels.memory import MemoryChannel
from channels.models import Attempt, Dispatch
from tests import builders
from tests.mail_server import MailServer
from tests.ports import closed_port

pytestmark = pytest.mark.django_db


def crash_at(memory: MemoryChannel, monkeypatch, *which: Dispatch) -> None:
    """The channel breaks down after it has taken one of these."""
    ids, hand_over = {one.pk for one in which}, memory.hand_over

    def crashing(messages, blocks):
        def watched():
            for message in messages:
                if message.dispatch_id in ids:
                    raise ZeroDivisionError
                yield message

        yield from hand_over(watched(), blocks)

    monkeypatch.setattr(memory, "hand_over", crashing)


def states(of) -> list[str]:
    return list(Dispatch.objects.filter(wave=of).order_by("id").values_list("state", flat=True))


class TestPipeline:
    """By the in-memory channel."""

    @pytest.fixture
    def wave(self, memory):
        return builders.wave(builders.campaign(channels=("memory",)))

    def due(self, wave, **fields) -> Dispatch:
        return builders.dispatch(wave, builders.customer(consents=("memory",)), channel="memory", **fields)

    def test_sends_what_is_due_and_says_how_many(self, wave, memory: MemoryChannel):
        made = [self.due(wave) for _ in range(3)]
        assert delivery.send_due("memory") == 3
        assert [message.dispatch_id for message, _ in memory.outbox] == [one.pk for one in made]
        assert states(wave) == ["sent"] * 3
        assert delivery.send_due("memory") == 0

    def test_takes_no_more_than_a_batch(self, wave, settings):
        settings.DELIVERY_BATCH = 2
        for _ in range(3):
            self.due(wave)
        assert delivery.send_due("memory") == 2
        assert states(wave) == ["sent", "sent", "queued"]

    def test_a_message_carries_the_address_the_person_and_the_links(self, wave, memory: MemoryChannel):
        person = builders.customer(email="erika@example.com", first_name="Erika", consents=("memory",))
        made = builders.dispatch(wave, person, channel="memory", coupon_code="ABC123")
        delivery.send_due("memory")
        message, _ = memory.outbox[0]
        assert message.recipient == "erika@example.com"
        assert message.fields["first_name"] == "Erika"
        assert message.fields["coupon_code"] == message.coupon_code == "ABC123"
        assert message.fields["links"] == {"shop": tracking.link_url(made.pk, "shop")}
        assert message.fields["link"] == tracking.link_url(made.pk, "shop")
        assert message.fields["unsubscribe_url"] == tracking.unsubscribe_url(made.pk)

    def test_sends_the_version_that_the_wave_was_approved_with(self, wave, memory: MemoryChannel):
        self.due(wave)
        content = wave.campaign.content
        content.blocks = [{"id": "new", "type": "text", "text": "written later"}]
        content.save()
        delivery.send_due("memory")
        assert "written later" not in memory.outbox[0][1].parts["text"]

    def test_a_refused_message_stops_no_other(self, wave, memory: MemoryChannel):
        first, second = self.due(wave), self.due(wave)
        memory.refusals[first.customer_id] = ChannelError("no", permanent=True)
        delivery.send_due("memory")
        assert states(wave) == ["failed", "sent"]
        assert second.pk == memory.outbox[0][0].dispatch_id

    def test_somebody_who_objects_while_the_batch_is_sent_gets_nothing(self, wave, memory: MemoryChannel, monkeypatch):
        self.due(wave)
        second = self.due(wave)
        render = memory.render

        def render_while_the_second_objects(blocks, fields):
            consent.object_to(customer_id=second.customer_id, source="test")
            return render(blocks, fields)

        monkeypatch.setattr(memory, "render", render_while_the_second_objects)
        delivery.send_due("memory")
        assert states(wave) == ["sent", "suppressed"]
        assert len(memory.outbox) == 1

    def test_a_message_that_makes_the_channel_crash_is_uncertain_and_stops_no_other(self, wave, memory, monkeypatch):
        made = [self.due(wave) for _ in range(4)]
        crash_at(memory, monkeypatch, made[1])
        assert delivery.send_due("memory") == 4
        assert states(wave) == ["sent", "uncertain", "sent", "sent"]

    def test_a_channel_that_crashes_at_two_in_a_row_is_left_alone(self, wave, memory, monkeypatch):
        made = [self.due(wave) for _ in range(4)]
        crash_at(memory, monkeypatch, *made)
        with pytest.raises(ZeroDivisionError):
            delivery.send_due("memory")
        assert states(wave) == ["uncertain", "uncertain", "queued", "queued"]

    def test_a_row_that_crashes_rendering_is_tried_three_times_and_stops_no_other(self, wave, memory, monkeypatch):
        poison, _ = self.due(wave), self.due(wave)
        render = memory.render

        def crash(blocks, fields):
            if fields["customer_number"] == poison.customer.customer_number:
                raise KeyError("a secret of the row")
            return render(blocks, fields)

        monkeypatch.setattr(memory, "render", crash)
        for _ in range(3):
            delivery.send_due("memory")
            Dispatch.objects.update(due_at=timezone.now() - timedelta(minutes=1))
        assert states(wave) == ["failed", "sent"]
        assert list(Attempt.objects.filter(dispatch=poison).values_list("number", "outcome", "answer")) == [
            (1, "queued", "rendering failed: KeyError"),
            (2, "queued", "rendering failed: KeyError"),
            (3, "failed", "rendering failed: KeyError"),
        ]

    def test_a_row_that_crashes_its_batch_is_found_in_smaller_ones_and_the_rest_go_out(
        self, wave, memory, monkeypatch, settings
    ):
        settings.DELIVERY_BATCH = 16
        made = [self.due(wave) for _ in range(20)]
        messages, batches = recipients.messages, []

        def crash(channel, ids, blocks):
            batches.append(len(ids))
            if made[7].pk in ids:
                raise ValueError("cannot be read")
            return messages(channel, ids, blocks)

        monkeypatch.setattr(recipients, "messages", crash)
        while "queued" in states(wave):
            Dispatch.objects.update(due_at=timezone.now() - timedelta(minutes=1))
            with suppress(ValueError):
                delivery.send_due("memory")
        assert Counter(states(wave)) == {"sent": 19, "failed": 1}
        made[7].refresh_from_db()
        assert (made[7].state, made[7].reason) == ("failed", "it made its batch crash 3 times")
        assert batches[0] == 16
        assert batches.count(1) == 4

    def test_what_surrounds_a_batch_blames_none_of_its_rows(self, wave, memory, monkeypatch):
        made = self.due(wave)

        def disk_full(*_):
            raise OSError("no space left")

        monkeypatch.setattr(recipients, "messages", disk_full)
        with pytest.raises(OSError, match="no space left"):
            delivery.send_due("memory")
        made.refresh_from_db()
        assert (made.state, made.lost) == ("queued", 0)

    def test_an_address_that_is_suppressed_after_it_was_read_is_not_used_and_the_next_one_is(
        self, wave, memory, monkeypatch
    ):
        person = builders.customer(email="old@example.com", consents=("memory",))
        builders.identifier(person, "email", "new@example.com")
        made = builders.dispatch(wave, person, channel="memory")
        messages = recipients.messages

        def suppress_after_reading(channel, ids, blocks):
            read = messages(channel, ids, blocks)
            consent.suppress(kind="email", value="old@example.com", reason="bounce", source="test")
            return read

        monkeypatch.setattr(recipients, "messages", suppress_after_reading)
        delivery.send_due("memory")
        made.refresh_from_db()
        assert (made.state, memory.outbox) == ("queued", [])
        monkeypatch.undo()
        delivery.send_due("memory")
        assert [message.recipient for message, _ in memory.outbox] == ["new@example.com"]

    def test_somebody_erased_after_the_claim_gets_nothing(self, wave, memory, monkeypatch):
        made, other = self.due(wave), self.due(wave)
        messages = recipients.messages

        def erase_after_reading(channel, ids, blocks):
            read = messages(channel, ids, blocks)
            Customer.objects.get(pk=made.customer_id).delete()
            return read

        monkeypatch.setattr(recipients, "messages", erase_after_reading)
        delivery.send_due("memory")
        assert [message.dispatch_id for message, _ in memory.outbox] == [other.pk]

    def test_a_channel_may_take_several_at_once_and_each_step_records_and_begins_in_one_statement(
        self, wave, memory, monkeypatch
    ):
        for _ in range(7):
            self.due(wave)
        turns, turn = [], ledger.turn

        def counted(held, answers, next_ids=(), **options):
            turns.append((len(answers), len(next_ids)))
            return turn(held, answers, next_ids, **options)

        def three_at_a_time(messages, blocks):
            while taken := messages.take(3):
                yield from (Receipt(message.dispatch_id, ReceiptState.SENT) for message in taken)

        monkeypatch.setattr(ledger, "turn", counted)
        monkeypatch.setattr(memory, "hand_over", three_at_a_time)
        delivery.send_due("memory")
        assert states(wave) == ["sent"] * 7
        assert turns == [(0, 3), (3, 3), (3, 1), (1, 0)]

    def test_what_a_channel_takes_and_never_answers_for_is_uncertain(self, wave, memory, monkeypatch):
        self.due(wave), self.due(wave)

        def forgetful(messages, blocks):
            yield Receipt(messages.take(2)[0].dispatch_id, ReceiptState.SENT)

        monkeypatch.setattr(memory, "hand_over", forgetful)
        delivery.send_due("memory")
        assert states(wave) == ["sent", "uncertain"]

    def test_an_answer_is_not_forgotten_when_the_next_message_cannot_begin(self, wave, monkeypatch):
        self.due(wave)
        second = self.due(wave)
        turn = ledger.turn

        def fail_at_the_second(held, answers, next_ids=(), **options):
            if second.pk in next_ids:
                raise RuntimeError("a mistake")
            return turn(held, answers, next_ids, **options)

        monkeypatch.setattr(ledger, "turn", fail_at_the_second)
        with pytest.raises(RuntimeError):
            delivery.send_due("memory")
        assert states(wave) == ["sent", "queued"]

    def test_sends_one_wave_only_if_asked(self, wave):
        other = builders.wave(wave.campaign)
        self.due(wave)
        self.due(other)
        assert delivery.send_due("memory", wave_id=other.pk) == 1
        assert (states(wave), states(other)) == (["queued"], ["sent"])

    def test_a_provider_that_cannot_be_reached_uses_up_no_attempt(self, wave, memory: MemoryChannel, monkeypatch):
        made = self.due(wave)

        def nobody_there(messages, blocks):
            raise ChannelError("nobody there", permanent=False)
            yield

        monkeypatch.setattr(memory, "hand_over", nobody_there)
        assert delivery.send_due("memory") == 0
        made.refresh_from_db()
        assert (made.state, made.attempts) == ("queued", 0)

    def test_begins_nothing_after_its_time_is_up(self, wave, memory: MemoryChannel):
        self.due(wave)
        delivery.send_due("memory", seconds=-1)
        assert memory.outbox == []
        assert states(wave) == ["queued"]

    def test_two_waves_of_a_campaign_send_their_own_versions(self, wave, memory: MemoryChannel):
        self.due(wave)
        other = builders.wave(
            builders.campaign(channels=("memory",), blocks=[{"id": "t", "type": "text", "text": "other"}])
        )
        self.due(other)
        delivery.send_due("memory")
        assert sorted(rendition.parts["text"] for _, rendition in memory.outbox)[-1] == "other"
        assert len(memory.outbox) == 2

    def test_a_channel_that_hands_over_together_is_recorded_with_its_file(
        self, wave, memory: MemoryChannel, monkeypatch
    ):
        self.due(wave)
        self.due(wave)
        monkeypatch.setattr(memory, "handover", Handover.TOGETHER)
        assert delivery.send_due("memory") == 2
        assert states(wave) == ["sent", "sent"]

    def test_a_file_that_cannot_be_written_leaves_everything_queued(self, wave, memory: MemoryChannel, monkeypatch):
        self.due(wave)
        monkeypatch.setattr(memory, "handover", Handover.TOGETHER)

        def disk_full(messages, blocks):
            raise OSError("no space left")
            yield

        monkeypatch.setattr(memory, "hand_over", disk_full)
        with pytest.raises(OSError, match="no space left"):
            delivery.send_due("memory")
        assert states(wave) == ["queued"]
        assert not Attempt.objects.exists()

    def test_needs_few_queries_a_message(self, wave, django_assert_max_num_queries):
        for _ in range(20):
            self.due(wave)
        with django_assert_max_num_queries(20 + 20 * 8):
            delivery.send_due("memory")


class TestByMail:
    """Through a real SMTP server on loopback."""

    @pytest.fixture
    def wave(self):
        return builders.wave()

    def due(self, wave, email: str = "", **fields) -> Dispatch:
        return builders.dispatch(wave, builders.customer(email=email), **fields)

    def test_arrives_with_text_and_html(self, wave, mail_server: MailServer):
        self.due(wave, "erika@example.com")
        assert delivery.send_due("email") == 1
        mail = mail_server.messages[0]
        assert mail["To"] == "erika@example.com"
        assert mail.get_body(("plain",)) is not None
        assert mail.get_body(("html",)) is not None

    def test_can_be_unsubscribed_by_one_click(self, wave, mail_server: MailServer):
        made = self.due(wave)
        delivery.send_due("email")
        mail = mail_server.messages[0]
        assert mail["List-Unsubscribe"] == f"<{tracking.unsubscribe_url(made.pk)}>"
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    def test_has_a_message_id_made_from_the_dispatch(self, wave, mail_server: MailServer):
        made = self.due(wave)
        delivery.send_due("email")
        assert mail_server.messages[0]["Message-ID"] == message_id(made.pk)
        made.refresh_from_db()
        assert made.provider_id == message_id(made.pk)

    def test_uses_one_connection_for_a_batch(self, wave, mail_server: MailServer):
        for _ in range(5):
            self.due(wave)
        delivery.send_due("email")
        assert len(mail_server.messages) == 5
        assert mail_server.connections == 1

    def test_an_unknown_address_bounces_and_is_not_used_again(self, wave, mail_server: MailServer):
        mail_server.at_recipient["gone@example.com"] = "550 5.1.1 <gone@example.com>: no such user"
        made = self.due(wave, "gone@example.com")
        self.due(wave)
        delivery.send_due("email")
        assert states(wave) == ["bounced", "sent"]
        assert Suppression.objects.get().reason == "bounce"
        assert Event.objects.get(kind="bounced").dispatch_id == made.pk

    def test_the_ledger_keeps_no_address_from_an_answer(self, wave, mail_server: MailServer):
        mail_server.at_recipient["gone@example.com"] = "550 5.1.1 <gone@example.com>: no such user"
        self.due(wave, "gone@example.com")
        delivery.send_due("email")
        assert "gone@" not in Attempt.objects.get().answer
        assert Attempt.objects.get().code == "550 5.1.1"

    @pytest.mark.parametrize(
        ("reply", "becomes"),
        [
            ("550 5.7.1 refused by policy", "failed"),
            ("552 5.2.2 mailbox full", "bounced"),
            ("450 4.2.0 greylisted", "queued"),
            ("452 4.3.1 out of space", "queued"),
            ("421 4.3.2 shutting down", "queued"),
            ("hang up", "queued"),
        ],
    )
    def test_a_refusal_of_the_recipient(self, wave, mail_server: MailServer, reply, becomes):
        mail_server.at_recipient["one@example.com"] = reply
        self.due(wave, "one@example.com")
        self.due(wave, "two@example.com")
        delivery.send_due("email")
        assert states(wave) == [becomes, "sent"]
        assert mail_server.recipients == ["two@example.com"]

    @pytest.mark.parametrize(
        ("reply", "becomes"),
        [("554 5.6.0 spam", "failed"), ("451 4.3.0 try later", "queued"), ("421 4.3.2 bye", "queued")],
    )
    def test_a_refusal_of_the_message(self, wave, mail_server: MailServer, reply, becomes):
        mail_server.at_data["one@example.com"] = reply
        self.due(wave, "one@example.com")
        self.due(wave, "two@example.com")
        delivery.send_due("email")
        assert states(wave) == [becomes, "sent"]

    def test_an_answer_lost_after_the_final_dot_is_uncertain_and_never_sent_again(
        self, wave, mail_server: MailServer, settings
    ):
        mail_server.at_data["one@example.com"] = "swallow"
        self.due(wave, "one@example.com")
        self.due(wave, "two@example.com")
        delivery.send_due("email")
        assert states(wave) == ["uncertain", "sent"]
        settings.DELIVERY_LEASE_SECONDS = -1
        ledger.release_stale()
        ledger.doubt_stale()
        assert delivery.send_due("email") == 0
        assert mail_server.recipients == ["one@example.com", "two@example.com"]

    def test_no_server_at_all_leaves_everything_queued(self, wave, mail_server: MailServer, settings):
        self.due(wave)
        with closed_port() as settings.EMAIL_PORT:
            assert delivery.send_due("email") == 0
        assert states(wave) == ["queued"]

    def test_what_waits_for_later_is_not_sent(self, wave, mail_server: MailServer):
        self.due(wave, due_at=timezone.now() + timedelta(hours=1))
        assert delivery.send_due("email") == 0
        assert mail_server.messages == []
