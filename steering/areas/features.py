"""What is known of every delivery area at a point in time, as numbers; one query, and the way to the nearest store.

A feature's name says how it is computed, so the names that a model keeps are enough to use it later. Customers and what
they did count as of the point in time; households, statistics, stores and who lives where have no history and are today's.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db import connection
from django.db.models import F

from campaigns.areas.living import EVERYWHERE
from campaigns.models import DeliveryArea, Store
from steering import streaming
from steering.targeting.distances import nearest_km

LEAST_SHARE = 0.01  # of areas that have a region, or a statistic, for it to be a feature
MOST_NAMED = 30  # regions, and statistics
OF_LEAFLETS = "direct_post"
# `nearby`: open areas of the carrier whose postcodes begin alike, this one left out.
KNOWN = f"""
    WITH lived AS (
        SELECT l.area_id, l.household_id AS home_id, c.id AS customer_id, c.customer_since_on
        FROM {EVERYWHERE} l JOIN campaigns_customer c ON c.household_id = l.household_id
        WHERE (c.customer_since_on IS NULL OR c.customer_since_on <= %(as_of)s::date)
          AND (%(some)s::bigint[] IS NULL OR l.area_id = ANY(%(some)s::bigint[]))
    ), people AS (
        SELECT area_id, count(DISTINCT home_id)::float8 AS homes,
               count(*) FILTER (WHERE customer_since_on > %(as_of)s::date - 365)::float8 AS fresh
        FROM lived GROUP BY area_id
    ), did AS (
        SELECT l.area_id, count(*) FILTER (WHERE e.kind = 'purchased')::float8 AS purchases,
               coalesce(sum(e.value_cents) FILTER (WHERE e.kind = 'purchased'), 0)::float8 AS cents,
               count(*) FILTER (WHERE e.kind <> 'purchased' AND e.medium = '{OF_LEAFLETS}')::float8 AS answers
        FROM campaigns_event e JOIN lived l ON l.customer_id = e.customer_id
        WHERE e.kind IN ('purchased', 'redeemed', 'clicked') AND e.occurred_at <= %(as_of)s
          AND e.occurred_at > %(as_of)s - interval '365 days'
        GROUP BY l.area_id
    ), nearby AS (
        SELECT carrier, left(postcode, 2) AS beginning, sum(customers)::float8 AS customers,
               sum(households)::float8 AS households
        FROM campaigns_deliveryarea WHERE closed_at IS NULL GROUP BY 1, 2
    )
    SELECT a.id, (a.households - a.refusing_households)::float8 AS quantity,
           coalesce(a.latitude, 'NaN') AS latitude, coalesce(a.longitude, 'NaN') AS longitude,
           ln(a.households + 1) AS households_log,
           a.refusing_households::float8 / greatest(a.households, 1) AS refusing_share,
           coalesce(p.homes, 0) / greatest(a.households, 1) AS penetration,
           coalesce(p.fresh, 0) / greatest(a.households, 1) AS fresh_share,
           coalesce(d.purchases, 0) / greatest(a.households, 1) AS purchases_per_household,
           coalesce(d.purchases / nullif(p.homes, 0), 'NaN') AS purchases_per_home,
           coalesce(d.cents / nullif(d.purchases, 0), 'NaN') AS basket_cents,
           coalesce(d.answers / nullif(p.homes, 0), 'NaN') AS answers_per_home,
           coalesce((n.customers - coalesce(o.customers, 0)) / nullif(n.households - coalesce(o.households, 0), 0), 'NaN')
             AS customers_nearby
           {{more}}
    FROM campaigns_deliveryarea a
    LEFT JOIN people p ON p.area_id = a.id LEFT JOIN did d ON d.area_id = a.id
    LEFT JOIN nearby n ON n.carrier = a.carrier AND n.beginning = left(a.postcode, 2)
    LEFT JOIN campaigns_deliveryarea o ON o.id = a.id AND o.closed_at IS NULL
    WHERE %(some)s::bigint[] IS NULL OR a.id = ANY(%(some)s::bigint[])
    ORDER BY a.id
