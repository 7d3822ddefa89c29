"""A query's numbers as arrays: binary COPY, chunk by chunk, with no Python object for any value.

A row of numbers without NULL always has the same length in PostgreSQL's binary format, so a chunk of rows is read by one
structured dtype. Missing values must be said as NaN, or as a number that means it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from django.db import connection

CHUNK = 50_000
SIGNATURE = 19  # bytes before the first row: signature, flags, length of the header's extension
NARROWEST = 2  # bytes: a row that is only this long is the trailer

# The SQL type that each kind of column is cast to.
SQL_TYPES = {"i8": "int8", "i4": "int4", "i2": "int2", "f4": "float4", "f8": "float8"}


def stream(
    sql: str, params: Mapping[str, Any], columns: Mapping[str, str], *, chunk: int = CHUNK
) -> Iterator[np.ndarray]:
    """Structured arrays of at most `chunk` rows, at least one array, with a field for each of `columns`, name to kind (a key of SQL_TYPES).

    `sql` is a SELECT whose columns have these names; others are left out.
    """
    layout = _layout(columns)
    with connection.cursor() as cursor, cursor.copy(statement(sql, params, columns)) as copy:
        rows: list[bytes] = []
        is_first = True
        for number, data in enumerate(copy):
            row = bytes(data)[SIGNATURE:] if number == 0 else bytes(data)
            if len(row) > NARROWEST:
                rows.append(row)
            if len(rows) == chunk:
                yield _read(rows, layout)
                rows, is_first = [], False
        if rows or is_first:
            yield _read(rows, layout)


def statement(sql: str, params: Mapping[str, Any], columns: Mapping[str, str]) -> str:
    """The COPY. It takes no parameters, so the driver quotes them into its text."""
    wanted = ", ".join(f"{name}::{SQL_TYPES[kind]}" for name, kind in columns.items())
    whole = f"COPY (SELECT {wanted} FROM ({sql}) found) TO STDOUT (FORMAT binary)"  # noqa: S608
    return connection.ops.compose_sql(whole, dict(params))


def matrix(rows: np.ndarray, names: Sequence[str], kind: type) -> np.ndarray:
    """(n, names); the names are columns of one kind that stand beside each other."""
    if not names:
        return np.empty((len(rows), 0), dtype=kind)
    first, step = rows[names[0]], rows.dtype.fields[names[-1]][1] - rows.dtype.fields[names[0]][1]
    strides = (rows.strides[0], step // max(len(names) - 1, 1))
    return np.lib.stride_tricks.as_strided(first, (len(rows), len(names)), strides, writeable=False).astype(kind)


def _layout(columns: Mapping[str, str]) -> np.dtype:
    fields = [("", ">i2")]
    for name, kind in columns.items():
        fields += [(f"length of {name}", ">i4"), (name, f">{kind}")]
    return np.dtype([(name or "number of fields", kind) for name, kind in fields])


def _read(rows: list[bytes], layout: np.dtype) -> np.ndarray:
    data = b"".join(rows)
    if len(data) != layout.itemsize * len(rows):
        raise ValueError("a column is NULL: only numbers can be streamed")
    return np.frombuffer(data, dtype=layout)
