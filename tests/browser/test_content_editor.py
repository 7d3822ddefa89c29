"""A content is written by mouse and keyboard, seen in every medium, mended, submitted, and approved by somebody else."""

import re

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Locator, Page, expect

from campaigns.models import Content, ContentVersion
from tests import builders
from tests.browser.conftest import log_in, log_out, staff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HEADLINE = {"id": "headline", "type": "headline", "text": "Neues für Sie"}
TEXT = {"id": "text", "type": "text", "text": "Schauen Sie vorbei."}


@pytest.fixture(autouse=True)
def _pictures_are_served_by_the_server(live_server, settings) -> None:
    settings.SITE_URL = live_server.url


def write(page: Page, *blocks: dict) -> Content:
    """The page of a content with these blocks, open for its editor."""
    content = builders.content(list(blocks))
    log_in(page, staff("Content editor"))
    page.goto(f"/admin/campaigns/content/{content.pk}/change/")
    return content


def card(page: Page, name: str) -> Locator:
    return page.get_by_role("group", name=name, exact=True)


def add(page: Page, label: str, name: str, **fields: str) -> Locator:
    page.get_by_role("group", name="Add a block").get_by_role("button", name=label, exact=True).click()
    made = card(page, name)
    for field, value in fields.items():
        made.get_by_role("textbox", name=re.compile(rf"^{field.replace('_', ' ')}")).first.fill(value)
    return made


def mail(page: Page):
    return page.frame_locator('iframe[title="E-mail: As a page"]')


def medium(page: Page, label: str) -> Locator:
    page.locator(".live-tabs").get_by_role("tab", name=label).click()
    return page.locator(".live-box:not([hidden])")


def save(page: Page) -> None:
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.get_by_text("was changed successfully").or_(page.get_by_text("was added successfully"))).to_be_visible()


def drag(page: Page, what: Locator, onto: Locator) -> None:
    start, end = what.locator(".block-handle").bounding_box(), onto.bounding_box()
    page.mouse.move(start["x"] + 5, start["y"] + 5)
    page.mouse.down()
    page.mouse.move(start["x"] + 5, start["y"] - 10, steps=3)
    page.mouse.move(end["x"] + 15, end["y"] + 5, steps=8)
    page.mouse.up()


def order(page: Page) -> list[str]:
    return [one.get_attribute("data-id") for one in page.locator(".block-card:not([data-removed])").all()]


