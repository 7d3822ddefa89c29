"""A mailing's files: strict CSV with what the vendor needs and no more, and one page a letter."""

import csv

import pytest
from pypdf import PdfReader

from channels import delivery, print_files, print_jobs, tracking
from channels.models import PrintJob
from channels.print_jobs import writing
from channels.print_mailing import letters, render
from tests import builders
from tests.channels import printing

pytestmark = pytest.mark.django_db


def table(job: PrintJob) -> list[dict[str, str]]:
    with open(print_files.location(printing.files(job)["letters.csv"]), newline="", encoding="utf-8") as text:
        return list(csv.DictReader(text, strict=True))


def mailing(blocks, *people) -> PrintJob:
    of = printing.wave(blocks=blocks)
    for one in people:
        builders.dispatch(of, one, channel="print_mailing", coupon_code=f"BRIEF{one.pk}")
    delivery.send_due("print_mailing")
    return PrintJob.objects.get(wave=of)


def block(**fields) -> list[dict]:
    return [{"id": "h", "type": "headline", "text": "Neues"} | fields]


class TestTable:
    def test_a_row_says_all_that_a_letter_needs(self):
        person = printing.person(salutation="frau")
        job = printing.mailing(people=[person])
        (row,) = table(job)
        (dispatch,) = printing.dispatches(job)
        assert row == {
            "item_id": str(job.items.get().pk),
            "sequence": "1",
            "address_1": "Frau Erika Muster",
            "address_2": person.household.street,
            "address_3": "10115 Berlin",
            "address_4": "",
            "address_5": "",
            "address_6": "",
            "postcode": "10115",
            "city": "Berlin",
            "country": "DE",
            "salutation": "Sehr geehrte Frau Muster",
            "coupon_code": dispatch.coupon_code,
            "qr_link": tracking.landing_url(dispatch.pk),
            "pdf_file": "letters-0001.pdf",
            "pdf_page": "1",
            "pdf_pages": "1",
        }

    def test_personal_fields_are_those_that_the_letter_uses(self):
        blocks = [
            *block(text='Hallo {{ first_name | fallback("du") }} in {{ attribute_size | fallback("M") }}'),
            {
                "id": "t",
                "type": "text",
                "text": 'Aus {{ city | fallback("der Stadt") }}, {{ coupon_code | fallback("kein Code") }}',
                "overrides": {"print_mailing": {"text": 'Seit {{ customer_since_year | fallback("heute") }}'}},
            },
            {
                "id": "x",
                "type": "text",
                "text": "{{ customer_number }}",
                "overrides": {"print_mailing": {"hidden": True}},
            },
        ]
        assert letters.personal_fields(blocks) == ["attribute_size", "customer_since_year", "first_name"]

    def test_each_has_a_column_filled_for_whoever_has_it(self):
        blocks = block(text='Größe {{ attribute_size | fallback("M") }}')
        job = mailing(blocks, printing.person(), printing.person(attributes={"size": "XL"}))
        assert [row["field_attribute_size"] for row in table(job)] == ["", "XL"]

    def test_neither_mail_address_nor_number_goes_to_the_vendor(self):
        person = printing.person(email="erika@example.com", customer_number="K-4711")
        text = print_files.location(printing.files(printing.mailing(people=[person]))["letters.csv"]).read_text()
        assert "@" not in text
        assert "K-4711" not in text

    def test_sequences_and_pages_follow_the_bundles(self, monkeypatch):
        monkeypatch.setattr(letters, "BUNDLE", 2)
        job = printing.mailing(5)
        assert [(row["sequence"], row["pdf_file"][8:12], row["pdf_page"]) for row in table(job)] == [
            ("1", "0001", "1"),
            ("2", "0001", "2"),
            ("3", "0002", "1"),
            ("4", "0002", "2"),
            ("5", "0003", "1"),
        ]
        assert {name: file.rows for name, file in printing.files(job).items()} == {
            "letters.csv": 5,
            "letters-0001.pdf": 2,
            "letters-0002.pdf": 2,
            "letters-0003.pdf": 1,
        }

    def test_every_page_is_the_letter_of_its_row(self):
        job = printing.mailing(3)
        pages = PdfReader(print_files.location(printing.files(job)["letters-0001.pdf"])).pages
        for row in table(job):
            text = pages[int(row["pdf_page"]) - 1].extract_text()
            assert row["coupon_code"] in text
            assert row["address_2"] in text


