"""A product feed: all of it or nothing, with the row, field and reason of what is wrong."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns import assets, catalogue
from campaigns.catalogue.rows import row_of
from campaigns.models import Asset, Product
from tests.campaigns.catalogue.feeds import TABLE, feed, take

pytestmark = pytest.mark.django_db
HEADER = "id,title,description,price,link,image_link,availability"
PICTURE = Path("campaigns/static/campaigns/garden.png")


def test_a_csv_with_the_columns_of_google_becomes_products(tmp_path):
    path = tmp_path / "feed.csv"
    line = "4711,Tisch Robinie,Aus Robinie,1349.00 EUR,https://shop.example.com/4711,,in_stock"
    path.write_text(f"{HEADER}\n{line}\n4712,Bank,,89 EUR,,,out of stock\n", encoding="utf-8")
    assert catalogue.read(path).products == 2
    table, bench = Product.objects.order_by("sku")
    assert (table.title, table.price_cents, table.currency) == ("Tisch Robinie", 134900, "EUR")
    assert (table.description, table.url, table.is_available) == ("Aus Robinie", "https://shop.example.com/4711", True)
    assert (bench.price_cents, bench.is_available) == (8900, False)


@pytest.mark.parametrize("text", ["1349,00 €", "EUR 1349", "1349.0 eur", "1349 EUR"])
def test_prices_are_read_as_shops_write_them(text):
    row, _ = row_of(1, TABLE | {"price": text})
    assert (row.price_cents, row.currency) == (134900, "EUR")


def test_a_sale_price_is_the_price():
    row, _ = row_of(1, TABLE | {"sale_price": "999 EUR"})
    assert row.price_cents == 99900


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("id", "", "is required"),
        ("id", "x" * 51, "is longer than 50 characters"),
        ("title", "", "is required"),
        ("title", "Tisch\nRobinie", "contains a line break"),
        ("price", "1.349,00 EUR", "must be a price"),
        ("price", "1349", "must be a price"),
        ("price", "-1 EUR", "must be a price"),
        ("availability", "soon", "must be in_stock"),
        ("link", "javascript:alert(1)", "must"),
    ],
)
def test_what_is_wrong_is_named_by_row_and_field_and_nothing_is_taken(tmp_path, field, value, reason):
    with pytest.raises(catalogue.FeedError) as refused:
        take(tmp_path, {"id": "1"}, {field: value})
    assert refused.value.problems[0].startswith(f"row 2: {field} ")
    assert reason in refused.value.problems[0]
    assert not Product.objects.exists()


def test_an_id_that_stands_twice_is_refused(tmp_path):
    with pytest.raises(catalogue.FeedError, match=r"row 3: id is the same as in row 1"):
        take(tmp_path, {}, {"id": "2"}, {})


@pytest.mark.parametrize("text", ["", HEADER, "id,title\n1,Tisch\n"])
def test_a_file_that_is_no_feed_is_refused(tmp_path, text):
    path = tmp_path / "feed.csv"
    path.write_text(text)
    with pytest.raises(catalogue.FeedError):
        catalogue.read(path)


def test_what_changes_begins_anew_and_what_does_not_stays(tmp_path):
    take(tmp_path, {}, {"id": "4712"})
    told = take(tmp_path, {"price": "999 EUR"}, {"id": "4712"})
    assert (told.products, told.changed) == (2, 1)
    old, new = Product.objects.filter(sku="4711").order_by("since")
    assert (old.price_cents, new.price_cents) == (134900, 99900)
    assert old.until == new.since
    assert new.until is None
    assert Product.objects.filter(sku="4712").count() == 1


def test_what_the_whole_range_does_not_name_is_no_longer_available(tmp_path):
    take(tmp_path, {}, {"id": "4712"})
    assert take(tmp_path, {}, is_whole=True).gone == 1
    assert not Product.objects.current().get(sku="4712").is_available
    assert Product.objects.current().get(sku="4711").is_available


def test_a_part_of_the_range_leaves_the_others_alone(tmp_path):
    take(tmp_path, {}, {"id": "4712"})
    take(tmp_path, {})
    assert Product.objects.current().filter(is_available=True).count() == 2


def test_a_picture_that_comes_with_the_feed_goes_into_the_library(tmp_path):
    row = {"image_link": "https://cdn.example.com/p/tisch%20gro%C3%9F.png?w=800"}
    take(tmp_path, row, pictures={"tisch groß.png": PICTURE})
    asset = Asset.objects.get()
    assert Product.objects.get().source == asset.source
    assert asset.alternative_texts == {"de": "Tisch Robinie", "en": "Tisch Robinie"}
    assert assets.is_used(asset)
    take(tmp_path, row)  # without files: the picture stays
    assert Product.objects.current().get().source == asset.source


def test_a_picture_of_ours_is_taken_by_its_source(tmp_path):
    take(tmp_path, {"image_link": "static/campaigns/garden.png"})
    assert Product.objects.get().source == "static/campaigns/garden.png"


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        ("https://cdn.example.com/x.png", "no file of this name"),
        ("http://169.254.169.254/latest/meta-data", "no file of this name"),
        ("static/campaigns/none.png", "there is no image"),
        ("media/../../etc/passwd", ""),
    ],
)
def test_a_picture_that_cannot_be_had_is_told_and_the_product_kept(tmp_path, image, reason):
    told = take(tmp_path, {"image_link": image})
    assert Product.objects.get().source == ""
    assert told.without_picture[0].startswith("row 1: image_link ")
    assert reason in told.without_picture[0]


def test_what_is_no_picture_is_not_kept_as_one(tmp_path):
    (tmp_path / "x.png").write_text("<svg/>")
    told = take(tmp_path, {"image_link": "https://a.example/x.png"}, pictures={"x.png": tmp_path / "x.png"})
    assert told.without_picture
    assert not Asset.objects.exists()


CELLS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.just([1])


@given(st.dictionaries(st.sampled_from([*TABLE, "link", "image_link", "description", "sale_price"]), CELLS))
def test_whatever_stands_in_a_row_it_is_a_product_or_told(cells):
    row, problems = row_of(1, cells)
    assert (row is None) == bool(problems)
    assert all(problem.startswith("row 1: ") for problem in problems)


def test_the_same_feed_twice_changes_nothing(tmp_path):
    take(tmp_path, {}, {"id": "2"})
    before = list(Product.objects.values())
    assert take(tmp_path, {}, {"id": "2"}).changed == 0
    assert list(Product.objects.values()) == before


def test_the_name_of_the_file_says_how_it_is_read(tmp_path):
    path = feed(tmp_path, {}, name="upload")
    assert catalogue.read(path, name="feed.jsonl").products == 1
