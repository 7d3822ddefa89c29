"""A carrier's list of streets says which house numbers belong to which of its areas; a new list replaces the old one."""

from typing import Any

from django.db import connection

from campaigns import areas, neighbourhoods

from .errors import ImportRefused
from .merge_customers import Merged

UNKNOWN = """
    INSERT INTO import_problem
    SELECT i.row, 'code', 'is no area of this carrier', true FROM import_street i
    WHERE NOT EXISTS (SELECT 1 FROM campaigns_deliveryarea a
                      WHERE a.carrier = i.carrier AND a.code = i.code AND a.closed_at IS NULL)
"""
KNOWN = """
    CREATE TEMP TABLE import_known_street AS
    SELECT i.row, i.carrier, a.id AS area_id, coalesce(i.postcode, a.postcode) AS postcode, i.street_key, i.numbers,
           i.first, i.last
    FROM import_street i JOIN campaigns_deliveryarea a USING (carrier, code)
"""
# A house can lie in one area of a carrier only. Odd and even numbers meet nowhere.
OVERLAPPING = """
    INSERT INTO import_problem
    SELECT later.row, 'street', 'has house numbers that row ' || min(earlier.row) || ' gives to another area', true
    FROM import_known_street earlier JOIN import_known_street later USING (carrier, postcode, street_key)
    WHERE earlier.row < later.row AND earlier.area_id <> later.area_id
      AND earlier.first <= later.last AND later.first <= earlier.last
      AND NOT (earlier.numbers <> 'all' AND later.numbers <> 'all' AND earlier.numbers <> later.numbers)
    GROUP BY later.row
"""
FORGET = """
    DELETE FROM campaigns_areastreet s USING campaigns_deliveryarea a
    WHERE s.area_id = a.id AND a.carrier IN (SELECT carrier FROM import_street)
"""
TAKE = """
    INSERT INTO campaigns_areastreet (area_id, postcode, street_key, numbers, first, last)
    SELECT area_id, postcode, street_key, numbers, first, last FROM import_known_street i
    WHERE NOT EXISTS (SELECT 1 FROM import_problem p WHERE p.row = i.row)
    ORDER BY i.row
"""


def compare(definition: dict[str, Any]) -> None:
    """What only the file as a whole can tell is wrong."""
    with connection.cursor() as cursor:
        for step in (UNKNOWN, KNOWN, "CREATE INDEX ON import_known_street (street_key)", OVERLAPPING):
            cursor.execute(step)


def merge(definition: dict[str, Any]) -> Merged:
    """Replace the lists of the file's carriers, and place everybody anew. Runs in a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM import_known_street)")
        if not cursor.fetchone()[0]:
            raise ImportRefused("the file holds no streets")
        cursor.execute(FORGET)
        known = cursor.rowcount
        cursor.execute(TAKE)
        told = cursor.rowcount
    placed = areas.place_customers()
    neighbourhoods.refresh()
    return Merged(told, 0, (f"{known} of the old list forgotten", str(placed)))
