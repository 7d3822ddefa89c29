"""What a plan orders print by holds while its wave does: nobody changes the carrier, vendor or product under it."""

import pytest
from django.utils import timezone

from campaigns.models import Option, Wave
from steering import waves
from steering.admin.option_forms import OptionForm
from steering.waves import WaveError
from tests import builders

from . import worlds
from .test_carriers import campaign, world

pytestmark = pytest.mark.django_db


def planned(state: str) -> Option:
    """Of a wave in this state that buys areas of Bote."""
    world()
    made = campaign()
    Wave.objects.filter(pk=worlds.plan(made, state="simulated").wave_id).update(state=state)
    return made.options.get(channel="direct_post")


def form(option: Option, **chosen) -> OptionForm:
    return OptionForm({"channel": "direct_post", **option.settings, **chosen}, instance=option)


@pytest.mark.parametrize("state", ["approved", "running", "paused"])
@pytest.mark.parametrize(("name", "value"), [("carrier", "Post"), ("carrier", ""), ("vendor", "other"), ("weeks", 2)])
def test_what_a_wave_rests_on_is_not_changed_under_it(state, name, value):
    builders.vendor("other")
    changed = form(planned(state), **{name: value})
    assert not changed.is_valid()
    assert list(changed.errors) == [name]
    assert f"Wave 1 is {state} with " in changed.errors[name][0]


@pytest.mark.parametrize(("state", "chosen"), [("completed", {"carrier": "Post"}), ("running", {"days_ahead": 3})])
def test_what_no_wave_rests_on_is_changed(state, chosen):
    assert form(planned(state), **chosen).is_valid()


def test_a_wave_that_triggers_add_to_rests_on_nothing():
    option = planned("running")
    option.campaign.waves.update(open_until_at=timezone.now())
    assert form(option, carrier="Post").is_valid()


def test_a_plan_for_another_carrier_is_not_approved_but_made_anew():
    option = planned("simulated")
    form(option, carrier="Post").save()
    wave = option.campaign.waves.get()
    with pytest.raises(
        WaveError, match="planned with the carrier “Bote”, which is “Post” now: simulate the wave again"
    ):
        waves.approve(wave.pk, by=builders.user())
    waves.simulate(wave.pk, by=builders.user())
    assert waves.approve(wave.pk, by=builders.user()).state == "approved"