"""  # noqa: S608
ALWAYS = (
    "households_log", "refusing_share", "penetration", "fresh_share", "purchases_per_household", "purchases_per_home",
    "basket_cents", "answers_per_home", "customers_nearby", "store_km",
)  # fmt: skip
REGION, STATISTIC = "region:", "statistic:"
NAMES = """
    WITH known AS (SELECT region, statistics FROM campaigns_deliveryarea), named AS (
        SELECT %(region)s::text || region AS name FROM known WHERE region <> ''
        UNION ALL SELECT %(statistic)s::text || key FROM known, jsonb_object_keys(statistics) AS key
    )
    SELECT name FROM named GROUP BY name HAVING count(*) >= %(share)s * (SELECT count(*) FROM known)
    ORDER BY starts_with(name, %(statistic)s::text), count(*) DESC, name
"""
NUMBER = "CASE WHEN jsonb_typeof(a.statistics -> %({key})s) = 'number' THEN (a.statistics ->> %({key})s)::float8 ELSE 'NaN' END"


@dataclass(frozen=True, eq=False)
class Known:
    """Areas in the order of their ids."""

    area_ids: np.ndarray  # (n,)
    quantity: np.ndarray  # (n,) households that do not refuse advertising
    latitude: np.ndarray  # (n,) NaN where the place is not known
    longitude: np.ndarray
    names: Sequence[str]
    values: np.ndarray  # (n, names), NaN where missing


def known_names() -> list[str]:
    """The features that there are now."""
    params = {"region": REGION, "statistic": STATISTIC, "share": LEAST_SHARE}
    with connection.cursor() as cursor:
        cursor.execute(NAMES, params)
        found = [name for (name,) in cursor.fetchall()]
    regions = [name for name in found if name.startswith(REGION)]
    statistics = [name for name in found if name.startswith(STATISTIC)]
    return [*ALWAYS, *regions[:MOST_NAMED], *statistics[:MOST_NAMED]]


def read(names: Sequence[str], *, as_of_at: datetime, area_ids: Collection[int] | None = None) -> Known:
    """Of all areas, or of some."""
    declared = [name for name in names if name in ALWAYS and name != "store_km"]
    others = [name for name in names if name not in ALWAYS]
    more, named = _named(others)
    params = {"as_of": as_of_at, "some": None if area_ids is None else sorted(map(int, area_ids))} | named
    fields = ["quantity", "latitude", "longitude", *ALWAYS[:-1], *(f"more_{place}" for place in range(len(others)))]
    rows = np.concatenate(
        list(streaming.stream(KNOWN.format(more=more), params, {"id": "i8"} | dict.fromkeys(fields, "f8")))
    )
    column = {name: rows[name].astype(float) for name in (*declared, "quantity", "latitude", "longitude")}
    column |= {name: rows[f"more_{place}"].astype(float) for place, name in enumerate(others)}
    if "store_km" in names:
        column["store_km"] = store_km(column["latitude"], column["longitude"])
    values = np.column_stack([column[name] for name in names]) if names else np.empty((len(rows), 0))
    return Known(
        rows["id"].astype(np.int64), column["quantity"], column["latitude"], column["longitude"], list(names), values
    )


def places(area_ids: Collection[int]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Ids, which rise, households that take leaflets, latitudes and longitudes of these areas; NaN where the place is not known."""
    rows = DeliveryArea.objects.filter(pk__in=[int(id_) for id_ in area_ids]).order_by("pk")
    rows = rows.values_list("pk", F("households") - F("refusing_households"), "latitude", "longitude")
    table = np.array(list(rows), dtype=float).reshape(-1, 4)
    return table[:, 0].astype(np.int64), table[:, 1], table[:, 2], table[:, 3]


def store_km(latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
    """(n,) to the nearest open store, as the crow flies; NaN where there is none, or the place is not known."""
    return nearest_km(latitude, longitude, *open_stores())[0]


def open_stores() -> tuple[np.ndarray, np.ndarray]:
    """Latitude and longitude, in the order of their codes."""
    places = list(Store.objects.filter(is_open=True).order_by("code").values_list("latitude", "longitude"))
    table = np.array(places, dtype=float).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _named(others: Sequence[str]) -> tuple[str, dict[str, str]]:
    """Columns of regions and statistics, whose names are parameters."""
    columns, params = [], {}
    for place, name in enumerate(others):
        kind, _, what = name.partition(":")
        params[f"named_{place}"] = what
        sql = (
            NUMBER.format(key=f"named_{place}")
            if kind == "statistic"
            else f"(a.region = %(named_{place})s)::int::float8"
        )
        columns.append(f", {sql} AS more_{place}")
    return "".join(columns), params
