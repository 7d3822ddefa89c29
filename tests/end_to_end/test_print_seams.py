"""Mailings from hand-over to posting by the reference client, in the formats and keys of vendors, while people refuse."""

import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client as HttpClient
from pypdf import PdfReader

from campaigns import consent, variants
from campaigns.models import Customer
from channels import delivery, encryption_keys, invariants, keys, ledger, print_jobs
from channels.models import PrintItem, PrintJob, PrintSeed, Vendor
from channels.print_jobs import encrypting, finishing
from channels.print_jobs.invariants import print_invariants
from channels.print_mailing import letters
from channels.vendor_client import Desk, Downloaded, OpeningError, Refused, opening, rows_of
from steering import waves
from tests import builders
from tests.channels import printing
from tests.channels.mailing_files import keys_of_vendors
from tests.channels.postage import making
from tests.channels.vendor_api.test_client import Inside

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]

CSV, OLD_CSV = {"file_format": "csv"}, {"file_format": "csv", "file_encoding": "windows-1252", "csv_delimiter": ";"}
WAYS = {
    "CSV": (CSV, ""),
    "CSV to OpenPGP": (CSV, "openpgp"),
    "Windows-1252, compressed, to age": (OLD_CSV | {"is_gzipped": True}, "age"),
    "JSON lines, compressed, to OpenPGP": ({"file_format": "jsonl", "is_gzipped": True}, "openpgp"),
    "XLSX to age": ({"file_format": "xlsx"}, "age"),
    "XML, compressed": ({"file_format": "xml", "is_gzipped": True}, ""),
}


IN_TWO_LANGUAGES = [
    builders.BLOCKS[0] | {"languages": {"en": {"text": "News for you"}}},
    builders.BLOCKS[1] | {"languages": {"en": {"text": "Have a look."}}},
    *builders.BLOCKS[2:],
]


def press(choices: dict[str, Any], encryption: str, **more: Any) -> tuple[Vendor, keys_of_vendors.Pair | None]:
    vendor = builders.vendor(printing.PRESS, **choices, **more)
    pair = keys_of_vendors.PAIRS[encryption]() if encryption else None
    if pair:
        keys_of_vendors.confirmed(vendor, pair.public)
    return vendor, pair


def desk(vendor: Vendor, folder: Path, *pairs: keys_of_vendors.Pair | None) -> Desk:
    """A worker of the vendor who has these secret keys."""
    client = Inside("http://testserver", keys.create(name="seams", scope="vendor", vendor=vendor)[1], tries=3, pause=0)
    client.asked, client.http = [], HttpClient()
    return Desk(client, folder, lambda path: opening._opened(path, _decrypt(pairs)), say=lambda *_: None)


def _decrypt(pairs: tuple[keys_of_vendors.Pair | None, ...]):
    def decrypt(path: Path, target: Path) -> None:
        for pair in filter(None, pairs):
            try:
                target.write_bytes(pair.decrypt(path.read_bytes()))
            except Exception:  # noqa: BLE001, S112 - the next key
                continue
            return
        raise OpeningError(f"{path.name} is encrypted to somebody else")

    return decrypt


def told(job: PrintJob) -> dict[str, Any]:
    return {"id": job.pk, "channel": job.channel}


def rows(got: list[Downloaded], kind: str = "table") -> list[dict[str, str]]:
    return [
        row
        for one in got
        if one.kind == kind and one.plain.suffix != ".pdf"
        for row in rows_of(one.plain, one.media_type)
    ]


def pages(got: list[Downloaded]) -> Iterator[str]:
    for one in got:
        if one.plain.suffix == ".pdf":
            yield from (page.extract_text() for page in PdfReader(io.BytesIO(one.plain.read_bytes())).pages)


def object_to(person: Customer) -> None:
    consent.object_to(customer_id=person.pk, source="test")
    ledger.stop_objected("print_mailing")


def assert_without(got: list[Downloaded], *gone: Customer) -> None:
    """Neither in a table nor on a page, nor in the proof."""
    streets = {one.household.street for one in gone}
    listed = [cell for kind in ("table", "proof") for row in rows(got, kind) for cell in row.values()]
    assert streets.isdisjoint(listed)
    assert streets.isdisjoint(line for page in pages(got) for line in page.splitlines())
    assert [one.name for one in invariants.check(print_invariants()) if not one.holds] == []


@pytest.fixture(autouse=True)
def _small_bundles(monkeypatch) -> None:
    monkeypatch.setattr(letters, "BUNDLE", 3)


