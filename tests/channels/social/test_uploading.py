"""Audiences at networks with an account: batches are taken once, repeated without harm, split where they are refused."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from campaigns import consent
from campaigns.models import Customer, Wave
from channels import delivery, ledger, registry
from channels.invariants import check
from channels.models import Attempt, AudienceBatch, AudienceFile, AudienceMember, Dispatch, NetworkAccount
from channels.social import accounts, batches, leaving, uploading
from channels.social.backends.meta import MetaBackend
from channels.social.invariants import social_invariants
from tests import builders

from .servers import SERVERS, Fault, running

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["meta", "google"])  # one call a batch, and several
def server(request):
    with running(SERVERS[request.param]()) as server:
        yield server


@pytest.fixture
def account(server, account_at) -> NetworkAccount:
    return account_at(server)


only_meta = pytest.mark.parametrize("server", ["meta"], indirect=True)
all_of_them = pytest.mark.parametrize("server", ["meta", "google", "linkedin"], indirect=True)


def wave(network: str, **settings) -> Wave:
    campaign = builders.campaign(channels=("social",))
    campaign.options.update(settings={"network": network} | settings)
    return builders.wave(campaign)


def people(number: int) -> list[Customer]:
    return [builders.customer(consents=("social",), household=True) for _ in range(number)]


def hand_over(of: Wave, to: list[Customer], **fields) -> list[Dispatch]:
    made = [builders.dispatch(of, person, channel="social", **fields) for person in to]
    delivery.send_due("social")
    return made


def work() -> None:
    """Until nothing is due, with every pause over."""
    for _ in range(60):
        NetworkAccount.objects.update(quiet_until=None)
        AudienceBatch.objects.update(due_at=timezone.now())
        registry.get("social").carry_on(seconds=30)
        if not AudienceBatch.objects.filter(state__in=uploading.OPEN).exists():
            return
    raise AssertionError("never done")


def once() -> None:
    registry.get("social").carry_on(seconds=30)


def states(of: list[Dispatch]) -> list[str]:
    return [Dispatch.objects.get(pk=one.pk).state for one in of]


def first_column(person: Customer) -> str:
    return AudienceMember.objects.get(customer=person).listed[0]


def objects(person: Customer) -> None:
    consent.object_to(customer_id=person.pk, source="test")
    registry.get("social").look_after()


class TestAdding:
    def test_it_is_sent_once_the_network_took_it(self, account, server):
        made = hand_over(wave(server.kind), people(3))
        assert (states(made), server.taken()) == (["handed_over"] * 3, 0)
        work()
        assert (states(made), server.taken()) == (["sent"] * 3, 3)
        assert AudienceFile.objects.get().fetched_at is not None

    def test_no_file_is_written(self, account, server, settings):
        hand_over(wave(server.kind), people(1))
        assert list(settings.SOCIAL_ROOT.rglob("*.csv")) == []

    def test_who_is_there_already_is_sent_at_once_without_a_call(self, account, server):
        group = people(2)
        hand_over(wave(server.kind), group)
        work()
        calls = len(server.requests)
        assert states(hand_over(wave(server.kind), group)) == ["sent", "sent"]
        once()
        assert len(server.requests) == calls

    def test_two_waves_that_rest_on_one_batch_are_sent_together(self, account, server):
        group = people(1)
        made = hand_over(wave(server.kind), group) + hand_over(wave(server.kind), group)
        work()
        assert states(made) == ["sent", "sent"]

    @all_of_them
    def test_who_cannot_be_matched_fails(self, account, server):
        person = builders.customer(email=None, consents=("social",))
        builders.identifier(person, "phone", "+491701234567")
        expected = "failed" if server.kind == "linkedin" else "handed_over"
        assert states(hand_over(wave(server.kind), [person])) == [expected]

    def test_a_list_is_cut_into_batches_of_one_session(self, account, server, monkeypatch):
        monkeypatch.setattr(batches, "most_rows", lambda _: 2)
        made = hand_over(wave(server.kind), people(5))
        parts = AudienceBatch.objects.order_by("pk").values_list("sequence", "is_last", "rows", "session_rows")
        assert list(parts) == [(1, False, 2, 5), (2, False, 2, 5), (3, True, 1, 5)]
        assert AudienceBatch.objects.values("session").distinct().count() == 1
        work()
        assert (set(states(made)), server.taken()) == ({"sent"}, 5)


@all_of_them
class TestPartialFailure:
    def test_the_refused_one_is_tried_alone_and_fails_with_the_reason(self, account, server):
        group = people(4)
        made = hand_over(wave(server.kind), group)
        server.invalid.add(first_column(group[1]))
        work()
        assert states(made) == ["sent", "failed", "sent", "sent"]
        assert "invalid" in Dispatch.objects.get(pk=made[1].pk).reason
        assert server.taken() == 3
        assert AudienceMember.objects.get(customer=group[1]).listed == []

    def test_one_that_is_taken_alone_is_in(self, account, server):
        group = people(3)
        made = hand_over(wave(server.kind), group)
        server.invalid.add(first_column(group[2]))
        server.on_taken = server.invalid.clear  # after the first call
        work()
        assert (states(made), server.taken()) == (["sent"] * 3, 3)

    def test_where_all_are_refused_nobody_is_tried_again(self, account, server):
        group = people(3)
        made = hand_over(wave(server.kind), group)
        server.invalid |= {first_column(person) for person in group}
        work()
        assert states(made) == ["failed"] * 3
        assert AudienceBatch.objects.count() == 1


class TestFaults:
    @pytest.mark.parametrize(
        "fault",
        [
            {"cuts": "before"}, {"cuts": "after"}, {"hangs": True}, {"status": 500}, {"status": 503},
            {"status": 429, "headers": {"Retry-After": "30"}}, {"status": 429}, {"status": 401}, {"status": 404},
        ],
    )  # fmt: skip
    def test_whatever_happens_once_everybody_is_there_once_in_the_end(self, account, server, strike, fault):
        made = hand_over(wave(server.kind), people(3))
        strike(server, **fault)
        once()
        assert states(made) == ["handed_over"] * 3
        work()
        assert (states(made), server.taken()) == (["sent"] * 3, 3)

    def test_the_account_rests_as_long_as_the_network_says(self, account, server):
        hand_over(wave(server.kind), people(1))
        server.faults.append(Fault(429, headers={"Retry-After": "120"}, on=server.main))
        once()
        account.refresh_from_db()
        rest = (account.quiet_until - timezone.now()).total_seconds()
        assert 110 < rest <= 120 * (1 + accounts.JITTER)
        calls = len(server.requests)
        once()
        assert len(server.requests) == calls
        assert uploading.is_due() is False

    def test_what_staff_must_mend_is_said_and_uses_no_attempt(self, account, server):
        made = hand_over(wave(server.kind), people(1))
        for _ in range(10):
            server.faults.append(Fault(403, on=server.main))
            NetworkAccount.objects.update(quiet_until=None)
            once()
        account.refresh_from_db()
        assert (account.health, account.failures) == ("fails", 10)
        assert states(made) == ["handed_over"]
        work()
        account.refresh_from_db()
        assert (states(made), account.health) == (["sent"], "works")

    @only_meta
    def test_failures_without_end_fail_and_are_taken_out_again(self, account, server, settings):
        settings.DELIVERY_MAX_ATTEMPTS = 3
        made = hand_over(wave("meta"), people(2))
        server.faults.extend(Fault(500, on="POST") for _ in range(3))
        work()
        assert states(made) == ["failed", "failed"]
        assert len(server.calls("DELETE")) == 1
        assert set(AudienceMember.objects.values_list("removed_at", flat=True)) != {None}

    @only_meta
    def test_a_batch_that_is_refused_fails_and_holds_up_no_other(self, account, server):
        made = hand_over(wave("meta"), people(1)) + hand_over(wave("meta"), people(1))
        server.faults.append(Fault(400, {"error": {"code": 2650, "message": "x"}}, on="POST"))
        once()
        assert states(made) == ["failed", "sent"]
        assert server.calls("DELETE") == []

    @only_meta
    def test_a_lost_session_is_begun_anew(self, account, server, monkeypatch):
        monkeypatch.setattr(batches, "most_rows", lambda _: 1)
        made = hand_over(wave("meta"), people(3))
        AudienceBatch.objects.filter(sequence=2).update(sequence=9)
        work()
        assert (states(made), server.taken()) == (["sent"] * 3, 3)

    def test_a_worker_that_died_in_the_middle_loses_nobody(self, account, server):
        """As a kill leaves it: marked as being sent, under a lease that has ended."""
        made = hand_over(wave(server.kind), people(3))
        AudienceBatch.objects.update(state="sending", attempts=1)
        NetworkAccount.objects.update(busy_until=timezone.now() - timedelta(seconds=1))
        work()
        assert (states(made), server.taken()) == (["sent"] * 3, 3)

    def test_two_workers_do_not_work_on_one_account(self, account, server):
        hand_over(wave(server.kind), people(1))
        with accounts.held(account.pk) as token:
            assert token is not None
            once()
        assert server.requests == []

    def test_a_slow_worker_that_lost_its_lease_begins_nothing(self, account, server):
        hand_over(wave(server.kind), people(1))
        with accounts.held(account.pk) as token:
            NetworkAccount.objects.update(busy_token=None)
            assert uploading.step(account.pk, token) is False
        assert server.requests == []


class TestBudget:
    @only_meta
    def test_no_more_calls_than_an_hour_has(self, account, server, monkeypatch):
        monkeypatch.setattr(batches, "most_rows", lambda _: 1)
        NetworkAccount.objects.update(calls_an_hour=2)
        hand_over(wave("meta"), people(3))
        once()
        once()
        assert (server.taken(), uploading.is_due()) == (2, False)
        NetworkAccount.objects.update(hour_began_at=F("hour_began_at") - timedelta(hours=1, seconds=1))
        once()
        assert server.taken() == 3


class TestLeaving:
    def test_who_objects_before_it_left_is_never_heard_of(self, account, server):
        group = people(3)
        made = hand_over(wave(server.kind), group)
        gone = first_column(group[1])
        objects(group[1])
        assert states(made) == ["handed_over", "suppressed", "handed_over"]
        work()
        assert server.taken() == 2
        assert all(gone.encode() not in one.raw for one in server.requests)

    def test_who_objects_afterwards_is_removed_at_once(self, account, server):
        group = people(3)
        hand_over(wave(server.kind), group)
        work()
        objects(group[1])
        work()
        assert server.taken() == 2
        assert AudienceMember.objects.get(customer=group[1]).listed == []

    def test_an_objection_that_the_sweep_has_not_seen_is_seen_when_sending(self, account, server):
        group = people(2)
        hand_over(wave(server.kind), group)
        consent.object_to(customer_id=group[0].pk, source="test")
        work()
        assert server.taken() == 1

    def test_who_objects_while_it_is_on_its_way_is_taken_out_again(self, account, server):
        group = people(2)
        made = hand_over(wave(server.kind), group)
        server.faults.append(Fault(cuts="after", on=server.main))
        once()
        objects(group[0])
        work()
        assert (states(made), server.taken()) == (["suppressed", "sent"], 1)

    def test_erased_people_are_removed_by_their_hashes(self, account, server):
        group = people(2)
        hand_over(wave(server.kind), group)
        work()
        group[0].delete()
        registry.get("social").look_after()
        work()
        assert server.taken() == 1

    def test_removing_goes_on_while_all_sending_is_stopped(self, account, server):
        group = people(2)
        hand_over(wave(server.kind), group)
        work()
        waiting = hand_over(wave(server.kind), people(1))
        ledger.stop_all(by=builders.user("channels.run_sendingstop"), reason="test")
        objects(group[0])
        for _ in range(6):
            AudienceBatch.objects.update(due_at=timezone.now())
            once()
        assert (server.taken(), states(waiting)) == (1, ["handed_over"])

    @only_meta
    def test_removing_is_never_given_up(self, account, server, settings):
        settings.DELIVERY_MAX_ATTEMPTS = 2
        group = people(1)
        hand_over(wave("meta"), group)
        work()
        server.faults.extend(Fault(status, on="DELETE") for status in (500, 500, 500, 400, 500))
        objects(group[0])
        work()
        assert server.taken() == 0

    def test_who_agrees_again_is_added_again(self, account, server):
        group = people(1)
        hand_over(wave(server.kind), group)
        work()
        objects(group[0])
        consent.lift(customer_id=group[0].pk)
        made = hand_over(wave(server.kind), group)
        work()
        assert (states(made), server.taken()) == (["sent"], 1)

    def test_what_was_not_taken_before_its_deadline_has_failed(self, account, server):
        made = hand_over(wave(server.kind), people(2))
        Dispatch.objects.update(deadline_at=timezone.now() - timedelta(minutes=1))
        registry.get("social").look_after()
        assert states(made) == ["failed", "failed"]
        work()
        assert server.taken() == 0

    def test_a_cancelled_wave_leaves(self, account, server):
        group = people(2)
        hand_over(wave(server.kind), group)
        work()
        Wave.objects.update(state="cancelled")
        assert leaving.remove_objected() == 2
        work()
        assert server.taken() == 0


class TestWhichAccount:
    def option(self, **settings) -> NetworkAccount | None:
        return accounts.of_option({"network": "meta"} | settings)

    def make(self, slug: str, **fields) -> NetworkAccount:
        return NetworkAccount.objects.create(name=slug, slug=slug, kind="meta", **fields)

    def test_without_any_lists_are_files(self):
        assert self.option() is None

    def test_the_only_one_need_not_be_named(self):
        account = self.make("one")
        assert self.option() == account

    def test_of_several_one_is_named(self):
        first, _ = self.make("one"), self.make("two")
        assert self.option(account="one") == first
        with pytest.raises(ValueError, match='"account" must name one'):
            self.option()

    def test_one_that_is_switched_off_does_not_silently_become_files(self):
        self.make("one", is_active=False)
        with pytest.raises(ValueError, match="switched off"):
            self.option()

    def test_one_that_is_not_there_is_refused_by_name(self):
        with pytest.raises(ValueError, match='names no active account at meta: "two"'):
            self.option(account="two")

    def test_one_that_is_switched_off_uses_up_no_attempt(self, account_at):
        with running(SERVERS["meta"]()) as server:
            account_at(server)
            NetworkAccount.objects.update(is_active=False)
            made = hand_over(wave("meta"), people(1))
        assert states(made) == ["queued"]
        assert Dispatch.objects.get().attempts == 0
        assert Attempt.objects.get().code == "account"

    def test_a_batch_whose_account_is_switched_off_waits(self, account_at):
        with running(SERVERS["meta"]()) as server:
            account_at(server)
            made = hand_over(wave("meta"), people(1))
            NetworkAccount.objects.update(is_active=False)
            once()
            assert (states(made), server.requests) == (["handed_over"], [])


def test_the_largest_list_of_a_claim_fits_into_few_batches():
    assert MetaBackend.most_rows == batches.most_rows("meta") == 10_000


class TestInvariants:
    def broken(self) -> list[str]:
        return [verdict.name for verdict in check(social_invariants()) if not verdict.holds]

    @only_meta
    def test_they_hold_through_adding_and_removing(self, account, server):
        group = people(2)
        hand_over(wave("meta"), group)
        assert self.broken() == []
        work()
        objects(group[0])
        assert self.broken() == []
        work()
        assert self.broken() == []

    @only_meta
    def test_they_find_who_is_not_removed_within_a_day(self, account, server):
        group = people(1)
        hand_over(wave("meta"), group)
        work()
        objects(group[0])
        AudienceFile.objects.update(created_at=timezone.now() - timedelta(hours=25))
        assert self.broken() == ["who leaves an audience is out of it within a day"]

    @only_meta
    def test_they_find_what_waits_for_nothing(self, account, server):
        hand_over(wave("meta"), people(1))
        AudienceFile.objects.update(fetched_at=timezone.now() - timedelta(hours=1))
        assert self.broken() == ["what waits for a network is on its way there"]
