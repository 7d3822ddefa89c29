"""Files of a vendor with a key can be read by nobody else, and lie nowhere unencrypted."""

import csv
import gzip
import hashlib
import io
from datetime import timedelta

import pyrage
import pytest
from django.db import transaction
from django.test import TestCase
from django.utils import timezone
from pypdf import PdfReader

from channels import calls, delivery, encryption_keys, print_files, print_jobs, valid_keys
from channels.base import ChannelError
from channels.mailing_files import encryption
from channels.mailing_files.encryption import KeyRefused
from channels.mailing_files.packing import Packing
from channels.models import MailingFile, PrintItem, PrintJob, Vendor, WebhookEvent
from channels.print_jobs import encrypting, writing
from tests import builders
from tests.channels import printing
from tests.channels.mailing_files import keys_of_vendors
from tests.channels.mailing_files.keys_of_vendors import PAIRS, confirmed

pytestmark = pytest.mark.django_db


def press(**fields) -> Vendor:
    return builders.vendor(printing.PRESS, **fields)


def opened(job: PrintJob, pair) -> dict[str, bytes]:
    """The latest files by the names that they have once they are decrypted."""
    data = {
        name.rpartition(".")[0]: pair.decrypt(print_files.location(f).read_bytes())
        for name, f in printing.files(job).items()
    }
    return {
        name.removesuffix(".gz"): gzip.decompress(one) if name.endswith(".gz") else one for name, one in data.items()
    }


def table(text: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.decode(), newline="")))


class TestKeys:
    @pytest.mark.parametrize("kind", PAIRS)
    def test_a_public_key_is_read_and_its_fingerprint_told(self, kind):
        pair = PAIRS[kind]()
        assert encryption.read(f"\n{pair.public} ").kind == kind
        assert len(encryption.read(pair.public).fingerprint) in (40, 64)

    @pytest.mark.parametrize("kind", PAIRS)
    def test_a_secret_key_is_refused(self, kind):
        with pytest.raises(KeyRefused, match="the secret key; we need the public one"):
            encryption.read(PAIRS[kind]().secret)

    @pytest.mark.parametrize(
        "text", ["", "nonsense", "age1qqq", "\x00", "a" * 200_000, "-----BEGIN PGP PUBLIC KEY BLOCK-----"]
    )
    def test_what_is_no_key_is_refused(self, text):
        with pytest.raises(KeyRefused):
            encryption.read(text)

    def test_only_those_who_may_confirm_a_key_and_only_by_its_fingerprint(self):
        key = encryption_keys.register(press(), keys_of_vendors.age().public)
        with pytest.raises(KeyRefused, match="you may not confirm"):
            encryption_keys.confirm(key.pk, fingerprint=key.fingerprint, by=builders.user())
        by = builders.user(encryption_keys.PERMISSION)
        with pytest.raises(KeyRefused, match="not the fingerprint"):
            encryption_keys.confirm(key.pk, fingerprint="0" * 64, by=by)
        spaced = " ".join(key.fingerprint[n : n + 4] for n in range(0, 64, 4)).upper()
        assert encryption_keys.confirm(key.pk, fingerprint=spaced, by=by).confirmed_by == by

    def test_two_are_in_use_during_a_rotation_and_no_third(self):
        vendor = press()
        first, second = (confirmed(vendor, keys_of_vendors.age().public) for _ in range(2))
        with pytest.raises(KeyRefused, match="revoke one first"):
            confirmed(vendor, keys_of_vendors.age().public)
        encryption_keys.revoke(first.pk)
        assert list(valid_keys.of(vendor)) == [second]

    def test_a_key_that_has_ended_is_not_used(self):
        vendor = press()
        key = confirmed(vendor, keys_of_vendors.age().public)
        type(key).objects.filter(pk=key.pk).update(ends_at=timezone.now() - timedelta(minutes=1))
        with pytest.raises(ChannelError, match="no key of the vendor is confirmed and valid"):
            valid_keys.packing(vendor)

    def test_kinds_are_not_mixed(self):
        vendor = press()
        confirmed(vendor, keys_of_vendors.age().public)
        with pytest.raises(KeyRefused, match="of another kind"):
            confirmed(vendor, keys_of_vendors.openpgp().public)


