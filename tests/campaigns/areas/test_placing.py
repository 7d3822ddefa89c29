"""Who lives in which area: by outline, street, postcode; nobody where it is not known."""

import random

import pytest
import shapely

from campaigns import areas
from campaigns.areas import by_outline
from campaigns.areas.streets import street_key
from campaigns.models import AreaStreet, Carrier, Household
from tests import builders

from .shapes import area, area_of, lives, others_of, square

pytestmark = pytest.mark.django_db


def streets(of, street, first=0, last=99_999, numbers="all"):
    AreaStreet.objects.create(
        area=of, postcode=of.postcode, street_key=street_key(street), first=first, last=last, numbers=numbers
    )


class TestByOutline:
    def test_a_house_on_the_map_lies_in_the_outline_around_it(self):
        area("a", outline=square(13, 52))
        area("b", outline=square(14, 52))
        west, east, outside = lives(at=(52.5, 13.5)), lives("Weg 2", at=(52.5, 14.5)), lives("Weg 3", at=(50, 10))
        placed = areas.place_customers()
        assert [area_of(who) for who in (west, east, outside)] == ["a", "b", None]
        assert (placed.ways, placed.unplaced) == ({"outline": 2}, {"outside of every outline": 1})

    def test_on_a_border_the_first_by_code_has_it(self):
        area("b", outline=square(13, 52))
        area("a", outline=square(14, 52))
        who = lives(at=(52.5, 14.0))
        areas.place_customers()
        assert area_of(who) == "a"

    def test_a_hole_is_outside(self):
        hole = [[13.4, 52.4], [13.4, 52.6], [13.6, 52.6], [13.6, 52.4], [13.4, 52.4]]
        outline = square(13, 52)
        area("a", outline={"type": "Polygon", "coordinates": [*outline["coordinates"], hole]})
        inside, in_hole = lives(at=(52.1, 13.1)), lives("Weg 2", at=(52.5, 13.5))
        areas.place_customers()
        assert (area_of(inside), area_of(in_hole)) == ("a", None)

    def test_many_points_in_many_outlines_are_where_brute_force_finds_them(self, monkeypatch):
        monkeypatch.setattr(by_outline, "AT_ONCE", 7)
        monkeypatch.setattr(by_outline, "MOST_LETTERS", 300)
        drawn = random.Random(5)
        outlines = {
            f"{n:02d}": square(drawn.uniform(5, 8), drawn.uniform(50, 53), drawn.uniform(0.2, 2)) for n in range(15)
        }
        for code, outline in outlines.items():
            area(code, outline=outline)
        homes = [(lives(f"Weg {n}", at=(at := (drawn.uniform(50, 53), drawn.uniform(5, 8)))), at) for n in range(60)]
        areas.place_customers()
        shapes = {code: shapely.geometry.shape(outline) for code, outline in sorted(outlines.items())}
        for who, (latitude, longitude) in homes:
            around = [code for code, shape in shapes.items() if shape.intersects(shapely.Point(longitude, latitude))]
            assert area_of(who) == (around[0] if around else None)

    def test_an_outline_beats_the_list_of_streets(self):
        area("a", outline=square(13, 52))
        streets(area("b"), "Weg")
        who = lives("Weg 1", at=(52.5, 13.5))
        areas.place_customers()
        assert area_of(who) == "a"

    def test_an_outline_that_excludes_a_house_does_not_get_it_by_its_postcode(self):
        area("a", outline=square(13, 52))
        who = lives(at=(50.0, 10.0))
        areas.place_customers()
        assert area_of(who) is None


class TestByStreet:
    @pytest.mark.parametrize(
        ("street", "code"),
        [
            ("Lange Straße 1", "odd"),
            ("Lange Str. 99 a", "odd"),
            ("Lange Strasse 2", "even"),
            ("lange straße 4-6", "even"),
            ("Lange Straße 101", "far"),
            ("Lange Straße", None),
            ("Lange Straße 301", None),
            ("Kurze Gasse", "far"),
            ("Kurze Gasse 7", "far"),
            ("Straße des 17. Juni 135", "odd"),
            ("Nirgendwo 1", None),
        ],
    )
    def test_a_house_lies_where_its_number_is_listed(self, street, code):
        odd, even, far = area("odd"), area("even"), area("far")
        streets(odd, "Lange Straße", 1, 99, "odd")
        streets(even, "Lange Straße", 2, 98, "even")
        streets(far, "Lange Straße", 100, 300)
        streets(far, "Kurze Gasse")
        streets(odd, "Straße des 17. Juni")
        who = lives(street)
        placed = areas.place_customers()
        assert area_of(who) == code
        assert placed.ways == ({"street": 1} if code else {})

    def test_the_same_street_elsewhere_is_another(self):
        streets(area("a"), "Weg")
        area("b")
        who = lives("Weg 1", postcode="10117")
        areas.place_customers()
        assert area_of(who) is None

    def test_what_is_listed_twice_is_not_known(self):
        streets(area("a"), "Weg", 1, 10)
        streets(area("b"), "Weg", 5, 20)
        sure, unsure = lives("Weg 1"), lives("Weg 7")
        placed = areas.place_customers()
        assert (area_of(sure), area_of(unsure)) == ("a", None)
        assert placed.unplaced == {"several areas in the postcode": 1}


