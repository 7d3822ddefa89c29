"""A wave goes its way one allowed step after the other, and a plan needs two people."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from campaigns import versions
from campaigns.models import Campaign, ContactLimit, Content, Wave, WaveState
from channels import ledger
from channels.invariants import check
from channels.models import Dispatch, JobState
from steering import invariants, waves
from steering.models import Assignment, Plan
from steering.waves import WaveError
from tests import builders
from tests.channels import printing

CAN_PLAN = ("campaigns.change_wave", "campaigns.run_wave")


@pytest.fixture
def manager(db) -> User:
    return builders.user(*CAN_PLAN)


@pytest.fixture
def approver(db) -> User:
    return builders.user("campaigns.approve_wave")


@pytest.fixture
def campaign(db) -> Campaign:
    for _ in range(40):
        builders.customer()
    return builders.campaign(holdout_share=0.2, exploration_share=0.2)


@pytest.fixture
def approved(campaign, manager, approver) -> Wave:
    wave = waves.create(campaign)
    waves.simulate(wave.pk, by=manager)
    return waves.approve(wave.pk, by=approver)


def states(wave: Wave) -> set[str]:
    return set(Dispatch.objects.filter(wave=wave).values_list("state", flat=True))


def in_state(state: str, campaign: Campaign) -> Wave:
    number = campaign.waves.count() + 1
    return Wave.objects.create(campaign=campaign, number=number, state=state, started_at=timezone.now())


def test_waves_of_a_campaign_are_numbered(campaign):
    assert [waves.create(campaign).number for _ in range(3)] == [1, 2, 3]


def test_a_simulation_plans_everybody_eligible_and_sends_nothing(campaign, manager):
    wave = waves.create(campaign)
    plan = waves.simulate(wave.pk, by=manager)
    assert plan.customers == plan.eligible == 40
    assert Assignment.objects.filter(wave=wave).count() == 40
    assert not Dispatch.objects.exists()


def test_a_plan_may_be_simulated_anew_and_is_then_the_only_one(campaign, manager):
    wave = waves.create(campaign)
    waves.simulate(wave.pk, by=manager)
    waves.simulate(wave.pk, by=manager)
    assert Plan.objects.count() == 1
    assert Assignment.objects.count() == 40


def test_same_inputs_and_seed_make_the_same_plan(campaign, manager):
    wave = waves.create(campaign)

    def plan() -> list[tuple]:
        waves.simulate(wave.pk, by=manager)
        rows = Assignment.objects.filter(wave=wave).order_by("customer_id")
        return list(rows.values_list("customer_id", "option_id", "propensity", "is_holdout", "is_exploration"))

    assert plan() == plan()


def test_the_plan_needs_a_second_person(campaign):
    both = builders.user(*CAN_PLAN, "campaigns.approve_wave")
    wave = waves.create(campaign)
    waves.simulate(wave.pk, by=both)
    with pytest.raises(WaveError, match="another person"):
        waves.approve(wave.pk, by=both)
    wave.refresh_from_db()
    assert wave.state == WaveState.SIMULATED


def test_approval_fixes_the_content(approved):
    builders.written(approved.campaign.content, [{"id": "headline", "type": "headline", "text": "Something else"}])
    assert approved.contents.get().version.blocks == builders.BLOCKS


def test_unchanged_content_keeps_its_version(approved, manager, approver):
    second = waves.create(approved.campaign)
    waves.simulate(second.pk, by=manager)
    waves.approve(second.pk, by=approver)
    assert second.contents.get().version == approved.contents.get().version


def test_a_content_that_is_being_rewritten_goes_out_as_it_was_approved(campaign, manager, approver):
    Content.objects.update(blocks=[{"id": "headline", "type": "headline", "text": "Not approved yet"}])
    wave = waves.create(campaign)
    waves.simulate(wave.pk, by=manager)
    waves.approve(wave.pk, by=approver)
    assert wave.contents.get().version.blocks == builders.BLOCKS


def test_a_content_approved_before_any_campaign_used_it_is_checked_for_the_channels_that_do(
    campaign, manager, approver
):
    versions.make(campaign.content, submitted_by=manager, approved_by=approver)
    wave = waves.create(campaign)
    waves.simulate(wave.pk, by=manager)
    with pytest.raises(WaveError, match=r"was approved without email: .*imprint"):
        waves.approve(wave.pk, by=approver)
    imprint = {"id": "imprint", "type": "footer", "text": "Muster GmbH, Weg 1, 10115 Berlin"}
    campaign.content.blocks = [*builders.BLOCKS, imprint]
    versions.make(campaign.content, submitted_by=manager, approved_by=approver)
    waves.approve(wave.pk, by=approver)


@pytest.mark.parametrize(("state", "reason"), [("draft", "not approved yet"), ("archived", "is archived")])
def test_a_wave_is_not_approved_without_an_approved_content(campaign, manager, approver, state, reason):
    content = builders.content(is_approved=state == "archived", state=state)
    Content.objects.filter(pk=content.pk).update(state=state)
    campaign.options.update(content=content)
    wave = waves.create(campaign)
    waves.simulate(wave.pk, by=manager)
    with pytest.raises(WaveError, match=reason):
        waves.approve(wave.pk, by=approver)
    wave.refresh_from_db()
    assert wave.state == WaveState.SIMULATED


def test_content_that_a_channel_cannot_carry_is_refused_before_anything_is_planned(campaign, manager):
    builders.written(campaign.content, [{"id": "text", "type": "text", "text": "no headline"}])
    wave = waves.create(campaign)
    with pytest.raises(WaveError, match="email"):
        waves.simulate(wave.pk, by=manager)
    wave.refresh_from_db()
    assert (wave.state, Plan.objects.count()) == (WaveState.DRAFT, 0)


def test_start_makes_one_dispatch_for_everybody_planned(approved, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        waves.start(approved.pk)
    planned = Assignment.objects.filter(wave=approved, option__isnull=False).values_list("customer_id", "option_id")
    assert set(Dispatch.objects.filter(wave=approved).values_list("customer_id", "option_id")) == set(planned)
    assert states(approved) == {"queued"}
    assert callbacks, "workers must be woken once the dispatches are there"


def test_every_invariant_holds_after_the_start(approved):
    waves.start(approved.pk)
    assert [one.name for one in check(invariants.every()) if not one.holds] == []


def test_whoever_reached_a_contact_limit_since_is_not_sent_anything(approved, manager, approver):
    second = waves.create(approved.campaign)
    waves.simulate(second.pk, by=manager)
    waves.approve(second.pk, by=approver)
    ContactLimit.objects.create(most=1, days=7)
    waves.start(approved.pk)
    waves.start(second.pk)
    first_ones = set(Dispatch.objects.filter(wave=approved).values_list("customer_id", flat=True))
    limited = Dispatch.objects.filter(wave=second, customer_id__in=first_ones)
    assert set(limited.values_list("state", "reason")) == {("suppressed", "contact limit")}


def test_what_an_approved_wave_will_send_counts_when_another_one_is_planned(approved, manager):
    ContactLimit.objects.create(most=1, days=7)
    planned = set(Assignment.objects.filter(wave=approved, option__isnull=False).values_list("customer_id", flat=True))
    second = waves.create(approved.campaign)
    plan = waves.simulate(second.pk, by=manager)
    assert plan.excluded["email"] == {"contact limit": len(planned)}
    assert not Assignment.objects.filter(wave=second, customer_id__in=planned).exists()


def test_the_holdout_is_the_same_in_every_wave(campaign, manager):
    def held_out() -> set[int]:
        wave = waves.create(campaign)
        waves.simulate(wave.pk, by=manager)
        return set(Assignment.objects.filter(wave=wave, is_holdout=True).values_list("customer_id", flat=True))

    first = held_out()
    assert first
    assert held_out() == first


def test_an_empty_audience_is_refused_with_the_reason(db, manager):
    wave = waves.create(builders.campaign())
    with pytest.raises(WaveError, match="audience is empty"):
        waves.simulate(wave.pk, by=manager)


def test_an_audience_of_whom_nobody_may_be_contacted_is_refused(db, manager):
    builders.customer(consents=())
    wave = waves.create(builders.campaign())
    with pytest.raises(WaveError, match="none of the 1 customers"):
        waves.simulate(wave.pk, by=manager)


def test_a_campaign_without_options_is_refused(db, manager):
    builders.customer()
    wave = waves.create(builders.campaign(channels=()))
    with pytest.raises(WaveError, match="has no options"):
        waves.simulate(wave.pk, by=manager)


def test_pausing_stops_claims_and_resuming_lets_them_go_on(approved):
    waves.start(approved.pk)
    waves.pause(approved.pk)
    assert not ledger.claim("email", 5)
    waves.resume(approved.pk)
    assert ledger.claim("email", 5)


def test_cancelling_ends_what_has_not_left(approved):
    waves.start(approved.pk)
    wave = waves.cancel(approved.pk)
    assert wave.finished_at is not None
    assert states(approved) == {"cancelled"}


def test_cancelling_stops_letters_that_are_not_in_production(db):
    job = printing.mailing(letters=2)
    waves.cancel(job.wave_id)
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED
    assert states(job.wave) == {"cancelled"}


def test_scheduled_waves_start_when_their_time_has_come(approved):
    Wave.objects.filter(pk=approved.pk).update(scheduled_at=timezone.now() + timedelta(hours=1))
    assert waves.start_scheduled() == 0
    Wave.objects.filter(pk=approved.pk).update(scheduled_at=timezone.now() - timedelta(minutes=1))
    assert waves.start_scheduled() == 1
    assert waves.start_scheduled() == 0


def test_a_wave_is_completed_when_nothing_is_open(approved):
    waves.start(approved.pk)
    assert waves.complete_finished() == 0
    ledger.cancel_wave(approved.pk)
    assert waves.complete_finished() == 1
    approved.refresh_from_db()
    assert approved.state == WaveState.COMPLETED


ARROWS = {
    "simulate": ("draft", "simulated"),
    "approve": ("simulated",),
    "start": ("approved",),
    "pause": ("running",),
    "resume": ("paused",),
    "cancel": ("draft", "simulated", "approved", "running", "paused"),
}


@pytest.mark.parametrize("state", WaveState.values)
def test_only_the_steps_of_the_table_are_allowed(campaign, state):
    everything = builders.user(*CAN_PLAN, "campaigns.approve_wave")
    wave = in_state(state, campaign)
    assert waves.allowed(wave, everything) == [verb for verb, sources in ARROWS.items() if state in sources]


@pytest.mark.parametrize(
    ("verb", "state"), [(verb, state) for verb in ARROWS for state in WaveState.values if state not in ARROWS[verb]]
)
def test_a_step_from_another_state_is_refused_and_changes_nothing(campaign, verb, state):
    wave = in_state(state, campaign)
    with pytest.raises(WaveError, match=f"a wave that is {state} cannot be"):
        waves.ACTIONS[verb](wave.pk, by=builders.user())
    wave.refresh_from_db()
    assert wave.state == state


def test_who_may_not_is_told_so(campaign):
    wave = in_state("approved", campaign)
    with pytest.raises(WaveError, match="you may not start waves"):
        waves.act(wave.pk, "start", by=builders.user("campaigns.change_wave"))


def test_an_unknown_step_or_wave_is_refused(campaign, manager):
    with pytest.raises(WaveError, match="no step 'explode'"):
        waves.act(waves.create(campaign).pk, "explode", by=manager)
    with pytest.raises(WaveError, match="no such wave"):
        waves.act(0, "start", by=manager)


def test_a_leaflet_on_top_goes_out_beside_the_message(manager, approver):
    people = [builders.customer(household=True) for _ in range(20)]
    builders.area(*people, households=10)
    campaign = builders.campaign(
        channels=("email", "direct_post"), leaflet_on_top=True, exploration_share=0, holdout_share=0
    )
    wave = waves.create(campaign)
    plan = waves.simulate(wave.pk, by=manager)
    assert [option["planned"] for option in plan.options] == [20, 20]
    waves.approve(wave.pk, by=approver)
    waves.start(wave.pk)
    sent = Dispatch.objects.filter(wave=wave).values_list("customer_id", "channel")
    assert sorted(sent) == sorted((person.pk, channel) for person in people for channel in ("email", "direct_post"))
    assert sum(Dispatch.objects.filter(wave=wave, channel="email").values_list("cost_cents", flat=True)) == 20
    assert sum(Dispatch.objects.filter(wave=wave).values_list("cost_cents", flat=True)) == plan.cost_cents
    assert [one.name for one in check(invariants.every()) if not one.holds] == []
