"""What goes out of a wave, and what the demo knows of it afterwards."""

from pathlib import Path

import pytest

from campaigns import identity
from campaigns.models import Identifier
from steering.demo import sending
from steering.demo.errors import DemoError
from steering.demo.staff import hire
from steering.roles import ensure
from tests import builders

pytestmark = pytest.mark.django_db


def test_a_closed_mailbox_is_refused_by_the_mail_server_and_still_an_address() -> None:
    person, other = builders.customer(email="erika@post.example"), builders.customer(email="max@post.example")
    sending.close_mailboxes([person.pk])
    closed = Identifier.objects.get(customer=person)
    assert closed.value == "bounce.erika@post.example"
    assert bytes(closed.digest) == identity.digest("email", closed.value)
    assert Identifier.objects.get(customer=other).value == "max@post.example"


def test_only_what_went_out_counts_as_sent() -> None:
    wave = builders.wave()
    sent, bounced = (builders.dispatch(wave, state=state) for state in ("sent", "bounced"))
    builders.dispatch(wave, state="suppressed")
    assert sending.sent_channels(wave.pk) == {sent.customer_id: "email", bounced.customer_id: "email"}


def test_a_mail_is_expected_where_the_ledger_says_sent() -> None:
    wave = builders.wave()
    sent = builders.dispatch(wave, builders.customer(email="erika@post.example"), state="sent")
    builders.dispatch(wave, state="bounced")
    assert sending.addresses_mailed(wave.pk) == {sent.pk: "erika@post.example"}


@pytest.mark.parametrize("state", ["uncertain", "failed", "expired", "queued"])
def test_two_weeks_do_not_pass_while_something_is_not_out(state: str) -> None:
    wave = builders.wave()
    builders.dispatch(wave, state="sent"), builders.dispatch(wave, state="suppressed")
    sending.check_all_out(wave.pk)
    builders.dispatch(wave, state=state)
    with pytest.raises(DemoError, match=f"not everything of the wave went out: 1 email {state}"):
        sending.check_all_out(wave.pk)


def test_what_cannot_be_planned_is_said(tmp_path: Path) -> None:
    ensure()
    empty = builders.campaign()
    with pytest.raises(DemoError, match="wave 1: the audience is empty"):
        sending.plan(empty, hire(tmp_path), exploration_share=1.0)


def test_the_people_of_the_demo_cannot_log_in(tmp_path: Path) -> None:
    staff = hire(tmp_path)
    assert not staff.manager.has_usable_password()
    assert not staff.approver.has_usable_password()
