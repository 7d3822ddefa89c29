"""The ledger moves dispatches along its arrows, holds nobody twice, and lets nothing out that may not go."""

import uuid
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns import consent
from campaigns.models import Event
from channels import ledger
from channels.base import ChannelError, NotTakenError, Receipt, ReceiptState, UncertainError, UnreachableError
from channels.ledger import ARROWS, Claim, settling
from channels.memory import MemoryChannel
from channels.models import FINAL_STATES, Attempt, Dispatch
from channels.models import DispatchState as State
from tests import builders

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("memory")]


@pytest.fixture
def wave():
    return builders.wave(builders.campaign(channels=("memory",)))


def dispatch(wave, to=None, **fields) -> Dispatch:
    return builders.dispatch(wave, to or builders.customer(consents=("memory",)), channel="memory", **fields)


def state(of: Dispatch) -> str:
    of.refresh_from_db()
    return of.state


def sending(wave, **fields) -> tuple[Claim, Dispatch]:
    made = dispatch(wave, **fields)
    held = ledger.claim("memory", 10)
    ledger.begin(held, [made.pk])
    return held, made


def sent(of: Dispatch, how: ReceiptState = ReceiptState.SENT) -> Receipt:
    return Receipt(of.pk, how, provider_id="p1")


def sent_id(id_: int) -> Receipt:
    return Receipt(id_, ReceiptState.SENT)


class TestArrows:
    def test_every_state_has_its_arrows(self):
        assert set(ARROWS) == set(State)

    def test_final_states_lead_only_to_other_final_states(self):
        assert all(ARROWS[final] <= set(FINAL_STATES) for final in FINAL_STATES)

    def test_every_state_reaches_a_final_one(self):
        for start in State:
            reached, frontier = {start}, {start}
            while frontier:
                frontier = {to for state in frontier for to in ARROWS[state]} - reached
                reached |= frontier
            assert reached & set(FINAL_STATES)

    def test_the_database_refuses_every_move_that_has_no_arrow(self, wave):
        made = dispatch(wave)
        allowed = set()
        for old in State:
            for new in State:
                Dispatch.objects.filter(pk=made.pk).delete()
                made = dispatch(wave, made.customer, state=old)
                try:
                    with transaction.atomic():
                        Dispatch.objects.filter(pk=made.pk).update(state=new)
                except IntegrityError:
                    continue
                allowed.add((old, new))
        assert allowed == {(old, new) for old in State for new in State if new in ARROWS[old] or new == old}


class TestClaim:
    def test_takes_what_is_due_and_no_more_than_asked(self, wave):
        made = [dispatch(wave) for _ in range(3)]
        held = ledger.claim("memory", 2)
        assert held.waves == {wave.pk: [made[0].pk, made[1].pk]}
        assert [state(one) for one in made] == ["claimed", "claimed", "queued"]

    def test_takes_nothing_twice(self, wave):
        dispatch(wave)
        assert ledger.claim("memory", 10)
        assert not ledger.claim("memory", 10)

    @pytest.mark.parametrize("other", ["draft", "approved", "paused", "completed", "cancelled"])
    def test_takes_only_from_running_waves(self, other):
        dispatch(builders.wave(builders.campaign(channels=("memory",)), state=other))
        assert not ledger.claim("memory", 10)

    def test_leaves_what_is_due_later_or_past_its_deadline(self, wave):
        now = timezone.now()
        dispatch(wave, due_at=now + timedelta(minutes=1))
        dispatch(wave, deadline_at=now - timedelta(seconds=1))
        assert not ledger.claim("memory", 10)

    def test_stops_those_who_object_to_this_channel_or_to_all(self, wave):
        one, all_, other, free = [dispatch(wave) for _ in range(4)]
        consent.object_to(customer_id=one.customer_id, channel="memory", source="test")
        consent.object_to(customer_id=all_.customer_id, channel="", source="test")
        consent.object_to(customer_id=other.customer_id, channel="email", source="test")
        held = ledger.claim("memory", 10)
        assert held.waves == {wave.pk: [other.pk, free.pk]}
        assert held.stopped == 2
        assert state(one) == state(all_) == "suppressed"
        assert one.reason == "objection"

    def test_stops_whose_ground_is_gone(self, wave):
        made = dispatch(wave)
        consent.withdraw(customer_id=made.customer_id, channel="memory", source="test")
        assert not ledger.claim("memory", 10).waves
        assert (state(made), made.reason) == ("suppressed", "no ground")

    def test_stops_whose_only_address_is_suppressed(self, wave):
        made = dispatch(wave, builders.customer(email="gone@example.com", consents=("memory",)))
        consent.suppress(kind="email", value="gone@example.com", reason="bounce", source="test")
        assert not ledger.claim("memory", 10).waves
        assert (state(made), made.reason) == ("suppressed", "no usable identifier")

    def test_takes_somebody_with_a_second_address(self, wave):
        person = builders.customer(email="gone@example.com", consents=("memory",))
        builders.identifier(person, "email", "here@example.com")
        made = dispatch(wave, person)
        consent.suppress(kind="email", value="gone@example.com", reason="bounce", source="test")
        assert ledger.claim("memory", 10).waves == {wave.pk: [made.pk]}