@pytest.mark.parametrize("way", WAYS)
def test_who_refuses_at_any_moment_is_in_no_file_or_noted(way, tmp_path):
    choices, encryption = WAYS[way]
    vendor, pair = press(choices, encryption, rows_per_file=2, adds_seeds=True, gets_proof=True)
    PrintSeed.objects.create(name="Ines Muster", street="Allee 1", postcode="20095", city="Hamburg")
    before, pulled, acknowledged, late, erased, *_ = people = [
        printing.person(last_name=name) for name in ("Größe", "Łuk", "=SUM(1)", "Muster", "Čapek", "Fuß", "+49 1")
    ]
    job = printing.mailing(people=people)
    worker = desk(vendor, tmp_path / "got", pair)

    object_to(before)
    assert worker.client.withdrawals(told(job)) == []
    got = [worker.download(told(job), file) for file in worker.client.files(told(job))]
    assert_without(got, before)
    if way.startswith("Windows"):
        assert {row["character"] for row in rows(got, "report")} >= {"U+0141", "U+010C"}
    object_to(pulled)
    assert_without(worker.take(told(job)), before, pulled)
    object_to(acknowledged)
    erased.delete()
    print_jobs.withdraw_erased()
    got = worker.start(told(job))
    assert_without(got, before, pulled, acknowledged)
    object_to(late)
    worker.post(told(job), got)

    job.refresh_from_db()
    listed = [(one["reason"], one["in_time"]) for one in worker.client.withdrawals(told(job))]
    assert listed == [("objection", True), ("objection", True), ("erasure", True), ("objection", False)]
    printed = PrintItem.objects.filter(job=job).exclude(state="withdrawn")
    assert Counter(int(row["item_id"]) for row in rows(got)) == Counter(printed.values_list("id", flat=True))
    assert Counter(printed.values_list("state", flat=True)) == {"posted": 3, "withdrawn_too_late": 1}
    assert (job.state, job.posted_pieces, job.rows) == ("reconciled", 3, 4)


@pytest.mark.parametrize("way", ["CSV", "Windows-1252, compressed, to age", "XLSX to age", "XML, compressed"])
def test_an_order_of_leaflets_stays_whole_whoever_refuses(way, tmp_path):
    choices, encryption = WAYS[way]
    vendor, pair = press(choices, encryption, rows_per_file=1)
    job = printing.area_order(500, 300, 200)
    worker = desk(vendor, tmp_path, pair)
    consent.object_to(customer_id=printing.dispatches(job)[0].customer_id, source="test")
    ledger.stop_objected()
    got = worker.produce(told(job))
    (total,) = [row for row in rows(got, "totals") if row["carrier"] == "total"]
    assert sum(int(row["quantity"]) for row in rows(got)) == int(total["quantity"]) == 1000
    assert len([one for one in got if one.kind == "table"]) == 3
    job.refresh_from_db()
    assert (job.state, job.posted_pieces) == ("reconciled", 1000)


class TestKeys:
    def test_as_long_as_none_is_confirmed_nothing_is_written(self, tmp_path):
        vendor, pair = builders.vendor(printing.PRESS), keys_of_vendors.age()
        key = encryption_keys.register(vendor, pair.public)
        job = printing.mailing(1)
        assert (job.state, list(printing.files(job)), list(tmp_path.iterdir())) == ("draft", [], [])
        by = builders.user(encryption_keys.PERMISSION)
        encryption_keys.confirm(key.pk, fingerprint=key.fingerprint, by=by)
        finishing.finish(job.pk) if job.gathered_at is None else finishing.writing.write(job.pk)
        assert len(rows(desk(vendor, tmp_path, pair).take(told(job)))) == 1

    def test_changed_while_a_job_is_open_only_those_that_are_valid_open_it(self, tmp_path):
        vendor, old = press(CSV, "age", rows_per_file=2)
        people = [printing.person() for _ in range(4)]
        job = printing.mailing(people=people)
        new = keys_of_vendors.age()
        keys_of_vendors.confirmed(vendor, new.public)
        encrypting.encrypt(job.pk)  # as the confirmation asks a worker to
        for number, pair in enumerate((old, new)):
            assert len(rows(desk(vendor, tmp_path / f"both-{number}", pair).take(told(job)))) == 4
        encryption_keys.revoke(vendor.encryption_keys.earliest("id").pk)
        object_to(people[0])
        worker = desk(vendor, tmp_path / "new", new)
        with pytest.raises(Refused, match="encryption-pending"):
            worker.take(told(job))
        encrypting.encrypt(job.pk)
        assert_without(worker.take(told(job)), people[0])
        with pytest.raises(OpeningError):
            desk(vendor, tmp_path / "old", old).take(told(job))
        assert worker.produce(told(job))


