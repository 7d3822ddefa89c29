"""CSV that every strict reader reads back as it was."""

import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.mailing_files import csv_table
from tests.channels.mailing_files.given import rows, written

pytestmark = pytest.mark.django_db
CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")) | st.sampled_from(
    ['"', "\\N", "\\.", "a\r\nb", ",;", "=1+1", "\U0001f600", "\ufeff", " x "]
)


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(cells=st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=5))
def test_whatever_stands_in_a_cell_reads_back_by_any_strict_reader(cells):
    data, sink = written(csv_table, rows(["x", "y"], cells))
    text = data.decode()
    assert list(csv.reader(io.StringIO(text, newline=""), strict=True)) == [["x", "y"], *cells]
    assert text.startswith("x,y\r\n")
    assert text.endswith("\r\n")
    assert sink.rows == len(cells)


def test_a_cell_that_a_spreadsheet_would_take_for_a_formula_stays_as_it_is():
    data, _ = written(csv_table, rows(["x", "y"], [["+49 170 1", ""], ["=1+1", "a b"]]))
    assert data == b"x,y\r\n+49 170 1,\r\n=1+1,a b\r\n"


def test_more_rows_than_are_read_at_once():
    cells = [[str(n), "a\nb" if n % 700 == 0 else "c"] for n in range(2500)]
    data, sink = written(csv_table, rows(["x", "y"], cells))
    assert list(csv.reader(io.StringIO(data.decode(), newline=""), strict=True)) == [["x", "y"], *cells]
    assert sink.rows == 2500
