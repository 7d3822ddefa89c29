"""How a file is written is found out from the file: encoding, dates, numbers; and what its headers probably mean."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.importing import ImportRefused, looking, targets
from campaigns.models import ImportKind


def look(folder: Path, text: str | bytes, name: str = "f.csv") -> looking.Look:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return looking.look(path, name=name)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_text_is_read_whatever_spreadsheet_wrote_it(tmp_path, encoding):
    found = look(tmp_path, "Straße;Größe\nLange Straße 1;42\n".encode(encoding))
    assert found.encoding == encoding
    assert [one.name for one in found.columns] == ["Straße", "Größe"]


def test_what_is_no_utf_8_late_in_the_file_is_seen(tmp_path):
    assert look(tmp_path, b"nr\n" + b"1\n" * 1_000_000 + "Größe\n".encode("cp1252")).encoding == "cp1252"


@pytest.mark.parametrize(
    ("cells", "dates"),
    [
        ("2026-03-31", "iso"),
        ("31.3.2026", "german"),
        ("31/03/2026", "british"),
        ("01/02/2026\n03/31/2026", "american"),
        ("x", "iso"),
    ],
)
def test_how_dates_are_written(tmp_path, cells, dates):
    assert look(tmp_path, f"day;x\n{cells.replace(chr(10), ';' + chr(10))};\n").dates == dates


@pytest.mark.parametrize(("cell", "decimal"), [("1.204,50", ","), ("1,204.50", "."), ("12,5 €", ","), ("7", ".")])
def test_how_numbers_are_written(tmp_path, cell, decimal):
    assert look(tmp_path, f"sum;x\n{cell};\n").decimal == decimal


def test_a_few_different_cells_of_each_column_are_shown_and_long_ones_cut(tmp_path):
    found = look(tmp_path, "a;b\n1;{long}\n1;\n2;\n3;\n4;\n".replace("{long}", "x" * 100))
    assert [one.samples for one in found.columns] == [("1", "2", "3"), ("x" * 40 + "…",)]


def test_json_lines_have_the_columns_of_all_their_rows(tmp_path):
    found = look(tmp_path, '{"a": 1, "list": [1]}\n{"b": null}\n', name="f.jsonl")
    assert [(one.name, one.samples) for one in found.columns] == [("a", ("1",)), ("list", ("…",)), ("b", ())]


@pytest.mark.parametrize(("text", "reason"), [("", "no header"), ("a;b\n", "no rows"), (";;\n1;2;3\n", "no header")])
def test_a_file_without_rows_is_refused(tmp_path, text, reason):
    with pytest.raises(ImportRefused, match=reason):
        look(tmp_path, text)


def test_too_many_columns_are_refused(tmp_path):
    wide = ";".join(f"c{n}" for n in range(301))
    with pytest.raises(ImportRefused, match="more than 300 columns"):
        look(tmp_path, f"{wide}\n{wide}\n")


@given(st.lists(st.text(max_size=30), max_size=8), st.sampled_from(ImportKind.values))
def test_any_headers_get_known_meanings_each_at_most_once(headers, kind):
    among = targets.of(kind, channels=[("email", "e-mail")])
    found = targets.guess(headers, among)
    given_out = [key for key in found if key]
    assert len(found) == len(headers)
    assert len(given_out) == len(set(given_out))
    assert set(given_out) <= {one.key for one in among}


def test_a_header_that_is_the_word_goes_before_one_that_contains_it():
    assert targets.guess(["Kundennummer alt", "Kundennummer"], targets.of("customers"))[1] == "customer_number"


def test_every_kind_has_meanings_that_are_named_once():
    assert set(targets.TARGETS) == set(ImportKind)
    for kind in ImportKind:
        keys = [one.key for one in targets.of(kind)]
        assert len(keys) == len(set(keys))


def test_every_way_of_writing_a_date_reads_its_own_example():
    for example, pattern, form in looking.DATES.values():
        assert pattern.fullmatch(example)
        assert not form or date(2026, 3, 31).strftime(form) == example
