"""What is drawn: as much detail as can be seen, bounded, told apart without colours."""

import re

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from steering.area_map import drawing, shades, spots
from steering.area_map.selection import Selection
from steering.area_map.spots import Spot
from steering.models import AreaGroup
from tests.campaigns.areas.shapes import square

from .planned import plan, planned

EVERYTHING = Selection()


def spot(name: str = "A", **fields) -> Spot:
    known = {"place": "Berlin", "areas": 1, "chosen": 1, "held": 0, "households": 100, "leaflets": 90, "customers": 9}
    money = {"cost": 10.0, "value": 20.0, "new_value": 5.0, "weeks": None, "group": "", "at": (13.0, 52.0)}
    return Spot(name=name, **(known | money | fields))


def drawn(some: list[Spot], by: str = "value") -> drawing.Drawn:
    colours = shades.shades(some, by=by, currency="EUR")
    return drawing.draw(some, colours, said=lambda one: one.name, url=lambda one: "?", about="A map")


@given(
    st.lists(
        st.tuples(st.floats(-179, 179), st.floats(-80, 80), st.floats(1e-4, 0.9), st.booleans()),
        min_size=1,
        max_size=20,
    )
)
def test_everything_lies_within_the_map(places):
    some = [
        spot(shape=shapely.box(x, y, x + side, y + side)) if has_outline else spot(at=(x, y))
        for x, y, side, has_outline in places
    ]
    svg = str(drawn(some).svg)
    height = float(re.search(r'viewBox="0 0 900 ([0-9.]+)"', svg).group(1))
    across = [float(x) for d in re.findall(r' d="(M[^"]*Z)"', svg) for x in re.findall(r"[ML]([-0-9.]+) ", d)]
    up = [float(y) for d in re.findall(r' d="(M[^"]*Z)"', svg) for y in re.findall(r"[ML][-0-9.]+ ([-0-9.]+)", d)]
    across += [float(x) for x in re.findall(r'cx="([-0-9.]+)"', svg)]
    up += [float(y) for y in re.findall(r'cy="([-0-9.]+)"', svg)]
    assert all(-1 <= x <= 901 for x in across)
    assert all(-1 <= y <= height + 1 for y in up)


def test_a_map_of_many_points_is_drawn_with_fewer():
    circle = shapely.Point(13, 52).buffer(1, quad_segs=2000)
    some = [spot(shape=shapely.affinity.translate(circle, xoff=n * 2.0)) for n in range(20)]
    points = str(drawn(some).svg).count("L")
    assert 20 * 10 < points <= drawing.MOST_POINTS


@pytest.mark.parametrize(("side", "least", "most"), [(2, 20, 24), (20, 7, 12)])
def test_circles_of_many_groups_are_small_so_that_none_hides_the_others(side, least, most):
    some = [
        spot(str(n), at=(8 + n % side, 48 + n // side * 0.6), households=500 + n, within={"place": str(n)})
        for n in range(side**2)
    ]
    radii = [float(r) for r in re.findall(r' r="([0-9.]+)"', str(drawn(some).svg))]
    assert len(radii) == side**2
    assert least <= max(radii) <= most


def test_names_are_escaped():
    assert "<script>" not in str(drawn([spot("<script>")]).svg)


def test_what_has_no_place_is_counted():
    assert drawn([spot(), spot(at=None)]).left_out == 1


def test_held_out_is_hatched_and_the_legend_has_what_is_used_only():
    some = [spot(), spot(chosen=0), spot(chosen=0, held=1)]
    colours = shades.shades(some, by="value", currency="EUR")
    assert [colours.of(one).said for one in some[1:]] == ["not chosen", "held out"]
    assert colours.of(some[2]).fill == shades.HATCH
    assert [shade.said for shade in colours.legend] == ["gains up to 0.15 EUR", "not chosen", "held out"]


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=30), st.sampled_from(["value", "week", "group"]))
def test_every_spot_has_a_shade_of_the_legend(gains, by):
    some = [
        spot(value=gain, cost=0.0, new_value=0.0, weeks=(n % 7 + 1, 7) if n % 3 else None)
        for n, gain in enumerate(gains)
    ]
    colours = shades.shades(some, by=by, currency="EUR")
    assert {colours.of(one) for one in some} == set(colours.legend)


@pytest.mark.django_db
class TestDetail:
    def test_a_few_areas_that_can_be_seen_are_outlines(self):
        of = plan()
        for number in range(3):
            planned(
                of,
                area_fields={
                    "outline": square(13 + number / 10, 52, 0.1),
                    "latitude": 52,
                    "longitude": 13 + number / 10,
                },
            )
        found = spots.find(of.pk, EVERYTHING)
        assert found.grouped_by == ""
        assert all(one.shape is not None for one in found.spots)

    def test_areas_that_are_dots_on_a_map_of_the_country_are_drawn_by_their_places(self):
        of = plan()
        for place, postcode, south in (("Berlin", "10115", 52.5), ("München", "80331", 48.1)):
            for number in range(2):
                where = {"outline": square(13, south, 0.001), "latitude": south, "longitude": 13.0}
                planned(
                    of, area_fields={"place": place, "postcode": postcode, **where}, chosen=number == 0, week=number + 1
                )
        found = spots.find(of.pk, EVERYTHING)
        assert found.grouped_by == "postcode"
        berlin = found.spots[0]
        assert (berlin.name, berlin.place, berlin.areas, berlin.chosen, berlin.weeks) == (
            "10115",
            "Berlin",
            2,
            1,
            (1, 1),
        )
        assert (berlin.cost, berlin.gain) == (4000.0, 2000.0)
        closer = spots.find(of.pk, Selection(postcode="10115"))
        assert (closer.grouped_by, len(closer.spots)) == ("", 2)

    def test_more_than_can_be_drawn_is_grouped(self, monkeypatch):
        monkeypatch.setattr(spots, "MOST_SPOTS", 3)
        of = plan()
        for number in range(8):
            fields = {"postcode": f"1011{number}", "place": f"Ort {number}", "region": "ab"[number % 2]}
            planned(of, area_fields=fields, group=AreaGroup.HOLDOUT, chosen=False)
        found = spots.find(of.pk, EVERYTHING)
        assert (found.grouped_by, len(found.spots)) == ("region", 2)
        assert [one.held for one in found.spots] == [4, 4]

    def test_even_of_too_many_regions_only_the_largest_are_drawn(self, monkeypatch):
        monkeypatch.setattr(spots, "MOST_SPOTS", 2)
        of = plan()
        for number in range(4):
            fields = {
                "postcode": f"1011{number}",
                "place": f"Ort {number}",
                "region": f"R{number}",
                "households": 100 * number,
            }
            planned(of, area_fields=fields)
        assert [one.name for one in spots.find(of.pk, EVERYTHING).spots] == ["R2", "R3"]
