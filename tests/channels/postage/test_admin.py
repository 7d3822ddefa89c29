"""Postal products and price tables in the admin."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from channels.admin.postage import ProductForm
from channels.models import PostalProduct, PriceTable
from channels.postage import examples
from tests import admin_clients
from tests.channels.postage import making
from tests.channels.postage.test_importing import GOOD

pytestmark = pytest.mark.django_db
IMPORT = "admin:channels_pricetable_import"


def upload(client, text):
    return client.post(reverse(IMPORT), {"file": SimpleUploadedFile("prices.csv", text.encode())})


def page_of(product):
    return reverse("admin:channels_postalproduct_change", args=[product.pk])


@pytest.fixture
def manager():
    return admin_clients.in_role("Campaign manager")


def test_a_file_of_prices_is_imported(manager):
    making.product(making.vendor(name="Press", slug="press"))
    assert admin_clients.said(upload(manager, GOOD)) == ["Imported: Press: Letter, from 2027-01-01."]
    assert PriceTable.objects.get().postage.count() == 2


def test_a_wrong_file_is_refused_with_row_field_and_reason(manager):
    making.product(making.vendor(name="Press", slug="press"))
    (said,) = admin_clients.said(upload(manager, GOOD.replace("85", "much")))
    assert said == "Nothing was imported. row 2, piece_cents: must be a number with at most three decimals, got 'much'"
    assert admin_clients.said(manager.post(reverse(IMPORT)))[-1] == "Choose a CSV file of at most 10 MB."
    assert not PriceTable.objects.exists()


def test_only_who_may_change_prices_imports_them():
    making.product(making.vendor(name="Press", slug="press"))
    assert upload(admin_clients.in_role("Approver"), GOOD).status_code == 403
    assert not PriceTable.objects.exists()


def test_the_page_of_a_product_says_what_runs_cost_and_when_they_arrive(manager):
    product = making.product()
    making.prices(product, production=((1, 24, 4900), (5000, 14.5, 9900)))
    page = manager.get(page_of(product))
    assert [(step["least"], step["production"]) for step in page.context["steps"]] == [(1, "0.24"), (5000, "0.145")]
    assert page.context["steps"][0]["example"] == "50.04"
    assert page.context["lead"].arrives_on
    assert "made up" not in page.content.decode()


def test_the_page_of_an_example_says_that_it_is_one(manager):
    examples.give(making.vendor(slug="press"))
    for product in PostalProduct.objects.all():
        assert "no vendor offers it" in manager.get(page_of(product)).content.decode()


def test_a_product_without_prices_says_so(manager):
    page = manager.get(page_of(making.product()))
    assert "has no prices that are valid" in page.content.decode()


def changed(product, **fields):
    """The form of the page as it is, with some fields changed."""
    form = ProductForm(instance=product)
    data = {name: form[name].value() for name in form.fields}
    digits = ", ".join(map(str, data["region_digits"]))
    inline = {"price_tables-TOTAL_FORMS": 0, "price_tables-INITIAL_FORMS": 0}
    return {
        name: "" if value is None else value
        for name, value in (data | {"region_digits": digits} | inline | fields).items()
    }


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"bundle_least": 40}, "At least 79: a bundle must hold at least twice its least pieces, less one."),
        ({"container_most": 300}, "a container must hold at least twice its least pieces"),
        ({"production_days_most": 1}, "At least 3: the most days must not be fewer than the least."),
        ({"delivery_days_most": 0}, "At least 1: the most days must not be fewer than the least."),
        ({"state": "XX"}, "DE has the states"),
        ({"container_digits": 4}, "must not be more than the least of the regions"),
        ({"region_digits": "3, x"}, "“x” is not a number of digits"),
        ({"working_days": []}, "This field is required"),
    ],
)
def test_sizes_days_and_states_that_do_not_fit_are_refused_in_words(manager, fields, reason):
    product = making.product()
    page = manager.post(page_of(product), changed(product, **fields))
    assert page.status_code == 200
    assert reason in page.content.decode()


def test_what_does_not_fit_is_said_at_its_field_and_once(manager):
    product = making.product()
    page = manager.post(page_of(product), changed(product, production_days_most=1, delivery_days_most=0))
    errors = page.context["adminform"].form.errors
    assert set(errors) == {"production_days_most", "delivery_days_most"}


def test_a_product_is_saved_and_keeps_the_name_that_options_use(manager):
    product = making.product()
    page = manager.post(page_of(product), changed(product, slug="other", region_digits="2,4", state="BY"))
    assert page.status_code == 302
    product.refresh_from_db()
    assert (product.slug, product.region_digits, product.state) == ("letter", [4, 2], "BY")
