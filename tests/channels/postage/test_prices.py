"""What a run costs, told by the price table of the day."""

import json
from datetime import date
from decimal import Decimal

import pytest

from channels import postage
from channels.models import SortingDiscount
from channels.postage import PriceError
from tests.channels.postage import making
from tests.channels.postage.test_sorting import ROWS

pytestmark = pytest.mark.django_db
BULK = (("DE", "", 1, 20, 85), ("DE", "", 1, 50, 100), ("DE", "", 5000, 20, 38), ("DE", "80", 5000, 20, 35))


@pytest.fixture
def letter():
    made = making.product()
    making.prices(made, production=((1, 24, 4900), (10_000, 14, 9900)), postage=BULK)
    return made


def test_a_run_below_the_minimum_of_bulk_postage_pays_the_normal_price(letter):
    assert postage.unit_cost(letter, 4999) == 24 + 85
    assert postage.unit_cost(letter, 5000) == 24 + 38


def test_steps_of_production_and_of_postage_make_steps_together(letter):
    assert [(tier.least, tier.production, tier.setup) for tier in postage.tiers(letter)] == [
        (1, 24, 4900),
        (5000, 24, 4900),
        (10_000, 14, 9900),
    ]


def test_the_longest_zone_that_fits_counts_and_falls_back_to_the_country(letter):
    assert postage.unit_cost(letter, 5000, postcode="80331") == 24 + 35
    assert postage.unit_cost(letter, 4999, postcode="80331") == 24 + 85


def test_more_pages_weigh_more_and_cost_more_sheets(letter):
    assert postage.grams(letter, 4) == 15  # two sheets, printed on both sides
    assert postage.unit_cost(letter, 10, pages=4) == 24 + 2 + 85
    assert postage.unit_cost(letter, 10, pages=7) == 24 + 3 * 2 + 100


def test_of_the_weights_that_are_enough_the_cheapest_counts_where_steps_have_gaps():
    made = making.product()
    gaps = (("DE", "", 1, 20, 85), ("DE", "", 1000, 500, 160), ("DE", "", 5000, 50, 47), ("DE", "", 5000, 500, 120))
    making.prices(made, production=((1, 24, 0),), postage=gaps)
    assert postage.unit_cost(made, 1000) == 24 + 85  # not 160, though that step is the later one
    assert postage.unit_cost(made, 5000) == 24 + 47
    assert postage.unit_cost(made, 1000, pages=7) == 24 + 3 * 2 + 160  # 25 g


def test_what_is_too_heavy_for_every_step_has_no_price(letter):
    with pytest.raises(PriceError, match=r"no postage for 55.0 g"):
        postage.tiers(letter, pages=20)


def test_a_country_without_a_price_has_none(letter):
    with pytest.raises(PriceError, match="no postage to AT 1010"):
        postage.unit_cost(letter, 10, country="AT", postcode="1010")


def test_a_run_too_small_for_every_step_cannot_be_made():
    leaflet = making.product(format="leaflet A5")
    making.prices(leaflet, production=((1000, 4, 0),), postage=(("DE", "", 1, 20, 10),))
    with pytest.raises(PriceError, match="999 pieces are too few: the least is 1,000"):
        postage.unit_cost(leaflet, 999)


def test_the_newest_table_that_is_valid_counts(letter):
    making.prices(letter, production=((1, 30, 0),), valid_from_on=date(2027, 1, 1))
    assert postage.unit_cost(letter, 1, on=date(2026, 12, 31)) == 24 + 85
    assert postage.unit_cost(letter, 1, on=date(2027, 1, 1)) == 30 + 80
    with pytest.raises(PriceError, match="no prices that are valid on 2019-12-31"):
        postage.tiers(letter, on=date(2019, 12, 31))


def test_a_bill_takes_off_what_sorting_earns():
    product = making.product(bundle_least=2, bundle_most=4, container_least=0, container_most=20)
    table = making.prices(product, production=((1, 10, 1000),))
    SortingDiscount.objects.create(table=table, depth="direct", piece_cents=3)
    SortingDiscount.objects.create(table=table, depth="direct", from_pieces=100, piece_cents=9)
    codes = ["10115", "10115", "10115", "99999"]
    rows = [{"item_id": n, "country": "DE", "postcode": code, "street": "Weg"} for n, code in enumerate(codes)]
    bill = postage.bill(product, ROWS, {"rows": json.dumps(rows)})
    assert (bill.pieces, bill.setup, bill.production, bill.postage, bill.discount) == (4, 1000, 40, 320, 9)
    assert bill.total == Decimal(1351)


def test_an_option_names_a_product_of_its_vendor(letter):
    settings = {"vendor": letter.vendor.slug, "product": "letter"}
    assert postage.of_option(settings) == letter
    assert postage.of_option({"vendor": letter.vendor.slug}) is None
    with pytest.raises(ValueError, match='vendor "other" has no postal product "letter"'):
        postage.of_option(settings | {"vendor": "other"})


def test_what_was_ordered_by_a_product_that_is_no_longer_offered_is_still_sorted_by_it(letter):
    settings = {"vendor": letter.vendor.slug, "product": "letter"}
    type(letter).objects.update(is_active=False)
    assert postage.ordered(settings) == letter
    with pytest.raises(ValueError, match="is not active"):
        postage.of_option(settings)
    letter.delete()
    assert postage.ordered(settings) is None
    assert postage.ordered({}) is None


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"pages": 0}, "pages: must be a whole number from 1"),
        ({"pages": True}, "pages: must be a whole number from 1"),
        ({"product": "nothing"}, "has no postal product"),
        ({"product": "", "pages": 2}, "only with a product"),
    ],
)
def test_settings_that_cannot_be_priced_are_refused_by_name(letter, more, reason):
    settings = {"vendor": letter.vendor.slug, "product": "letter"} | more
    with pytest.raises(ValueError, match=reason):
        postage.check_option(settings, is_leaflet=False)


def test_a_letter_is_no_leaflet(letter):
    with pytest.raises(ValueError, match="product: must be a leaflet without an address"):
        postage.check_option({"vendor": letter.vendor.slug, "product": "letter"}, is_leaflet=True)
