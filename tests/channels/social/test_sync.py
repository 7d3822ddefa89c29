"""Audiences at networks keep in step with the plan, with objections and with erasure."""

import csv
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from campaigns import consent
from campaigns.models import Customer, Wave
from channels import delivery, ledger
from channels.models import AudienceFile, AudienceMember, Dispatch
from channels.social import files, hashing, leaving, sync
from tests import builders

pytestmark = pytest.mark.django_db


def wave(network: str = "meta", **fields) -> Wave:
    campaign = builders.campaign(channels=("social",), **fields)
    campaign.options.update(settings={"network": network})
    return builders.wave(campaign)


def people(number: int) -> list[Customer]:
    return [builders.customer(consents=("social",)) for _ in range(number)]


def hand_over(of: Wave, to: list[Customer]) -> list[Dispatch]:
    made = [builders.dispatch(of, person, channel="social") for person in to]
    delivery.send_due("social")
    return made


def listed(file: AudienceFile) -> list[str]:
    """First column: the hashed e-mail addresses."""
    file.refresh_from_db()
    with open(files.location(file), newline="", encoding="utf-8") as text:
        return [row[0] for row in list(csv.reader(text))[1:]]


def hashes(of: list[Customer]) -> list[str]:
    return [hashing.sha256(person.identifiers.get(kind="email").value) for person in of]


def states(of: list[Dispatch]) -> list[str]:
    return [Dispatch.objects.get(pk=one.pk).state for one in of]


def objects(person: Customer) -> None:
    consent.object_to(customer_id=person.pk, source="test")


