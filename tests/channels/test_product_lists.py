"""Lists of products in mails, letters, posts and pages: from the feed, from customers, and from rows."""

import pytest

from campaigns.blocks import references
from campaigns.models import Product
from channels import previews, recipients, registry, renditions
from channels.email.render import render
from channels.landing import looking
from tests import builders
from tests.campaigns.catalogue.feeds import take

pytestmark = pytest.mark.django_db
LIST = {"id": "list", "type": "product_list", "products": "attribute_recommended", "otherwise": [{"product": "4713"}]}
PICTURE = "static/campaigns/garden.png"


@pytest.fixture(autouse=True)
def feed(tmp_path, settings):
    settings.NAMED_KEPT_SECONDS = 0
    references.KEPT.clear()
    link = "https://shop.example.com/4711"
    take(
        tmp_path,
        {"image_link": PICTURE, "link": link},
        {"id": "4712", "title": "Bank", "availability": "out_of_stock"},
        {"id": "4713", "title": "Stuhl & Kissen", "price": "49 EUR", "image_link": PICTURE},
    )


def html(recommended, **fields) -> str:
    person = builders.customer(attributes={"recommended": recommended}, **fields)
    blocks = [builders.BLOCKS[0], LIST]
    return str(previews.one("email", blocks, renditions.personal(person.pk, blocks)).rendition.parts["html"])


def test_a_customers_ids_become_names_prices_and_pictures():
    page = html(["4711", "4712"])
    assert "Tisch Robinie" in page
    assert "1.349,00\N{NO-BREAK SPACE}€" in page
    assert "Bank" not in page
    assert page.count("<img") == 2  # the picture, and the one that counts opened mails
    assert "Stuhl" not in page


def test_who_has_nothing_that_is_available_gets_the_other_list():
    page = html(["4712", "SKU-0"])
    assert "Stuhl &amp; Kissen" in page
    assert "Tisch" not in page


def test_a_product_without_a_picture_has_none():
    Product.objects.filter(sku="4711").update(source="")
    assert html(["4711"]).count("<img") == 1


def test_a_picture_that_is_gone_is_left_out():
    Product.objects.filter(sku="4711").update(source=f"media/images/{'0' * 32}.png")
    page = html(["4711"])
    assert "Tisch Robinie" in page
    assert page.count("<img") == 1


def test_a_letter_says_them_as_a_text():
    person = builders.customer(attributes={"recommended": ["4711", "4712"]})
    blocks = [builders.BLOCKS[0], LIST]
    fields = renditions.personal(person.pk, blocks)
    assert fields["attribute_recommended"] == "Tisch Robinie (1.349,00\N{NO-BREAK SPACE}€)"
    assert previews.one("print_mailing", blocks, fields).rendition


def test_messages_are_made_with_what_is_looked_up():
    blocks = [builders.BLOCKS[0], LIST]
    wave = builders.wave(builders.campaign(blocks=blocks))
    people = [builders.customer(email=f"a{n}@example.com", attributes={"recommended": ["4711"]}) for n in range(3)]
    made = [builders.dispatch(wave, person) for person in people]
    contents = {one.option_id: blocks for one in made}
    messages = recipients.messages(registry.get("email"), [one.pk for one in made], contents)
    assert all("Tisch Robinie" in str(render(blocks, one.fields).parts["html"]) for one in messages)


def test_the_page_behind_a_link_leads_to_each_product():
    person = builders.customer(attributes={"recommended": ["4711"]})
    blocks = [builders.BLOCKS[0], LIST]
    page = looking.look(blocks, renditions.personal(person.pk, blocks)).rendition.parts["html"]
    assert '<a href="https://shop.example.com/4711" rel="nofollow">Tisch Robinie</a>' in page
