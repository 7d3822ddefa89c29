"""Each promise of the ledger is kept by a healthy ledger, and its query finds the one that breaks it."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from campaigns import consent
from channels import delivery
from channels.invariants import check, ledger_invariants
from channels.models import Attempt
from tests import builders

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("memory")]


def broken() -> dict[str, list[int]]:
    return {verdict.name: verdict.broken_by for verdict in check(ledger_invariants()) if not verdict.holds}


@pytest.fixture
def wave():
    return builders.wave(builders.campaign(channels=("memory",)))


def dispatch(wave, **fields):
    return builders.dispatch(wave, builders.customer(consents=("memory",)), channel="memory", **fields)


def test_sending_keeps_every_promise(wave):
    for _ in range(3):
        dispatch(wave)
    delivery.send_due("memory")
    assert broken() == {}


def test_the_command_says_so(wave, capsys):
    call_command("check_invariants")
    assert "BROKEN" not in capsys.readouterr().out


def test_the_command_fails_and_names_the_id(wave, capsys):
    made = dispatch(wave, deadline_at=timezone.now() - timedelta(hours=1))
    with pytest.raises(SystemExit) as ended:
        call_command("check_invariants")
    assert ended.value.code == 1
    assert str(made.pk) in capsys.readouterr().out


def test_finds_a_contact_after_an_objection(wave):
    made = dispatch(wave)
    delivery.send_due("memory")
    consent.object_to(customer_id=made.customer_id, source="test", at=timezone.now() - timedelta(days=1))
    Attempt.objects.update(at=timezone.now() + timedelta(minutes=1))
    assert broken() == {"nobody is contacted after objecting": [made.pk]}


def test_finds_a_contact_without_a_ground(wave):
    made = dispatch(wave)
    delivery.send_due("memory")
    made.customer.consents.all().delete()
    assert broken() == {"nobody is contacted without a ground": [made.pk]}


def test_finds_what_left_twice(wave):
    made = dispatch(wave)
    delivery.send_due("memory")
    Attempt.objects.create(dispatch=made, number=2, outcome="sent")
    assert broken() == {"nothing leaves twice": [made.pk]}


def test_finds_a_contact_that_the_history_lacks(wave):
    made = dispatch(wave)
    delivery.send_due("memory")
    made.customer.events.all().delete()
    assert broken() == {"whoever was contacted has the contact in the history": [made.pk]}


def test_finds_what_a_worker_held_too_long(wave):
    held = dispatch(wave, state="sending", claimed_at=timezone.now() - timedelta(hours=1))
    assert broken() == {"no worker holds anything longer than its lease": [held.pk]}
