"""The sum over states is the plan, and the dashboard says where it is not."""

import pytest

from campaigns.models import Wave
from channels.invariants import check
from channels.models import Dispatch
from steering import invariants, sums, waves
from steering.models import Assignment
from tests import builders

pytestmark = pytest.mark.django_db


def started():
    plan = builders.planned(budget_cents=10, holdout_share=0.2)
    wave = Wave.objects.get(pk=plan.wave_id)
    waves.act(wave.pk, "approve", by=builders.user("campaigns.approve_wave"))
    waves.act(wave.pk, "start", by=builders.user("campaigns.run_wave"))
    return wave


def broken() -> list[str]:
    return [verdict.name for verdict in check(invariants.every()) if not verdict.holds]


def test_a_wave_that_has_begun_adds_up():
    wave = started()
    (found,) = sums.of_waves(wave.pk)
    assert found.add_up
    assert found.planned == Dispatch.objects.filter(wave=wave).count() > 0
    assert found.states == {"queued": found.planned}
    assert found.holdout == Assignment.objects.filter(wave=wave, is_holdout=True).count()
    assert broken() == []


def test_a_dispatch_that_is_missing_shows():
    wave = started()
    Dispatch.objects.filter(wave=wave).first().delete()
    (found,) = sums.of_waves()
    assert not found.add_up
    assert "the sum over states is the plan" in broken()


def test_a_wave_that_has_not_begun_is_left_out():
    builders.planned()
    assert sums.of_waves() == []
