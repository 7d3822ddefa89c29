"""A carrier's file: all of it or nothing, known areas brought up to date, those that are gone closed."""

import json

import pytest
from django.core.management import CommandError, call_command

from campaigns.models import AreaStreet, Carrier, DeliveryArea, Household, ImportRun, OpenedArea
from tests import builders
from tests.campaigns.importing.files import csv_file, import_file, xlsx_file

from .shapes import area, area_of, lives, others_of, square

pytestmark = pytest.mark.django_db
COLUMNS = ("carrier", "code", "postcode", "place", "region", "households", "refusing_households", "latitude",
           "longitude", "outline", "purchasing_power", "remark")  # fmt: skip
ROW = {"carrier": "Post", "code": "1", "postcode": "10115", "place": "Berlin", "households": "500"}


def imported(folder, *rows, **how) -> str:
    """What the command says."""
    call_command("import_areas", csv_file(folder, rows, columns=COLUMNS), **how)
    return ImportRun.objects.first().message


def refused(folder, *rows, **how) -> str:
    with pytest.raises(CommandError) as caught:
        imported(folder, *rows, **how)
    return str(caught.value)


def collection(folder, *features) -> str:
    path = folder / "areas.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}))
    return str(path)


def feature(geometry, **properties):
    return {"type": "Feature", "geometry": geometry, "properties": properties}


class TestRows:
    def test_a_row_is_an_area(self, tmp_path):
        more = {"region": "Berlin", "refusing_households": "90", "purchasing_power": "104.5", "remark": "north"}
        said = imported(tmp_path, ROW | more | {"outline": json.dumps(square(13, 52))})
        area = DeliveryArea.objects.get()
        assert said.startswith("1 new areas, 0 known, 0 closed, 0 customers in areas")
        assert (area.carrier, area.code, area.place, area.region, area.quantity) == (
            "Post",
            "1",
            "Berlin",
            "Berlin",
            410,
        )
        assert (area.latitude, area.longitude) == (52.5, 13.5)
        assert area.statistics == {"purchasing_power": 104.5}
        assert area.outline == square(13, 52)
        assert Carrier.objects.get().bundle_size == 100

    def test_coordinates_of_the_file_count_before_the_middle_of_the_outline(self, tmp_path):
        imported(tmp_path, ROW | {"latitude": "52.1", "longitude": "13.2", "outline": json.dumps(square(13, 52))})
        assert DeliveryArea.objects.values_list("latitude", "longitude").get() == (52.1, 13.2)

    def test_a_point_says_where_the_middle_is_and_nothing_of_the_outline(self, tmp_path):
        imported(tmp_path, ROW | {"outline": '{"type": "Point", "coordinates": [13.4, 52.6]}'})
        assert DeliveryArea.objects.values_list("latitude", "longitude", "outline").get() == (52.6, 13.4, None)

    def test_columns_whose_names_are_no_names_of_statistics_are_left_out(self, tmp_path):
        """As programs add them: a number of the row without a header, an id of their own."""
        columns = ("", *ROW, "_fid", "HH <30", "power")
        path = xlsx_file(tmp_path, [columns, [0, *ROW.values(), 7, 0.3, 104.5]])
        call_command("import_areas", path)
        assert DeliveryArea.objects.get().statistics == {"power": 104.5}

    @pytest.mark.parametrize(
        ("cells", "problem"),
        [
            ({"code": ""}, "code is missing"),
            ({"households": ""}, "households is missing"),
            ({"households": "-1"}, "households must be between 0 and"),
            ({"households": "many"}, "households is not a number"),
            ({"households": "1.5"}, "households is not a whole number"),
            ({"refusing_households": "501"}, "refusing_households must not be more than households"),
            ({"postcode": "1115"}, "postcode is not a postcode of this country"),
            ({"place": ""}, "place is missing"),
            ({"latitude": "95", "longitude": "13"}, "latitude must be between -90 and 90"),
            ({"latitude": "52"}, "longitude is missing"),
            ({"outline": "{"}, "outline is not JSON"),
            ({"outline": '{"type": "LineString", "coordinates": [[1, 2], [3, 4]]}'}, "outline must be a Polygon"),
            ({"outline": '{"type": "Point", "coordinates": [1]}'}, "outline has a point that is not [longitude"),
            (
                {"latitude": "52.5", "longitude": "13.5", "outline": '{"type": "Point", "coordinates": [52.5, 13.5]}'},
                "outline is far from latitude and longitude",
            ),
            (
                {"latitude": "52.5", "longitude": "13.5", "outline": json.dumps(square(52, 13))},
                "outline is far from latitude and longitude; in GeoJSON longitude comes first",
            ),
            ({"code": "a\x07b"}, "code contains a control character"),
            ({"code": "x" * 41}, "code is longer than 40"),
        ],
    )
    def test_what_is_wrong_is_told_by_row_and_field_and_nothing_is_imported(self, tmp_path, cells, problem):
        said = refused(tmp_path, ROW, ROW | {"code": "2"} | cells)
        assert f"row 2: {problem}" in said
        assert not DeliveryArea.objects.exists()

    def test_a_code_stands_in_a_file_once_for_each_carrier(self, tmp_path):
        imported(tmp_path, ROW, ROW | {"carrier": "Bote"})
        assert "row 3: code stands in row 1 already" in refused(tmp_path, ROW, ROW | {"code": "2"}, ROW)

    def test_a_header_without_what_is_needed_is_refused(self, tmp_path):
        path = csv_file(tmp_path, [{"code": "1"}], columns=("code", "postcode"))
        with pytest.raises(CommandError, match="lacks carrier, households, place"):
            call_command("import_areas", path)

    def test_the_carrier_may_be_told_beside_the_file(self, tmp_path):
        rows = [{name: ROW[name] for name in ("code", "postcode", "place", "households")}]
        path = csv_file(tmp_path, rows, columns=("code", "postcode", "place", "households"))
        call_command("import_areas", path, carrier="Bote")
        call_command("import_areas", path, carrier="Bote")
        assert DeliveryArea.objects.get().carrier == "Bote"

    def test_semicolons_and_workbooks_are_read_too(self, tmp_path):
        path = tmp_path / "a.csv"
        path.write_text("carrier;code;postcode;place;households\nPost;1;10115;Berlin;5\n", encoding="utf-8-sig")
        call_command("import_areas", path)
        call_command("import_areas", xlsx_file(tmp_path, [tuple(ROW), ("Bote", "1", "10115", "Berlin", 7)]))
        assert set(DeliveryArea.objects.values_list("carrier", "households")) == {("Post", 5), ("Bote", 7)}


