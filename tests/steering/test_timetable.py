"""Print goes ahead by its lead time, so that letter and e-mail arrive together."""

from datetime import datetime, time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Wave, WaveState
from channels import postage
from channels.base import ChannelError
from channels.models import Dispatch
from steering import measurement, timetable, waves
from steering.waves import WaveError
from tests import admin_clients, builders
from tests.channels.postage import making
from tests.channels.printing import person

pytestmark = pytest.mark.django_db
DAYS = {"production_days_least": 1, "production_days_most": 2, "delivery_days_least": 1, "delivery_days_most": 2}
EVERY_DAY = {"working_days": [1, 2, 3, 4, 5, 6, 7], "delivery_days": [1, 2, 3, 4, 5, 6, 7], "country": "XX"}


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def letter():
    """Handed over four days before it arrives, whatever the day."""
    made = making.product(making.vendor(slug="press"), **DAYS, **EVERY_DAY)
    making.prices(made)
    return made


def campaign(**fields):
    made = builders.campaign(channels=("email", "print_mailing"), holdout_share=0, exploration_share=0, **fields)
    made.options.filter(channel="print_mailing").update(settings={"vendor": "press", "product": "letter"})
    return made


def wave_of(of, *, state="approved", **fields):
    return builders.wave(of, state=state, started_at=None, **fields)


def at(day, moment):
    return timezone.make_aware(datetime.combine(day, moment))


def planned(of):
    """Somebody gets a letter and somebody an e-mail."""
    options = {option.channel: option for option in of.campaign.options.all()}
    for channel, to in (("print_mailing", person()), ("email", builders.customer())):
        of.assignments.create(customer=to, option=options[channel], channel=channel, decided_at=timezone.now())


def due(of, channel):
    return Dispatch.objects.get(wave=of, channel=channel)


def test_letters_are_due_ahead_and_mails_on_the_day_of_arrival(letter, today):
    made = wave_of(campaign(dispatch_days=3), arrives_on=today + timedelta(days=10))
    planned(made)
    waves.start(made.pk)
    assert due(made, "print_mailing").due_at == at(today + timedelta(days=6), time.min)
    assert due(made, "email").due_at == at(today + timedelta(days=10), time(9))
    assert due(made, "email").deadline_at == at(today + timedelta(days=13), time(9))


def test_mails_go_at_the_hour_of_a_wave_that_has_one(letter, today):
    begins = at(today - timedelta(days=1), time(17, 30))
    made = wave_of(campaign(), arrives_on=today + timedelta(days=10), scheduled_at=begins)
    planned(made)
    assert waves.start_scheduled() == 1
    assert due(made, "email").due_at == at(today + timedelta(days=10), time(17, 30))


def test_a_wave_without_a_day_of_arrival_hands_everything_over_at_once(letter):
    made = wave_of(campaign())
    planned(made)
    waves.start(made.pk)
    assert due(made, "print_mailing").due_at <= timezone.now()
    assert due(made, "email").due_at <= timezone.now()


def test_an_approved_wave_starts_by_itself_when_its_print_must_be_handed_over(letter, today):
    of = campaign()
    early, in_time = (wave_of(of, arrives_on=today + timedelta(days=days)) for days in (5, 4))
    assert waves.start_scheduled() == 1
    assert Wave.objects.get(pk=early.pk).state == WaveState.APPROVED
    assert Wave.objects.get(pk=in_time.pk).state == WaveState.RUNNING
    assert waves.start_scheduled() == 0


def test_what_is_handed_over_late_says_so(letter, today):
    table = timetable.of_wave(wave_of(campaign(), arrives_on=today + timedelta(days=2)))
    (late,) = table.late()
    assert late.option.channel == "print_mailing"
    assert late.hand_over_by == today - timedelta(days=2)
    assert late.arrives_on >= today + timedelta(days=4)


def simulated(of, **fields):
    made = waves.create(of)
    Wave.objects.filter(pk=made.pk).update(**fields)
    waves.simulate(made.pk, by=builders.user("campaigns.change_wave"))
    return made


def approve(made):
    return waves.approve(made.pk, by=builders.user("campaigns.approve_wave"))


def test_a_plan_whose_letters_cannot_be_there_in_time_is_not_approved(letter, today):
    person()
    of = campaign(budget_cents=10_000)
    of.options.filter(channel="print_mailing").update(unit_cost_cents=0)
    made = simulated(of, arrives_on=today + timedelta(days=2))
    with pytest.raises(WaveError, match=r"Print mailing would arrive on .* only.*handed over on"):
        approve(made)
    assert Wave.objects.get(pk=made.pk).state == WaveState.SIMULATED


