"""A plan becomes dispatches, each with a coupon code of its own."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.models import Wave
from channels import ledger
from channels.models import Dispatch
from tests import builders

NOW = timezone.now()
PLANNED = """
    SELECT c.id AS customer_id, o.id AS option_id, o.channel, 7 AS cost_cents,
           CASE WHEN c.last_name = 'Late' THEN 'contact limit' END AS barred
    FROM campaigns_customer c, campaigns_option o WHERE o.campaign_id = %(campaign)s
"""


def queue(wave: Wave) -> int:
    params = {"campaign": wave.campaign_id}
    return ledger.queue(PLANNED, params, wave_id=wave.pk, due_at=NOW, deadline_at=NOW + timedelta(days=7))


@pytest.fixture
def wave(db) -> Wave:
    for _ in range(50):
        builders.customer()
    return builders.wave()


def test_everybody_planned_is_queued_with_the_plans_option_and_cost(wave):
    assert queue(wave) == 50
    found = Dispatch.objects.filter(wave=wave)
    assert set(found.values_list("state", "option_id", "channel", "cost_cents", "due_at")) == {
        ("queued", wave.campaign.options.get().pk, "email", 7, NOW)
    }


def test_whoever_must_not_get_it_any_more_is_written_down_as_suppressed(wave):
    late = builders.customer(last_name="Late")
    assert queue(wave) == 51
    assert list(Dispatch.objects.filter(state="suppressed").values_list("customer_id", "reason")) == [
        (late.pk, "contact limit")
    ]


def test_every_code_is_another_and_can_be_read_out(wave):
    queue(wave)
    codes = list(Dispatch.objects.values_list("coupon_code", flat=True))
    assert len(set(codes)) == 50
    assert all(
        re.fullmatch(r"[ACDEFGHJKLMNPQRT]{5}-[ACDEFGHJKLMNPQRT]{5}-[ACDEFGHJKLMNPQRT]{4}", code) for code in codes
    )


@pytest.mark.parametrize("channel", ["social", "direct_post"])
def test_what_everybody_sees_alike_has_no_personal_code(wave, channel):
    public = builders.wave(builders.campaign(channels=(channel,)))
    queue(public)
    assert set(Dispatch.objects.filter(wave=public).values_list("coupon_code", flat=True)) == {""}


def test_a_wave_is_open_until_every_dispatch_is_final(wave):
    assert not ledger.is_open(wave.pk)
    queue(wave)
    assert ledger.is_open(wave.pk)
    ledger.cancel_wave(wave.pk)
    assert not ledger.is_open(wave.pk)