class TestStatistics:
    def columns(self, folder, *names, **cells) -> dict[str, float]:
        path = csv_file(folder, [ROW | cells], columns=(*ROW, *names))
        call_command("import_areas", path)
        return DeliveryArea.objects.get().statistics

    def test_further_columns_with_numbers_are_statistics_whatever_they_are_called(self, tmp_path):
        cells = {"2024 sales (€/hh)": "1.5", "share %": "12", "remark": "north", "empty": ""}
        assert self.columns(tmp_path, *cells, **cells) == {"2024 sales (€/hh)": 1.5, "share %": 12}

    def test_a_mapping_says_which_columns_are_statistics_and_then_they_must_be_numbers(self, tmp_path):
        fields = {name: name for name in ROW}
        mapping = {"decimal": ",", "delimiter": ";", "fields": fields, "statistics": {"power": "KK"}}
        path = tmp_path / "a.csv"
        for cell, state in (("104,5", "done"), ("n/a", "refused")):
            path.write_text(f"{';'.join(ROW)};KK;other\n{';'.join(ROW.values())};{cell};7\n", encoding="utf-8")
            run = import_file(path, mapping, kind="areas")
            assert run.state == state
        assert "row 1: statistics.power is not a number" in run.message
        assert DeliveryArea.objects.get().statistics == {"power": 104.5}


class TestGeoJson:
    def test_a_feature_is_an_area(self, tmp_path):
        named = {"carrier": "Post", "code": 17, "postcode": "10115", "place": "Berlin", "households": 80, "index": 1.5}
        call_command("import_areas", collection(tmp_path, feature(square(13, 52), **named, name="x")))
        area = DeliveryArea.objects.get()
        assert (area.code, area.statistics, area.latitude) == ("17", {"index": 1.5}, 52.5)

    def test_a_mark_of_byte_order_is_no_part_of_the_file(self, tmp_path):
        path = tmp_path / "areas.geojson"
        path.write_text(json.dumps({"features": [feature(None, **ROW)]}), encoding="utf-8-sig")
        call_command("import_areas", str(path))
        assert DeliveryArea.objects.get().code == "1"

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            ("{", "not GeoJSON"),
            ("", "not GeoJSON"),
            ('{"type": "FeatureCollection", "features": []}', "has no features"),
            ('{"type": "Feature", "geometry": null, "properties": {}}', "must come as a FeatureCollection"),
            ('{"type": "FeatureCollection", "features": [7]}', "row 1: row is not a GeoJSON feature"),
            ('{"features": [{"type": "Feature", "properties": [1]}]}', "row 1: row has no properties"),
            ('{"features": [{"type": "Feature", "properties": {"code": {"a": 1}}}]}', "row 1: carrier is missing"),
        ],
    )
    def test_what_is_none_is_refused(self, tmp_path, content, reason):
        path = tmp_path / "areas.geojson"
        path.write_text(content)
        with pytest.raises(CommandError, match=reason):
            call_command("import_areas", path)