class TestACancelledWave:
    @pytest.mark.parametrize(
        ("so_far", "job_state", "letters_"),
        [("draft", "cancelled", "cancelled"), ("ready", "cancelled", "cancelled"), ("press", "in_production", "handed_over")],
    )  # fmt: skip
    def test_stops_a_job_until_it_is_in_production(self, so_far, job_state, letters_):
        wave = printing.wave()
        for _ in range(3):
            builders.dispatch(wave, printing.person(), channel="print_mailing")
        delivery.send_due("print_mailing", limit=2 if so_far == "draft" else None)
        job = PrintJob.objects.get(wave=wave)
        assert (job.state == "draft") == (so_far == "draft")
        caller = printing.Caller(job.vendor)
        if so_far == "press":
            caller.produce(job)
        waves.cancel(wave.pk)
        finishing.finish_due()
        job.refresh_from_db()
        assert (job.state, set(printing.states(job))) == (job_state, {letters_})
        shown = caller.get(f"jobs/{job.pk}")
        assert shown.json()["state"] == job_state
        assert [one.name for one in invariants.check(print_invariants()) if not one.holds] == []


def test_contents_that_are_compared_and_letters_of_several_pages_in_bundles(tmp_path):
    vendor = builders.vendor(printing.PRESS, rows_per_file=3)
    product = making.product(vendor)
    option = builders.campaign(channels=("print_mailing",)).options.get()
    option.settings = {"vendor": printing.PRESS, "product": product.slug}
    option.save()
    texts = {"Kurz": "Ein Satz.", "Lang": "Ein Satz, der sich wiederholt. " * 160}
    contents = [
        builders.content(
            [builders.BLOCKS[0] | {"text": head}, builders.BLOCKS[1] | {"text": text}, *builders.BLOCKS[2:]]
        )
        for head, text in texts.items()
    ]
    wave = builders.compared_wave(variants.compare(option, dict.fromkeys(contents, 1), by=None))
    people = [printing.person() for _ in range(7)]
    heads = {}
    for number, one in enumerate(people):
        builders.dispatch(wave, one, channel="print_mailing", coupon_code=f"CODE{one.pk}", variant=number % 2 + 1)
        heads[one.household.street] = list(texts)[number % 2]
    delivery.send_due("print_mailing")
    assert set(wave.dispatches.values_list("state", "reason")) == {("handed_over", "")}
    job = PrintJob.objects.get(wave=wave)
    got = desk(vendor, tmp_path).take(told(job))
    said = rows(got)
    assert len(said) == 7
    assert all(row["bundle"] and row["container"] for row in said)
    assert len({row["coupon_code"] for row in said}) == len({row["qr_link"] for row in said}) == 7
    bundles = {one.name: PdfReader(one.plain).pages for one in got if one.kind == "letters"}
    for row in said:
        first, number = int(row["pdf_page"]) - 1, int(row["pdf_pages"])
        text = "\n".join(page.extract_text() for page in bundles[row["pdf_file"]][first : first + number])
        assert heads[row["address_2"]] in text
        assert row["coupon_code"] in text
        assert (number > 1) == (heads[row["address_2"]] == "Lang")
    assert sum(int(row["pdf_pages"]) for row in said) == sum(map(len, bundles.values()))


def test_everybody_gets_the_letter_in_their_own_language(tmp_path):
    """Those for whom the content is not written in theirs get the company's own."""
    vendor, pair = press(CSV, "age", rows_per_file=4)
    spoken = ["de", "en", "fr", "en-GB", "de-AT", "en", "de"]
    people = [printing.person(language=language, last_name=f"Nr{n}") for n, language in enumerate(spoken)]
    wave = printing.wave(blocks=IN_TWO_LANGUAGES)
    for one in people:
        builders.dispatch(wave, one, channel="print_mailing", coupon_code=f"CODE{one.pk}")
    delivery.send_due("print_mailing")
    job = PrintJob.objects.get(wave=wave)
    worker = desk(vendor, tmp_path, pair)
    worker.take(told(job))
    object_to(people[1])  # so that one bundle is set anew
    got = worker.take(told(job))
    bundles = {one.plain.name: PdfReader(one.plain).pages for one in got if one.kind == "letters"}
    speaks = {one.household.street: language for one, language in zip(people, spoken, strict=True)}
    said = rows(got)
    assert len(said) == 6
    for row in said:
        is_english = speaks[row["address_2"]].startswith("en")
        page = bundles[row["pdf_file"]][int(row["pdf_page"]) - 1].extract_text()
        assert row["address_2"] in page
        assert ("News for you" in page, "Neues für Sie" in page) == (is_english, not is_english)
        assert ("Have a look." in page, "Schauen Sie vorbei." in page) == (is_english, not is_english)
        assert row["salutation"].startswith("Dear " if is_english else "Guten Tag ")
        assert row["salutation"] in page
