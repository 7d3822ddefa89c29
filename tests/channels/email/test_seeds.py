"""Seed addresses get a copy of every e-mail wave, once each, after the first real mails, whatever happens in between."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from campaigns import consent
from campaigns.models import Event, Wave
from channels import calls, delivery, ledger, registry, tasks
from channels.email import seeds
from channels.ledger.sql import rows
from channels.models import Attempt, Dispatch, SeedAddress, SeedCopy
from tests import builders
from tests.at_once import elsewhere

pytestmark = pytest.mark.django_db


@pytest.fixture
def wave() -> Wave:
    return builders.wave()


@pytest.fixture
def seed(wave: Wave) -> SeedAddress:
    return SeedAddress.objects.create(campaign=wave.campaign, email="seed@example.com")


def send() -> bool:
    return registry.get("email").carry_on(seconds=5)


def state() -> str:
    return SeedCopy.objects.get().state


def test_nothing_goes_before_the_first_hundred_real_ones(wave, seed, mail_server, monkeypatch) -> None:
    monkeypatch.setattr(seeds, "AFTER", 3)
    for _ in range(2):
        builders.dispatch(wave, state="sent")
    builders.dispatch(wave)
    send()
    assert mail_server.recipients == []
    builders.dispatch(wave, state="delivered")
    send()
    assert mail_server.recipients == ["seed@example.com"]


def test_a_small_wave_is_copied_when_all_of_it_has_gone(wave, seed, mail_server) -> None:
    builders.dispatch(wave)
    send()
    assert mail_server.recipients == []
    delivery.send_due("email")
    send()
    assert mail_server.recipients[1:] == ["seed@example.com"]


def test_a_copy_looks_like_the_others_and_counts_nothing(wave, seed, mail_server) -> None:
    builders.dispatch(wave, state="sent")
    send()
    [mail] = mail_server.messages
    assert mail["Subject"] == "Neues für Sie"
    html = mail.get_body(("html",)).get_content()
    assert "/t/c/" not in html
    assert "/t/o/" not in html
    assert (state(), SeedCopy.objects.get().answer) == ("sent", "the server said: 250 taken")
    assert (Dispatch.objects.count(), Attempt.objects.count(), Event.objects.count()) == (1, 0, 0)


def test_nobody_gets_a_second_one(wave, seed, mail_server) -> None:
    builders.dispatch(wave, state="sent")
    for _ in range(3):
        send()
    assert len(mail_server.messages) == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        SeedCopy.objects.create(seed=seed, wave=wave)


def test_each_wave_is_copied(wave, seed, mail_server) -> None:
    for one in (wave, builders.wave(wave.campaign)):
        builders.dispatch(one, state="sent")
        send()
    assert len(mail_server.messages) == 2


def test_a_wave_that_ended_before_is_past_and_one_that_just_ended_is_not(wave, seed, mail_server) -> None:
    builders.dispatch(wave, state="sent")
    Wave.objects.update(state="completed", finished_at=timezone.now() - timedelta(days=1))
    send()
    assert mail_server.messages == []
    Wave.objects.update(finished_at=timezone.now() + timedelta(seconds=1))
    send()
    assert len(mail_server.messages) == 1


def test_a_refusal_for_now_is_tried_again_later_and_one_for_good_is_not(wave, seed, mail_server) -> None:
    builders.dispatch(wave, state="sent")
    mail_server.at_recipient[seed.email] = "450 later"
    send()
    assert state() == "queued"
    mail_server.at_recipient[seed.email] = "550 never"
    send()
    assert state() == "queued"  # not due yet
    SeedCopy.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    send()
    assert state() == "failed"


def test_what_may_have_left_is_never_sent_again(wave, seed, mail_server) -> None:
    builders.dispatch(wave, state="sent")
    mail_server.at_data[seed.email] = "swallow"
    for _ in range(2):
        send()
    assert state() == "uncertain"
    assert len(mail_server.messages) == 1


def test_what_a_dead_worker_held_is_uncertain(wave, seed, mail_server) -> None:
    long_ago = timezone.now() - timedelta(hours=1)
    SeedCopy.objects.create(seed=seed, wave=wave, state="sending", state_changed_at=long_ago)
    registry.get("email").look_after()
    send()
    assert state() == "uncertain"
    assert mail_server.messages == []


def test_it_waits_while_everything_is_stopped_or_the_wave_is_paused(wave, seed, mail_server) -> None:
    builders.dispatch(wave, state="sent")
    boss = User.objects.create_superuser("boss")
    ledger.stop_all(boss, "wrong price")
    send()
    ledger.resume_all(boss)
    Wave.objects.update(state="paused")
    send()
    assert mail_server.messages == []
    Wave.objects.update(state="running")
    send()
    assert len(mail_server.messages) == 1


def test_an_address_that_is_switched_off_or_suppressed_gets_none(wave, seed, mail_server) -> None:
    builders.dispatch(wave, state="sent")
    SeedAddress.objects.create(campaign=wave.campaign, email="off@example.com", is_active=False)
    consent.suppress(kind="email", value=seed.email, reason="bounce", source="test")
    send()
    assert mail_server.messages == []
    assert (state(), SeedCopy.objects.get().answer) == ("failed", "the address is suppressed")


def test_a_large_wave_holds_no_copy_up(wave, seed, mail_server, monkeypatch, settings) -> None:
    monkeypatch.setattr(seeds, "AFTER", 1)
    monkeypatch.setattr(tasks, "TASK_SECONDS", 0)
    monkeypatch.setattr(calls, "call", lambda *args, **kwargs: None)
    monkeypatch.setattr(delivery, "GOES_ON_SECONDS", -1)  # a batch stays as it was claimed
    settings.DELIVERY_BATCH = 1
    for _ in range(3):
        builders.dispatch(wave)
    tasks.send_channel("email")
    assert mail_server.recipients[1:] == [seed.email]
    assert ledger.counts(wave.pk) == {"email": {"queued": 2, "sent": 1}}


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_one_copy(wave, seed, mail_server) -> None:
    builders.dispatch(wave, state="sent")
    assert seeds.is_due()
    with transaction.atomic():
        [held] = rows(seeds.CLAIM, [])
        elsewhere(send).result(timeout=30)  # passes by what is locked
        assert mail_server.messages == []
    elsewhere(send).result(timeout=30)
    assert mail_server.messages == []
    assert SeedCopy.objects.get(pk=held[0]).state == "sending"
