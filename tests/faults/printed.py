"""A mailing for the stage of faults, and what must be true of its job and its files in the end."""

import gzip
import hashlib
import io
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path

from django.conf import settings
from django.utils import timezone
from pypdf import PdfReader

from campaigns.models import Customer, Household, Wave
from channels import delivery, print_files
from channels.models import Dispatch, FileKind, MailingFile, PrintItem, PrintJob, PrintPart, Vendor
from channels.vendor_client import rows_of
from tests.channels import printing
from tests.channels.mailing_files import keys_of_vendors

ROWS_PER_FILE = 40
numbers = count(1)


@dataclass(frozen=True)
class Mailing:
    """Letters that are due, and the key of the vendor who prints them; None where its files are not encrypted."""

    wave: Wave
    pair: keys_of_vendors.Pair | None

    @property
    def job(self) -> PrintJob:
        """There is never more than one."""
        return PrintJob.objects.get(wave=self.wave)

    @property
    def folder(self) -> Path:
        return Path(settings.PRINT_ROOT) / str(self.job.pk)

    def hand_over(self) -> None:
        while delivery.send_due("print_mailing"):
            pass

    def gather(self) -> PrintJob:
        """Hand everything over to a draft that others might still join."""
        Wave.objects.filter(pk=self.wave.pk).update(open_until_at=timezone.now() + timedelta(hours=1))
        self.hand_over()
        Wave.objects.filter(pk=self.wave.pk).update(open_until_at=None)
        return self.job


def mailing(letters: int, *, encryption: str = "") -> Mailing:
    """Each letter to a street of its own, with a code of its own."""
    vendor = printing.vendor()
    Vendor.objects.filter(pk=vendor.pk).update(rows_per_file=ROWS_PER_FILE, is_gzipped=True)
    pair = keys_of_vendors.PAIRS[encryption]() if encryption else None
    if pair:
        keys_of_vendors.confirmed(vendor, pair.public)
    wave = printing.wave()
    option = wave.campaign.options.get()
    times = {"due_at": wave.started_at, "deadline_at": wave.started_at + timedelta(days=365)}
    Dispatch.objects.bulk_create(
        Dispatch(wave=wave, customer=one, option=option, channel="print_mailing", coupon_code=f"CODE{one.pk}", **times)
        for one in people(letters)
    )
    return Mailing(wave, pair)


def people(number: int) -> list[Customer]:
    """With addresses, and unlike other stages' people without anything else."""
    doors = [f"Gasse {next(numbers)}" for _ in range(number)]
    homes = Household.objects.bulk_create(
        Household(address_key=f"de|10115|berlin|{door.lower()}", street=door, postcode="10115", city="Berlin")
        for door in doors
    )
    return Customer.objects.bulk_create(
        Customer(customer_number=home.street, first_name="Erika", last_name="Muster", household=home) for home in homes
    )


def progress(wave: Wave, batch: int) -> int:
    """How far the job is: batches of letters that were gathered, and then parts of its files that are written."""
    gathered = PrintItem.objects.filter(job__wave=wave).count() // batch
    return gathered + PrintPart.objects.filter(job__wave=wave).exclude(written_at=None).count()


def check_offered(wave: Wave) -> None:
    """What a vendor sees at any moment is whole."""
    for job in PrintJob.objects.filter(wave=wave).exclude(state="draft"):
        files = list(MailingFile.objects.filter(job=job, revision=job.revision))
        assert sum(file.rows for file in files if file.kind == FileKind.TABLE) == job.rows
        assert [file.name for file in files if print_files.location(file).stat().st_size != file.bytes] == []


def check(mailing: Mailing, *, withdrawn: int = 0) -> None:
    """Every letter is in one file and one bundle, and everything that is said of the files is right."""
    job = mailing.job
    assert job.state == "ready"
    files = list(MailingFile.objects.filter(job=job, revision=job.revision, destroyed_at=None))
    inside = {file.name: _inside(file, mailing.pair) for file in files}
    rows = [row for file in files if file.kind == FileKind.TABLE for row in _rows(file, inside[file.name])]
    left = PrintItem.objects.filter(job=job, state="planned")
    assert Counter(int(row["item_id"]) for row in rows) == Counter(left.values_list("id", flat=True))
    assert len(rows) == job.rows == Dispatch.objects.filter(wave=mailing.wave).count() - withdrawn
    codes = dict(left.values_list("id", "dispatch__coupon_code"))
    assert [row["item_id"] for row in rows if row["coupon_code"] != codes[int(row["item_id"])]] == []
    assert len({row["qr_link"] for row in rows}) == len(rows)
    _check_pages(rows, {file.name: inside[file.name] for file in files if file.kind == FileKind.LETTERS})
    _check_folder(job, files)


def _inside(file: MailingFile, pair: keys_of_vendors.Pair | None) -> bytes:
    stored = print_files.location(file).read_bytes()
    assert (len(stored), hashlib.sha256(stored).hexdigest()) == (file.bytes, file.sha256)
    plain = pair.decrypt(stored) if pair else stored
    plain = gzip.decompress(plain) if ".gz" in file.name else plain
    assert (len(plain), hashlib.sha256(plain).hexdigest()) == (file.plain_bytes, file.plain_sha256)
    return plain


def _rows(file: MailingFile, plain: bytes) -> list[dict[str, str]]:
    path = print_files.location(file).parent.parent / "opened.csv"
    path.write_bytes(plain)
    rows = list(rows_of(path))
    path.unlink()
    assert len(rows) == file.rows
    return rows


def _check_pages(rows: list[dict[str, str]], bundles: dict[str, bytes]) -> None:
    """As many pages as the rows say, and on the first and last of each bundle the street of whom the row names."""
    for name in {row["pdf_file"] for row in rows}:
        stored = next(stored for stored in bundles if stored.startswith(name))
        of_bundle = sorted((row for row in rows if row["pdf_file"] == name), key=lambda row: int(row["pdf_page"]))
        pages = PdfReader(io.BytesIO(bundles.pop(stored))).pages
        assert [int(row["pdf_page"]) for row in of_bundle] == list(range(1, len(pages) + 1))
        for row in (of_bundle[0], of_bundle[len(of_bundle) // 2], of_bundle[-1]):
            assert row["address_2"] in pages[int(row["pdf_page"]) - 1].extract_text().splitlines()
    assert bundles == {}


def _check_folder(job: PrintJob, files: list[MailingFile]) -> None:
    """What dead writers left behind goes with the next sweep, and nothing else."""
    print_files.sweep(older_than_seconds=-1)
    there = set(print_files.location(files[0]).parent.iterdir())
    assert there == {print_files.location(file) for file in files}
