"""Files become rows; what cannot be read is refused as a whole, or is a row with its reason."""

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.importing import ImportRefused, readers
from tests.campaigns.importing.files import read


@pytest.fixture
def file(tmp_path):
    def write(content: str | bytes, name: str = "file.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


class TestCsv:
    def test_rows_are_numbered_from_the_first_below_the_header(self, file):
        rows = read(file("a,b\n1,2\n\n,\n3,4\n"), "a")
        assert rows == [(1, {"a": "1", "b": "2"}), (2, {"a": "3", "b": "4"})]

    @pytest.mark.parametrize(
        "content", [b"\xef\xbb\xbfa,b\r\n1,2\r\n", b" a , b \n1,2", b'"a","b"\r1,2\r', b"a,b\n1,2\n\n\n"]
    )
    def test_a_bom_any_line_ends_and_blanks_in_the_header_are_read(self, file, content):
        assert read(file(content), "a", "b") == [(1, {"a": "1", "b": "2"})]

    def test_quoted_cells_may_hold_delimiters_quotes_and_line_breaks(self, file):
        assert read(file('a,b\n"1,""x""","2\n3"\n'), "a") == [(1, {"a": '1,"x"', "b": "2\n3"})]

    def test_the_mapping_may_name_delimiter_and_encoding(self, file):
        rows = read(file("a;b\nKöln;2\n".encode("cp1252")), "a", delimiter=";", encoding="cp1252")
        assert rows == [(1, {"a": "Köln", "b": "2"})]

    @pytest.mark.parametrize("line", ["sep=|", '"sep=|"', "SEP=|"])
    def test_a_line_for_excel_above_the_header_names_the_delimiter_and_is_no_row(self, file, line):
        path = file(f'{line}\r\na|b\r\n1|2\r\n"3|4')
        assert read(path, "a") == [
            (1, {"a": "1", "b": "2"}),
            (2, "is not proper CSV (line 4 of the file): unexpected end of data"),
        ]

    def test_a_tsv_has_tabs(self, file):
        assert read(file("a\tb\n1\t2\n", "file.tsv"), "a") == [(1, {"a": "1", "b": "2"})]

    @pytest.mark.parametrize(("line", "fields"), [("1", 1), ("1,2,3", 3)])
    def test_a_row_of_another_width_is_bad_and_the_next_is_read(self, file, line, fields):
        assert read(file(f"a,b\n{line}\n3,4\n")) == [
            (1, f"has {fields} fields, the header has 2"),
            (2, {"a": "3", "b": "4"}),
        ]

    def test_improper_quotes_are_bad_and_the_lost_lines_are_named(self, file):
        rows = read(file('a,b\n"x"y,2\n3,4\n"5,6\n7,"8"\n9,10\n'))
        assert rows[0] == (1, "is not proper CSV (line 2 of the file): ',' expected after '\"'")
        assert rows[1] == (2, {"a": "3", "b": "4"})
        assert rows[2][1].startswith("is not proper CSV (lines 4 to 5 of the file)")
        assert rows[3] == (4, {"a": "9", "b": "10"})

    def test_a_huge_field_is_bad(self, file):
        rows = read(file(f"a,b\n{'x' * 600_000},2\n3,4\n"))
        assert "field larger than field limit" in rows[0][1]
        assert rows[1] == (2, {"a": "3", "b": "4"})

    def test_a_line_that_never_ends_refuses_the_file(self, file):
        with pytest.raises(ImportRefused, match="longer than 1000000"):
            read(file("a,b\n" + "x" * 1_000_001))

    def test_bytes_that_are_no_text_stay_visible_where_they_are(self, file):
        assert read(file(b"a,b\n\xff,2\n")) == [(1, {"a": "\udcff", "b": "2"})]

    @pytest.mark.parametrize(
        ("content", "needed", "reason"),
        [
            ("", (), "no header"),
            (",,\n1,2,3\n", (), "no header"),
            ("a,b\n", ("a", "d", "c"), "lacks c, d"),
            ("a,a\n", ("a",), "more than one a"),
            ('"a"x,b\n', (), "the header is not proper CSV"),
        ],
    )
    def test_a_header_that_cannot_be_used_refuses_the_file(self, file, content, needed, reason):
        with pytest.raises(ImportRefused, match=reason):
            read(file(content), *needed)

    def test_columns_that_nobody_needs_may_be_double(self, file):
        assert read(file("a,x,x\n1,2,3\n"), "a") == [(1, {"a": "1", "x": "3"})]

    @given(st.lists(st.lists(st.text(st.characters(codec="utf-8"), max_size=8), min_size=2, max_size=2), max_size=6))
    def test_what_a_program_writes_is_what_is_read(self, file, lines):
        written = io.StringIO()
        csv.writer(written).writerows([["a", "b"], *lines])
        expected = [{"a": a, "b": b} for a, b in lines if a or b]
        assert [cells for _, cells in read(file(written.getvalue()), "a")] == expected


class TestJsonLines:
    def test_an_object_a_line(self, file):
        rows = read(file('{"a": 1, "b": null}\n\n \n{"a": [true]}', "file.jsonl"))
        assert rows == [(1, {"a": 1, "b": None}), (2, {"a": [True]})]

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            ("{", "is not JSON"),
            ("[1]", "is not a JSON object"),
            ('{"a": NaN}', "is not JSON"),
            ('{"a": ' + "9" * 5000 + "}", "is not JSON"),
            ("[" * 100_000, "is not JSON"),
        ],
    )
    def test_any_other_line_is_bad(self, file, line, reason):
        assert read(file(f'{line}\n{{"a": 1}}\n', "file.ndjson")) == [(1, reason), (2, {"a": 1})]

    @given(st.lists(st.dictionaries(st.text(max_size=4), st.one_of(st.text(max_size=4), st.integers()), max_size=3)))
    def test_what_a_program_writes_is_what_is_read(self, file, objects):
        content = "".join(f"{json.dumps(found)}\n" for found in objects)
        assert [cells for _, cells in read(file(content, "file.json"))] == objects