class TestFiles:
    @pytest.mark.parametrize("kind", PAIRS)
    def test_everything_is_encrypted_and_opens_with_the_vendors_key(self, kind):
        pair, vendor = PAIRS[kind](), press()
        confirmed(vendor, pair.public)
        job = printing.mailing(2)
        suffix = encryption.SUFFIXES[kind]
        assert sorted(printing.files(job)) == [f"letters-0001.pdf.{suffix}", f"letters.csv.{suffix}"]
        found = opened(job, pair)
        assert [row["pdf_file"] for row in table(found["letters.csv"])] == ["letters-0001.pdf"] * 2
        assert len(PdfReader(io.BytesIO(found["letters-0001.pdf"])).pages) == 2

    def test_both_sums_are_told(self):
        pair, vendor = keys_of_vendors.age(), press(is_gzipped=True)
        confirmed(vendor, pair.public)
        job = printing.mailing(1)
        file = printing.files(job)["letters.csv.gz.age"]
        data = print_files.location(file).read_bytes()
        plain = opened(job, pair)["letters.csv"]
        assert (len(data), hashlib.sha256(data).hexdigest()) == (file.bytes, file.sha256)
        assert (len(plain), hashlib.sha256(plain).hexdigest()) == (file.plain_bytes, file.plain_sha256)
        assert (file.encryption, file.rows) == ("age", 1)

    def test_nothing_readable_is_left_on_the_disk(self, settings):
        vendor = press()
        confirmed(vendor, keys_of_vendors.age().public)
        job = printing.mailing(people=[printing.person(last_name="Unverwechselbar")])
        everything = b"".join(path.read_bytes() for path in settings.PRINT_ROOT.rglob("*") if path.is_file())
        assert job.rows == 1
        assert b"Unverwechselbar" not in everything
        assert b"%PDF" not in everything

    def test_either_key_opens_files_during_a_rotation(self):
        vendor, pairs = press(), [keys_of_vendors.age() for _ in range(2)]
        for pair in pairs:
            confirmed(vendor, pair.public)
        job = printing.mailing(1)
        assert opened(job, pairs[0]) == opened(job, pairs[1])
        with pytest.raises(pyrage.DecryptError):
            opened(job, keys_of_vendors.age())

    def test_a_revision_is_made_without_reading_what_nobody_can_read(self):
        pair, vendor = keys_of_vendors.age(), press()
        confirmed(vendor, pair.public)
        job = printing.mailing(3)
        print_jobs.withdraw([PrintItem.objects.get(job=job, sequence=2).dispatch_id])
        found = opened(job, pair)
        assert [(row["sequence"], row["pdf_page"]) for row in table(found["letters.csv"])] == [("1", "1"), ("3", "2")]
        pages = [page.extract_text() for page in PdfReader(io.BytesIO(found["letters-0001.pdf"])).pages]
        assert len(pages) == 2
        for row in table(found["letters.csv"]):
            assert row["coupon_code"] in pages[int(row["pdf_page"]) - 1]

    def test_leaflets_and_areas_as_well(self):
        pair, vendor = keys_of_vendors.age(), press()
        confirmed(vendor, pair.public)
        found = opened(printing.area_order(500), pair)
        assert found["leaflet.pdf"].startswith(b"%PDF")
        assert table(found["areas.csv"])[0]["quantity"] == "500"

    def test_as_long_as_no_key_is_confirmed_nothing_is_written(self, settings):
        vendor, pair = press(), keys_of_vendors.age()
        key = encryption_keys.register(vendor, pair.public)
        of = printing.wave()
        builders.dispatch(of, printing.person(), channel="print_mailing")
        delivery.send_due("print_mailing")
        job = PrintJob.objects.get()
        assert job.state == "draft"
        assert [path for path in settings.PRINT_ROOT.rglob("*") if path.is_file()] == []
        encryption_keys.confirm(key.pk, fingerprint=key.fingerprint, by=builders.user(encryption_keys.PERMISSION))
        writing.write(job.pk)
        assert set(opened(job, pair)) == {"letters.csv", "letters-0001.pdf"}


