"""Households whose coordinates lie in an area's outline: a bounding box in SQL, then exactly, some at a time."""

from collections.abc import Iterator

import numpy as np
import shapely
from django.db import connection

MOST_LETTERS = 20_000_000  # of outlines held at once, some 500,000 points
AT_ONCE = 50_000  # households
OUTLINES = """
    SELECT id, outline::text, code FROM campaigns_deliveryarea
    WHERE carrier = %s AND closed_at IS NULL AND outline IS NOT NULL AND (code, id) > (%s, %s)
    ORDER BY code, id LIMIT 1000
"""
HOUSEHOLDS = """
    SELECT h.id, h.longitude, h.latitude FROM campaigns_household h
    WHERE h.id > %s AND h.longitude BETWEEN %s AND %s AND h.latitude BETWEEN %s AND %s
      AND NOT EXISTS (SELECT 1 FROM area_place p WHERE p.household_id = h.id AND p.turn = %s)
    ORDER BY h.id LIMIT %s
"""
Outlines = tuple[np.ndarray, np.ndarray]  # area ids, shapes
Found = tuple[list[int], list[int]]  # household ids and their area ids


def found(carrier: str, *, turn: int) -> Iterator[Found]:
    """Of households that are in no area of the carrier yet (area_place); the caller keeps what it is given before it asks on."""
    for outlines in _outlines(carrier):
        yield from _inside(*outlines, turn)


def _outlines(carrier: str) -> Iterator[Outlines]:
    """All outlines of a carrier by code, in parts of bounded size."""
    ids: list[int] = []
    shapes: list[shapely.Geometry] = []
    letters = 0
    for area_id, written, _ in _rows(carrier):
        ids.append(area_id)
        shapes.append(shapely.from_geojson(written))
        letters += len(written)
        if letters > MOST_LETTERS:
            yield np.array(ids), np.array(shapes, dtype=object)
            ids, shapes, letters = [], [], 0
    if ids:
        yield np.array(ids), np.array(shapes, dtype=object)


def _rows(carrier: str) -> Iterator[tuple[int, str, str]]:
    code, area_id = "", 0
    while rows := _fetched(OUTLINES, (carrier, code, area_id)):
        yield from rows
        area_id, _, code = rows[-1]


def _inside(area_ids: np.ndarray, shapes: np.ndarray, turn: int) -> Iterator[Found]:
    west, south, east, north = shapely.total_bounds(shapes)
    tree, last = shapely.STRtree(shapes), 0
    while rows := _fetched(HOUSEHOLDS, (last, west, east, south, north, turn, AT_ONCE)):
        households, longitudes, latitudes = map(np.array, zip(*rows, strict=True))
        last = int(households[-1])
        points, areas = tree.query(shapely.points(longitudes, latitudes), predicate="intersects")
        # On a border lie several: the first by code is taken.
        order = np.lexsort((areas, points))
        first, at = np.unique(points[order], return_index=True)
        yield households[first].tolist(), area_ids[areas[order][at]].tolist()


def _fetched(statement: str, values: tuple) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()
