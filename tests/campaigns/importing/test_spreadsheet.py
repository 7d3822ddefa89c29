"""Workbooks are read as a stream; those that would burst the machine, or run something, are refused."""

from datetime import datetime

import openpyxl
import pytest

from campaigns.importing import ImportRefused, readers
from tests.campaigns.importing.files import changed, excel_file, read, xlsx_file

LINES = [("name", "city"), ("Anna", "Köln"), ("Paul", "Bonn")]
ENTITIES = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY b SYSTEM "file:///etc/passwd">]>'
SHEET = "sheet1.xml"


@pytest.fixture
def book(tmp_path):
    return xlsx_file(tmp_path, LINES)


@pytest.fixture
def excel(tmp_path):
    return excel_file(tmp_path)


class TestRows:
    def test_cells_keep_their_types(self, tmp_path):
        path = xlsx_file(tmp_path, [("a", "b", "c"), (1, datetime(2024, 5, 1), True), ("x", None, 1.5)])
        assert read(path, "a") == [
            (1, {"a": 1, "b": datetime(2024, 5, 1), "c": True}),
            (2, {"a": "x", "b": None, "c": 1.5}),
        ]

    def test_what_looks_like_a_number_a_date_or_a_formula_is_what_is_shown(self, tmp_path):
        book = openpyxl.Workbook()
        book.active.append(["plz", "nr", "exponent", "text"])
        book.active.append([1067, "00123", "1E5", "x"])
        book.active["A2"].number_format = "00000"  # as Excel shows German postcodes
        book.active["D2"].value, book.active["D2"].data_type = "=1+1", "s"
        book.save(tmp_path / "file.xlsx")
        assert read(tmp_path / "file.xlsx", "plz") == [
            (1, {"plz": "01067", "nr": "00123", "exponent": "1E5", "text": "=1+1"})
        ]

    def test_texts_that_excel_keeps_apart_are_read(self, excel):
        assert read(excel, "name") == [(1, {"name": "Anna"})]

    def test_blank_rows_are_no_rows_and_short_ones_are_filled_up(self, tmp_path):
        path = xlsx_file(tmp_path, [("a", "b"), (), (1,), (None, None), (2, 3)])
        assert read(path, "a") == [(1, {"a": 1, "b": None}), (2, {"a": 2, "b": 3})]

    def test_a_row_that_is_wider_than_the_header_is_bad(self, tmp_path):
        assert read(xlsx_file(tmp_path, [("a",), (1, 2)])) == [(1, "has 2 fields, the header has 1")]

    def test_the_mapping_may_name_the_sheet(self, tmp_path):
        path = xlsx_file(tmp_path, LINES, sheet="Kunden")
        assert len(read(path, sheet="Kunden")) == 2
        with pytest.raises(ImportRefused, match="no sheet 'Tabelle1'"):
            read(path, sheet="Tabelle1")

    def test_it_is_read_whatever_it_is_called_on_disk(self, tmp_path):
        path = xlsx_file(tmp_path, LINES).rename(tmp_path / "upload")
        assert len(list(readers.rows(path, {}, needed=set(), name="kunden.XLSX"))) == 2

    def test_a_formula_is_bad(self, tmp_path):
        path = xlsx_file(tmp_path, [("a", "b"), (1, "=1+1"), (2, 3)])
        assert read(path) == [(1, "contains a formula; save values instead"), (2, {"a": 2, "b": 3})]


class TestAttacks:
    @pytest.mark.parametrize("declaration", [ENTITIES, OUTSIDE])
    @pytest.mark.parametrize("part", [SHEET, "sharedStrings.xml", "workbook.xml"])
    def test_entities_are_refused_in_every_part(self, excel, declaration, part):
        with pytest.raises(ImportRefused, match="proper X"):
            read(changed(excel, part, lambda xml: declaration + xml.partition(b"?>")[2].replace(b"Anna", b"&b;")))

    def test_an_archive_that_unpacks_to_suspiciously_much_is_refused_unopened(self, book):
        with pytest.raises(ImportRefused, match="suspiciously"):
            read(changed(book, SHEET, lambda xml: xml + b" " * 20_000_000))

    def test_an_archive_of_too_many_files_or_bytes_is_refused(self, book, monkeypatch):
        monkeypatch.setattr("campaigns.importing.spreadsheet.MOST_UNPACKED", 1000)
        with pytest.raises(ImportRefused, match="too large; export it as CSV"):
            read(book)

    def test_a_sheet_that_claims_billions_of_rows_is_refused(self, excel):
        far = changed(excel, SHEET, lambda xml: xml.replace(b'<row r="2"><c r="A2"', b'<row r="99999999999"><c'))
        with pytest.raises(ImportRefused, match="claims more than"):
            read(far)

    @pytest.mark.parametrize(
        "damage",
        [
            lambda xml: xml[:-40],
            lambda xml: xml.replace(b"<v>1</v>", b"<v>999</v>"),
            lambda xml: xml.replace(b'r="A2"', b'r="ZZZZZZ2"'),
            lambda xml: b"",
        ],
    )
    def test_a_damaged_sheet_is_refused(self, excel, damage):
        with pytest.raises(ImportRefused, match="proper X"):
            read(changed(excel, SHEET, damage))

    def test_damaged_compression_is_refused(self, book):
        content = bytearray(book.read_bytes())
        start = content.index(b"xl/worksheets/sheet1.xml") + 60
        content[start : start + 50] = bytes(byte ^ 0xFF for byte in content[start : start + 50])
        book.write_bytes(content)
        with pytest.raises(ImportRefused, match="proper X"):
            read(book)

    @pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"PK\x05\x06" + b"\0" * 18])
    def test_what_is_no_workbook_is_refused(self, tmp_path, content):
        path = tmp_path / "file.xlsx"
        path.write_bytes(content)
        with pytest.raises(ImportRefused, match="not a proper XLSX workbook"):
            read(path)