def test_a_file_that_cannot_be_encrypted_is_not_there(tmp_path):
    key = keys_of_vendors.age().public
    job = printing.bare_job()
    with (
        pytest.raises(ChannelError, match=r"cannot be written: encryption failed"),
        print_files.create(job, "a", revision=1, kind="table", packing=Packing(False, "age", (key[:-1],))) as made,
    ):
        made.write(b"x" * 10_000_000)
    assert list((tmp_path / "print" / str(job.pk)).iterdir()) == []


class TestConfirmedLater:
    """What was offered before the vendor had a key."""

    @pytest.mark.parametrize("kind", PAIRS)
    def test_open_jobs_get_a_revision_that_only_the_vendor_reads(self, kind):
        pair, vendor = PAIRS[kind](), press(is_gzipped=True, gets_proof=True)
        job = printing.mailing(2)
        before = printing.files(job)
        said = {name.removesuffix(".gz"): file.plain_sha256 for name, file in before.items()}
        paths = [print_files.location(file) for file in before.values()]
        confirmed(vendor, pair.public)
        with TestCase.captureOnCommitCallbacks(execute=True):
            assert encrypting.encrypt(job.pk)
        assert {name: hashlib.sha256(data).hexdigest() for name, data in opened(job, pair).items()} == said
        assert {file.encryption for file in printing.files(job).values()} == {kind}
        assert (job.revision, job.state, [path.exists() for path in paths]) == (2, "ready", [False] * len(paths))
        assert set(MailingFile.objects.filter(revision=1).values_list("destroyed_because", flat=True)) == {
            "encrypted to other keys"
        }

    def test_its_vendor_is_told_and_goes_on_with_the_new_files(self):
        vendor = press()
        job, caller = printing.mailing(1), printing.Caller(vendor)
        caller.acknowledge(job)
        confirmed(vendor, keys_of_vendors.age().public)
        encrypting.encrypt(job.pk)
        assert WebhookEvent.objects.filter(type="job.ready").last().payload == {"job": job.pk, "revision": 2}
        assert caller.start(job, 1).status_code == 409
        assert caller.produce(job).json()["state"] == "in_production"

    def test_it_is_done_once(self):
        vendor = press()
        job = printing.mailing(1)
        confirmed(vendor, keys_of_vendors.age().public)
        assert [encrypting.encrypt(job.pk), encrypting.encrypt(job.pk)] == [True, True]
        assert {file.revision for file in printing.files(job).values()} == {2}

    def test_a_job_in_production_keeps_its_files(self):
        vendor = press()
        job = printing.mailing(1)
        printing.Caller(vendor).produce(job)
        confirmed(vendor, keys_of_vendors.age().public)
        assert not encrypting.encrypt(job.pk)
        assert {file.encryption for file in printing.files(job).values()} == {""}

    def test_parts_of_a_draft_are_written_again(self, settings):
        settings.PRINT_AT_ONCE = 0
        vendor, pair = press(), keys_of_vendors.age()
        job = printing.mailing(1)
        writing._write(writing._next(job.pk))
        confirmed(vendor, pair.public)
        writing.write(job.pk)
        assert sorted(opened(job, pair)) == ["letters-0001.pdf", "letters.csv"]
        assert (job.state, job.revision) == ("ready", 1)

    def test_a_job_that_went_on_meanwhile_is_left_for_later(self, monkeypatch):
        vendor = press()
        job = printing.mailing(2)
        confirmed(vendor, keys_of_vendors.age().public)
        swap = encrypting._swap

        def after_a_withdrawal(*seen):
            with transaction.atomic():
                print_jobs.withdraw([printing.dispatches(job)[0].pk])
            return swap(*seen)

        monkeypatch.setattr(encrypting, "_swap", after_a_withdrawal)
        monkeypatch.setattr(encrypting, "ROUNDS", 1)
        assert not encrypting.encrypt(job.pk)
        monkeypatch.setattr(encrypting, "_swap", swap)
        encrypting.encrypt(job.pk)
        assert {file.encryption for file in printing.files(job).values()} == {"age"}

    def test_the_confirmation_asks_a_worker(self, monkeypatch):
        vendor = press()
        job = printing.mailing(1)
        asked = []
        monkeypatch.setattr(calls, "call", lambda task, *args: asked.append((task, args)))
        with TestCase.captureOnCommitCallbacks(execute=True):
            confirmed(vendor, keys_of_vendors.age().public)
        assert asked == [("channels.tasks.encrypt_print_job", (job.pk,))]