class TestMore:
    def test_comes_under_the_same_claim_and_from_the_same_wave(self, wave):
        first, second = dispatch(wave), dispatch(wave)
        other = builders.wave(builders.campaign(channels=("memory",)))
        dispatch(other)
        held = ledger.claim("memory", 1, wave_id=wave.pk)
        assert ledger.claim_more(held, 10, wave_id=wave.pk) == [second.pk]
        assert held.waves == {wave.pk: [first.pk, second.pk]}
        assert ledger.begin(held, [first.pk, second.pk]) == {first.pk, second.pk}
        assert Dispatch.objects.get(wave=other).state == "queued"

    def test_goes_back_to_the_queue_with_the_rest(self, wave):
        dispatch(wave), dispatch(wave)
        held = ledger.claim("memory", 1)
        ledger.claim_more(held, 1, wave_id=wave.pk)
        assert ledger.give_back(held) == 2

    def test_what_must_not_go_out_is_stopped(self, wave):
        _, second = dispatch(wave), dispatch(wave)
        held = ledger.claim("memory", 1)
        consent.object_to(customer_id=second.customer_id, source="test")
        assert ledger.claim_more(held, 10, wave_id=wave.pk) == []
        assert state(second) == "suppressed"

    def test_is_not_taken_where_one_may_be_to_blame_for_the_death_of_a_worker(self, wave):
        lost = dispatch(wave, lost=1)
        dispatch(wave)
        held = ledger.claim("memory", 10)
        assert held.waves == {wave.pk: [lost.pk]}
        assert ledger.claim_more(held, 10, wave_id=wave.pk) == []


class TestBegin:
    def test_marks_as_being_sent_and_counts_the_attempt(self, wave):
        _, made = sending(wave)
        assert state(made) == "sending"
        assert made.attempts == 1

    def test_needs_the_claim_that_holds_it(self, wave):
        made = dispatch(wave)
        held = ledger.claim("memory", 10)
        stranger = Claim(uuid.uuid4(), "memory", held.waves)
        assert ledger.begin(stranger, [made.pk]) == set()
        assert state(made) == "claimed"

    def test_refuses_somebody_who_objected_after_the_claim(self, wave):
        made = dispatch(wave)
        held = ledger.claim("memory", 10)
        consent.object_to(customer_id=made.customer_id, source="test")
        assert ledger.begin(held, [made.pk]) == set()
        assert state(made) == "suppressed"

    def test_does_not_begin_in_a_wave_that_was_paused(self, wave):
        made = dispatch(wave)
        held = ledger.claim("memory", 10)
        wave.state = "paused"
        wave.save()
        assert ledger.begin(held, [made.pk]) == set()
        ledger.give_back(held)
        assert state(made) == "queued"

    def test_does_not_begin_what_another_worker_took_over(self, wave, settings):
        made = dispatch(wave)
        slow = ledger.claim("memory", 10)
        settings.DELIVERY_LEASE_SECONDS = -1
        assert ledger.release_stale() == 1
        quick = ledger.claim("memory", 10)
        assert ledger.begin(slow, [made.pk]) == set()
        assert ledger.begin(quick, [made.pk]) == {made.pk}