class TestByPostcode:
    def test_the_only_area_of_a_postcode_has_everybody(self):
        area("a")
        area("b", postcode="20095")
        area("c", postcode="20095")
        one, several, none = lives(), lives(postcode="20095"), lives(postcode="30159")
        nobody = builders.customer()
        placed = areas.place_customers()
        assert [area_of(who) for who in (one, several, none)] == ["a", None, None]
        assert placed.unplaced == {"several areas in the postcode": 1, "no area in the postcode": 1, "no address": 1}
        assert placed.placed + sum(placed.unplaced.values()) == 4
        assert nobody.household is None

    def test_a_closed_area_is_none(self):
        area("gone", closed_at="2026-01-01T00:00Z")
        area("there")
        who = lives()
        areas.place_customers()
        assert area_of(who) == "there"

    def test_the_same_postcode_in_another_country_is_another(self):
        area("a")
        who = lives()
        Household.objects.update(country="FR")
        areas.place_customers()
        assert area_of(who) is None


class TestCarriers:
    def test_where_carriers_overlap_the_lower_rank_has_the_household(self):
        area("mine", carrier="Zustell")
        area("theirs", carrier="Bote")
        Carrier.objects.create(name="Zustell", rank=1)
        who = lives()
        areas.place_customers()
        assert area_of(who) == "mine"

    def test_the_next_carrier_has_whom_the_first_cannot_place(self):
        area("a", carrier="Zustell")
        area("b", carrier="Zustell")
        area("theirs", carrier="Bote")
        Carrier.objects.create(name="Zustell", rank=1)
        who = lives()
        areas.place_customers()
        assert area_of(who) == "theirs"

    def test_a_household_lies_in_an_area_of_every_carrier_that_has_it(self):
        area("mine", carrier="Zustell")
        area("theirs", carrier="Bote", outline=square(13, 52))
        area("far", carrier="Dritter", postcode="20095")
        Carrier.objects.create(name="Zustell", rank=1)
        both, one = lives(at=(52.5, 13.5)), lives("Weg 2", at=(50, 10))
        placed = areas.place_customers()
        assert [area_of(who) for who in (both, one)] == ["mine", "mine"]
        assert others_of(both) == {"Bote": "theirs"}
        assert others_of(one) == {}
        assert (placed.ways, placed.in_several) == ({"postcode": 2}, 1)
        assert str(placed) == "2 customers in areas (2 by postcode), 1 also in areas of other carriers"

    def test_areas_of_other_carriers_follow_the_household(self):
        area("mine", carrier="Zustell")
        gone = area("old", carrier="Bote")
        Carrier.objects.create(name="Zustell", rank=1)
        who = lives()
        areas.place_customers()
        assert others_of(who) == {"Bote": "old"}
        gone.closed_at = "2026-01-01T00:00Z"
        gone.save()
        area("new", carrier="Bote")
        areas.place_customers()
        assert others_of(who) == {"Bote": "new"}
        Carrier.objects.update(rank=200)
        areas.place_customers()
        assert (area_of(who), others_of(who)) == ("new", {"Zustell": "mine"})

    def test_who_was_placed_by_hand_stays_with_that_carrier(self):
        who = lives()
        area("a", who, carrier="Zustell")
        area("b", carrier="Zustell")
        area("theirs", carrier="Bote")
        Carrier.objects.create(name="Zustell", rank=1)
        areas.place_customers()
        assert (area_of(who), others_of(who)) == ("a", {"Bote": "theirs"})


class TestAgain:
    def test_whoever_was_placed_by_hand_stays_while_nothing_says_better(self):
        who = lives()
        area("a")
        there = area("b", who)
        placed = areas.place_customers()
        assert (area_of(who), placed.ways, placed.moved) == ("b", {"before": 1}, 0)
        there.closed_at = "2026-01-01T00:00Z"
        there.save()
        areas.place_customers()
        assert area_of(who) == "a"

    def test_a_second_time_nothing_moves(self):
        area("a", outline=square(13, 52))
        lives(at=(52.5, 13.5))
        assert areas.place_customers().moved == 1
        assert areas.place_customers().moved == 0

    def test_the_figures_are_told_in_words(self):
        area("a")
        lives()
        builders.customer()
        assert str(areas.place_customers()) == "1 customers in areas (1 by postcode); 1 in none (1 no address)"