class TestAgain:
    def test_a_new_file_updates_what_is_known_and_closes_what_is_gone(self, tmp_path):
        who = lives()
        imported(tmp_path, ROW | {"region": "Berlin", "purchasing_power": "90"})
        assert area_of(who) == "1"
        said = imported(
            tmp_path, ROW | {"households": "600"}, ROW | {"code": "2", "postcode": "20095", "place": "Hamburg"}
        )
        area = DeliveryArea.objects.get(code="1")
        assert said.startswith("1 new areas, 1 known, 0 closed")
        assert (area.households, area.region, area.statistics) == (600, "Berlin", {"purchasing_power": 90})
        said = imported(tmp_path, ROW | {"code": "2", "postcode": "20095", "place": "Hamburg"})
        assert "1 closed" in said
        assert DeliveryArea.objects.get(code="1").closed_at
        assert area_of(who) is None

    def test_those_of_waves_under_way_are_told_when_they_are_closed(self, tmp_path):
        imported(tmp_path, ROW, ROW | {"code": "2"}, ROW | {"code": "3"})
        OpenedArea.objects.create(wave=builders.wave(), area=DeliveryArea.objects.get(code="2"))
        OpenedArea.objects.create(wave=builders.wave(state="completed"), area=DeliveryArea.objects.get(code="3"))
        assert "2 closed (1 of them belong to waves under way," in imported(tmp_path, ROW)

    def test_one_that_comes_back_is_open_again(self, tmp_path):
        imported(tmp_path, ROW, ROW | {"code": "2"})
        imported(tmp_path, ROW)
        imported(tmp_path, ROW, ROW | {"code": "2"})
        assert not DeliveryArea.objects.exclude(closed_at=None).exists()

    def test_a_new_carrier_takes_no_household_from_those_that_are_there(self, tmp_path):
        who = lives()
        area("mine", who, carrier="Post")
        imported(tmp_path, ROW | {"carrier": "Bote", "code": "9"})
        assert (area_of(who), others_of(who)) == ("mine", {"Bote": "9"})
        assert dict(Carrier.objects.values_list("name", "rank")) == {"Post": 100, "Bote": 101}

    def test_a_carrier_whose_name_would_blur_the_names_of_areas_is_refused(self, tmp_path):
        with pytest.raises(CommandError, match="carrier must not have a colon"):
            imported(tmp_path, ROW | {"carrier": "Post: Nord"})

    def test_areas_of_other_carriers_stay_open(self, tmp_path):
        imported(tmp_path, ROW)
        imported(tmp_path, ROW | {"carrier": "Bote", "code": "9"})
        assert not DeliveryArea.objects.exclude(closed_at=None).exists()

    def test_a_file_with_a_part_of_the_areas_closes_none(self, tmp_path):
        imported(tmp_path, ROW, ROW | {"code": "2"})
        imported(tmp_path, ROW, part=True)
        assert not DeliveryArea.objects.exclude(closed_at=None).exists()

    def test_where_bad_rows_are_left_out_nothing_is_closed(self, tmp_path):
        imported(tmp_path, ROW, ROW | {"code": "2"})
        said = imported(tmp_path, ROW, ROW | {"code": "2", "households": "x"}, skip_bad_rows=True)
        assert "1 bad rows left out" in said
        assert not DeliveryArea.objects.exclude(closed_at=None).exists()

    def test_a_dry_run_says_it_all_and_changes_nothing(self, tmp_path):
        who = lives()
        imported(tmp_path, ROW)
        said = imported(tmp_path, ROW | {"code": "2"}, dry_run=True)
        assert said.startswith("dry run, nothing was changed: 1 new areas, 0 known, 1 closed, 1 customers in areas")
        assert area_of(who) == "1"
        assert DeliveryArea.objects.count() == 1

    def test_fewer_households_than_are_known_to_refuse_are_refused(self, tmp_path):
        imported(tmp_path, ROW | {"refusing_households": "400"})
        assert "row 1: refusing_households" in refused(tmp_path, ROW | {"households": "300"})


