"""A carrier's file is the whole truth about its areas: known ones are brought up to date, and those gone are closed.

Areas are never deleted, since orders and results of the past name them; a closed one holds no households.
"""

from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from campaigns import areas, neighbourhoods

from .errors import ImportRefused
from .merge_customers import Merged

TWICE = """
    INSERT INTO import_problem
    SELECT row, 'code', 'stands in row ' || first || ' already', true FROM (
        SELECT row, min(row) OVER (PARTITION BY carrier, code) AS first FROM import_area
    ) seen WHERE row <> first
"""
# Staff who bring a file up to date may leave out what has not changed.
REFUSING = """
    INSERT INTO import_problem
    SELECT i.row, 'refusing_households', 'is not in the file, and is more than households as it is known', true
    FROM import_area i JOIN campaigns_deliveryarea a USING (carrier, code)
    WHERE i.refusing IS NULL AND a.refusing_households > i.households
"""
GOOD = "import_area i WHERE NOT EXISTS (SELECT 1 FROM import_problem p WHERE p.row = i.row)"
COUNT = f"""
    SELECT count(*), count(a.id) FROM (SELECT * FROM {GOOD}) i LEFT JOIN campaigns_deliveryarea a USING (carrier, code)
"""
# Carriers whose areas came in some other way.
KNOWN_CARRIERS = """
    INSERT INTO campaigns_carrier (name, bundle_size, rank)
    SELECT DISTINCT carrier, 100, 100 FROM campaigns_deliveryarea WHERE carrier <> '' ON CONFLICT (name) DO NOTHING
"""
# A new one comes after those that are there, so that it takes no household from a campaign that is under way.
NEXT_RANK = (
    "SELECT CASE count(*) WHEN 0 THEN 100 ELSE least(greatest(max(rank), 100) + 1, 32767) END FROM campaigns_carrier"
)
CARRIERS = f"""
    INSERT INTO campaigns_carrier (name, bundle_size, rank) SELECT DISTINCT carrier, 100, ({NEXT_RANK}) FROM {GOOD}
    ON CONFLICT (name) DO NOTHING
"""
# An empty cell says nothing, so it overwrites nothing.
TAKE = f"""
    INSERT INTO campaigns_deliveryarea AS a
        (carrier, code, postcode, place, region, households, refusing_households, latitude, longitude, outline, statistics)
    SELECT carrier, code, postcode, place, coalesce(region, ''), households, coalesce(refusing, 0), latitude, longitude,
           outline, statistics
    FROM {GOOD}
    ON CONFLICT (carrier, code) DO UPDATE SET
        postcode = excluded.postcode, place = excluded.place, region = coalesce(nullif(excluded.region, ''), a.region),
        households = excluded.households,
        refusing_households = (SELECT coalesce(i.refusing, a.refusing_households) FROM import_area i
                               WHERE i.carrier = a.carrier AND i.code = a.code),
        latitude = coalesce(excluded.latitude, a.latitude), longitude = coalesce(excluded.longitude, a.longitude),
        outline = coalesce(excluded.outline, a.outline), statistics = a.statistics || excluded.statistics,
        closed_at = NULL
"""
CLOSE = """
    UPDATE campaigns_deliveryarea a SET closed_at = now()
    WHERE a.closed_at IS NULL AND a.carrier IN (SELECT carrier FROM import_area)
      AND NOT EXISTS (SELECT 1 FROM import_area i WHERE i.carrier = a.carrier AND i.code = a.code)
"""
# In which no more leaflets are ordered then. `now()` is the transaction's, as in CLOSE.
UNDER_WAY = """
    SELECT count(DISTINCT a.id) FROM campaigns_deliveryarea a
    JOIN campaigns_openedarea o ON o.area_id = a.id JOIN campaigns_wave w ON w.id = o.wave_id
    WHERE a.closed_at = now() AND w.state IN ('running', 'paused')
"""


def compare(definition: dict[str, Any]) -> None:
    """What only the file as a whole can tell is wrong."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE INDEX ON import_area (carrier, code)")
        for check in (TWICE, REFUSING):
            cursor.execute(check)


def merge(definition: dict[str, Any]) -> Merged:
    """Write the areas without a problem, close those that are gone, and place everybody anew. Runs in a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT)
        told, known = cursor.fetchone()
        if not told:
            raise ImportRefused("the file holds no areas")
        for step in (KNOWN_CARRIERS, CARRIERS, TAKE):
            cursor.execute(step)
        closed = f"{_close(cursor, definition)} closed"
        cursor.execute(UNDER_WAY)
        if under_way := cursor.fetchone()[0]:
            closed += f" ({under_way} of them belong to waves under way, which order no more leaflets there)"
    placed = areas.place_customers()
    neighbourhoods.refresh()
    return Merged(told - known, known, (closed, str(placed)))


def _close(cursor: CursorWrapper, definition: dict[str, Any]) -> int:
    """Where rows were left out, nobody knows which areas they told of."""
    if definition.get("covers") == "part":
        return 0
    cursor.execute("SELECT EXISTS (SELECT 1 FROM import_problem WHERE refuses)")
    if cursor.fetchone()[0]:
        return 0
    cursor.execute(CLOSE)
    return cursor.rowcount
