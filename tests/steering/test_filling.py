"""What is in the arrays is in the table, exactly."""

from datetime import UTC, datetime

import numpy as np
import psycopg
import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from steering import filling
from steering.filling import Repeated, fill

MOMENT = datetime(2026, 11, 26, 1, 2, 3, 456789, tzinfo=UTC)


@pytest.fixture
def table(db) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE target (whole bigint, number double precision, yes boolean, word text,"
            " many bigint[], at timestamptz)"
        )
    return "target"


def rows(table: str, columns: str = "*") -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM {table}")  # noqa: S608
        return cursor.fetchall()


def test_every_kind_of_column_arrives(table):
    fill(
        table,
        {
            "whole": np.array([1, -(2**62)]),
            "number": np.ma.masked_invalid([0.1, np.nan]),
            "yes": np.array([True, False]),
            "word": Repeated([filling.text("grün"), None], np.array([1, 0])),
            "many": Repeated([filling.bigint_array([7, 2**40]), filling.bigint_array([])], np.array([0, 1])),
            "at": Repeated([filling.moment(MOMENT)], np.zeros(2, dtype=int)),
        },
    )
    assert rows(table) == [
        (1, 0.1, True, None, [7, 2**40], MOMENT),
        (-(2**62), None, False, "grün", [], MOMENT),
    ]


@pytest.mark.parametrize("count", [0, 1, filling.ROWS_AT_ONCE, filling.ROWS_AT_ONCE + 1])
def test_blocks_join_without_a_seam(table, count):
    fill(table, {"whole": np.arange(count), "number": np.arange(count) / 7})
    assert rows(table, "count(*), coalesce(sum(whole), 0)") == [(count, count * (count - 1) // 2)]


def test_a_value_that_the_table_refuses_leaves_nothing(table):
    with pytest.raises(psycopg.Error), transaction.atomic():
        fill(table, {"whole": np.arange(3, dtype=np.int16)})  # too short for bigint
    assert rows(table) == []


@given(
    st.lists(
        st.tuples(st.one_of(st.none(), st.floats(allow_nan=False)), st.integers(0, 2), st.integers(-9, 9)),
        min_size=1,
        max_size=30,
    )
)
def test_the_bytes_are_those_that_a_row_by_row_writer_makes(rows):
    words = [b"", b"a longer word", None]
    numbers = np.ma.array(
        [0.0 if value is None else value for value, _, _ in rows], mask=[value is None for value, _, _ in rows]
    )
    columns = [numbers, Repeated(words, np.array([word for _, word, _ in rows])), np.array([n for *_, n in rows])]
    assert b"".join(filling.blocks(columns)) == b"".join(_row(value, words[word], n) for value, word, n in rows)


def _row(value: float | None, word: bytes | None, whole: int) -> bytes:
    fields = [None if value is None else np.array(value, ">f8").tobytes(), word, whole.to_bytes(8, "big", signed=True)]
    lengths = [b"\xff\xff\xff\xff" if field is None else len(field).to_bytes(4, "big") for field in fields]
    return b"\x00\x03" + b"".join(length + (field or b"") for length, field in zip(lengths, fields, strict=True))