class TestStopAll:
    @pytest.fixture
    def boss(self):
        return builders.user("channels.run_sendingstop")

    def test_nothing_is_claimed_until_it_goes_on(self, wave, boss):
        dispatch(wave)
        ledger.stop_all(boss, "wrong price")
        assert ledger.is_stopped()
        assert not ledger.claim("memory", 10)
        assert ledger.resume_all(boss) == 1
        assert ledger.claim("memory", 10)

    def test_takes_effect_between_claim_and_hand_over(self, wave, boss):
        made = dispatch(wave)
        held = ledger.claim("memory", 10)
        ledger.stop_all(boss, "wrong price")
        assert ledger.begin(held, [made.pk]) == set()
        ledger.give_back(held)
        assert state(made) == "queued"

    def test_stopping_twice_is_one_stop_that_is_kept_with_who_and_why(self, boss):
        first = ledger.stop_all(boss, "wrong price")
        assert ledger.stop_all(boss, "again") == first
        ledger.resume_all(boss)
        assert ledger.resume_all(boss) == 0
        first.refresh_from_db()
        assert (first.reason, first.stopped_by, first.resumed_by) == ("wrong price", boss, boss)

    def test_only_those_who_may_and_who_say_why(self, boss):
        for by, why in ((builders.user(), "why"), (boss, " ")):
            with pytest.raises(ledger.LedgerError):
                ledger.stop_all(by, why)
        with pytest.raises(ledger.LedgerError):
            ledger.resume_all(builders.user())
        assert not ledger.is_stopped()


class TestPostpone:
    def test_puts_back_what_is_held_with_a_later_due_time_and_no_attempt(self, wave):
        soon, later, kept = dispatch(wave), dispatch(wave), dispatch(wave)
        held = ledger.claim("memory", 10)
        assert ledger.postpone(held, {soon.pk: 5, later.pk: 500.5}) == 2
        assert (state(soon), state(later), state(kept)) == ("queued", "queued", "claimed")
        assert timedelta(seconds=4) < soon.due_at - timezone.now() < timedelta(seconds=6)
        assert timedelta(seconds=499) < later.due_at - timezone.now() < timedelta(seconds=501)
        assert (later.attempts, later.claim) == (0, None)

    def test_not_what_has_begun_or_another_holds(self, wave):
        held, begun = sending(wave)
        assert ledger.postpone(held, {begun.pk: 5}) == 0
        waiting = dispatch(wave)
        other = ledger.claim("memory", 10)
        assert ledger.postpone(held, {waiting.pk: 5}) == 0
        assert ledger.postpone(other, {waiting.pk: 5}) == 1


