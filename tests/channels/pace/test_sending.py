"""What must wait for a speed limit goes back to the queue, others go out, and somebody is called when its time comes."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from campaigns.models import Wave
from channels import calls, delivery, ledger, tasks
from channels.models import Dispatch, SendHours
from channels.models import DispatchState as State
from tests import builders
from tests.mail_server import MailServer


@pytest.fixture
def wave(db) -> Wave:
    return builders.wave()


def to(of: Wave, *addresses: str) -> None:
    for number, domain in enumerate(addresses):
        builders.dispatch(of, builders.customer(email=f"c{number}-{next(builders.number)}@{domain}"))


def states() -> list[str]:
    return list(Dispatch.objects.order_by("id").values_list("state", flat=True))


def test_a_domain_at_its_limit_waits_and_holds_up_no_other(wave, mail_server: MailServer) -> None:
    builders.speed_limit("domain", "slow.example", "0.5")
    to(wave, "slow.example", "slow.example", "fast.example", "slow.example", "fast.example")
    assert delivery.send_due("email") == 5
    assert states() == [State.SENT, State.QUEUED, State.SENT, State.QUEUED, State.SENT]
    waiting = Dispatch.objects.filter(state=State.QUEUED).order_by("due_at")
    assert [(one.attempts, one.claim) for one in waiting] == [(0, None), (0, None)]
    first, second = (one.due_at for one in waiting)
    assert (second - first).total_seconds() == pytest.approx(2, abs=0.1)


def test_when_nobody_may_go_nobody_is_spoken_to(wave, mail_server: MailServer) -> None:
    builders.speed_limit("channel", "email", "0.01")
    to(wave, "one.example", "two.example")
    delivery.send_due("email")
    assert delivery.send_due("email") == 0
    assert sorted(states()) == [State.QUEUED, State.SENT]


def test_the_channel_is_called_when_the_next_is_due_and_once_only(wave, monkeypatch) -> None:
    asked = []
    monkeypatch.setattr(calls, "call", lambda *args, **options: asked.append(options["countdown"]))
    builders.dispatch(wave, due_at=Now() + timedelta(seconds=30))
    tasks.call_when_due("email")
    tasks.call_when_due("email")
    assert asked == [pytest.approx(30, abs=10)]


def test_nobody_is_called_for_what_is_due_much_later(wave, monkeypatch) -> None:
    monkeypatch.setattr(calls, "call", lambda *_, **__: pytest.fail("nobody should be called"))
    builders.dispatch(wave, due_at=Now() + timedelta(minutes=5))
    builders.dispatch(builders.wave(state="paused"), due_at=Now() + timedelta(seconds=5))
    tasks.call_when_due("email")
    assert ledger.due_in("email", within=600) == pytest.approx(300, abs=30)


def test_outside_their_hours_nobody_is_mailed(wave, mail_server: MailServer) -> None:
    SendHours.objects.create(kind="quiet", starts_at="00:00", ends_at="00:00", weekdays=[1, 2, 3, 4, 5, 6, 7])
    to(wave, "one.example")
    delivery.send_due("email")
    assert states() == [State.EXPIRED]  # it is never open
    assert mail_server.recipients == []