class TestAdding:
    @pytest.mark.parametrize("network", ["meta", "google"])
    def test_everybody_of_the_plan_is_listed_once_in_the_networks_format(self, network):
        group = people(3)
        made = hand_over(wave(network), group)
        file = AudienceFile.objects.get()
        assert (file.network, file.action, file.rows) == (network, "add", 3)
        assert listed(file) == hashes(group)
        assert states(made) == ["handed_over"] * 3

    def test_nothing_but_hashes_leaves(self):
        group = people(1)
        hand_over(wave(), group)
        text = files.location(AudienceFile.objects.get()).read_text()
        assert "@" not in text
        assert "muster" not in text.lower()

    def test_a_suppressed_address_is_not_listed_even_where_another_serves(self):
        person = builders.customer(email="old@example.com", consents=("social",))
        builders.identifier(person, "email", "new@example.com")
        consent.suppress(kind="email", value="old@example.com", reason="bounce", source="test")
        hand_over(wave(), [person])
        assert listed(AudienceFile.objects.get()) == [hashing.sha256("new@example.com")]

    def test_the_post_lies_beside_its_list(self):
        hand_over(wave(), people(1))
        path = files.location(AudienceFile.objects.get())
        assert path.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
        assert path.with_suffix(".link.txt").read_text().startswith("https://shop.example.com/neu?")
        assert "SHARED20" in path.with_suffix(".text.txt").read_text()

    def test_two_networks_get_lists_of_their_own(self):
        group = people(1)
        hand_over(wave("meta"), group)
        hand_over(wave("google"), group)
        assert AudienceMember.objects.count() == AudienceFile.objects.count() == 2

    def test_content_that_cannot_be_posted_lists_nobody(self):
        bad = wave(blocks=[{"id": "t", "type": "text", "text": "no headline"}])
        assert states(hand_over(bad, people(2))) == ["failed", "failed"]
        assert not AudienceMember.objects.exists()

    def test_a_full_disk_leaves_everybody_queued_and_no_trace(self, monkeypatch, settings):
        def full(*_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(files.os, "fsync", full)
        assert states(hand_over(wave(), people(2))) == ["queued", "queued"]
        assert not AudienceFile.objects.exists()
        assert [path for path in settings.SOCIAL_ROOT.rglob("*") if path.is_file()] == []


class TestFetching:
    def test_it_is_sent_once_the_network_has_the_list(self):
        made = hand_over(wave(), people(2))
        file = AudienceFile.objects.get()
        assert sync.fetch(file.pk) == files.location(file)
        file.refresh_from_db()
        assert file.fetched_at is not None
        assert states(made) == ["sent", "sent"]

    def test_twice_is_the_same_as_once(self):
        hand_over(wave(), people(1))
        file = AudienceFile.objects.get()
        first = sync.fetch(file.pk)
        file.refresh_from_db()
        at = file.fetched_at
        assert sync.fetch(file.pk) == first
        file.refresh_from_db()
        assert file.fetched_at == at

    def test_a_list_that_is_gone_is_not_marked(self):
        made = hand_over(wave(), people(1))
        file = AudienceFile.objects.get()
        files.location(file).unlink()
        with pytest.raises(FileNotFoundError):
            sync.fetch(file.pk)
        assert states(made) == ["handed_over"]

    def test_who_is_there_already_is_sent_at_once_and_listed_no_more(self):
        group = people(2)
        hand_over(wave(), group)
        sync.fetch(AudienceFile.objects.get().pk)
        assert states(hand_over(wave(), group)) == ["sent", "sent"]
        assert AudienceFile.objects.count() == 1

    def test_two_waves_that_rest_on_one_list_are_sent_together(self):
        group = people(1)
        made = hand_over(wave(), group) + hand_over(wave(), group)
        sync.fetch(AudienceFile.objects.get().pk)
        assert states(made) == ["sent", "sent"]


class TestObjectionBeforeFetching:
    def test_the_list_is_written_again_without_the_person(self):
        group = people(3)
        made = hand_over(wave(), group)
        file = AudienceFile.objects.get()
        before, sha256 = files.location(file), file.sha256
        objects(group[1])
        assert ledger.stop_objected("social") == 1
        assert listed(file) == hashes([group[0], group[2]])
        assert (file.rows, file.sha256 == sha256) == (2, False)
        assert states(made) == ["handed_over", "suppressed", "handed_over"]
        assert AudienceMember.objects.count() == 2
        assert files.location(file) != before

    def test_the_old_list_is_destroyed_and_the_post_moves_along(self, django_capture_on_commit_callbacks):
        group = people(2)
        hand_over(wave(), group)
        file = AudienceFile.objects.get()
        before = files.location(file)
        objects(group[0])
        with django_capture_on_commit_callbacks(execute=True):
            ledger.stop_objected("social")
        file.refresh_from_db()
        assert not before.exists()
        assert not before.with_suffix(".png").exists()
        assert files.location(file).with_suffix(".png").exists()

    def test_all_waves_that_rest_on_the_line_are_stopped(self):
        group = people(1)
        made = hand_over(wave(), group) + hand_over(wave(), group)
        with transaction.atomic():
            taken = leaving.take_back([made[1].pk])
        assert taken == [made[1].pk]
        assert states(made)[0] == "suppressed"

    def test_the_next_list_names_them_again_if_they_agree_again(self):
        group = people(1)
        hand_over(wave(), group)
        objects(group[0])
        ledger.stop_objected("social")
        consent.lift(customer_id=group[0].pk)
        assert states(hand_over(wave(), group)) == ["handed_over"]
        assert listed(AudienceFile.objects.latest("pk")) == hashes(group)


class TestRemoving:
    @pytest.fixture
    def there(self) -> list[Customer]:
        """Three who are in the audience, by a list that was fetched."""
        group = people(3)
        hand_over(wave(), group)
        sync.fetch(AudienceFile.objects.get().pk)
        return group

    def removals(self) -> list[AudienceFile]:
        return list(AudienceFile.objects.filter(action="remove").order_by("pk"))

    def test_nobody_leaves_without_a_reason(self, there):
        assert leaving.remove_objected() == 0
        assert self.removals() == []

    def test_whoever_objected_is_on_the_remove_list_with_the_same_hashes(self, there):
        objects(there[1])
        assert leaving.remove_objected() == 1
        (file,) = self.removals()
        assert (file.rows, file.network, listed(file)) == (1, "meta", hashes([there[1]]))

    def test_once_is_enough(self, there):
        objects(there[1])
        leaving.remove_objected()
        assert leaving.remove_objected() == 0
        assert len(self.removals()) == 1

    @pytest.mark.parametrize("how", ["withdraws", "address fails"])
    def test_every_reason_that_bars_contact_counts(self, there, how):
        if how == "withdraws":
            consent.withdraw(customer_id=there[0].pk, channel="social", source="test")
        else:
            email = there[0].identifiers.get()
            consent.suppress(kind="email", value=email.value, reason="complaint", source="test")
        assert leaving.remove_objected() == 1

    def test_a_changed_address_is_removed_as_it_was_listed(self, there):
        old = hashes([there[0]])
        there[0].identifiers.update(value="elsewhere@example.com")
        objects(there[0])
        leaving.remove_objected()
        assert listed(self.removals()[0]) == old

    def test_erased_people_are_removed_by_what_was_listed(self, there):
        gone = hashes([there[2]])
        there[2].delete()
        assert leaving.remove_objected() == 1
        assert listed(self.removals()[0]) == gone
        assert AudienceMember.objects.get(customer=None).listed == []

    def test_erased_people_never_reach_a_network_by_a_list_that_waits(self):
        group = people(2)
        hand_over(wave(), group)
        group[0].delete()
        leaving.remove_objected()
        assert listed(AudienceFile.objects.get()) == hashes(group[1:])

    def test_each_network_gets_its_own_remove_list(self, there):
        hand_over(wave("google"), there[:1])
        sync.fetch(AudienceFile.objects.latest("pk").pk)
        objects(there[0])
        assert leaving.remove_objected() == 2
        assert sorted(file.network for file in self.removals()) == ["google", "meta"]

    def test_a_cancelled_wave_leaves_at_once(self, there):
        Wave.objects.update(state="cancelled")
        assert leaving.remove_objected() == 3

    def test_what_a_cancelled_wave_only_listed_is_never_shown_to_a_network(self):
        made = hand_over(wave(), people(2))
        Wave.objects.update(state="cancelled")
        leaving.remove_objected()
        assert listed(AudienceFile.objects.get()) == []
        assert states(made) == ["cancelled", "cancelled"]

    @pytest.mark.parametrize(("days", "leave"), [(13, 0), (15, 3)])
    def test_a_completed_wave_leaves_when_its_goals_do_not_count_any_more(self, there, days, leave):
        Wave.objects.update(state="completed", started_at=timezone.now() - timedelta(days=days))
        assert leaving.remove_objected() == leave

    def test_somebody_whom_a_later_wave_wants_stays(self, there):
        hand_over(wave(), there[:1])
        first = Wave.objects.earliest("pk")
        Wave.objects.filter(pk=first.pk).update(state="cancelled")
        assert leaving.remove_objected() == 2
        assert hashes(there[:1])[0] not in listed(self.removals()[0])

    def test_fetching_a_remove_list_moves_no_dispatch(self, there):
        objects(there[0])
        leaving.remove_objected()
        sync.fetch(self.removals()[0].pk)
        assert set(Dispatch.objects.values_list("state", flat=True)) == {"sent"}


def test_the_sweep_clears_away_what_no_list_names(settings):
    hand_over(wave(), people(1))
    kept = files.location(AudienceFile.objects.get())
    for name in ("add-0.csv", "add-0.png", ".add-1.csv.partial"):
        (kept.parent / name).write_text("x")
    assert files.sweep() == 0
    assert files.sweep(older_than_seconds=-1) == 3
    assert sorted(path.suffix for path in kept.parent.iterdir()) == [".csv", *[".png"] * 4, ".txt", ".txt"]
