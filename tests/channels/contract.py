"""What every channel promises, run over every registered one by test_contract.py. A new channel passes it as well."""

from collections.abc import Iterator

import pytest
from django.db import connection

from campaigns.models import Wave
from channels import delivery, ledger, recipients, registry
from channels.base import Channel, Handover, Message, Receipt, Rendition, Trial
from channels.models import Dispatch
from channels.permission import barred
from tests import builders


class ChannelContract:
    """Subclass it, or parametrise `name`; `options` are an option's settings with which the channel can work."""

    options: dict[str, dict] = {}

    @pytest.fixture
    def channel(self, name: str) -> Channel:
        return registry.get(name)

    @pytest.fixture
    def wave(self, name: str) -> Wave:
        campaign = builders.campaign(channels=(name,))
        campaign.options.update(settings=self.options.get(name, {}))
        return builders.wave(campaign)

    @pytest.fixture
    def dispatches(self, name: str, wave: Wave) -> list[Dispatch]:
        people = [self.person(name) for _ in range(3)]
        return [
            builders.dispatch(wave, person, channel=name, coupon_code=f"{name[:6]}{person.pk}".upper())
            for person in people
        ]

    def person(self, name: str):
        """Somebody whom every channel reaches."""
        person = builders.customer(consents=(name,), household=True)
        builders.area(person)
        return person

    def messages(self, channel: Channel, dispatches: list[Dispatch]) -> tuple[list[Message], dict]:
        ids = [one.pk for one in dispatches]
        [(_, blocks)] = recipients.by_content(dispatches[0].wave_id, ids)
        return recipients.messages(channel, ids, blocks), blocks

    def test_says_who_it_is(self, channel: Channel, name: str):
        assert channel.name == name
        assert len(name) <= 20
        assert channel.label
        assert channel.unit_cost_cents >= 0
        assert isinstance(channel.handover, Handover)

    def test_can_reach_somebody(self, channel: Channel):
        assert channel.reach.identifier_kinds or channel.reach.needs_household

    def test_an_objection_bars_it(self, channel: Channel):
        assert "'objection'" in barred(channel).sql

    def test_renders_the_same_content_the_same_way(self, channel: Channel, dispatches):
        messages, blocks = self.messages(channel, dispatches)
        content = blocks[messages[0].option_id]
        first, second = (channel.render(content, messages[0].fields) for _ in range(2))
        assert isinstance(first, Rendition)
        assert first.parts
        assert first.parts.keys() == second.parts.keys()

    def test_is_tried_out_without_a_dispatch(self, channel: Channel, dispatches, mail_server):
        messages, blocks = self.messages(channel, dispatches)
        content, fields = blocks[messages[0].option_id], messages[0].fields
        before = list(Dispatch.objects.order_by("pk").values())
        tried = channel.try_out(Trial(number=2**62, blocks=content, fields=fields, recipient="me@example.com"))
        assert tried.rendition.parts.keys() == channel.render(content, fields).parts.keys()
        assert list(Dispatch.objects.order_by("pk").values()) == before

    def test_refuses_settings_that_it_does_not_know(self, channel: Channel):
        with pytest.raises(ValueError, match=r".+"):
            channel.check_option({"no such setting": "x"})

    def test_answers_for_every_message_once_and_in_order(self, channel: Channel, dispatches, mail_server):
        messages, blocks = self.messages(channel, dispatches)
        handed = iter(messages) if channel.handover == Handover.SINGLY else messages
        answers = channel.hand_over(handed, blocks)
        assert isinstance(answers, Iterator)
        ids = [answer.dispatch_id if isinstance(answer, Receipt) else answer[0] for answer in answers]
        assert ids == [message.dispatch_id for message in messages]

    def test_takes_the_next_message_only_when_the_last_is_answered(self, channel: Channel, dispatches, mail_server):
        if channel.handover != Handover.SINGLY:
            pytest.skip("it takes them together")
        messages, blocks = self.messages(channel, dispatches)
        taken: list[int] = []

        def watched() -> Iterator[Message]:
            for message in messages:
                taken.append(message.dispatch_id)
                yield message

        for answered, _ in enumerate(channel.hand_over(watched(), blocks), 1):
            assert len(taken) == answered

    def test_everybody_due_goes_out_through_the_pipeline_once(self, name: str, wave, dispatches, mail_server):
        assert delivery.send_due(name) == 3
        assert delivery.send_due(name) == 0
        counted = ledger.counts(wave.pk)[name]
        assert set(counted) <= {"sent", "handed_over"}
        assert sum(counted.values()) == 3

    def test_what_is_refused_leaves_no_trace_with_whoever_objected(self, name: str, wave, dispatches, mail_server):
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO campaigns_objection (customer_id, channel, source, note) VALUES (%s, '', 'test', '')",
                [dispatches[0].customer_id],
            )
        delivery.send_due(name)
        assert ledger.counts(wave.pk)[name]["suppressed"] == 1

    def test_gives_back_only_what_it_was_asked_for(self, channel: Channel, dispatches):
        ids = [one.pk for one in dispatches]
        assert set(channel.withdraw(ids)) <= set(ids)

    def test_knows_of_no_message_that_it_never_had(self, channel: Channel, dispatches):
        assert list(channel.look_up([one.pk for one in dispatches])) == []
