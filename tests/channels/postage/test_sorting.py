"""Rows in the order of bulk postage, in bundles and containers."""

import json
from collections import defaultdict

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from channels import postage
from channels.models import PostalProduct, Vendor

ROWS = """
    SELECT item_id, country, postcode, street
    FROM jsonb_to_recordset(%(rows)s::jsonb) AS x(item_id bigint, country text, postcode text, street text)"""


def product(**fields):
    """Direct bundles from 2 pieces on, of at most 4; regions of 3 and 2 digits; containers of 20, from 3 on."""
    sizes = {"bundle_least": 2, "bundle_most": 4, "container_least": 3, "container_most": 20}
    return PostalProduct(vendor=Vendor(name="Press", slug="press"), slug="bulk", **(sizes | fields))


def sorted_rows(of, rows):
    given_rows = [
        {"item_id": number, "country": country, "postcode": postcode, "street": street}
        for number, (country, postcode, street) in enumerate(rows, 1)
    ]
    params = {"rows": json.dumps(given_rows)}
    with connection.cursor() as cursor:
        cursor.execute(postage.sorted_sql(of, ROWS), params)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()], postage.bundles(of, ROWS, params)


def of_items(rows, name):
    return {row["item_id"]: row[name] for row in rows}


@pytest.mark.django_db
def test_house_numbers_of_a_street_are_sorted_as_numbers():
    streets = ["Weg 10", "Weg 9", "Weg 9b", "Weg 9a", "Allee 3", "Weg", "Straße des 17. Juni 5"]
    found, _ = sorted_rows(product(), [("DE", "10115", street) for street in streets])
    assert [streets[row["item_id"] - 1] for row in found] == [
        "Allee 3", "Straße des 17. Juni 5", "Weg", "Weg 9", "Weg 9a", "Weg 9b", "Weg 10",
    ]  # fmt: skip


@pytest.mark.django_db
def test_a_postcode_with_enough_pieces_is_a_direct_bundle_and_what_is_left_goes_by_region():
    rows = [("DE", code, "Weg 1") for code in ("80331", "80331", "80335", "80337", "80999", "81000", "10115")]
    found, _ = sorted_rows(product(), rows)
    depths = of_items(found, "depth")
    assert [depths[n] for n in range(1, 8)] == ["direct", "direct", "region", "region", "rest", "rest", "rest"]
    assert of_items(found, "region")[3] == "803"


@pytest.mark.django_db
def test_a_shallower_region_takes_what_is_too_little_for_a_deeper_one():
    rows = [("DE", code, "Weg 1") for code in ("80331", "80435")]
    found, _ = sorted_rows(product(), rows)
    assert [(row["depth"], row["region"]) for row in found] == [("region", "80"), ("region", "80")]


@pytest.mark.django_db
def test_the_products_own_country_comes_first_and_countries_are_never_mixed():
    rows = [("AT", "1010", "Weg 1"), ("DE", "99999", "Weg 1"), ("AT", "1010", "Weg 2"), ("CH", "1010", "Weg 1")]
    found, bundles = sorted_rows(product(), rows)
    assert [row["country"] for row in found] == ["DE", "AT", "AT", "CH"]
    assert [bundle.country for bundle in bundles] == ["DE", "AT", "CH"]


@pytest.mark.django_db
def test_postcodes_with_letters_and_spaces_are_one_whatever_way_they_are_written():
    found, bundles = sorted_rows(product(country="GB"), [("GB", "SW1A 1AA", "Weg 1"), ("GB", "sw1a1aa", "Weg 2")])
    assert [(one.depth, one.region, one.pieces) for one in bundles] == [("direct", "SW1A1AA", 2)]
    assert len(found) == 2


@pytest.mark.django_db
def test_a_large_postcode_is_cut_into_even_bundles():
    _, bundles = sorted_rows(product(), [("DE", "10115", f"Weg {n}") for n in range(9)])
    assert [bundle.pieces for bundle in bundles] == [3, 3, 3]


@pytest.mark.django_db
def test_a_region_with_too_little_for_a_container_shares_one_with_others():
    rows = [("DE", "10115", f"Weg {n}") for n in range(5)] + [("DE", "80331", "Weg 1"), ("DE", "80331", "Weg 2")]
    _, bundles = sorted_rows(product(), rows)
    assert [(one.container, one.region) for one in bundles] == [(1, "10115"), (1, "10115"), (2, "80331")]


@pytest.mark.django_db
def test_a_country_that_is_no_country_cannot_become_part_of_a_query():
    with pytest.raises(ValueError, match="two capital letters"):
        postage.sort_key_sql(product(country="D'"))


POSTCODES = st.text("018", min_size=0, max_size=5)
ADDRESSES = st.tuples(st.sampled_from(["DE", "AT"]), POSTCODES, st.sampled_from(["Weg 1", "Weg 12b", "Weg", "12"]))
SIZES = st.tuples(st.integers(1, 5), st.integers(0, 4), st.integers(0, 10), st.integers(0, 20), st.integers(0, 2))


@pytest.mark.django_db
@settings(max_examples=60)
@given(rows=st.lists(ADDRESSES, max_size=60), sizes=SIZES)
def test_every_row_is_in_exactly_one_bundle_and_every_size_is_kept(rows, sizes):
    least, more, container_least, room, digits = sizes
    most = 2 * least - 1 + more
    of = product(
        bundle_least=least, bundle_most=most, container_least=container_least, container_digits=digits,
        container_most=2 * container_least + 3 * most + room,
    )  # fmt: skip
    found, bundles = sorted_rows(of, rows)
    assert sorted(row["item_id"] for row in found) == list(range(1, len(rows) + 1))
    assert [row["position"] for row in found] == list(range(1, len(rows) + 1))
    assert [bundle.bundle for bundle in bundles] == list(range(1, len(bundles) + 1))
    assert sum(bundle.pieces for bundle in bundles) == len(rows)
    loads, kinds = defaultdict(int), defaultdict(set)
    for bundle in bundles:
        assert bundle.last - bundle.first + 1 == bundle.pieces <= most
        assert bundle.depth == "rest" or bundle.pieces >= least
        loads[bundle.container] += bundle.pieces
        kinds[bundle.container].add((bundle.country, bundle.region[:digits]))
    assert list(loads) == list(range(1, len(loads) + 1))
    assert all(load <= of.container_most for load in loads.values())
    for row in found:
        written = rows[row["item_id"] - 1]
        assert written[1].startswith(row["region"])
        assert written[0] == row["country"]