class TestRecord:
    def test_a_receipt_makes_it_sent_and_a_contact(self, wave):
        held, made = sending(wave)
        assert ledger.record(held, [sent(made)]) == {made.pk: State.SENT}
        assert (state(made), made.provider_id, made.claim) == ("sent", "p1", None)
        contact = Event.objects.get(kind="contacted")
        assert (contact.customer_id, contact.medium, contact.dispatch_id) == (made.customer_id, "memory", made.pk)
        assert contact.source_key == f"dispatch-{made.pk}"

    def test_what_a_vendor_has_is_handed_over(self, wave):
        held, made = sending(wave)
        ledger.record(held, [sent(made, ReceiptState.HANDED_OVER)])
        assert state(made) == "handed_over"
        assert Event.objects.filter(kind="contacted").count() == 1

    def test_a_permanent_error_ends_it(self, wave):
        held, made = sending(wave)
        ledger.record(held, [(made.pk, ChannelError("no", permanent=True, code="550"))])
        assert (state(made), made.reason) == ("failed", "no")
        assert not Event.objects.exists()

    def test_a_bad_address_bounces(self, wave):
        held, made = sending(wave)
        ledger.record(held, [(made.pk, UnreachableError("unknown", code="550 5.1.1"))])
        assert state(made) == "bounced"

    def test_a_temporary_error_tries_again_later_and_later(self, wave):
        held, made = sending(wave)
        waits = []
        for _ in range(3):
            ledger.record(held, [(made.pk, ChannelError("busy", permanent=False, code="450"))])
            assert state(made) == "queued"
            waits.append((made.due_at - timezone.now()).total_seconds())
            Dispatch.objects.filter(pk=made.pk).update(due_at=timezone.now() - timedelta(days=1))
            held = ledger.claim("memory", 10)
            ledger.begin(held, [made.pk])
        assert 59 < waits[0] < 76
        assert waits[1] == pytest.approx(waits[0] * 2, abs=2)
        assert waits[2] == pytest.approx(waits[0] * 4, abs=4)

    def test_attempts_are_limited(self, wave, settings):
        settings.DELIVERY_MAX_ATTEMPTS = 1
        held, made = sending(wave)
        ledger.record(held, [(made.pk, ChannelError("busy", permanent=False))])
        assert state(made) == "failed"

    def test_a_broken_link_is_uncertain(self, wave):
        held, made = sending(wave)
        ledger.record(held, [(made.pk, UncertainError("gone"))])
        assert state(made) == "uncertain"

    def test_every_attempt_is_kept_with_the_answer(self, wave):
        held, made = sending(wave)
        ledger.record(held, [(made.pk, ChannelError("busy", permanent=False, code="450 4.2.1"))])
        attempt = Attempt.objects.get()
        assert (attempt.number, attempt.outcome, attempt.code, attempt.answer) == (1, "queued", "450 4.2.1", "busy")

    def test_recording_twice_changes_nothing(self, wave):
        held, made = sending(wave)
        ledger.record(held, [sent(made)])
        assert ledger.record(held, [(made.pk, ChannelError("no", permanent=True))]) == {}
        assert state(made) == "sent"
        assert Attempt.objects.count() == 1

    def test_a_slow_worker_may_still_say_that_it_left(self, wave, settings):
        held, made = sending(wave)
        settings.DELIVERY_LEASE_SECONDS = -1
        assert ledger.doubt_stale() == 1
        ledger.record(held, [sent(made)])
        assert state(made) == "sent"

    def test_a_slow_worker_may_not_queue_it_again(self, wave, settings):
        held, made = sending(wave)
        settings.DELIVERY_LEASE_SECONDS = -1
        ledger.doubt_stale()
        ledger.record(held, [(made.pk, ChannelError("busy", permanent=False))])
        assert state(made) == "uncertain"


