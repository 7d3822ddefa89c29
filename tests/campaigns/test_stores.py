"""Stores come from a file that is right everywhere, and the nearest one is found by map or postcode."""

import pytest
from django.core.management import CommandError, call_command

from campaigns import stores
from campaigns.models import Store
from tests import builders

pytestmark = pytest.mark.django_db
HEADER = "code,name,street,postcode,city,latitude,longitude,hours\n"


def written(tmp_path, text: str):
    path = tmp_path / "stores.csv"
    path.write_text(text)
    return path


def area(**fields):
    return builders.area(builders.customer(household=True), **fields)


class TestNearest:
    def test_is_the_one_at_the_least_distance_on_the_globe(self):
        north = builders.store(latitude=53.55, longitude=9.99, postcode="99999")
        builders.store(latitude=52.52, longitude=13.40, postcode="20095")
        hamburg = area(latitude=53.6, longitude=10.1, postcode="20095")
        assert stores.nearest([hamburg.pk]) == {hamburg.pk: north}

    def test_a_degree_of_longitude_is_shorter_in_the_north(self):
        east, _ = builders.store(latitude=60, longitude=11.5), builders.store(latitude=61, longitude=10)
        assert stores.nearest([(one := area(latitude=60, longitude=10)).pk]) == {one.pk: east}

    def test_is_that_with_the_most_alike_postcode_where_the_area_is_on_no_map(self):
        builders.store(postcode="28217")
        berlin = builders.store(postcode="10999")
        assert stores.nearest([(one := area(postcode="10115")).pk]) == {one.pk: berlin}

    def test_closed_stores_are_not_named(self):
        builders.store(postcode="10115", is_open=False)
        assert stores.nearest([area(postcode="10115").pk]) == {}


class TestReading:
    def test_brings_stores_up_to_date_by_their_codes(self, tmp_path):
        stores.read(written(tmp_path, HEADER + "a,Mitte,Weg 1,10115,Berlin,52.5,13.4,9 bis 19 Uhr\n"))
        stores.read(
            written(
                tmp_path, HEADER + "a,Neue Mitte,Weg 1,10115,Berlin,52.5,13.4,\nb,Hafen,Kai 1,28217,Bremen,53.1,8.8,\n"
            )
        )
        assert list(Store.objects.values_list("code", "name")) == [("a", "Neue Mitte"), ("b", "Hafen")]

    def test_takes_what_a_german_spreadsheet_writes(self, tmp_path):
        text = "\ufeff" + HEADER.replace(",", ";") + "a;Mitte;Weg 1;10115;Berlin;52,5;13,4;\n"
        assert stores.read(written(tmp_path, text)) == 1
        assert Store.objects.get().latitude == 52.5

    @pytest.mark.parametrize(
        ("rows", "reason"),
        [
            ("a,Mitte,Weg 1,10115,Berlin,north,13.4,\n", "row 1, latitude: must be a number, got 'north'"),
            ("a,Mitte,Weg 1,10115,Berlin,91,13.4,\n", "row 1, latitude: .*90"),
            ("a,Mitte,Weg 1,10115,Berlin,nan,13.4,\n", "row 1, latitude"),
            ("a,,Weg 1,10115,Berlin,52,13.4,\n", "row 1, name: "),
            ("a,M,W,1,B,52,13,\na,N,W,1,B,52,13,\n", "row 2, code: a stands in an earlier row"),
            ("", "holds no stores"),
        ],
    )
    def test_a_file_that_is_wrong_anywhere_changes_nothing(self, tmp_path, rows, reason):
        with pytest.raises(stores.StoreFileError, match=reason):
            stores.read(written(tmp_path, HEADER + rows))
        assert not Store.objects.exists()

    def test_a_column_that_is_missing_is_named(self, tmp_path):
        with pytest.raises(stores.StoreFileError, match="the header lacks latitude, longitude"):
            stores.read(written(tmp_path, "code,name,street,postcode,city\n"))

    def test_the_command_says_what_it_did_and_what_is_wrong(self, tmp_path, capsys):
        call_command("import_stores", written(tmp_path, HEADER + "a,Mitte,Weg 1,10115,Berlin,52.5,13.4,\n"))
        assert capsys.readouterr().out == "1 stores\n"
        with pytest.raises(CommandError, match="Nothing was imported"):
            call_command("import_stores", written(tmp_path, HEADER))


def test_the_nearest_store_replaces_what_the_block_says_in_every_language():
    block = {
        "id": "p",
        "type": "place",
        "name": "x",
        "address": "x",
        "hours": "x",
        "source": "nearest",
        "languages": {"en": {"name": "y", "text": "Come in"}},
    }
    (made,) = stores.with_store([block], builders.store(name="Laden {Mitte}", hours=""))
    assert made["name"] == "Laden (Mitte)"
    assert made["hours"] == "x"
    assert made["languages"] == {"en": {"text": "Come in"}}
