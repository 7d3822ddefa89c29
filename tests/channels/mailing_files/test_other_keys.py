"""When a vendor's keys change, what waits for it is made anew for the keys that are valid now, and only they open it."""

import csv
import io

import pytest
from django.db import transaction
from django.test import TestCase

from campaigns import consent
from channels import calls, delivery, encryption_keys, invariants, ledger, print_files, print_jobs, valid_keys
from channels.base import ChannelError
from channels.models import EncryptionKey, MailingFile, PrintItem, PrintJob, PrintRow, PrintSeed, Vendor, WebhookEvent
from channels.print_jobs import contents, encrypting, finishing, made_anew, writing
from channels.print_jobs.invariants import print_invariants
from channels.print_mailing import letters
from tests import builders
from tests.channels import printing
from tests.channels.mailing_files import keys_of_vendors
from tests.channels.mailing_files.keys_of_vendors import Pair, confirmed

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]


@pytest.fixture
def old() -> Pair:
    """The key to which the vendor's files are encrypted so far."""
    pair = keys_of_vendors.age()
    confirmed(printing.vendor(), pair.public)
    return pair


def change_keys(old: Pair) -> Pair:
    """Another key is confirmed and the old one revoked."""
    new = keys_of_vendors.age()
    confirmed(printing.vendor(), new.public)
    revoke(old)
    return new


def revoke(pair: Pair) -> None:
    encryption_keys.revoke(EncryptionKey.objects.get(public_key=pair.public).pk)


def opened(job: PrintJob, pair: Pair) -> dict[str, bytes]:
    return {
        file.plain_name: pair.decrypt(print_files.location(file).read_bytes()) for file in printing.files(job).values()
    }


def opens_nothing(job: PrintJob, pair: Pair) -> bool:
    for file in printing.files(job).values():
        with pytest.raises(Exception, match=r"(?i)decrypt|keys"):
            pair.decrypt(print_files.location(file).read_bytes())
    return True