class TestHandingOver:
    def due(self, wave, number=2, **fields):
        return [builders.dispatch(wave, printing.person(**fields), channel="print_mailing") for _ in range(number)]

    def states(self, dispatches) -> list[str]:
        for one in dispatches:
            one.refresh_from_db()
        return [one.state for one in dispatches]

    def test_a_full_disk_leaves_a_draft_without_files_that_the_next_minute_finishes(self, monkeypatch, settings):
        def full(*_):
            raise OSError(28, "No space left on device")

        made = self.due(printing.wave())
        with monkeypatch.context() as patch:
            patch.setattr(print_files.os, "fsync", full)
            delivery.send_due("print_mailing")
        job = PrintJob.objects.get()
        assert (job.state, self.states(made)) == ("draft", ["handed_over"] * 2)
        assert [path for path in settings.PRINT_ROOT.rglob("*") if path.is_file()] == []
        writing.write(job.pk)
        assert sorted(printing.files(job)) == ["letters-0001.pdf", "letters.csv"]
        assert job.state == "ready"

    def test_a_letter_whose_setting_crashes_holds_up_nobody_else(self, monkeypatch):
        set_letters = render.setting.set_letters

        def crash(people, *rest, **more):
            if any(fields["last_name"] == "Absturz" for _, fields in people):
                raise RuntimeError("crash")
            return set_letters(people, *rest, **more)

        monkeypatch.setattr(render.setting, "set_letters", crash)
        of = printing.wave()
        made = self.due(of, 2) + self.due(of, 1, last_name="Absturz")
        delivery.send_due("print_mailing")
        job = PrintJob.objects.get()
        assert job.state == "draft"
        for _ in range(letters.MOST_TRIES - 2):
            with pytest.raises(RuntimeError):
                writing.write(job.pk)
        writing.write(job.pk)
        assert self.states(made) == ["handed_over", "handed_over", "failed"]
        assert made[-1].reason == "the letter cannot be printed: RuntimeError"
        assert [row["sequence"] for row in table(job)] == ["1", "2"]

    def test_content_that_no_letter_carries_fails_all_of_them(self):
        made = self.due(printing.wave(blocks=[{"id": "t", "type": "text", "text": "no headline"}]))
        delivery.send_due("print_mailing")
        assert self.states(made) == ["failed"] * 2
        assert "needs a headline" in made[0].reason
        assert not PrintJob.objects.exists()

    def test_somebody_whose_letter_does_not_fit_holds_up_nobody_else(self):
        text = '{{ attribute_wish | fallback("") }} ' * 50
        of = printing.wave(blocks=[*block(), *({"id": f"t{n}", "type": "text", "text": text} for n in range(4))])
        made = self.due(of, 3)
        long = self.due(of, 1, attributes={"wish": "Wunsch " * 28})
        delivery.send_due("print_mailing")
        assert self.states(made + long) == ["handed_over"] * 3 + ["failed"]
        assert "too long for a letter: it needs" in long[0].reason
        assert [row["sequence"] for row in table(PrintJob.objects.get())] == ["1", "2", "3"]

    @pytest.mark.parametrize("change", [{"is_active": False}, {"processing_contract": ""}])
    def test_a_vendor_who_takes_no_orders_today_may_do_so_tomorrow(self, change):
        made = self.due(printing.wave())
        vendor = printing.vendor()
        type(vendor).objects.update(**change)
        delivery.send_due("print_mailing")
        assert self.states(made) == ["queued"] * 2
        assert not PrintJob.objects.exists()

    def test_a_batch_becomes_one_job(self):
        job = printing.mailing(3)
        assert (job.rows, job.revision, job.vendor.slug, job.state) == (3, 1, "press", "ready")
        assert {one.provider_id for one in printing.dispatches(job)} == {f"job-{job.pk}"}
        assert not print_jobs.withdrawals(job)


def test_a_withdrawal_takes_out_all_pages_of_that_person_and_no_others():
    text = "\n\n".join(["Ein Absatz für manche. " * 20] * 10)
    only_if = {"all": [{"field": "last_name", "is": "one_of", "values": ["Lang"]}]}
    people = [printing.person(last_name=name) for name in ("Kurz", "Lang", "Kurz", "Lang", "Kurz")]
    job = mailing([*block(), {"id": "t", "type": "text", "text": text, "only_if": only_if}], *people)
    assert [(row["pdf_page"], row["pdf_pages"]) for row in table(job)] == [
        ("1", "1"),
        ("2", "2"),
        ("4", "1"),
        ("5", "2"),
        ("7", "1"),
    ]
    gone, *_ = printing.dispatches(job)[1:]
    print_jobs.withdraw([gone.pk])
    after = table(job)
    assert [(row["sequence"], row["pdf_page"], row["pdf_pages"]) for row in after] == [
        ("1", "1", "1"),
        ("3", "2", "1"),
        ("4", "3", "2"),
        ("5", "5", "1"),
    ]
    pages = PdfReader(print_files.location(printing.files(job)["letters-0001.pdf"])).pages
    assert len(pages) == 5
    for row in after:
        assert row["address_2"] in pages[int(row["pdf_page"]) - 1].extract_text()
    assert "Seite 2 von 2" in pages[3].extract_text()
