"""Windows-1252: what it lacks is replaced by what is nearest, and reported."""

import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.mailing_files import csv_table, tables
from channels.mailing_files.csv_table import Dialect
from tests.channels.mailing_files.given import rows, written

pytestmark = pytest.mark.django_db
ANY = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
WINDOWS = Dialect(";", encoding="windows-1252")


def read(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("cp1252"), newline=""), delimiter=";", strict=True))


def replaced(*cells: str) -> tuple[list[str], list[tuple]]:
    noted = []
    data, _ = written(csv_table, rows(["x", "y"], [cells]), dialect=WINDOWS, note=noted.append)
    return read(data)[1], [one.line for one in noted]


def test_western_letters_are_one_byte_each():
    data, _ = written(csv_table, rows(["x", "y"], [["Müller", "5 €"]]), dialect=WINDOWS)
    assert data == b"x;y\r\nM\xfcller;5 \x80\r\n"


@pytest.mark.parametrize(
    ("cell", "by"),
    [
        ("Łódź", "Lódz"),
        ("Иван", "Ivan"),
        ("Šimůnek", "Šimunek"),
        ("Erdoğan", "Erdogan"),
        ("mu\u0308ller", "müller"),
        ("We\u200bg\u2060", "Weg"),
    ],
)
def test_other_letters_become_their_nearest(cell, by):
    assert replaced(cell, "")[0] == [by, ""]


def test_every_replacement_is_reported():
    assert replaced("a;b", "Erdoğan\nŁ")[1] == [(1, "y", "U+011F", "g"), (1, "y", "U+0141", "L")]


def test_the_row_of_a_report_counts_over_all_rows(monkeypatch):
    monkeypatch.setattr(tables, "ROWS_AT_ONCE", 2)
    noted = []
    cells = [["a", ""], ["b", ""], ["ł", ""], ["c", ""], ["ź", ""]]
    written(csv_table, rows(["x", "y"], cells), dialect=WINDOWS, note=noted.append)
    assert [one.row for one in noted] == [3, 5]


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(cells=st.lists(st.lists(ANY, min_size=2, max_size=2), max_size=4), quotes_all=st.booleans())
def test_whatever_it_is_rows_and_columns_stay(cells, quotes_all):
    dialect = Dialect(";", quotes_all=quotes_all, encoding="windows-1252")
    data, _ = written(csv_table, rows(["x", "y"], cells), dialect=dialect)
    found = read(data)
    assert [len(row) for row in found] == [2] * (len(cells) + 1)
    for row, cell in zip(found[1:], cells, strict=True):
        assert [one for one, said in zip(row, cell, strict=True) if said.isascii()] == [c for c in cell if c.isascii()]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("quotes_all", [True, False])
def test_separator_and_quotes_are_as_the_vendor_needs_them(delimiter, quotes_all):
    dialect = Dialect(delimiter, quotes_all=quotes_all)
    cells = [["a,b;c\td|e", 'q"q'], ["", "plain"]]
    data, _ = written(csv_table, rows(["x", "y"], cells), dialect=dialect)
    text = data.decode()
    assert list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)) == [["x", "y"], *cells]
    assert text.splitlines()[2] == (f'""{delimiter}"plain"' if quotes_all else f"{delimiter}plain")
