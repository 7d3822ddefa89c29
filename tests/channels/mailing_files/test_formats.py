"""Every format reads back exactly what was written, or says what it had to replace."""

import io
import json
import re
import zipfile

import openpyxl
import pytest
from defusedxml import ElementTree
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.mailing_files import jsonl, xlsx, xml_table
from channels.mailing_files.replacing import FORBIDDEN, INSTEAD
from tests.channels.mailing_files.given import rows, written

pytestmark = pytest.mark.django_db
CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20) | st.sampled_from(
    [
        '"',
        "a\r\nb",
        "\ttab",
        "=1+1",
        "+49 170",
        "-5",
        "@x",
        "\U0001f600",
        "\ufeff",
        " x ",
        "<&>",
        "]]>",
        "_x0041_",
        "\x01",
        "\uffff",
        "\\",
    ]
)
TABLES = given(cells=st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=4))
QUICK = settings(max_examples=40, suppress_health_check=list(HealthCheck))


def without_forbidden(cells):
    return [[FORBIDDEN.sub(INSTEAD, cell) for cell in row] for row in cells]


@QUICK
@TABLES
def test_json_lines_hold_anything(cells):
    data, sink = written(jsonl, rows(["x", "y"], cells))
    assert [list(json.loads(line).items()) for line in data.decode().split("\n")[:-1]] == [
        [("x", x), ("y", y)] for x, y in cells
    ]
    assert sink.rows == len(cells)


def test_numbers_are_numbers_in_json_and_missing_ones_null():
    data, _ = written(jsonl, rows(["item_id", "pdf_page"], [["7", ""]]))
    assert data == b'{"item_id":7,"pdf_page":null}\n'


@QUICK
@TABLES
def test_xml_holds_anything_that_xml_can_say(cells):
    noted = []
    data, sink = written(xml_table, rows(["x", "y"], cells), note=noted.append)
    read = [[cell.text or "" for cell in row] for row in ElementTree.fromstring(data)]
    assert read == without_forbidden(cells)
    assert len(noted) == sum(len(FORBIDDEN.findall(cell)) for row in cells for cell in row)
    assert sink.rows == len(cells)


def test_what_xml_lacks_is_reported_by_row_and_column():
    noted = []
    written(xml_table, rows(["x", "y"], [["a", "b"], ["c", "d\x1b"]]), note=noted.append)
    assert [one.line for one in noted] == [(2, "y", "U+001B", INSTEAD)]


def sheet(data: bytes) -> list[list[str]]:
    """As ECMA-376 says how to read it, by hand: libraries differ in how they treat escaped characters."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        tree = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    return [
        [_unescaped("".join(cell.itertext())) for cell in row.findall(f"{space}c")] for row in tree.iter(f"{space}row")
    ]


def _unescaped(text: str) -> str:
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), text)


@QUICK
@TABLES
def test_a_sheet_holds_anything_and_runs_nothing(cells):
    data, sink = written(xlsx, rows(["x", "y"], cells))
    neutral = [[xlsx.neutral(cell) for cell in row] for row in cells]
    assert sheet(data) == [["x", "y"], *without_forbidden(neutral)]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in sheet(data) for cell in row)
    assert sink.rows == len(cells)


@pytest.mark.parametrize("cell", ["=1+1", "+49", "-1", "@SUM(A1)", "\t=1", "Müller \U0001f600", " x "])
def test_a_spreadsheet_program_reads_text_and_no_formula(cell):
    data, _ = written(xlsx, rows(["item_id", "x"], [["12", cell]]))
    (_, (number, read)) = openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows()
    assert (number.value, read.value, read.data_type) == (12, xlsx.neutral(cell), "s")


def test_a_cell_that_is_too_long_for_a_sheet_is_cut_and_reported():
    noted = []
    data, _ = written(xlsx, rows(["x", "y"], [["a" * 40_000, ""]]), note=noted.append)
    assert len(sheet(data)[1][0]) == 32_767
    assert noted[0].by == "cut after 32767 characters"


def test_more_rows_than_a_sheet_has_are_refused_before_anything_is_written():
    table = xlsx.Table(1, ("x",), 1, xlsx.MOST_ROWS + 1)
    with pytest.raises(xlsx.TooManyRowsError, match="at most 1,048,575 rows"):
        written(xlsx, table)


def test_the_same_rows_are_the_same_bytes():
    table = rows(["x"], [["a"], ["b"]])
    assert written(xlsx, table)[0] == written(xlsx, table)[0]
