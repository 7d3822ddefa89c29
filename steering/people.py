"""The customers of an audience as arrays: who they are, why each channel is closed to them, and their features; one query."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

import numpy as np

from campaigns.audiences import Query

from . import eligibility, features, streaming

NONE = -1
ASSIGNED = "SELECT customer_id AS id FROM steering_assignment WHERE wave_id = %(wave)s"
SELECT = """
    WITH audience AS MATERIALIZED ({who}), {ctes}
    SELECT d.customer_id, coalesce(d.household_id, -1) AS household, coalesce(d.delivery_area_id, -1) AS area, {columns}
    FROM (
        SELECT c.id AS customer_id, c.household_id, h.delivery_area_id, c.attributes, c.region, c.born_on,
               c.customer_since_on, c.salutation, c.language
        FROM audience JOIN campaigns_customer c ON c.id = audience.id
        LEFT JOIN campaigns_household h ON h.id = c.household_id
    ) d
    {joins}
    ORDER BY d.customer_id
"""


@dataclass(frozen=True, eq=False)
class People:
    """Some customers of an audience, in the order of their ids."""

    customer_ids: np.ndarray  # (n,)
    household: np.ndarray  # (n,) or NONE
    area: np.ndarray  # (n,) delivery area, or NONE
    reasons: np.ndarray  # (n, channels) eligibility code: 0, or 1 + place in eligibility.REASONS
    features: np.ndarray  # (n, names) float32, NaN where missing


@dataclass(frozen=True)
class Who:
    """A SELECT of customers' `id` with named parameters."""

    sql: str
    params: Mapping[str, Any]


def in_audience(query: Query) -> Who:
    """An audience's query, its parameters named so that it can stand within another one."""
    numbers = count()
    sql = re.sub(r"%(%|s)", lambda found: found[0] if found[1] == "%" else f"%(audience_{next(numbers)})s", query.sql)
    return Who(sql, {f"audience_{number}": value for number, value in enumerate(query.params)})


def assigned(wave_id: int) -> Who:
    """Everybody whom a wave's plan decided about."""
    return Who(ASSIGNED, {"wave": wave_id})


def read(
    who: Who, *, names: Sequence[str], channels: Sequence[str] = (), as_of_at: datetime, chunk: int = streaming.CHUNK
) -> Iterator[People]:
    """Chunk by chunk, at least one; features (`names`) are those of `as_of_at`, eligibility is that of now."""
    seen = features.query(names, as_of_at=as_of_at)
    may = eligibility.query(channels, as_of_at=as_of_at)
    codes = {f"reason_{place}": sql for place, sql in enumerate(may.codes.values())}
    values = {f"feature_{place}": sql for place, sql in enumerate(seen.expressions)}
    ctes = dict(seen.ctes) | dict(may.ctes)
    sql = SELECT.format(
        who=who.sql,
        ctes=", ".join(f"{name} AS ({cte})" for name, cte in ctes.items()),
        columns=", ".join(f"{sql} AS {name}" for name, sql in (codes | values).items()) or "0 AS nothing",
        joins=" ".join([*seen.joins, *may.joins]),
    )
    columns = {"customer_id": "i8", "household": "i8", "area": "i8"}
    columns |= dict.fromkeys(codes, "i2") | dict.fromkeys(values, "f4")
    params = dict(who.params) | dict(seen.params) | dict(may.params)
    for rows in streaming.stream(sql, params, columns, chunk=chunk):
        yield People(
            customer_ids=rows["customer_id"].astype(np.int64),
            household=rows["household"].astype(np.int64),
            area=rows["area"].astype(np.int64),
            reasons=_matrix(rows, list(codes), np.int16),
            features=_matrix(rows, list(values), np.float32),
        )


def _matrix(rows: np.ndarray, names: Sequence[str], kind: type) -> np.ndarray:
    matrix = np.empty((len(rows), len(names)), dtype=kind)
    for column, name in enumerate(names):
        matrix[:, column] = rows[name]
    return matrix