class TestTurn:
    def test_records_and_begins_in_one_statement(self, wave):
        over, next_one = dispatch(wave), dispatch(wave)
        held = ledger.claim("memory", 10)
        ledger.begin(held, [over.pk])
        done = ledger.turn(held, [sent(over)], [next_one.pk])
        assert done.moved == {over.pk: State.SENT}
        assert done.begun == {next_one.pk}
        assert Event.objects.filter(kind="contacted", dispatch_id=over.pk).exists()

    def test_done_again_after_a_broken_connection_it_begins_the_same_once(self, wave):
        over, next_one = dispatch(wave), dispatch(wave)
        held = ledger.claim("memory", 10)
        ledger.begin(held, [over.pk])
        ledger.turn(held, [sent(over)], [next_one.pk])
        assert ledger.turn(held, [sent(over)], [next_one.pk]).begun == set()
        assert ledger.turn(held, [sent(over)], [next_one.pk], again=True).begun == {next_one.pk}
        next_one.refresh_from_db()
        assert (next_one.attempts, Attempt.objects.count(), Event.objects.count()) == (1, 1, 1)

    def test_done_again_it_lets_nobody_out_who_objected_in_between(self, wave):
        made = dispatch(wave)
        held = ledger.claim("memory", 10)
        ledger.begin(held, [made.pk])
        consent.object_to(customer_id=made.customer_id, source="test")
        assert ledger.turn(held, [], [made.pk], again=True).begun == set()
        assert state(made) == "queued"

    def test_a_provider_that_would_not_hear_of_it_uses_up_no_attempt(self, wave, settings):
        settings.DELIVERY_MAX_ATTEMPTS = 1
        held, made = sending(wave)
        ledger.record(held, [(made.pk, NotTakenError("sender refused", code="451"))])
        assert (state(made), made.attempts) == ("queued", 0)
        assert made.due_at > timezone.now() + timedelta(seconds=59)
        assert Attempt.objects.get().code == "451"


class TestLost:
    def test_those_whose_workers_die_come_in_smaller_batches_and_are_given_up_in_the_end(self, wave, settings):
        settings.DELIVERY_LEASE_SECONDS = -1
        poison = [dispatch(wave) for _ in range(9)][4]
        sizes = []
        for _ in range(3):
            Dispatch.objects.update(due_at=timezone.now() - timedelta(minutes=1))
            while poison.pk not in (held := ledger.claim("memory", 9)).waves[wave.pk]:
                ledger.record(held, [sent_id(id_) for id_ in ledger.begin(held, held.waves[wave.pk])])
            sizes.append(len(held))
            ledger.release_stale()
        assert sizes == [9, 3, 1]
        assert (state(poison), poison.reason) == ("failed", "its worker died 3 times")
        assert Attempt.objects.get(code="lost").dispatch_id == poison.pk
        assert set(Dispatch.objects.exclude(pk=poison.pk).values_list("state", flat=True)) <= {"sent", "queued"}

    def test_one_that_was_begun_is_no_longer_suspect(self, wave):
        made = dispatch(wave, lost=2)
        held = ledger.claim("memory", 10)
        ledger.begin(held, [made.pk])
        made.refresh_from_db()
        assert made.lost == 0

    def test_after_a_death_it_waits_a_while_so_that_others_go_first(self, wave, settings):
        settings.DELIVERY_LEASE_SECONDS = -1
        made = dispatch(wave)
        ledger.claim("memory", 10)
        ledger.release_stale()
        made.refresh_from_db()
        assert (made.state, made.lost) == ("queued", 1)


class TestUpkeep:
    def test_a_dead_claim_goes_back_to_the_queue(self, wave, settings):
        made = dispatch(wave)
        ledger.claim("memory", 10)
        assert ledger.release_stale() == 0
        settings.DELIVERY_LEASE_SECONDS = -1
        assert ledger.release_stale() == 1
        assert (state(made), made.claim) == ("queued", None)

    def test_what_was_being_sent_never_goes_back_by_itself(self, wave, settings):
        _, made = sending(wave)
        settings.DELIVERY_LEASE_SECONDS = -1
        assert ledger.release_stale() == 0
        assert ledger.doubt_stale() == 1
        assert state(made) == "uncertain"

    def test_the_deadline_ends_what_still_waits(self, wave):
        late, fresh = dispatch(wave, deadline_at=timezone.now() - timedelta(hours=1)), dispatch(wave)
        assert ledger.expire_overdue() == 1
        assert (state(late), state(fresh)) == ("expired", "queued")

    def test_cancelling_a_wave_stops_what_has_not_begun(self, wave):
        held, begun = sending(wave)
        claimed = dispatch(wave)
        ledger.claim("memory", 10)
        queued = dispatch(wave)
        assert ledger.cancel_wave(wave.pk) == 2
        assert (state(claimed), state(queued), state(begun)) == ("cancelled", "cancelled", "sending")
        ledger.record(held, [sent(begun)])
        assert state(begun) == "sent"

    def test_counts_by_channel_and_state(self, wave):
        sending(wave)
        dispatch(wave)
        assert ledger.counts(wave.pk) == {"memory": {"queued": 1, "sending": 1}}

    def test_knows_which_channels_have_something_due(self, wave):
        assert ledger.due_channels() == {}
        dispatch(wave), dispatch(wave)
        assert ledger.due_channels() == {"memory": 1}
        assert ledger.due_channels(most=10) == {"memory": 2}
        ledger.stop_all(builders.user("channels.run_sendingstop"), "wrong price")
        assert ledger.due_channels() == {}


