"""What no foreign key minds, the invariants see."""

import pytest
from django.utils import timezone

from channels.invariants import check
from steering.invariants import plan_invariants
from steering.models import Assignment
from tests import builders

NAME = "what is assigned is an option of the wave's campaign"


def broken() -> list[str]:
    return [verdict.name for verdict in check(plan_invariants()) if not verdict.holds]


@pytest.fixture
def assignment(db) -> Assignment:
    wave = builders.wave(state="simulated")
    option = wave.campaign.options.get()
    return Assignment.objects.create(
        wave=wave, customer=builders.customer(), option=option, channel="email", decided_at=timezone.now()
    )


def test_an_option_of_the_campaign_is_right(assignment):
    assert broken() == []


def test_an_option_of_another_campaign_or_of_none_is_seen(assignment):
    for option_id in (builders.campaign().options.get().pk, 2**40):
        Assignment.objects.update(option_id=option_id)
        assert broken() == [NAME]


def test_a_wave_that_is_gone_is_seen(assignment):
    Assignment.objects.update(wave_id=2**40)
    assert NAME in broken()
