"""What an option sets for its channel is chosen in fields, and each mistake stands at its field."""

import pytest
from django.urls import reverse

from steering.admin import option_settings
from steering.admin.option_forms import OptionForm
from tests import admin_clients, builders
from tests.channels.postage import making as postal

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _press() -> None:
    builders.vendor("press")


@pytest.mark.parametrize(
    ("channel", "chosen", "field"),
    [
        ("email", {"vendor": "press"}, "vendor"),
        ("print_mailing", {}, "vendor"),
        ("print_mailing", {"vendor": "nobody"}, "vendor"),
        ("print_mailing", {"vendor": "press", "product": "none"}, "product"),
        ("print_mailing", {"vendor": "press", "weeks": 2}, "weeks"),
        ("print_mailing", {"vendor": "press", "pages": 2}, "pages"),
        ("direct_post", {"vendor": "press", "weeks": 99}, "weeks"),
        ("direct_post", {"vendor": "press", "days_ahead": -1}, "days_ahead"),
        ("direct_post", {"vendor": "press", "radius_km": 3.0}, "radius_km"),
        ("direct_post", {"vendor": "press", "format": "A0"}, "format"),
        ("banner", {"network": "meta"}, "network"),
    ],
)
def test_a_mistake_stands_at_its_field(channel: str, chosen: dict, field: str) -> None:
    found = option_settings.problem(channel, chosen)
    assert found is not None
    assert found[0] == field
    assert found[1].endswith(".")


def test_a_leaflet_over_some_weeks_around_stores_is_chosen_without_json() -> None:
    campaign = builders.campaign(channels=("direct_post",))
    postal.prices(postal.product(builders.vendor("post"), slug="leaflet", format="leaflet_a5"))
    chosen = {
        "channel": "direct_post", "vendor": "post", "product": "leaflet", "format": "A6", "spread": "stores", "weeks": "3",
        "radius_km": "12.5",
    }  # fmt: skip
    form = OptionForm(chosen, instance=campaign.options.get())
    assert form.is_valid(), form.errors
    assert form.save().settings == {
        "vendor": "post", "product": "leaflet", "format": "A6", "spread": "stores", "weeks": 3, "radius_km": 12.5,
    }  # fmt: skip


def test_who_may_only_look_reads_names_instead_of_short_names() -> None:
    campaign = builders.campaign(channels=("direct_post",))
    campaign.options.update(settings={"vendor": "press", "spread": "stores", "weeks": 2})
    page = admin_clients.in_role("Approver").get(reverse("admin:campaigns_campaign_change", args=[campaign.pk]))
    assert "Spread: around one store after the other; Weeks: 2" in page.content.decode()