def table(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def broken() -> list[str]:
    return [one.name for one in invariants.check(print_invariants()) if not one.holds]


class TestARevokedKey:
    def test_opens_no_waiting_job_any_more(self, old):
        job = printing.mailing(3)
        said, before = opened(job, old), [print_files.location(file) for file in printing.files(job).values()]
        new = change_keys(old)
        with TestCase.captureOnCommitCallbacks(execute=True):
            assert encrypting.encrypt(job.pk)
        assert opens_nothing(job, old)
        found = opened(job, new)
        assert (found.keys(), found["letters.csv"]) == (said.keys(), said["letters.csv"])
        assert (job.revision, job.state, [path.exists() for path in before]) == (2, "ready", [False, False])
        assert broken() == []

    def test_nor_does_it_get_served_meanwhile(self, old):
        job, caller = printing.mailing(1), printing.Caller(printing.vendor())
        new = change_keys(old)
        refused = caller.get(f"jobs/{job.pk}/files/letters.csv.age")
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:problem:encryption-pending")
        encrypting.encrypt(job.pk)
        served = caller.get(f"jobs/{job.pk}/files/letters.csv.age?revision=2")
        assert len(table(new.decrypt(served.getvalue()))) == 1

    def test_its_vendor_is_told_and_acknowledges_the_new_files(self, old):
        job, caller = printing.mailing(1), printing.Caller(printing.vendor())
        caller.acknowledge(job)
        change_keys(old)
        encrypting.encrypt(job.pk)
        assert WebhookEvent.objects.filter(type="job.ready").last().payload == {"job": job.pk, "revision": 2}
        assert caller.start(job).json()["type"] == "urn:problem:withdrawals-pending"
        assert caller.produce(job).json()["state"] == "in_production"

    def test_the_revocation_asks_a_worker(self, old, monkeypatch):
        job, asked = printing.mailing(1), []
        monkeypatch.setattr(calls, "call", lambda task, *args: asked.append(args))
        with TestCase.captureOnCommitCallbacks(execute=True):
            change_keys(old)
        assert asked == [(job.pk,), (job.pk,)]  # at the confirmation as well

    def test_of_a_job_in_production_the_files_stay(self, old):
        job, caller = printing.mailing(1), printing.Caller(printing.vendor())
        caller.produce(job)
        change_keys(old)
        assert not encrypting.encrypt(job.pk)
        assert caller.get(f"jobs/{job.pk}/files/letters.csv.age").status_code == 200
        assert opened(job, old)

    def test_with_no_other_key_nothing_is_served_until_there_is_one(self, old):
        job, caller = printing.mailing(1), printing.Caller(printing.vendor())
        revoke(old)
        assert not encrypting.encrypt(job.pk)
        refused = caller.get(f"jobs/{job.pk}/files/letters.csv.age")
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:problem:encryption-pending")
        assert "give us a public key" in refused.json()["detail"]
        new = keys_of_vendors.openpgp()
        confirmed(printing.vendor(), new.public)
        encrypting.encrypt(job.pk)
        served = caller.get(f"jobs/{job.pk}/files/letters.csv.pgp")
        assert len(table(new.decrypt(served.getvalue()))) == 1

    def test_files_of_a_vendor_whose_key_waits_to_be_confirmed_are_not_served_in_clear(self):
        job, caller = printing.mailing(1), printing.Caller(printing.vendor())
        encryption_keys.register(printing.vendor(), keys_of_vendors.age().public)
        assert caller.get(f"jobs/{job.pk}/files/letters.csv").status_code == 409

    def test_a_draft_writes_its_parts_again(self, old):
        Vendor.objects.update(rows_per_file=1)
        job = printing.mailing(2)
        PrintJob.objects.filter(pk=job.pk).update(state="draft")
        new = change_keys(old)
        writing.write(job.pk)
        assert set(opened(job, new)) == {"letters-0001.pdf", "letters-part-001.csv", "letters-part-002.csv"}
        assert (job.state, job.revision) == ("ready", 1)


class TestAnotherKey:
    def test_opens_what_waited_before_it_was_confirmed(self, old):
        job, new = printing.mailing(2), keys_of_vendors.age()
        confirmed(printing.vendor(), new.public)
        encrypting.encrypt(job.pk)
        assert opened(job, old) == opened(job, new)

    def test_meanwhile_the_files_before_are_served(self, old):
        job, caller = printing.mailing(1), printing.Caller(printing.vendor())
        confirmed(printing.vendor(), keys_of_vendors.age().public)
        assert caller.get(f"jobs/{job.pk}/files/letters.csv.age").status_code == 200

    def test_a_job_that_is_encrypted_to_all_keys_stays_as_it_is(self, old):
        job = printing.mailing(1)
        assert encrypting.encrypt(job.pk)
        assert (encrypting._due(), job.revision) == ([], 1)


class TestEverything:
    """Of a job is made anew, whatever kind of file it is."""

    def test_a_mailing_with_seeds_proof_replacements_and_several_parts(self, old, monkeypatch):
        monkeypatch.setattr(letters, "BUNDLE", 2)
        Vendor.objects.update(gets_proof=True, adds_seeds=True, file_encoding="windows-1252", rows_per_file=3)
        PrintSeed.objects.create(name="Muster", street="Weg 1", postcode="10115", city="Berlin")
        people = [printing.person(last_name=name) for name in ("Łuk", "Aal", "Barsch", "Zander")]
        job = printing.mailing(people=people)
        said = opened(job, old)
        new = change_keys(old)
        assert encrypting.encrypt(job.pk)
        found = opened(job, new)
        assert len(said) == 8
        assert found.keys() == said.keys()
        assert {name: found[name] for name in said if name.endswith(".csv")} == {
            name: data for name, data in said.items() if name.endswith(".csv")
        }
        assert broken() == []

    def test_files_that_belong_together_are_made_together(self, old):
        """Where keys changed while they were written."""
        Vendor.objects.update(gets_proof=True)
        job = printing.mailing(1)
        new = change_keys(old)
        keys = valid_keys.fingerprints(printing.vendor())
        MailingFile.objects.filter(name="proof.csv.age").update(recipients=keys)
        assert encrypting.encrypt(job.pk)
        assert set(opened(job, new)) == {"letters-0001.pdf", "letters.csv", "proof.csv", "proof.pdf"}

    def test_an_order_of_leaflets(self, old):
        job = printing.area_order(500, 300)
        said = opened(job, old)
        new = change_keys(old)
        assert encrypting.encrypt(job.pk)
        found = opened(job, new)
        assert {name: data for name, data in found.items() if name != "leaflet.pdf"} == {
            name: data for name, data in said.items() if name != "leaflet.pdf"
        }
        assert len(found["leaflet.pdf"]) == len(said["leaflet.pdf"])
        caller = printing.Caller(printing.vendor())
        assert caller.produce(job).json()["state"] == "in_production"

    def test_an_order_whose_areas_come_before_and_after_a_key_has_each_leaflet_once(self):
        of = printing.wave("direct_post")
        people = [printing.person() for _ in range(2)]
        for one in people:
            builders.area(one, households=500)
        builders.dispatch(of, people[0], channel="direct_post")
        builders.dispatch(of, people[1], channel="direct_post")
        delivery.send_due("direct_post", limit=1)
        pair = keys_of_vendors.age()
        confirmed(printing.vendor(), pair.public)
        delivery.send_due("direct_post")
        job = PrintJob.objects.get(wave=of)
        finishing.finish(job.pk)
        encrypting.encrypt(job.pk)
        assert set(opened(job, pair)) == {"areas.csv", "areas-totals.csv", "leaflet.pdf"}


class TestMeanwhile:
    def test_who_is_withdrawn_is_in_no_file_and_only_what_held_them_is_made_again(self, old, monkeypatch):
        monkeypatch.setattr(letters, "BUNDLE", 2)
        Vendor.objects.update(rows_per_file=2)
        job = printing.mailing(4)
        new = change_keys(old)
        swap, write, written = encrypting._swap, contents.write, []

        def after_a_withdrawal(*seen):
            if "withdrawn" not in written:
                consent.object_to(customer_id=printing.dispatches(job)[0].customer_id, source="test")
                ledger.stop_objected("print_mailing")
                written.append("withdrawn")
            return swap(*seen)

        def noted(job, part, **how):
            written.append(f"{part.kind} {part.number}")
            return write(job, part, **how)

        monkeypatch.setattr(encrypting, "_swap", after_a_withdrawal)
        monkeypatch.setattr(made_anew.contents, "write", noted)
        assert encrypting.encrypt(job.pk)
        assert sorted(written[:4]) == ["letters 1", "letters 2", "table 1", "table 2"]
        assert written[4:] == ["letters 1", "table 1", "withdrawn"]
        rows = [row for name, data in opened(job, new).items() if name.endswith(".csv") for row in table(data)]
        assert sorted(row["sequence"] for row in rows) == ["2", "3", "4"]
        assert opens_nothing(job, old)
        assert broken() == []

    def test_an_erased_person_is_gone_with_the_next_sweep(self, old, monkeypatch):
        job = printing.mailing(3)
        new = change_keys(old)
        make = encrypting._make

        def erased_afterwards(*seen):
            is_made = make(*seen)
            printing.dispatches(job)[0].customer.delete()
            return is_made

        monkeypatch.setattr(encrypting, "_make", erased_afterwards)
        encrypting.encrypt(job.pk)
        print_jobs.withdraw_erased()
        assert [row["sequence"] for row in table(opened(job, new)["letters.csv"])] == ["2", "3"]
        assert broken() == []

    def test_keys_that_change_again_are_heeded(self, old, monkeypatch):
        job = printing.mailing(1)
        new = change_keys(old)
        swap, newest = encrypting._swap, []

        def after_a_change(*seen):
            if not newest:
                newest.append(change_keys(new))
            return swap(*seen)

        monkeypatch.setattr(encrypting, "_swap", after_a_change)
        assert encrypting.encrypt(job.pk)
        assert opened(job, newest[0])
        assert opens_nothing(job, new)

    def test_a_job_that_goes_to_the_press_keeps_what_it_is_printed_from(self, old, monkeypatch):
        job, caller = printing.mailing(1), printing.Caller(printing.vendor())
        change_keys(old)
        make = encrypting._make

        def produced_meanwhile(*seen):
            is_made = make(*seen)
            caller.produce(job)
            return is_made

        monkeypatch.setattr(encrypting, "_make", produced_meanwhile)
        assert not encrypting.encrypt(job.pk)
        folder = print_files.location(next(iter(printing.files(job).values()))).parent
        assert (job.revision, job.state, len(list(folder.iterdir()))) == (1, "in_production", 2)

    def test_one_worker_at_a_time(self, old, monkeypatch):
        job = printing.mailing(1)
        change_keys(old)
        make, inside = encrypting._make, []

        def asked_again(*seen):
            inside.append(encrypting.encrypt(job.pk))
            return make(*seen)

        monkeypatch.setattr(encrypting, "_make", asked_again)
        assert encrypting.encrypt(job.pk)
        assert inside == [False]

    def test_where_it_cannot_be_written_all_is_as_before(self, old, monkeypatch):
        job = printing.mailing(1)
        change_keys(old)

        def full(*_):
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patched:
            patched.setattr(print_files.os, "fsync", full)
            with pytest.raises(ChannelError, match="No space left"):
                encrypting.encrypt(job.pk)
        assert (printing.files(job)["letters.csv.age"].revision, PrintRow.objects.count()) == (1, 1)
        assert encrypting.encrypt(job.pk)

    def test_letters_that_would_stand_on_other_pages_are_not_swapped(self, old):
        """As after a new version of ours that sets letters otherwise."""
        job = printing.mailing(2)
        change_keys(old)
        PrintRow.objects.filter(item__sequence=2).update(first_page=3)
        with pytest.raises(ChannelError, match="on other pages"):
            encrypting.encrypt(job.pk)
        assert MailingFile.objects.filter(job=job).count() == 2
        with transaction.atomic():
            print_jobs.withdraw([PrintItem.objects.get(job=job, sequence=1).dispatch_id])
        assert encrypting.encrypt(job.pk)