class TestFormat:
    def test_the_name_decides_unless_the_mapping_does(self, file):
        path = file('{"a": 1}\n', "file.csv")
        assert read(path, format="jsonl") == [(1, {"a": 1})]

    def test_an_upload_is_known_by_its_own_name(self, file):
        path = file('{"a": 1}\n', "stored.bin")
        assert list(readers.rows(path, {}, needed=set(), name="export.JSONL")) == [(1, {"a": 1})]

    @pytest.mark.parametrize("name", ["file.xls", "file", "file.csv.gz"])
    def test_other_files_are_refused(self, file, name):
        with pytest.raises(ImportRefused, match=r"cannot be imported, only \.csv"):
            read(file("a\n1\n", name))

    def test_a_file_in_another_encoding_is_refused(self, file):
        with pytest.raises(ImportRefused, match="not utf-16"):
            read(file(b"a,b\n1,2\nx"), encoding="utf-16")

    @given(st.binary(max_size=300), st.sampled_from(["file.csv", "file.jsonl", "file.xlsx"]))
    def test_whatever_a_file_holds_it_is_read_or_refused(self, file, content, name):
        try:
            rows = read(file(content, name))
        except ImportRefused:
            return
        assert all(isinstance(cells, dict | str) for _, cells in rows)


def test_a_file_is_read_as_a_stream(tmp_path):
    """Rows come before the file has been read to its end."""
    path = tmp_path / "file.csv"
    path.write_text("a\n" + "1\n" * 100_000)
    rows = readers.rows(path, {}, needed={"a"})
    assert next(rows) == (1, {"a": "1"})
    path.write_text("")
    assert sum(1 for _ in rows) < 50_000
