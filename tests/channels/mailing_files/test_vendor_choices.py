"""Jobs in the format that their vendor takes, and schemas that describe them."""

import csv
import gzip
import io
import json
from pathlib import Path

import jsonschema
import openpyxl
import pytest
from defusedxml import ElementTree

from channels import print_files
from channels.mailing_files import schemas
from channels.models import PrintJob
from tests import builders
from tests.channels import printing

pytestmark = pytest.mark.django_db


def job(number: int = 2, *, people=None, **choices) -> PrintJob:
    builders.vendor(printing.PRESS, **choices)
    return printing.mailing(number, people=people)


def content(of: PrintJob, name: str) -> bytes:
    return print_files.location(printing.files(of)[name]).read_bytes()


def usual(of: PrintJob) -> list[dict[str, str]]:
    """What stands in the table, told by its PDF and the database."""
    return [dict(zip(of.spec["columns"], row, strict=True)) for row in _rows(of)]


def _rows(of: PrintJob) -> list[tuple[str, ...]]:
    from channels.mailing_files.tables import Table

    return list(Table(of.pk, tuple(of.spec["columns"]), 1, of.rows).rows())


class TestFormats:
    def test_csv_as_the_vendor_needs_it(self):
        made = job(csv_delimiter=";", csv_quoting="all", file_encoding="windows-1252")
        text = content(made, "letters.csv").decode("cp1252")
        assert list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";")) == usual(made)
        assert printing.files(made)["letters.csv"].media_type == "text/csv; charset=windows-1252; header=present"

    def test_json_lines(self):
        made = job(file_format="jsonl")
        lines = [json.loads(line) for line in content(made, "letters.jsonl").splitlines()]
        assert [{name: str(value) for name, value in line.items()} for line in lines] == usual(made)
        schema = json.loads(schemas.of("jsonl", "print_mailing").text)
        for line in lines:
            jsonschema.validate(line, schema)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**lines[0], "email": "x"}, schema)

    def test_xlsx(self):
        made = job(file_format="xlsx")
        header, *rows = openpyxl.load_workbook(io.BytesIO(content(made, "letters.xlsx"))).active.values
        assert [
            dict(zip(header, ("" if cell is None else str(cell) for cell in row), strict=True)) for row in rows
        ] == usual(made)

    def test_xml(self):
        made = job(file_format="xml")
        rows = ElementTree.fromstring(content(made, "letters.xml"))
        assert [{cell.tag: cell.text or "" for cell in row} for row in rows] == usual(made)

    @pytest.mark.parametrize("format_", ["csv", "jsonl", "xml", "xlsx"])
    def test_compressed(self, format_):
        made = job(file_format=format_, is_gzipped=True)
        file = printing.files(made)[f"letters.{format_}.gz"]
        plain = gzip.decompress(print_files.location(file).read_bytes())
        assert (len(plain), file.media_type, file.rows) == (file.plain_bytes, "application/gzip", 2)
        assert file.schema_version == schemas.VERSION

    def test_areas_in_any_format(self):
        builders.vendor(printing.PRESS, file_format="jsonl")
        made = printing.area_order(500)
        (line,) = content(made, "areas.jsonl").splitlines()
        jsonschema.validate(json.loads(line), json.loads(schemas.of("jsonl", "direct_post").text))


class TestReplacements:
    def test_a_report_beside_the_table_says_what_was_replaced_where(self):
        made = job(people=[printing.person(last_name="Łódzki")], file_encoding="windows-1252")
        report = list(csv.DictReader(io.StringIO(content(made, "letters-replaced.csv").decode(), newline="")))
        assert {(row["row"], row["character"], row["replaced_by"]) for row in report} == {("1", "U+0141", "L")}
        assert {row["column"] for row in report} == {"address_1", "salutation"}
        assert printing.files(made)["letters-replaced.csv"].kind == "report"

    def test_without_replacements_there_is_none(self):
        assert "letters-replaced.csv" not in printing.files(job(file_encoding="windows-1252"))


class TestSchemas:
    @pytest.mark.parametrize("channel", ["print_mailing", "direct_post"])
    @pytest.mark.parametrize("format_", ["csv", "jsonl", "xlsx", "xml"])
    def test_there_is_one_for_every_format_and_channel(self, format_, channel):
        made = schemas.of(format_, channel)
        parsed = ElementTree.fromstring(made.text) if format_ == "xml" else json.loads(made.text)
        assert parsed is not None
        assert "item_id" in made.text

    @pytest.mark.parametrize(("format_", "channel"), [("pdf", "print_mailing"), ("csv", "email"), ("", "")])
    def test_there_is_none_for_anything_else(self, format_, channel):
        with pytest.raises(KeyError):
            schemas.of(format_, channel)

    def test_every_column_is_described_in_words(self):
        from channels.mailing_files.columns import COLUMNS

        assert {name for names in COLUMNS.values() for name in names} <= schemas.WORDS.keys()

    def test_that_of_one_job_names_its_personal_fields(self):
        made = json.loads(schemas.of("csv", "print_mailing", ["item_id", "field_city"]).text)
        assert [(field["name"], field["type"]) for field in made["fields"]] == [
            ("item_id", "integer"),
            ("field_city", "string"),
        ]


def test_a_file_has_the_name_that_its_vendor_is_told(settings):
    made = job(1)
    assert {Path(print_files.location(file)).name.split("-", 2)[2] for file in printing.files(made).values()} == set(
        printing.files(made)
    )