def test_a_content_is_written_previewed_and_approved(page: Page) -> None:
    offer = builders.offer()
    log_in(page, staff("Content editor"))
    page.goto("/admin/campaigns/content/add/")
    page.get_by_label("Name *").fill("Autumn")
    headline = add(page, "Headline", "Headline headline")
    headline.get_by_label("Headline *").fill("Herbst, {{ first_nam }}")
    expect(headline.get_by_text("there is no field 'first_nam'")).to_be_visible()
    expect(page.locator("#live-findings")).to_contain_text("Block 1 (Headline), Headline")
    headline.get_by_label("Headline *").fill("Herbst, ")
    headline.get_by_role("button", name="Field").first.press("Enter")
    page.get_by_label("Field", exact=True).select_option("first_name")
    page.get_by_label("What stands where it is not known").fill("Sie")
    page.keyboard.press("Enter")
    expect(headline.get_by_label("Headline *")).to_have_value('Herbst, {{ first_name | fallback("Sie") }}')
    expect(headline.get_by_text("there is no field")).to_be_hidden()

    expect(add(page, "Text", "Text text").get_by_label("Text *")).to_be_focused()
    page.keyboard.type("Es wird bunt.")
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+b")
    expect(card(page, "Text text").get_by_label("Text *")).to_have_value("**Es wird bunt.**")
    expect(mail(page).get_by_text("Es wird bunt.")).to_be_visible()
    expect(mail(page).get_by_text("Herbst, Maximiliane").first).to_be_visible()

    add(page, "Image", "Image image", Image="static/campaigns/garden.png", Alternative_text="Ein Garten am Abend")
    made = add(page, "Offer", "Offer offer", Offer="20 % auf alles", Coupon_code="SOMMER20")
    expect(made.get_by_label("Offer from which")).to_contain_text(offer.slug)
    add(page, "Call to action", "Call to action call-to-action", Label="Zum Shop", Link="https://shop.example.com/")
    made = add(page, "Product list", "Product list product-list", Heading="Bänke")
    for number, (name, price) in enumerate((("Bank", "99 €"), ("Tisch", "199 €")), 1):
        made.get_by_role("button", name="Another product").first.click()
        row = made.get_by_role("group", name=f"Product {number}", exact=True)
        row.get_by_label("Name").fill(name)
        row.get_by_label("Price").fill(price)
    add(page, "Testimonial", "Testimonial testimonial", Quote="Sehr gut.", Who="A. W.")
    add(page, "Social proof", "Social proof social-proof", What="4,8 von 5 Sternen", Who="Eigene Umfrage, 2026")
    add(
        page,
        "Event or store",
        "Event or store place",
        Name="Laden",
        Address="Weg 1, 10115 Berlin",
        Opening="10 bis 18 Uhr",
    )
    add(page, "Legal notice", "Legal notice legal-notice", Text="Nicht mit anderen Aktionen.")
    add(page, "Footer", "Footer footer", Imprint="Muster GmbH, Weg 1, 10115 Berlin")
    expect(page.locator("#live-findings")).to_contain_text("Nothing is in the way.")
    for label in ("Banner", "Social network"):
        expect(medium(page, label).locator(".live-shown")).to_be_visible()
    letter = medium(page, "Print mailing").get_by_role("img").first
    assert letter.evaluate("(image) => image.decode().then(() => image.naturalWidth)") > 500
    save(page)
    content = Content.objects.get()
    assert [block["id"] for block in content.blocks] == order(page)
    assert len(order(page)) == 11

    page.get_by_role("link", name=re.compile("Review")).first.click()
    page.get_by_role("button", name="Submit for review").click()
    expect(page.get_by_text("Autumn is in review now.")).to_be_visible()
    assert not ContentVersion.objects.exists()
    log_out(page)
    log_in(page, staff("Approver"))
    page.goto(f"/admin/campaigns/content/{content.pk}/change/")
    expect(mail(page).get_by_text("Herbst, Maximiliane").first).to_be_visible()
    page.goto(f"/admin/campaigns/content/{content.pk}/review/")
    for box in page.locator("input[name=confirmed]").all():
        box.check()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Autumn is approved now.")).to_be_visible()
    assert ContentVersion.objects.get().blocks == content.blocks


def test_blocks_are_moved_by_keys_and_by_drag_copied_folded_removed_and_brought_back(page: Page) -> None:
    content = write(page, HEADLINE, TEXT, TEXT | {"id": "more"})
    said = page.locator("#block-said")
    card(page, "Text text").get_by_label("Text *").press("Alt+ArrowUp")
    expect(said).to_have_text("Text text is block 1 of 3 now.")
    card(page, "Text text").get_by_role("button", name="Move down").click()
    assert order(page) == ["headline", "text", "more"]
    page.get_by_role("button", name="Fold all").click()
    expect(page.get_by_label("Text *").first).to_be_hidden()
    drag(page, card(page, "Text more"), card(page, "Headline headline"))
    expect(said).to_have_text(re.compile("Text more is block [12] of 3 now."))
    assert order(page)[-1] == "text"
    card(page, "Text text").get_by_role("button", name="Duplicate").click()
    expect(card(page, "Text text-2").get_by_label("Text *")).to_be_focused()
    for name in ("Text more", "Headline headline"):
        card(page, name).get_by_role("button", name="Remove").click()
    expect(said).to_have_text("Headline headline is removed. Undo brings it back.")
    page.keyboard.press("Enter")
    expect(said).to_have_text("Headline headline is back.")
    save(page)
    content.refresh_from_db()
    assert [block["id"] for block in content.blocks] == ["headline", "text", "text-2"]


def test_channels_languages_and_conditions_say_otherwise(page: Page) -> None:
    builders.customer(attributes={"tier": "gold"})
    content = write(page, HEADLINE, TEXT)
    headline = card(page, "Headline headline")
    headline.get_by_label("Otherwise on …").select_option("banner")
    headline.get_by_role("tabpanel", name="Otherwise on Banner").get_by_label("Headline", exact=True).fill("Neu!")
    headline.get_by_label("In …").select_option("en")
    english = headline.get_by_role("tabpanel", name="Headline in English")
    english.get_by_label("Headline", exact=True).fill("New for you")
    text = card(page, "Text text")
    text.get_by_role("tab", name="For everybody").click()
    text.get_by_label("Who gets this block").select_option("all")
    text.get_by_role("button", name="Add a condition").click()
    text.get_by_label("What", exact=True).or_(text.locator("[data-what] select")).first.select_option("attribute_tier")
    text.locator(".block-values input").fill("gold, silver")
    expect(page.locator(".live-box:not([hidden])").get_by_text("It is only for others.")).to_be_visible()
    page.get_by_label("Language", exact=True).select_option("en")
    expect(mail(page).get_by_text("New for you").first).to_be_visible()
    banner = medium(page, "Banner")
    expect(banner.frame_locator("iframe").first.get_by_text("Neu!")).to_be_visible()
    save(page)
    content.refresh_from_db()
    assert content.blocks == [
        HEADLINE | {"overrides": {"banner": {"text": "Neu!"}}, "languages": {"en": {"text": "New for you"}}},
        TEXT | {"only_if": {"all": [{"field": "attribute_tier", "is": "one_of", "values": ["gold", "silver"]}]}},
    ]