class TestStopObjected:
    def test_stops_what_waits(self, wave):
        claimed = dispatch(wave)
        ledger.claim("memory", 10)
        queued, free = dispatch(wave), dispatch(wave)
        for one in (claimed, queued):
            consent.object_to(customer_id=one.customer_id, source="test")
        assert ledger.stop_objected() == 2
        assert (state(claimed), state(queued), state(free)) == ("suppressed", "suppressed", "queued")

    def test_takes_back_what_was_handed_over_and_forgets_the_contact(self, wave, memory: MemoryChannel):
        held, made = sending(wave)
        ledger.record(held, [sent(made, ReceiptState.HANDED_OVER)])
        consent.object_to(customer_id=made.customer_id, source="test")
        assert ledger.stop_objected() == 1
        assert memory.withdrawn == [made.pk]
        assert (state(made), made.reason) == ("suppressed", "objection")
        assert not Event.objects.filter(kind="contacted").exists()

    def test_leaves_what_is_out(self, wave):
        held, made = sending(wave)
        ledger.record(held, [sent(made)])
        consent.object_to(customer_id=made.customer_id, source="test")
        assert ledger.stop_objected() == 0
        assert state(made) == "sent"


class TestSettle:
    def test_moves_only_what_has_left(self, wave):
        waiting = dispatch(wave)
        gone = dispatch(wave, state="handed_over")
        assert ledger.settle([waiting.pk, gone.pk], to=State.SENT) == [gone.pk]

    def test_any_number_is_moved_some_at_a_time(self, wave, monkeypatch):
        monkeypatch.setattr(settling, "AT_ONCE", 2)
        gone = [dispatch(wave, state="handed_over").pk for _ in range(5)]
        assert sorted(ledger.settle(gone[::-1], to=State.SENT)) == gone

    def test_each_may_have_its_own_reason(self, wave):
        gone = [dispatch(wave, state="handed_over") for _ in range(3)]
        reasons = dict(zip([one.pk for one in gone], ["objection", "no address", "objection"], strict=True))
        assert ledger.settle_each(reasons, to=State.SUPPRESSED) == 3
        assert dict(Dispatch.objects.filter(pk__in=reasons).values_list("pk", "reason")) == reasons

    def test_evidence_makes_an_uncertain_one_sent_and_a_contact(self, wave):
        made = dispatch(wave, state="uncertain")
        ledger.settle([made.pk], to=State.SENT)
        assert Event.objects.filter(kind="contacted", dispatch_id=made.pk).exists()

    @pytest.mark.parametrize("to", [State.QUEUED, State.CLAIMED, State.SENDING, State.EXPIRED])
    def test_never_leads_back(self, wave, to):
        with pytest.raises(ledger.LedgerError):
            ledger.settle([dispatch(wave, state="uncertain").pk], to=to)


