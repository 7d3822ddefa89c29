"""A mapping is made from a file in a real browser: choose it, put a column right, and see its trial."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from campaigns.models import ImportMapping, ImportRun
from tests.browser.conftest import log_in, staff

pytestmark = pytest.mark.django_db(transaction=True)


def test_columns_are_shown_when_a_file_is_chosen_and_kept_with_its_trial(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "kunden.csv"
    file.write_bytes("Kundennummer;Name;Größe\n1001;Groß;42\n".encode("cp1252"))
    log_in(page, staff("Campaign manager"))
    page.goto("/admin/campaigns/importmapping/")
    page.get_by_role("link", name="New from a file").click()
    page.locator("#id_file").wait_for()
    page.wait_for_load_state()  # its scripts hear of the file
    page.locator("#id_file").set_input_files(file)
    expect(page.get_by_label("Kundennummer")).to_have_value("customer_number")
    page.get_by_label("Größe").select_option(label="As a number")
    page.get_by_label("Name of the mapping").fill("Shop")
    page.get_by_role("button", name="Check the first rows").click()
    page.get_by_text("can all be read so").wait_for()
    expect(page.get_by_label("Größe")).to_have_value("attributes.number")
    page.get_by_role("button", name="Save and try the whole file").click()
    page.wait_for_url("**/importrun/*/change/")
    assert ImportMapping.objects.get(name="Shop").definition["attributes"] == {
        "Größe": {"column": "Größe", "as": "number"}
    }
    assert ImportRun.objects.get().is_dry_run


def test_a_saved_mapping_is_opened_with_a_file_changed_and_saved(page: Page, tmp_path: Path) -> None:
    definition = {"source": "till", "customer_number": "Nr", "events": [
        {"kind": {"constant": "purchased"}, "medium": {"constant": "store"}, "is_online": {"constant": False},
         "occurred_at": "Tag", "value_cents": "Umsatz"}]}  # fmt: skip
    ImportMapping.objects.create(name="Till", kind="events", definition=definition)
    file = tmp_path / "till.csv"
    file.write_text("Nr,Tag,Umsatz,Bon\n1001,2026-01-02,12.50,B1\n")
    log_in(page, staff("Campaign manager"))
    page.goto("/admin/campaigns/importmapping/columns/")
    page.get_by_label("A saved mapping").select_option(label="Till")
    expect(page.get_by_label("What is in it")).to_have_value("events")
    page.locator("#id_file").set_input_files(file)
    expect(page.get_by_label("Umsatz")).to_have_value("events.value_cents")
    expect(page.get_by_label("Bon")).to_have_value("")
    page.get_by_label("Bon").select_option(label="The sender's own number of the event")
    page.get_by_role("button", name="Save and try the whole file").click()
    page.wait_for_url("**/importrun/*/change/")
    changed = ImportMapping.objects.get(name="Till").definition["events"]
    assert changed == [definition["events"][0] | {"source_key": "Bon"}]