def test_it_is_seen_as_a_customer_gets_it_who_breaks_it(page: Page) -> None:
    builders.customer(first_name="Al")
    builders.customer(title="Prof. Dr.", first_name="Maximiliane", last_name="von Oberhausen-Lindner")
    content = builders.content([HEADLINE | {"text": 'Hallo {{ full_name | fallback("Sie") }}'}, TEXT])
    user = staff("Campaign manager")
    log_in(page, user)
    page.goto(f"/admin/campaigns/content/{content.pk}/change/")
    page.get_by_role("button", name="Longest name").click()
    expect(mail(page).get_by_text("von Oberhausen-Lindner").first).to_be_visible()
    page.get_by_placeholder("A customer's name").fill("Muster")
    page.keyboard.press("Enter")
    page.get_by_role("button", name=re.compile("^Al Muster")).click()
    expect(mail(page).get_by_text("Hallo Al Muster").first).to_be_visible()
    page.get_by_label("Shown for", exact=True).select_option("nothing")
    expect(mail(page).get_by_text("Hallo Sie").first).to_be_visible()
    assert "Muster" not in page.url


def test_without_scripts_the_json_is_there_to_be_edited(browser, live_server, transactional_db) -> None:
    content = builders.content([HEADLINE, TEXT])
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    log_in(page, staff("Content editor"))
    page.goto(f"/admin/campaigns/content/{content.pk}/change/")
    area = page.locator("textarea[name=blocks]")
    area.fill(area.input_value().replace("Neues für Sie", "Altes für Sie"))
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/campaigns/content/")
    context.close()
    content.refresh_from_db()
    assert content.blocks == [HEADLINE | {"text": "Altes für Sie"}, TEXT]


def test_json_and_cards_are_two_ways_to_write_the_same(page: Page) -> None:
    content = write(page, HEADLINE, TEXT)
    card(page, "Text text").get_by_label("Text *").fill("Getippt.")
    page.get_by_role("button", name="Edit as JSON").click()
    area = page.locator("textarea[name=blocks]")
    expect(area).to_have_value(re.compile("Getippt"))
    whole = area.input_value()
    area.fill(whole[:-1])
    page.get_by_role("button", name="Edit as blocks").click()
    expect(page.get_by_text("This is not JSON")).to_be_visible()
    area.fill(whole.replace("Neues", "Altes"))
    page.get_by_role("button", name="Edit as blocks").click()
    expect(card(page, "Headline headline").get_by_label("Headline *")).to_have_value("Altes für Sie")
    save(page)
    content.refresh_from_db()
    assert content.blocks == [HEADLINE | {"text": "Altes für Sie"}, TEXT | {"text": "Getippt."}]


def test_who_leaves_with_something_unsaved_is_asked(page: Page) -> None:
    write(page, HEADLINE, TEXT)
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.get_by_label("Shown for", exact=True).select_option("nothing")
    page.reload()
    assert asked == []
    card(page, "Text text").get_by_label("Text *").fill("Noch nicht gesichert.")
    page.reload()
    assert asked == ["beforeunload"]


def test_who_was_logged_out_meanwhile_loses_nothing(page: Page) -> None:
    content = write(page, HEADLINE, TEXT)
    text = card(page, "Text text").get_by_label("Text *")
    text.fill("Lange überlegt.")
    log_out(page)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#block-said")).to_contain_text("You are logged out.")
    expect(text).to_have_value("Lange überlegt.")
    log_in(page.context.new_page(), User.objects.get(username="content-editor"))
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/content/")
    content.refresh_from_db()
    assert content.blocks[1]["text"] == "Lange überlegt."


def test_it_fits_on_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    write(page, *builders.content_blocks()[:3])
    expect(mail(page).get_by_text("Ihr Garten").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
