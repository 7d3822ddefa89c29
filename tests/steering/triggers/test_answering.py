"""What an event starts, and what prevents it: each firing ends once, with its reason."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns import consent, events
from campaigns.models import Campaign, CampaignRule, ContactLimit, Option, Wave
from channels import ledger
from channels.invariants import check
from channels.models import Dispatch
from steering import invariants, triggers, waves
from steering.models import Assignment, Firing, Plan, Trigger
from steering.planning import joining
from tests import builders

pytestmark = pytest.mark.django_db


def happens(*rows: events.NewEvent) -> None:
    events.record(rows)


def answered() -> list[str]:
    """Answer what is due; the outcomes of all firings, in their order."""
    while triggers.answer_due():
        pass
    assert [verdict for verdict in check(invariants.every()) if not verdict.holds] == []
    return list(Firing.objects.order_by("id").values_list("outcome", flat=True))


def due_now() -> None:
    Firing.objects.filter(outcome="waiting").update(due_at=timezone.now() - timedelta(seconds=1))


def campaign(**fields) -> Campaign:
    return builders.campaign(**({"holdout_share": 0, "exploration_share": 0} | fields))


def test_an_event_brings_its_customer_a_message_of_a_running_wave():
    trigger, person = builders.trigger(), builders.customer()
    happens(builders.event(person))
    assert answered() == ["contacted"]
    dispatch = Dispatch.objects.get()
    assert (dispatch.customer, dispatch.state, dispatch.wave.state) == (person, "queued", "running")
    assert dispatch.wave.campaign == trigger.campaign


def test_the_decision_is_logged_with_its_probability():
    builders.trigger(campaign(channels=("email", "banner"), exploration_share="0.5", holdout_share="0.1"))
    people = [builders.customer(consents=("email", "banner")) for _ in range(40)]
    happens(*map(builders.event, people))
    outcomes = Counter(answered())
    made = Assignment.objects.all()
    assert len(made) == sum(outcomes[name] for name in ("contacted", "held_out", "left_alone")) == 40
    assert all(0 < one.propensity <= 1 for one in made)
    assert any(one.is_exploration for one in made)


def test_who_is_held_out_of_the_campaign_gets_nothing_by_a_trigger():
    builders.trigger(campaign(holdout_share=1))
    happens(builders.event(builders.customer()))
    assert answered() == ["held_out"]
    assert not Dispatch.objects.exists()


def test_an_event_that_no_trigger_is_about_starts_nothing():
    builders.trigger()
    happens(builders.event(builders.customer(), "page_viewed"))
    assert answered() == []


def test_what_a_machine_fetched_starts_nothing():
    builders.trigger()
    happens(builders.event(builders.customer(), attributes={"is_machine": True}))
    assert answered() == []


def test_the_same_event_twice_is_one_firing():
    builders.trigger()
    once = builders.event(builders.customer())
    happens(once)
    happens(once)
    assert answered() == ["contacted"]


def test_nothing_happens_before_its_time():
    builders.trigger(wait_minutes=30)
    happens(builders.event(builders.customer(), minutes_ago=29))
    assert answered() == ["waiting"]


def test_a_purchase_meanwhile_prevents_it():
    builders.trigger(wait_minutes=30, unless_kinds=["purchased"])
    buyer, other = builders.customer(), builders.customer()
    happens(builders.event(buyer, minutes_ago=40), builders.event(other, minutes_ago=40))
    happens(builders.event(buyer, "purchased", minutes_ago=20), builders.event(other, "purchased", minutes_ago=50))
    assert answered() == ["unless", "contacted"]


def test_only_if_needs_what_it_depends_on():
    builders.trigger(wait_minutes=30, only_if_kinds=["store_visited"])
    visitor, other = builders.customer(), builders.customer()
    happens(builders.event(visitor, minutes_ago=40), builders.event(other, minutes_ago=40))
    happens(builders.event(visitor, "store_visited", minutes_ago=20))
    assert answered() == ["contacted", "only_if"]


def test_a_later_cart_counts_where_the_first_one_was_bought():
    builders.trigger(wait_minutes=10, unless_kinds=["purchased"])
    person = builders.customer()
    happens(builders.event(person, minutes_ago=60))
    happens(builders.event(person, "purchased", minutes_ago=50))
    happens(builders.event(person, minutes_ago=40))
    assert answered() == ["unless", "contacted"]


def test_a_customer_is_triggered_once_in_so_many_days():
    builders.trigger(once_in_days=7)
    person = builders.customer()
    happens(builders.event(person))
    answered()
    happens(builders.event(person))
    assert answered() == ["contacted", "again"]


def test_after_these_days_it_fires_again():
    builders.trigger(once_in_days=7)
    person = builders.customer()
    happens(builders.event(person))
    answered()
    Firing.objects.update(ended_at=timezone.now() - timedelta(days=8))
    Wave.objects.update(open_until_at=timezone.now() - timedelta(days=7))
    happens(builders.event(person))
    assert answered() == ["contacted", "contacted"]
    assert Wave.objects.count() == 2


def test_two_triggers_of_a_campaign_bring_a_customer_one_message_a_day():
    shared = campaign()
    builders.trigger(shared)
    builders.trigger(shared, event_kind="store_visited")
    person = builders.customer()
    happens(builders.event(person), builders.event(person, "store_visited"))
    assert sorted(answered()) == ["contacted", "in_wave"]


def test_only_the_audience_of_the_campaign_is_triggered():
    of = campaign()
    of.audience.rule = {"attribute": "language", "is": "fr"}
    of.audience.save()
    builders.trigger(of)
    happens(builders.event(builders.customer()), builders.event(builders.customer(language="fr")))
    assert answered() == ["not_in_audience", "contacted"]


def test_without_consent_nothing_goes_out():
    builders.trigger()
    happens(builders.event(builders.customer(consents=())))
    assert answered() == ["not_open"]


def test_an_objection_after_the_answer_still_stops_the_message():
    builders.trigger()
    person = builders.customer()
    happens(builders.event(person))
    answered()
    consent.object_to(customer_id=person.pk, source="test")
    held = ledger.claim("email", 10)
    assert (len(held), held.stopped) == (0, 1)


def test_contact_limits_hold_between_triggers_of_two_campaigns():
    ContactLimit.objects.create(most=1, days=7)
    builders.trigger()
    builders.trigger()
    happens(builders.event(builders.customer()))
    assert sorted(answered()) == ["contacted", "not_open"]


def test_the_budget_of_a_day_is_never_exceeded():
    of = campaign(budget_cents=5)
    of.options.update(unit_cost_cents=2)
    builders.trigger(of)
    for _ in range(3):
        happens(builders.event(builders.customer()))
        outcomes = answered()
    assert outcomes == ["contacted", "contacted", "left_alone"]
    assert Plan.objects.get().used["budget"] == 4


def test_the_capacity_of_a_day_is_never_exceeded():
    of = campaign()
    of.options.update(capacity=3)
    builders.trigger(of)
    happens(*(builders.event(builders.customer()) for _ in range(2)))
    answered()
    happens(*(builders.event(builders.customer()) for _ in range(4)))
    assert Counter(answered()) == {"contacted": 3, "left_alone": 3}


def test_a_rule_counts_over_the_whole_day():
    of = campaign()
    builders.rule(of, bound=1)
    builders.trigger(of)
    for _ in range(2):
        happens(builders.event(builders.customer()))
        outcomes = answered()
    assert outcomes == ["contacted", "left_alone"]


def test_a_rule_that_demands_many_pieces_does_not_hold_up_one_customer():
    of = campaign()
    builders.rule(of, bound=1000, sense="at least")
    builders.trigger(of)
    happens(builders.event(builders.customer()))
    assert CampaignRule.objects.exists()
    assert answered() == ["contacted"]


def test_leaflets_by_area_are_not_for_single_customers():
    builders.trigger(campaign(channels=("direct_post", "email")))
    happens(builders.event(builders.customer(household=True)))
    answered()
    assert Dispatch.objects.get().channel == "email"


def test_a_campaign_without_a_channel_for_single_customers_stops_no_other(caplog):
    builders.trigger(campaign(channels=("direct_post",)))
    builders.trigger()
    happens(builders.event(builders.customer()))
    assert sorted(answered()) == ["contacted", "waiting"]
    assert "neither bought by delivery area" in caplog.text


def test_conditions_look_at_the_attributes_of_the_event():
    path = triggers.conditions.path(triggers.conditions.parse("ink_percent at most 15"))
    builders.trigger(event_kind="product_signalled", condition_path=path)
    low, high, silent = (builders.customer() for _ in range(3))
    happens(
        builders.event(low, "product_signalled", attributes={"ink_percent": 12}),
        builders.event(high, "product_signalled", attributes={"ink_percent": 80}),
        builders.event(silent, "product_signalled"),
    )
    assert answered() == ["contacted"]
    assert Firing.objects.get().customer == low


def test_so_many_days_before_a_date_that_the_event_names():
    builders.trigger(event_kind="product_registered", count_from="contract_ends_on", wait_minutes=-14 * 24 * 60)
    soon, later = builders.customer(), builders.customer()
    day = timezone.now().date()
    for person, ends_on in ((soon, day + timedelta(days=14)), (later, day + timedelta(days=90))):
        happens(builders.event(person, "product_registered", attributes={"contract_ends_on": ends_on.isoformat()}))
    assert answered() == ["contacted", "waiting"]


@pytest.mark.parametrize("nonsense", ["", "soon", "2026-02-31", "99999-01-01", None, 5, ["2026-01-01"], {"a": 1}])
def test_a_date_that_is_none_fires_nothing_and_loses_no_event(nonsense):
    builders.trigger(event_kind="product_registered", count_from="ends_on")
    row = builders.event(builders.customer(), "product_registered", attributes={"ends_on": nonsense})
    assert events.record([row]) == 1
    assert not Firing.objects.exists()


def test_what_comes_too_late_fires_nothing():
    builders.trigger(valid_hours=24)
    happens(builders.event(builders.customer(), minutes_ago=25 * 60))
    assert not Firing.objects.exists()


def test_what_happened_before_the_approval_fires_nothing():
    builders.trigger(approved_at=timezone.now())
    happens(builders.event(builders.customer(), minutes_ago=1))
    assert not Firing.objects.exists()


def test_what_nobody_could_answer_in_time_is_closed():
    builders.trigger()
    happens(builders.event(builders.customer()))
    Trigger.objects.update(state="paused")
    Firing.objects.update(deadline_at=timezone.now() - timedelta(seconds=1))
    assert answered() == ["late"]


def test_a_paused_trigger_notes_nothing_and_what_waits_goes_on_when_it_is_resumed():
    trigger = builders.trigger()
    happens(builders.event(builders.customer()))
    triggers.pause(trigger.pk)
    happens(builders.event(builders.customer()))
    assert answered() == ["waiting"]
    triggers.resume(trigger.pk)
    assert answered() == ["contacted"]


def test_while_staff_pause_the_wave_of_the_day_nobody_joins_it():
    builders.trigger()
    happens(builders.event(builders.customer()))
    answered()
    waves.pause(Wave.objects.get().pk)
    happens(builders.event(builders.customer()))
    assert answered() == ["contacted", "waiting"]


def test_the_wave_of_the_day_is_not_completed_before_midnight():
    builders.trigger()
    happens(builders.event(builders.customer()))
    answered()
    Dispatch.objects.update(state="expired")
    assert waves.complete_finished() == 0
    Wave.objects.update(open_until_at=timezone.now())
    assert waves.complete_finished() == 1


def test_many_events_take_as_many_queries_as_one():
    of = campaign()
    builders.trigger(of)
    happens(builders.event(builders.customer()))
    answered()

    def queries(people: int) -> int:
        rows = [builders.event(builders.customer()) for _ in range(people)]
        with CaptureQueriesContext(
            connection,
        ) as captured:
            happens(*rows)
            triggers.answer_due()
        return len(captured)

    assert queries(1) == queries(60)


def test_the_plan_of_the_day_adds_up_who_joined():
    of = campaign()
    builders.trigger(of)
    for number in (1, 2):
        happens(*(builders.event(builders.customer()) for _ in range(number)))
        answered()
    plan = Plan.objects.get()
    assert (plan.customers, plan.eligible, plan.options[0]["planned"]) == (3, 3, 3)
    assert Option.objects.get().pk == plan.options[0]["option"]


def follow_up(**fields) -> Campaign:
    """A campaign of which everybody was sent something three days ago, and the trigger of the next step."""
    first, second = campaign(), campaign()
    builders.trigger(second, event_kind="contacted", after_campaign=first, wait_minutes=3 * 24 * 60, **fields)
    return first


def contacted(of: Campaign, *, opened: bool = False) -> None:
    person, days = builders.customer(), 3 * 24 * 60
    sent = builders.dispatch(builders.wave(of), person, state="sent")
    happens(builders.event(person, "contacted", minutes_ago=days + 5, dispatch_id=sent.pk))
    if opened:
        happens(builders.event(person, "opened", minutes_ago=days, dispatch_id=sent.pk))


def test_a_follow_up_goes_to_those_who_did_not_open():
    first = follow_up(unless_kinds=["opened", "clicked", "purchased"])
    Trigger.objects.update(approved_at=timezone.now() - timedelta(days=9))
    contacted(first, opened=True)
    contacted(first)
    assert answered() == ["unless", "contacted"]


def test_a_follow_up_may_go_to_those_who_did():
    first = follow_up(only_if_kinds=["opened"])
    Trigger.objects.update(approved_at=timezone.now() - timedelta(days=9))
    contacted(first, opened=True)
    contacted(first)
    assert answered() == ["contacted", "only_if"]


def test_a_follow_up_is_about_messages_of_its_campaign_only():
    follow_up()
    Trigger.objects.update(approved_at=timezone.now() - timedelta(days=9))
    contacted(campaign())
    assert answered() == []


def test_a_message_that_waits_for_the_morning_is_cancelled_when_its_reason_is_gone():
    builders.trigger(unless_kinds=["purchased"])
    buyer, other = builders.customer(), builders.customer()
    happens(builders.event(buyer), builders.event(other))
    answered()
    Dispatch.objects.update(due_at=timezone.now() + timedelta(hours=8))
    happens(builders.event(buyer, "purchased", minutes_ago=0))
    assert triggers.cancel_overtaken() == 1
    assert set(Dispatch.objects.values_list("customer", "state")) == {(buyer.pk, "cancelled"), (other.pk, "queued")}
    assert answered() == ["contacted", "contacted"]


def test_a_crash_of_one_campaign_holds_up_no_other(monkeypatch):
    broken, sound = builders.trigger(), builders.trigger()
    happens(builders.event(builders.customer()))
    join = joining.join

    def crashing(wave, *args, **kwargs):
        return join(wave, *args, **kwargs) if wave.campaign == sound.campaign else 1 / 0

    monkeypatch.setattr(joining, "join", crashing)
    answered()
    assert Firing.objects.get(trigger=sound).outcome == "contacted"
    assert Firing.objects.get(trigger=broken).outcome == "waiting"


def test_urgent_dispatches_are_claimed_before_those_of_a_large_wave():
    large = builders.wave()
    for _ in range(5):
        builders.dispatch(large)
    builders.trigger()
    happens(builders.event(builders.customer()))
    answered()
    Dispatch.objects.exclude(wave=large).update(due_at=timezone.now() - timedelta(minutes=1))
    held = ledger.claim("email", 1)
    assert list(held.waves) == [Wave.objects.get(open_until_at__isnull=False).pk]


def test_few_customers_scattered_over_many_are_read_by_their_ids():
    builders.trigger()
    people = [builders.customer() for _ in range(40)]
    ContactLimit.objects.create(most=1, days=7)
    builders.dispatch(builders.wave(), people[-1])
    happens(builders.event(people[0]), builders.event(people[-1]))
    assert answered() == ["contacted", "not_open"]
