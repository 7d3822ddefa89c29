"""The customers of an audience as arrays: who they are, why each channel is closed to them, and their features; one query."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

import numpy as np

from campaigns.areas import living
from campaigns.audiences import Query

from . import eligibility, features, streaming
from .areas import carriers

NONE = -1
CHUNK = 25_000  # customers who are read, scored and forgotten at a time
# How queries say whom they are about: those from the first to the last id, or, where few are scattered over many, each.
IN_RANGE, BY_ID = "BETWEEN %(first)s AND %(last)s", "= ANY(%(ids)s::bigint[])"
DENSE = 10  # ids of others between two of ours that are quicker passed over than looked up
ASSIGNED = "SELECT customer_id AS id FROM steering_assignment WHERE wave_id = %(wave)s"
# Of a part of the audience, given by its ids, so that every part costs what its own customers cost. Where no carrier is
# named the area that is bought is the household's first, which is looked up once.
SELECT = """
    WITH audience AS MATERIALIZED (SELECT unnest(%(ids)s::bigint[]) AS id), theirs AS MATERIALIZED (
        SELECT p.*, {bought} AS bought_area_id FROM (
            SELECT c.id AS customer_id, c.household_id, c.attributes, c.region, c.born_on, c.customer_since_on, c.salutation,
                   c.language, (SELECT h.delivery_area_id FROM campaigns_household h WHERE h.id = c.household_id)
            FROM audience JOIN campaigns_customer c ON c.id = audience.id
            WHERE c.id BETWEEN %(first)s AND %(last)s OFFSET 0
        ) p
    ), {ctes}
    SELECT d.customer_id, coalesce(d.household_id, -1) AS household, coalesce(d.bought_area_id, -1) AS area, {columns}
    FROM theirs d
    {joins}
    ORDER BY d.customer_id
"""
FIRST_AREA, AREA_OF_CARRIER = (
    "p.delivery_area_id",
    "(SELECT l.area_id FROM {living} l WHERE l.household_id = p.household_id)",
)
# What both features and eligibility look at, limited to these customers; it stands in the place of the table of its name.
OF_THESE = {
    "campaigns_consent": """
        SELECT c.customer_id, c.channel, c.purpose, c.ground, c.given_at, c.withdrawn_at
        FROM campaigns_consent c JOIN audience ON audience.id = c.customer_id
        WHERE c.customer_id BETWEEN %(first)s AND %(last)s""",
    "campaigns_identifier": """
        SELECT i.customer_id, i.kind, i.digest FROM campaigns_identifier i JOIN audience ON audience.id = i.customer_id
        WHERE i.customer_id BETWEEN %(first)s AND %(last)s""",
}


@dataclass(frozen=True, eq=False)
class People:
    """Some customers of an audience, in the order of their ids."""

    customer_ids: np.ndarray  # (n,)
    household: np.ndarray  # (n,) or NONE
    area: np.ndarray  # (n,) delivery area of the carrier whose areas the campaign buys, or NONE
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


def ids(who: Who) -> np.ndarray:
    """(n,) of everybody, in their order."""
    return np.sort(np.concatenate([rows["id"] for rows in streaming.stream(who.sql, who.params, {"id": "i8"})]))


def parts(ids: np.ndarray, *, chunk: int | None = None) -> list[np.ndarray]:
    """At most `chunk` (CHUNK) ids each; at least one part."""
    chunk = chunk or CHUNK
    return np.split(ids, range(chunk, len(ids), chunk))


def read(
    who: Who, *, names: Sequence[str], channels: Sequence[str] = (), as_of_at: datetime, chunk: int | None = None,
    campaign_id: int | None = None,
) -> Iterator[People]:  # fmt: skip
    """Part by part, at least one; features (`names`) are those of `as_of_at`, eligibility is that of now."""
    reading = Reading.of(names, channels, as_of_at=as_of_at, campaign_id=campaign_id)
    for part in parts(ids(who), chunk=chunk):
        yield reading.of_ids(part)


@dataclass(frozen=True)
class Reading:
    """The query that reads people, ready for one part of an audience after the other."""

    sql: str
    params: Mapping[str, Any]
    codes: Sequence[str]  # columns
    features: Sequence[str]

    @classmethod
    def of(
        cls, names: Sequence[str], channels: Sequence[str], *, as_of_at: datetime, campaign_id: int | None = None
    ) -> "Reading":
        """Eligibility and areas are those of a campaign where one is named: a customer may have refused it alone."""
        seen = features.query(names, as_of_at=as_of_at)
        may = eligibility.query(channels, as_of_at=as_of_at, campaign_id=campaign_id)
        codes = {f"reason_{place}": sql for place, sql in enumerate(may.codes.values())}
        values = {f"feature_{place}": sql for place, sql in enumerate(seen.expressions)}
        bought, params = _bought(carriers.of_campaign(campaign_id))
        ctes = OF_THESE | dict(seen.ctes) | dict(may.ctes)
        sql = SELECT.format(
            bought=bought,
            ctes=", ".join(f"{name} AS ({cte})" for name, cte in ctes.items()),
            columns=", ".join(f"{sql} AS {name}" for name, sql in (codes | values).items()) or "0 AS nothing",
            joins=" ".join([*seen.joins, *may.joins]),
        )
        return cls(sql, params | dict(seen.params) | dict(may.params), list(codes), list(values))

    def of_ids(self, ids: np.ndarray) -> People:
        """In the order of the ids, which rise; all at once."""
        [rows] = streaming.stream(*self.bound(ids), chunk=max(len(ids), 1))
        return People(
            customer_ids=rows["customer_id"].astype(np.int64),
            household=rows["household"].astype(np.int64),
            area=rows["area"].astype(np.int64),
            reasons=streaming.matrix(rows, self.codes, np.int16),
            features=streaming.matrix(rows, self.features, np.float32),
        )

    def bound(self, ids: np.ndarray) -> tuple[str, dict[str, Any], dict[str, str]]:
        """The query for these ids, its parameters, and the kinds of its columns."""
        columns = {"customer_id": "i8", "household": "i8", "area": "i8"}
        columns |= dict.fromkeys(self.codes, "i2") | dict.fromkeys(self.features, "f4")
        first, last = (int(ids[0]), int(ids[-1])) if len(ids) else (0, 0)
        sql = self.sql if last - first < DENSE * len(ids) else self.sql.replace(IN_RANGE, BY_ID)
        return sql, dict(self.params) | {"ids": ids.tolist(), "first": first, "last": last}, columns


def _bought(carrier: str) -> tuple[str, dict[str, Any]]:
    """The area of a customer `p`, and the parameters of the expression."""
    if not carrier:
        return FIRST_AREA, {}
    lived_in, params = living.in_areas(carrier)
    return AREA_OF_CARRIER.format(living=lived_in), params
