"""Outlines of areas: GeoJSON polygons (RFC 7946) read strictly, their middle, and who lies inside."""

import json
import math
from typing import Any

import shapely
from shapely import MultiPolygon, Point, Polygon

MOST_POINTS = 10_000
MOST_POLYGONS = 500
WIDEST = 180.0  # degrees of longitude
FAR = 1.0  # degree, from an outline to what is said to be its middle
LONGEST = 500_000  # characters, where it comes as text
Ring = list[tuple[float, float]]


class OutlineError(ValueError):
    """What is wrong with an outline; completes "the outline ..."."""


def outline(geometry: Any) -> Polygon | MultiPolygon:
    """A GeoJSON geometry, as an object or as text, in degrees of WGS 84, longitude first. Raises OutlineError.

    Rings are closed, have at least four points and do not cross themselves; altitudes are dropped.
    """
    found = _object(geometry)
    kind, coordinates = found.get("type"), found.get("coordinates")
    if kind not in ("Polygon", "MultiPolygon"):
        raise OutlineError(f"must be a Polygon or MultiPolygon, got {str(kind)[:20]!r}")
    parts = [coordinates] if kind == "Polygon" else coordinates
    if not isinstance(parts, list | tuple) or not 1 <= len(parts) <= MOST_POLYGONS:
        raise OutlineError(f"must have 1 to {MOST_POLYGONS} polygons")
    read = [_rings(part) for part in parts]
    if (points := sum(len(ring) for rings in read for ring in rings)) > MOST_POINTS:
        raise OutlineError(f"has {points} points, more than {MOST_POINTS}")
    polygons = [Polygon(rings[0], rings[1:]) for rings in read]
    if any(east - west > WIDEST for west, _, east, _ in (polygon.bounds for polygon in polygons)):
        raise OutlineError("goes around the world: one that crosses the date line is cut there, as RFC 7946 says")
    return _sound(polygons[0] if kind == "Polygon" else MultiPolygon(polygons))


def place(geometry: Any) -> Polygon | MultiPolygon | Point:
    """An outline, or a Point where a carrier knows no more than where an area's middle is. Raises OutlineError."""
    found = _object(geometry)
    return Point(_point(found.get("coordinates"))) if found.get("type") == "Point" else outline(found)


def geojson(shape: Polygon | MultiPolygon) -> dict[str, Any]:
    """With seven digits, about a centimetre."""
    return json.loads(shapely.to_geojson(shapely.set_precision(shape, 1e-7, mode="pointwise")))


def middle(shape: Polygon | MultiPolygon | Point) -> tuple[float, float]:
    """Latitude and longitude of its centroid, or of a point inside where the centroid is not."""
    centroid = shape.centroid
    point = centroid if shape.contains(centroid) else shape.representative_point()
    return round(point.y, 6), round(point.x, 6)


def is_far(shape: Polygon | MultiPolygon | Point, *, latitude: float, longitude: float) -> bool:
    """Whether a place is too far away to be the outline's, as where one of the two has latitude and longitude the wrong way round."""
    return shape.distance(Point(longitude, latitude)) > FAR


def _object(geometry: Any) -> dict[str, Any]:
    if isinstance(geometry, str):
        if len(geometry) > LONGEST:
            raise OutlineError(f"is longer than {LONGEST} characters")
        try:
            geometry = json.loads(geometry)
        except (ValueError, RecursionError) as error:
            raise OutlineError("is not JSON") from error
    if not isinstance(geometry, dict):
        raise OutlineError("must be a GeoJSON object")
    return geometry


def _rings(polygon: Any) -> list[Ring]:
    if not isinstance(polygon, list | tuple) or not polygon:
        raise OutlineError("has a polygon without a ring")
    if sum(len(ring) for ring in polygon if isinstance(ring, list | tuple)) > MOST_POINTS:
        raise OutlineError(f"has more than {MOST_POINTS} points")
    return [_ring(ring) for ring in polygon]


def _ring(ring: Any) -> Ring:
    if not isinstance(ring, list | tuple) or len(ring) < 4:
        raise OutlineError("has a ring of fewer than four points")
    points = [_point(point) for point in ring]
    if points[0] != points[-1]:
        raise OutlineError("has a ring that is not closed: its last point must be its first")
    return points


def _point(point: Any) -> tuple[float, float]:
    if not isinstance(point, list | tuple) or len(point) not in (2, 3) or not all(map(_is_number, point)):
        raise OutlineError("has a point that is not [longitude, latitude]")
    longitude, latitude = float(point[0]), float(point[1])
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
        raise OutlineError("has a point outside of longitude -180 to 180 and latitude -90 to 90")
    return longitude, latitude


def _is_number(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and abs(value) < 1e9 and math.isfinite(value)


def _sound(shape: Polygon | MultiPolygon) -> Polygon | MultiPolygon:
    if not shapely.is_valid(shape):
        raise OutlineError(f"is no area: {shapely.is_valid_reason(shape)[:120]}")
    if shape.area <= 0:
        raise OutlineError("encloses nothing")
    return shape