class TestResolve:
    @pytest.mark.parametrize("verdict", [State.SENT, State.FAILED, State.QUEUED])
    def test_a_person_decides(self, wave, verdict):
        made = dispatch(wave, state="uncertain")
        person = builders.user("channels.resolve_dispatch")
        assert ledger.resolve([made.pk], verdict=verdict, by=person) == 1
        assert state(made) == verdict
        assert Attempt.objects.get().answer == f"decided by user {person.pk}"

    def test_only_those_who_may(self, wave):
        made = dispatch(wave, state="uncertain")
        with pytest.raises(ledger.LedgerError):
            ledger.resolve([made.pk], verdict=State.QUEUED, by=builders.user())
        assert state(made) == "uncertain"

    def test_only_what_is_uncertain(self, wave):
        made = dispatch(wave, state="sent")
        assert ledger.resolve([made.pk], verdict=State.FAILED, by=builders.user("channels.resolve_dispatch")) == 0


MOVES = st.sampled_from(
    [
        "claim",
        "begin",
        "sent",
        "handed_over",
        "busy",
        "refused",
        "bounced",
        "broken",
        "release",
        "doubt",
        "expire",
        "cancel",
        "stop",
        "settle_sent",
        "settle_delivered",
        "settle_bounced",
    ]
)


@settings(max_examples=40)
@given(moves=st.lists(MOVES, max_size=12), objects_after=st.integers(0, 12))
def test_a_random_walk_never_leaves_the_arrows_and_never_sends_twice(wave, settings, moves, objects_after):
    settings.DELIVERY_LEASE_SECONDS = -1
    made = dispatch(wave)
    held, given_away, was = Claim(uuid.uuid4(), "memory"), 0, State.QUEUED
    for step, move in enumerate(moves):
        if step == objects_after:
            consent.object_to(customer_id=made.customer_id, source="test")
        if move == "claim":
            Dispatch.objects.filter(pk=made.pk).update(due_at=timezone.now() - timedelta(1))
            held = ledger.claim("memory", 10)
        elif move == "begin":
            begun = ledger.begin(held, [made.pk])
            assert not (begun and step >= objects_after)
        else:
            # Of what is uncertain an answer only tells what became of it.
            given_away += _move(move, held, made) == "left" and was != State.UNCERTAIN
        now = State(state(made))
        assert now == was or now in ARROWS[was]
        was = now
    assert given_away <= 1
    Dispatch.objects.filter(pk=made.pk).delete()


def _move(move: str, held: Claim, made: Dispatch) -> str:
    answers = {
        "sent": sent(made),
        "handed_over": sent(made, ReceiptState.HANDED_OVER),
        "busy": (made.pk, ChannelError("busy", permanent=False)),
        "refused": (made.pk, ChannelError("no", permanent=True)),
        "bounced": (made.pk, UnreachableError("unknown")),
        "broken": (made.pk, UncertainError("gone")),
    }
    if move in answers:
        moved = ledger.record(held, [answers[move]])
        return "left" if moved.get(made.pk) in (State.SENT, State.HANDED_OVER, State.UNCERTAIN) else ""
    {
        "release": ledger.release_stale,
        "doubt": ledger.doubt_stale,
        "expire": ledger.expire_overdue,
        "stop": ledger.stop_objected,
        "cancel": lambda: ledger.cancel_wave(made.wave_id),
        "settle_sent": lambda: ledger.settle([made.pk], to=State.SENT),
        "settle_delivered": lambda: ledger.settle([made.pk], to=State.DELIVERED),
        "settle_bounced": lambda: ledger.settle([made.pk], to=State.BOUNCED),
    }[move]()
    return ""


@pytest.mark.django_db(transaction=True)
def test_many_workers_claim_everything_and_nothing_twice(wave):
    people = [builders.customer(consents=("memory",)) for _ in range(60)]
    made = {dispatch(wave, person).pk for person in people}
    taken: list[int] = []
    start = Barrier(4)

    def work() -> None:
        start.wait()
        while held := ledger.claim("memory", 7):
            taken.extend(held.waves[wave.pk])
        connection.close()

    workers = [Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(taken) == sorted(made)
