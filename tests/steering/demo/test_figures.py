"""The report counts what people saw and answered."""

import pytest

from campaigns import events
from campaigns.models import EventKind
from channels.ledger.sql import rows
from steering.demo import figures
from tests import builders


@pytest.mark.django_db
def test_what_a_machine_opened_or_followed_was_seen_by_nobody():
    wave = builders.wave()
    for attributes in ({}, {"is_machine": True}):
        dispatch = builders.dispatch(wave, state="sent")
        for kind in (EventKind.OPENED, EventKind.CLICKED):
            made = builders.event(dispatch.customer, kind, dispatch_id=dispatch.pk, attributes=attributes)
            assert events.record([made]) == 1
    assert rows(figures.RESPONSES, [wave.pk]) == [("email", 1, 1)]
