"""Lists of products: rows that name a product of the feed, and ids in a customer's attribute."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns import catalogue, personalise, products, versions
from campaigns.blocks import ContentError, check, for_channel, references, resolving
from campaigns.models import Product
from tests import builders
from tests.campaigns.catalogue.feeds import take

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def feed(tmp_path, settings):
    settings.NAMED_KEPT_SECONDS = 0
    references.KEPT.clear()
    link = "https://shop.example.com/4711"
    take(tmp_path, {"link": link}, {"id": "4712", "title": "Bank", "price": "89 EUR", "availability": "out_of_stock"})
    take(tmp_path, {"id": "4713", "title": "Liege {neu}", "price": "249.50 CHF"})


def block(*rows: dict, **fields) -> dict:
    return {"id": "list", "type": "product_list", "products": list(rows)} | fields


def shown(one: dict, language: str = "") -> list[dict]:
    return resolving.resolve(for_channel([one], "email", language), references.told([one]), language)


def own(value, *, at=None, **fields) -> list[products.Product]:
    person = builders.customer(attributes={"recommended": value}, **fields)
    found = personalise.fields_for([person.pk], lists={"recommended"}, at=at)[person.pk]
    return products.of(found, "attribute_recommended")


def test_a_row_that_names_a_product_says_what_the_feed_says():
    (row,) = shown(block({"product": "4711"}))[0]["products"]
    assert (row["name"], row["price"]) == ("Tisch Robinie", "1.349,00\N{NO-BREAK SPACE}€")
    assert row["url"] == "https://shop.example.com/4711"


def test_what_the_row_says_itself_goes_first_and_prices_are_written_as_the_language_does():
    (row,) = shown(block({"product": "4711", "name": "Unser Tisch"}), "en")[0]["products"]
    assert (row["name"], row["price"]) == ("Unser Tisch", "€1,349.00")


def test_a_product_that_is_not_available_is_left_out_and_with_the_last_one_the_block():
    rows = shown(block({"product": "4711"}, {"product": "4712"}))[0]["products"]
    assert [row["product"] for row in rows] == ["4711"]
    assert shown(block({"product": "4712"})) == []
    assert shown(block({"product": "4712"}, {"name": "Stuhl"}))[0]["products"] == [{"name": "Stuhl"}]


def test_a_product_that_is_in_no_feed_is_refused_when_the_content_is_saved():
    with pytest.raises(ContentError, match="there is no product “9999”") as refused:
        check([block({"product": "4711"}, {"product": "9999"})])
    assert refused.value.path == "blocks[0].products[1].product"
    check([block({"product": "4712"})])


def test_a_row_needs_a_name_or_a_product():
    with pytest.raises(ContentError, match=r"products\[0\]\.name"):
        check([block({"price": "9 €"})])


def test_braces_of_a_feed_are_no_placeholders():
    (row,) = shown(block({"product": "4713"}))[0]["products"]
    assert (row["name"], row["price"]) == ("Liege (neu)", "249,50\N{NO-BREAK SPACE}CHF")


def test_an_approved_content_keeps_the_price_and_drops_what_is_gone(tmp_path):
    headline = {"id": "h", "type": "headline", "text": "Neu"}
    content = builders.content([headline, block({"product": "4711"}, {"product": "4713"})], is_approved=False)
    version = versions.adopt(content)
    take(tmp_path, {"price": "1 EUR"}, {"id": "4713", "availability": "out_of_stock"})
    (row,) = shown(version.blocks[-1])[0]["products"]
    assert row["price"] == "1.349,00\N{NO-BREAK SPACE}€"


def test_an_approved_content_says_the_price_as_each_language_writes_it():
    headline = {"id": "h", "type": "headline", "text": "Neu", "languages": {"en": {"text": "New"}}}
    version = versions.adopt(builders.content([headline, block({"product": "4711"})], is_approved=False))
    assert shown(version.blocks[-1], "en")[0]["products"][0]["price"] == "€1,349.00"


def test_ids_of_a_customer_are_looked_up_and_what_is_not_available_left_out():
    assert [one.name for one in own(["4711", "4712", 4713, {"id": "4711"}])] == [
        "Tisch Robinie", "Liege (neu)", "Tisch Robinie",
    ]  # fmt: skip


def test_what_the_feed_does_not_know_is_a_name_unless_it_looks_like_an_id():
    assert [one.name for one in own(["Bank", "SKU-9", "4711", {"name": "Stuhl"}, {"id": "0"}])] == [
        "Bank", "Tisch Robinie", "Stuhl",
    ]  # fmt: skip


def test_without_a_feed_everything_is_a_name():
    Product.objects.all().delete()
    assert [one.name for one in own(["SKU-9", 4711])] == ["SKU-9", "4711"]


def test_the_price_is_written_as_the_customers_language_does():
    assert own(["4711"], language="en")[0].price == "€1,349.00"
    assert own(["4711"], language="de")[0].price == "1.349,00\N{NO-BREAK SPACE}€"


def test_who_looks_back_sees_what_was_true_then(tmp_path):
    then = timezone.now()
    take(tmp_path, {"price": "1 EUR"})
    assert own(["4711"])[0].price == "1,00\N{NO-BREAK SPACE}€"
    person = builders.customer(attributes={"recommended": ["4711"]})
    lists = catalogue.own_lists({person.pk: {"recommended": ["4711"]}}, {"recommended"}, at=then)
    assert lists[person.pk]["recommended"]["de"][0].price.startswith("1.349")
    long_ago = catalogue.own_lists({1: {"recommended": ["4711"]}}, {"recommended"}, at=then - timedelta(days=1))
    assert long_ago[1]["recommended"]["de"] == []


def test_a_thousand_customers_are_one_query_more(django_assert_num_queries):
    people = {n: {"recommended": ["4711", "4712"], "size": "M"} for n in range(1000)}
    with django_assert_num_queries(2):
        assert len(catalogue.own_lists(people, {"recommended"})) == 1000


def test_contents_tell_which_attributes_their_lists_show():
    english = {
        "languages": {"en": {"products": "attribute_english", "overrides": {"banner": {"products": "attribute_b"}}}}
    }
    blocks = [block() | {"products": "attribute_recommended"} | english, {"id": "t", "type": "text", "text": "x"}]
    assert catalogue.named(blocks) == {"recommended", "english", "b"}
