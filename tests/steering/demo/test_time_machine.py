"""Time passes for everything that happened, and for nothing else."""

from datetime import date, timedelta

import pytest
from django.apps import apps
from django.db.models import DateTimeField
from django.utils import timezone

from campaigns.models import Event
from channels import keys
from channels.models import ApiKey, Dispatch
from steering.demo import time_machine
from steering.population.newcomers import SOURCE
from tests import builders

pytestmark = pytest.mark.django_db
WEEKS = timedelta(days=13, hours=12)


def test_a_wave_its_messages_and_their_answers_move_by_the_same_time() -> None:
    wave = builders.wave()
    dispatch = builders.dispatch(wave, state="sent")
    event = Event.objects.create(
        customer=dispatch.customer, kind="opened", medium="email", is_online=True, occurred_at=timezone.now(),
        source="test", source_key="1", dispatch_id=dispatch.pk,
    )  # fmt: skip
    time_machine.travel(WEEKS)
    before = wave.started_at, dispatch.due_at, event.occurred_at
    wave.refresh_from_db(), dispatch.refresh_from_db(), event.refresh_from_db()
    assert [
        then - now for then, now in zip(before, (wave.started_at, dispatch.due_at, event.occurred_at), strict=True)
    ] == [WEEKS] * 3


def test_what_did_not_happen_stays_so() -> None:
    dispatch = builders.dispatch(builders.wave())
    time_machine.travel(WEEKS)
    assert Dispatch.objects.get(pk=dispatch.pk).claimed_at is None


def test_keys_live_by_the_real_clock() -> None:
    key, _ = keys.create(name="shop", scope=ApiKey.Scope.EVENTS, expires_at=timezone.now() + timedelta(days=1))
    time_machine.travel(WEEKS)
    assert ApiKey.objects.get(pk=key.pk).expires_at == key.expires_at


def test_whoever_came_after_a_wave_still_has_come_so_many_days_after_it() -> None:
    came, long_known = (builders.customer(customer_since_on=date(2026, 11, 20), source=of) for of in (SOURCE, "shop"))
    time_machine.travel(WEEKS)
    came.refresh_from_db(), long_known.refresh_from_db()
    assert (came.customer_since_on, long_known.customer_since_on) == (date(2026, 11, 7), date(2026, 11, 20))


def test_it_says_how_many_rows_moved() -> None:
    builders.dispatch(builders.wave())
    moved = time_machine.travel(WEEKS)
    assert moved == time_machine.travel(-WEEKS) > 5


def test_every_moment_of_the_platform_is_moved_or_named_as_staying() -> None:
    for name in time_machine.APPS:
        for model in apps.get_app_config(name).get_models():
            fields = {field.column for field in model._meta.concrete_fields if isinstance(field, DateTimeField)}
            assert model in time_machine.STAYS or set(time_machine.moments(model)) == fields
