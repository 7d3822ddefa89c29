"""A mapping is made from a file in a real browser: choose it, put a column right, and see its trial."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from campaigns.models import ImportMapping, ImportRun
from tests.browser.conftest import log_in, staff

pytestmark = pytest.mark.django_db(transaction=True)


def test_columns_are_shown_when_a_file_is_chosen_and_kept_with_its_trial(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "kunden.csv"
    file.write_bytes("Kundennummer;Name;Größe\n1001;Groß;42\n".encode("cp1252"))
    log_in(page, staff("Campaign manager"))
    page.goto("/admin/campaigns/importmapping/")
    page.get_by_role("link", name="New from a file").click()
    page.locator("#id_file").set_input_files(file)
    assert page.get_by_label("Kundennummer").input_value() == "customer_number"
    page.get_by_label("Größe").select_option(label="As a number")
    page.get_by_label("Name of the mapping").fill("Shop")
    page.get_by_role("button", name="Check the first rows").click()
    page.get_by_text("can all be read so").wait_for()
    assert page.get_by_label("Größe").input_value() == "attributes.number"
    page.get_by_role("button", name="Save and try the whole file").click()
    page.wait_for_url("**/importrun/*/change/")
    assert ImportMapping.objects.get(name="Shop").definition["attributes"] == {
        "Größe": {"column": "Größe", "as": "number"}
    }
    assert ImportRun.objects.get().is_dry_run
