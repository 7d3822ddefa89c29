"""Messages leave by several lines and providers: each once, in spite of providers that fail."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from django.core import mail as django_mail

from campaigns.models import Suppression
from channels import delivery, ledger, recipients
from channels.email import channel, providers
from channels.email.letters import message_id
from channels.email.wire.pool import POOL
from channels.models import Attempt, Bounce, Dispatch, MailProvider
from tests import builders
from tests.smtp_faults import FaultyServer, faulty

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh(settings, monkeypatch) -> Iterator[None]:
    settings.DELIVERY_CONNECTIONS = 4
    monkeypatch.setattr(delivery, "GOES_ON_SECONDS", 60)
    channel.turns.cache_clear()
    yield
    POOL.close()


@pytest.fixture
def start(settings) -> Iterator:
    """Starts servers, each a provider of its own name. Only of those that never answer we soon expect no answer."""
    with ExitStack() as stack:

        def started(name: str, replies: dict | None = None, **fields) -> FaultyServer:
            server = stack.enter_context(faulty(replies))
            if "hang" in server.replies.values():
                settings.EMAIL_TIMEOUT = settings.EMAIL_FINAL_TIMEOUT = 4
            provider(name, server.port, **fields)
            return server

        yield started


def provider(name: str, port: int, **fields) -> MailProvider:
    made = MailProvider(name=name, **fields)
    providers.keep_url(made, f"smtp://127.0.0.1:{port}")
    made.save()
    return made


@pytest.fixture
def wave():
    return builders.wave()


def due(wave, number: int) -> list[Dispatch]:
    return [builders.dispatch(wave, builders.customer()) for _ in range(number)]


def send() -> None:
    while delivery.send_due("email"):
        pass


def states(wave) -> Counter:
    return Counter(ledger.counts(wave.pk)["email"])


def test_everybody_gets_one_by_several_lines(wave, start):
    server = start("one")
    made = due(wave, 60)
    send()
    assert states(wave) == {"sent": 60}
    assert Counter(server.ids) == {message_id(one.pk): 1 for one in made}
    assert 1 < server.connections <= 4


def test_lines_are_kept_for_the_next_batch(wave, start):
    server = start("one")
    due(wave, 9)
    for _ in range(3):
        delivery.send_due("email", limit=3)
    assert states(wave) == {"sent": 9}
    assert server.connections == 1


def test_a_batch_that_leaves_quickly_is_made_longer_unless_its_size_was_asked_for(wave, start, settings):
    settings.DELIVERY_BATCH = 3
    start("one")
    due(wave, 12)
    assert delivery.send_due("email", limit=3) == 3
    assert states(wave) == {"sent": 3, "queued": 9}
    assert delivery.send_due("email") == 9
    assert states(wave) == {"sent": 12}


def test_what_the_speed_limit_holds_back_is_not_added_to_a_batch(wave, start, settings):
    settings.DELIVERY_BATCH = 5
    start("one")
    builders.speed_limit("provider", "one", "0.01")
    due(wave, 30)
    delivery.send_due("email")
    assert states(wave)["sent"] == 1
    assert Attempt.objects.count() == 1


def test_trouble_with_what_is_added_to_a_batch_leaves_no_doubt_about_the_rest(wave, start, settings, monkeypatch):
    settings.DELIVERY_BATCH = 6
    start("one")
    due(wave, 12)
    read, asked = recipients.messages, []

    def failing(*given):
        asked.append(given)
        if len(asked) == 2:
            raise ZeroDivisionError
        return read(*given)

    monkeypatch.setattr(recipients, "messages", failing)
    delivery.send_due("email")
    assert states(wave) == {"sent": 6, "queued": 6}
    send()
    assert states(wave) == {"sent": 12}


def test_providers_share_by_weight(wave, start):
    large, small = start("large", weight=3), start("small", weight=1)
    due(wave, 80)
    send()
    assert (len(large.messages), len(small.messages)) == (60, 20)


def test_an_attempt_says_which_provider_took_it(wave, start):
    start("postfix-1")
    due(wave, 1)
    send()
    assert Attempt.objects.get().answer == "postfix-1: 250 2.0.0 taken as ABC123"


def test_a_full_mailbox_while_sending_is_a_soft_bounce_and_other_trouble_of_servers_is_none(wave, start):
    server = start("one", {"RCPT": b"552 5.2.2 mailbox full"})
    [full] = due(wave, 1)
    send()
    bounce = Bounce.objects.get()
    assert (bounce.dispatch_id, bounce.severity, bounce.reason, bounce.code) == (
        full.pk,
        "soft",
        "mailbox full",
        "552 5.2.2",
    )
    server.replies["RCPT"] = b"554 5.3.0 the relay is ill"
    due(wave, 1)
    send()
    assert Bounce.objects.count() == 1
    assert states(wave) == {"bounced": 1, "failed": 1}
    assert not Suppression.objects.exists()


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("550 5.2.0 not today", "mailbox does not take it now"),
        ("550 5.2.4 the list cannot be expanded", "mailbox does not take it now"),
        ("550 5.4.3 no directory server", "server not reached in time"),
        ("550 5.4.6 it goes round in circles", "server not reached in time"),
    ],
)
def test_what_is_said_of_the_mailbox_or_the_way_to_it_counts_against_the_address(wave, start, said, reason):
    start("one", {"RCPT": said.encode()})
    due(wave, 1)
    send()
    bounce = Bounce.objects.get()
    assert (bounce.severity, bounce.reason) == ("soft", reason)
    assert states(wave) == {"bounced": 1}


@pytest.mark.parametrize(
    "said", ["554 5.3.2 closed today", "550 5.5.1 what?", "550 no", "554 5.0.0 transaction failed"]
)
def test_what_may_be_trouble_of_our_own_relay_is_held_against_nobody(wave, start, said):
    start("one", {"RCPT": said.encode()})
    due(wave, 1)
    send()
    assert not Bounce.objects.exists()
    assert states(wave) == {"failed": 1}


def test_full_mailboxes_again_and_again_wear_an_address_out(wave, start, settings):
    settings.SOFT_BOUNCES, settings.SOFT_BOUNCE_DAYS = 2, 0
    start("one", {"final": b"552 5.2.2 over quota"})
    person = builders.customer()
    for _ in range(2):
        builders.dispatch(builders.wave(), person)
        send()
    assert Suppression.objects.get().reason == "soft_bounces"


def test_a_provider_at_its_speed_limit_gets_no_more_and_others_take_the_rest(wave, start):
    builders.speed_limit("provider", "slow", "0.01")
    slow, fast = start("slow", weight=9), start("fast", weight=1)
    due(wave, 20)
    send()
    assert (len(slow.messages), len(fast.messages)) == (1, 19)


def test_what_no_provider_may_take_yet_waits_without_an_attempt_and_wakes_no_spare_one(wave, start):
    builders.speed_limit("provider", "a", "0.01")
    builders.speed_limit("provider", "b", "0.02")
    a, b, spare = start("a"), start("b"), start("spare", weight=0)
    due(wave, 10)
    send()
    assert (len(a.messages), len(b.messages), len(spare.messages)) == (1, 1, 0)
    waiting = list(Dispatch.objects.filter(state="queued").order_by("due_at"))
    assert {(one.attempts, one.claim) for one in waiting} == {(0, None)}
    spread = (waiting[-1].due_at - waiting[0].due_at).total_seconds()
    assert spread == pytest.approx(7 / 0.03, rel=0.5)


def test_a_message_that_moves_to_another_provider_minds_its_speed_limit(wave, start):
    builders.speed_limit("provider", "slow", "0.01")
    start("failing", {"MAIL": b"451 4.3.0 no disk"}, weight=9)
    slow = start("slow")
    due(wave, 6)
    send()
    assert len(slow.messages) == 1
    assert states(wave) == {"sent": 1, "queued": 5}
    assert set(Dispatch.objects.filter(state="queued").values_list("attempts", flat=True)) == {0}


def test_a_provider_of_weight_0_waits_until_no_other_works(wave, start):
    spare = start("spare", weight=0)
    working = start("working")
    due(wave, 10)
    send()
    assert (len(working.messages), len(spare.messages)) == (10, 0)
    working.replies["greeting"] = working.replies["MAIL"] = b"421 closed"
    due(wave, 10)
    send()
    assert len(spare.messages) == 10


@pytest.mark.parametrize(
    "replies",
    [
        {"greeting": b"554 5.3.2 not today"},
        {"greeting": "cut"},
        {"greeting": "hang"},
        {"EHLO": b"421 4.3.2 closing"},
        {"MAIL": b"421 4.3.2 closing"},
        {"MAIL": b"451 4.3.0 no disk"},
        {"MAIL": b"550 5.7.1 you are not known here"},
        {"RCPT": b"421 4.3.2 closing"},
        {"RCPT": "cut"},
        {"DATA": "hang"},
        {"DATA": b"421 4.3.2 closing"},
        {"final": b"421 4.3.2 closing"},
    ],
    ids=str,
)
def test_what_one_provider_fails_to_take_another_takes_in_the_same_attempt(wave, start, replies):
    start("failing", replies)
    working = start("working")
    made = due(wave, 12)
    send()
    assert states(wave) == {"sent": 12}
    assert Counter(working.ids) == {message_id(one.pk): 1 for one in made}
    assert set(Dispatch.objects.values_list("attempts", flat=True)) == {1}


def test_a_provider_that_keeps_failing_is_left_alone(wave, start):
    failing = start("failing", {"greeting": b"554 no"})
    start("working")
    due(wave, 40)
    send()
    assert failing.connections <= 6


@pytest.mark.parametrize("replies", [{"MAIL": b"421 closing"}, {"RCPT": b"421 closing"}, {"final": b"421 closing"}])
def test_the_only_provider_failing_uses_up_no_attempts(wave, start, replies):
    server = start("only", replies)
    due(wave, 5)
    send()
    assert states(wave) == {"queued": 5}
    assert set(Dispatch.objects.values_list("attempts", flat=True)) == {0}
    assert server.messages == []


@pytest.mark.parametrize("how", ["swallow", "hang"])
def test_what_may_have_left_is_uncertain_and_goes_to_nobody_else(wave, start, how):
    first, second = start("first", {"final": how}), start("second", weight=0)
    made = due(wave, 1)
    send()
    assert states(wave) == {"uncertain": 1}
    assert second.messages == []
    assert first.ids == ([message_id(made[0].pk)] if how == "swallow" else [])


def test_a_refusal_of_the_recipient_is_final_at_every_provider(wave, start):
    start("first", {"RCPT": b"550 5.1.1 no such user"})
    second = start("second", weight=0)
    due(wave, 1)
    send()
    assert states(wave) == {"bounced": 1}
    assert second.said == []


def test_a_message_too_large_for_a_server_fails_whenever_it_says_so(wave, start):
    start("first", {"MAIL": b"552 5.3.4 too large"})
    due(wave, 1)
    send()
    assert states(wave) == {"failed": 1}


def test_a_provider_sends_only_for_its_senders(wave, start, settings):
    settings.DEFAULT_FROM_EMAIL = "Us <news@shop.example>"
    other = start("other", senders="news@other.example\nother.example")
    ours = start("ours", senders="shop.example")
    due(wave, 6)
    send()
    assert (len(other.messages), len(ours.messages)) == (0, 6)


def test_providers_that_are_switched_off_send_nothing(wave, start):
    server = start("off", is_enabled=False)
    due(wave, 1)
    send()
    assert states(wave) == {"queued": 1}
    assert server.said == []


def test_no_more_lines_are_opened_than_a_provider_allows(wave, start):
    server = start("narrow", connections=1)
    due(wave, 30)
    send()
    assert states(wave) == {"sent": 30}
    assert server.connections == 1


def test_a_line_is_closed_after_so_many_messages(wave, start):
    server = start("short", messages_a_connection=5, connections=1)
    due(wave, 20)
    send()
    assert states(wave) == {"sent": 20}
    assert server.connections in (4, 5)  # it may stand ready for a message that never comes


def test_a_backend_of_django_can_be_a_provider_and_gets_one_after_the_other(wave, settings, monkeypatch):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    made = due(wave, 17)
    sending = []
    compose = channel.compose

    def composed(*given, **more):
        sending.append(Dispatch.objects.filter(state="sending").count())
        return compose(*given, **more)

    monkeypatch.setattr(channel, "compose", composed)
    send()
    assert set(sending) == {1}
    assert states(wave) == {"sent": 17}
    assert {mail.extra_headers["Message-ID"] for mail in django_mail.outbox} == {message_id(one.pk) for one in made}


def test_a_mail_that_cannot_be_written_stops_no_other(wave, start, monkeypatch):
    start("one")
    bad, *_ = due(wave, 20)
    write = channel.Writer.write

    def crash_at_one(self, message, provider):
        if message.dispatch_id == bad.pk:
            raise ZeroDivisionError
        return write(self, message, provider)

    monkeypatch.setattr(channel.Writer, "write", crash_at_one)
    send()
    assert states(wave) == {"sent": 19, "queued": 1}


def test_a_key_that_is_none_stops_all_mails_and_uses_up_no_attempt(wave, start, settings):
    settings.DKIM_KEY, settings.DKIM_SELECTOR = "no key", "s1"
    server = start("one")
    due(wave, 2)
    assert delivery.send_due("email") == 0
    assert set(Dispatch.objects.values_list("state", "attempts")) == {("queued", 0)}
    assert server.messages == []


def test_a_return_path_names_the_dispatch_where_a_domain_is_set(wave, start, settings):
    settings.BOUNCE_DOMAIN = "bounces.example.com"
    server = start("one")
    (made,) = due(wave, 1)
    send()
    assert server.envelopes[0][0] == channel.verp.make(made.pk)


def test_without_a_domain_the_return_path_is_the_sender(wave, start, settings):
    settings.DEFAULT_FROM_EMAIL = "Us <news@shop.example>"
    server = start("one")
    due(wave, 1)
    send()
    assert server.envelopes[0][0] == "news@shop.example"
