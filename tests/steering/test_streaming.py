"""Numbers come out of the database exactly as they are there."""

import numpy as np
import pytest

from steering.streaming import stream

COLUMNS = {"whole": "i8", "small": "i2", "single": "f4", "double": "f8"}
NUMBERS = "SELECT n AS whole, (n %% 7)::int2 AS small, n / 3.0 AS single, n / 7.0 AS double FROM generate_series(1, %(most)s) n"


def read(sql: str, columns: dict[str, str] = COLUMNS, *, chunk: int = 50_000, **params) -> list[np.ndarray]:
    return list(stream(sql, params, columns, chunk=chunk))


def test_every_kind_of_number_is_read(db):
    [rows] = read(NUMBERS, most=100)
    n = np.arange(1, 101)
    assert rows["whole"].tolist() == n.tolist()
    assert rows["small"].tolist() == (n % 7).tolist()
    assert rows["single"] == pytest.approx(n / 3, rel=1e-6)
    assert rows["double"] == pytest.approx(n / 7, rel=1e-15)


@pytest.mark.parametrize(("most", "sizes"), [(0, [0]), (1, [1]), (10, [4, 4, 2]), (8, [4, 4])])
def test_chunks_are_bounded_and_there_is_always_one(db, most, sizes):
    assert [len(rows) for rows in read(NUMBERS, most=most, chunk=4)] == sizes


def test_extremes_survive(db):
    [rows] = read(
        "SELECT (-9223372036854775808)::int8 AS a, 'NaN'::float8 AS b, '-inf'::float8 AS c",
        {"a": "i8", "b": "f8", "c": "f8"},
    )
    assert rows["a"][0] == -(2**63)
    assert np.isnan(rows["b"][0])
    assert rows["c"][0] == -np.inf


def test_null_is_refused(db):
    with pytest.raises(ValueError, match="is NULL"):
        read("SELECT NULL::float4 AS a", {"a": "f4"})
