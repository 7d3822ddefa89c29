"""Outlines: what is one, what is refused and why, and where its middle is."""

import json
import math

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from campaigns.areas import geometry
from campaigns.areas.geometry import OutlineError
from campaigns.areas.statistics import StatisticsError, statistics

from .shapes import square

SQUARE = square(13, 52)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.sampled_from(["type", "coordinates", "x"]), inner),
    max_leaves=30,
)
degrees = st.floats(-1000, 1000)
geometries = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["Polygon", "MultiPolygon", "Point", "polygon"]),
        "coordinates": anything | st.lists(st.lists(st.tuples(degrees, degrees), max_size=6), max_size=3),
    }
)


def polygon(*points: tuple[float, ...]) -> dict:
    return {"type": "Polygon", "coordinates": [list(points)]}


@given(anything | geometries | anything.map(lambda value: json.dumps(value, default=str)))
def test_whatever_comes_is_an_area_or_refused_with_a_reason(written):
    try:
        shape = geometry.outline(written)
    except OutlineError:
        return
    assert shape.is_valid
    assert shape.area > 0


@given(west=st.floats(-179, 178), south=st.floats(-89, 88), side=st.floats(0.001, 1), as_text=st.booleans())
def test_what_is_read_can_be_written_and_read_again(west, south, side, as_text):
    written = square(west, south, side)
    shape = geometry.outline(json.dumps(written) if as_text else written)
    again = geometry.outline(geometry.geojson(shape))
    assert shapely.hausdorff_distance(shape, again) < 2e-7


@given(
    st.lists(st.tuples(st.floats(0.2, 1), st.floats(0, 0.9)), min_size=3, max_size=20),
    st.floats(-150, 150),
    st.floats(-80, 80),
)
def test_the_middle_lies_inside(spokes, longitude, latitude):
    count = len(spokes)
    around = [
        (
            longitude + r * math.cos((n + turn) * math.tau / count),
            latitude + r * math.sin((n + turn) * math.tau / count),
        )
        for n, (r, turn) in enumerate(spokes)
    ]
    try:
        shape = geometry.outline(polygon(*around, around[0]))
    except OutlineError:
        return  # three spokes may cross themselves
    south, west = geometry.middle(shape)
    assert shape.buffer(2e-6).contains(shapely.Point(west, south))


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (None, "must be a GeoJSON object"),
        ("{", "is not JSON"),
        ({"type": "Point", "coordinates": [1, 2]}, "must be a Polygon or MultiPolygon, got 'Point'"),
        ({"type": "Polygon"}, "without a ring"),
        ({"type": "MultiPolygon", "coordinates": []}, "1 to 500 polygons"),
        (polygon((0, 0), (1, 0), (0, 0)), "fewer than four points"),
        (polygon((0, 0), (1, 0), (1, 1), (0, 1)), "not closed"),
        (polygon((0, 0), (181, 0), (1, 1), (0, 0)), "outside of longitude"),
        (polygon((52, 13), (52, 113), (53, 14), (52, 13)), "outside of longitude"),
        (polygon((0, 0), (1, "0"), (1, 1), (0, 0)), "not \\[longitude, latitude\\]"),
        (polygon((0, 0), (1, True), (1, 1), (0, 0)), "not \\[longitude, latitude\\]"),
        (polygon((0, 0), (1, math.nan), (1, 1), (0, 0)), "not \\[longitude, latitude\\]"),
        (polygon((0, 0), (1, 1), (1, 0), (0, 1), (0, 0)), "is no area: Self-intersection"),
        (polygon((0, 0), (1, 0), (2, 0), (0, 0)), "no area|encloses nothing"),
        (polygon((179, 51), (-179, 51), (-179, 52), (179, 52), (179, 51)), "around the world"),
        (polygon(*[(0, 0)] * 10_001), "more than 10000"),
    ],
)
def test_what_is_no_outline_is_refused_with_its_reason(written, reason):
    with pytest.raises(OutlineError, match=reason):
        geometry.outline(written)


def test_altitudes_are_dropped_and_holes_stay():
    hole = [[13.4, 52.4], [13.4, 52.6], [13.6, 52.6], [13.6, 52.4], [13.4, 52.4]]
    outer = [[*point, 34.5] for point in SQUARE["coordinates"][0]]
    shape = geometry.outline({"type": "Polygon", "coordinates": [outer, hole]})
    assert not shape.has_z
    assert shape.area == pytest.approx(1 - 0.04)
    assert geometry.middle(shape) != (52.5, 13.5)  # which lies in the hole


@given(st.dictionaries(st.text(max_size=5) | st.integers(), anything, max_size=3) | anything)
def test_statistics_are_names_and_numbers_or_refused(known):
    try:
        read = statistics(known)
    except StatisticsError:
        return
    assert json.loads(json.dumps(read, allow_nan=False)) == read