def test_whoever_planned_it_is_told_before_somebody_tries_to_approve(letter, today):
    person()
    of = campaign(budget_cents=10_000)
    of.options.filter(channel="print_mailing").update(unit_cost_cents=0)
    made = simulated(of, arrives_on=today + timedelta(days=2))
    page = admin_clients.in_role("Campaign manager").get(reverse("admin:campaigns_wave_change", args=[made.pk]))
    assert "It cannot be approved like this: Print mailing would arrive on" in page.context["waits_for"]


def test_letters_that_nobody_gets_are_late_for_nobody(letter, today):
    builders.customer()
    made = simulated(campaign(), arrives_on=today + timedelta(days=2))
    assert approve(made).state == WaveState.APPROVED


def test_a_day_of_arrival_that_is_over_is_refused(letter, today):
    builders.customer()
    made = simulated(campaign(), arrives_on=today - timedelta(days=1))
    with pytest.raises(WaveError, match="is over"):
        approve(made)


def blocks_until(last):
    offer = builders.BLOCKS[2] | {"valid_until": last.isoformat()}
    return [*builders.BLOCKS[:2], offer, builders.BLOCKS[3]]


def test_an_offer_that_expires_in_the_post_is_refused_at_approval(letter, today):
    builders.customer()
    made = simulated(campaign(blocks=blocks_until(today + timedelta(days=3))))
    with pytest.raises(WaveError, match=rf"print_mailing.*ends on {today + timedelta(days=3)}, and this may arrive on"):
        approve(made)


def test_an_offer_that_lasts_is_approved(letter, today):
    builders.customer()
    made = simulated(campaign(blocks=blocks_until(today + timedelta(days=30))))
    assert approve(made).state == WaveState.APPROVED


def test_an_offer_that_expires_in_the_post_is_refused_at_hand_over(letter, today):
    settings, channel = {"vendor": "press", "product": "letter"}, "print_mailing"
    morning = at(today, time(9))
    postage.refuse_expired(blocks_until(today + timedelta(days=4)), settings, channel=channel, at=morning)
    with pytest.raises(ChannelError, match="by post it may arrive on") as caught:
        postage.refuse_expired(blocks_until(today + timedelta(days=3)), settings, channel=channel, at=morning)
    assert caught.value.permanent


def test_an_offer_that_is_kept_apart_from_its_content_is_looked_at_too(letter, today):
    offer = builders.offer(valid_until_on=today + timedelta(days=2))
    blocks = [*builders.BLOCKS[:2], builders.BLOCKS[2] | {"offer": offer.slug}]
    with pytest.raises(ChannelError, match="by post it may arrive on"):
        postage.refuse_expired(blocks, {"vendor": "press", "product": "letter"}, channel="print_mailing")


def test_goal_events_count_from_the_arrival_on(letter):
    of = campaign(goal_days=5)
    now = timezone.now()
    made = builders.wave(of, started_at=now - timedelta(days=20), arrives_at=now - timedelta(days=10))
    who = builders.customer()
    option = of.options.get(channel="email")
    made.assignments.create(customer=who, option=option, channel="email", decided_at=made.started_at, propensity=1)
    for days_ago in (15, 7, 1):
        who.events.create(
            kind="purchased", occurred_at=now - timedelta(days=days_ago), medium="web", is_online=True,
            value_cents=10**days_ago % 997, source="test", source_key=f"p{days_ago}",
        )  # fmt: skip
    assert measurement.results(of.pk).conversions == 1  # of those 15, 7 and 1 days ago


def test_the_page_of_a_wave_shows_its_timetable(letter, today):
    made = wave_of(campaign(), arrives_on=today + timedelta(days=10))
    page = admin_clients.in_role("Campaign manager").get(reverse("admin:campaigns_wave_change", args=[made.pk]))
    rows = page.context["timetable"]["rows"]
    assert [row[0] for row in rows] == ["E-mail", "Print mailing"]
    assert "It starts by itself on" in page.context["timetable"]["note"]
    assert "With the customer" in page.content.decode()


def test_a_product_that_is_gone_is_said_on_the_page_and_starts_nothing(letter, today):
    made = wave_of(campaign(), arrives_on=today + timedelta(days=10))
    letter.delete()
    page = admin_clients.in_role("Campaign manager").get(reverse("admin:campaigns_wave_change", args=[made.pk]))
    assert "has no postal product" in page.context["timetable"]["note"]
    assert waves.start_scheduled() == 0
    with pytest.raises(WaveError, match="has no postal product"):
        waves.start(made.pk)


def test_a_wave_that_was_approved_keeps_its_day_of_arrival(letter, today):
    made = wave_of(campaign(), arrives_on=today + timedelta(days=10))
    page = admin_clients.in_role("Campaign manager").get(reverse("admin:campaigns_wave_change", args=[made.pk]))
    assert "arrives_on" not in page.context["adminform"].form.fields