class TestStreets:
    STREET = {"carrier": "Post", "code": "1", "street": "Lange Straße", "first": "1", "last": "9"}
    COLUMNS = ("carrier", "code", "street", "first", "last", "numbers")

    def imported(self, folder, *rows):
        call_command("import_areas", csv_file(folder, rows, columns=self.COLUMNS), streets=True)

    def test_a_list_of_streets_places_who_lives_there(self, tmp_path):
        who, other = lives("Lange Str. 3"), lives("Lange Str. 4")
        imported(tmp_path, ROW, ROW | {"code": "2"})
        assert area_of(who) is None
        self.imported(tmp_path, self.STREET | {"numbers": "ungerade"}, self.STREET | {"code": "2", "numbers": "even"})
        assert (area_of(who), area_of(other)) == ("1", "2")

    def test_a_new_list_replaces_the_old_one(self, tmp_path):
        imported(tmp_path, ROW)
        self.imported(tmp_path, self.STREET, self.STREET | {"street": "Weg"})
        self.imported(tmp_path, self.STREET)
        assert AreaStreet.objects.count() == 1

    @pytest.mark.parametrize(
        ("cells", "problem"),
        [
            ({"code": "7"}, "code is no area of this carrier"),
            ({"first": "9", "last": "1"}, "first and last must be house numbers in order"),
            ({"numbers": "blue"}, "numbers must be one of all, odd, even"),
            ({"street": "..."}, "street has neither letters nor digits"),
            ({"code": "2", "first": "9"}, "street has house numbers that row 1 gives to another area"),
        ],
    )
    def test_what_is_wrong_is_told_by_row_and_field(self, tmp_path, cells, problem):
        imported(tmp_path, ROW, ROW | {"code": "2"})
        with pytest.raises(CommandError, match=f"row 2: {problem}"):
            self.imported(tmp_path, self.STREET, self.STREET | cells)
        assert not AreaStreet.objects.exists()


def test_nobody_is_left_in_an_area_that_is_gone(tmp_path):
    lives()
    imported(tmp_path, ROW)
    imported(tmp_path, ROW | {"code": "2", "postcode": "20095", "place": "Hamburg"})
    assert not Household.objects.exclude(delivery_area=None).exists()


class TestHouses:
    """Customers' files may tell where a house stands."""

    MAPPING = {
        "source": "shop",
        "customer_number": "number",
        "address": {name: name for name in ("street", "postcode", "city", "latitude", "longitude")},
    }
    ROW = {"number": "1", "street": "Weg 1", "postcode": "10115", "city": "Berlin"}

    def imported(self, folder, *rows):
        path = csv_file(folder, rows, columns=(*self.ROW, "latitude", "longitude"))
        return import_file(path, self.MAPPING)

    def test_its_coordinates_lead_to_the_area_around_it(self, tmp_path):
        assert self.imported(tmp_path, self.ROW | {"latitude": "52.5", "longitude": "13.5"}).state == "done"
        said = imported(tmp_path, ROW | {"outline": json.dumps(square(13, 52))}, ROW | {"code": "2"})
        assert "1 by outline" in said

    def test_a_later_file_may_tell_them_and_one_without_leaves_them(self, tmp_path):
        for more in ({}, {"latitude": "52.5", "longitude": "13.5"}, {}):
            self.imported(tmp_path, self.ROW | more)
        assert Household.objects.values_list("latitude", "longitude").get() == (52.5, 13.5)

    @pytest.mark.parametrize(
        ("cells", "problem"),
        [
            ({"latitude": "91", "longitude": "0"}, "latitude must be between -90 and 90"),
            ({"latitude": "52"}, "longitude is missing"),
            ({"latitude": "x", "longitude": "13"}, "latitude is not a number"),
        ],
    )
    def test_what_is_no_place_is_told_by_row_and_field(self, tmp_path, cells, problem):
        assert f"row 1: {problem}" in self.imported(tmp_path, self.ROW | cells).message
        assert not Household.objects.exists()
