"""Rules in the admin: written as a form, refused in words, read as a sentence; zones and minimum runs beside them."""

import pytest
from django.urls import reverse

from campaigns.models import Campaign, CampaignRule, Option
from tests import admin_clients, builders

pytestmark = pytest.mark.django_db
ADD = "admin:campaigns_campaignrule_add"


def form_of(campaign: Campaign, **fields) -> dict:
    return {
        "campaign": campaign.pk, "name": "Letters to the north", "is_active": "on", "sense": "at most", "bound": "60",
        "measure": "pieces", "scope": "together",
    } | fields  # fmt: skip


def add(**fields):
    campaign = builders.campaign(channels=("email", "print_mailing"))
    client = admin_clients.in_role("Campaign manager")
    return client.post(reverse(ADD), form_of(campaign, **fields))


def errors(answer) -> dict:
    return answer.context["adminform"].form.errors


def test_a_rule_is_saved_with_its_filters() -> None:
    audience = builders.audience()
    answer = add(scope="share", audience=audience.pk, channels=["print_mailing"], of_channels=["print_mailing"])
    assert answer.status_code == 302
    rule = CampaignRule.objects.get()
    assert (rule.audience, rule.channels, rule.of_channels) == (audience, ["print_mailing"], ["print_mailing"])


def test_options_of_other_campaigns_can_be_chosen_too() -> None:
    other = builders.campaign(channels=("banner",)).options.get()
    assert add(scope="person", bound="1", option_ids=[other.pk]).status_code == 302
    assert CampaignRule.objects.get().option_ids == [other.pk]


def test_what_belongs_to_a_share_is_forgotten_where_there_is_none() -> None:
    assert add(of_channels=["email"], of_audience=builders.audience().pk).status_code == 302
    rule = CampaignRule.objects.get()
    assert (rule.of_channels, rule.of_audience) == ([], None)


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"scope": "share", "bound": "101", "channels": ["email"]}, "bound", "at most 100 percent"),
        ({"scope": "share", "channels": ["email"], "of_channels": ["email"]}, "scope", "share is always all"),
        ({"scope": "person", "sense": "at least"}, "sense", "at most"),
        ({"scope": "person", "measure": "margin"}, "measure", "pieces or cost"),
        ({"scope": "person", "channels": ["direct_post"]}, "channels", "whole delivery areas"),
        ({"bound": "1.5"}, "bound", "pieces are whole"),
        ({"bound": "-1"}, "bound", "greater than or equal to 0"),
        ({"channels": ["pigeon"]}, "channels", "pigeon"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(fields: dict, field: str, said: str) -> None:
    found = errors(add(**fields))
    assert list(found) == [field]
    assert said in str(found[field])


def test_the_campaign_shows_its_rules_as_sentences_and_leads_to_a_new_one() -> None:
    rule = builders.rule(bound=2000, channels=["email"], sense="at least", is_active=False)
    page = admin_clients.in_role("Campaign manager").get(
        reverse("admin:campaigns_campaign_change", args=[rule.campaign_id])
    )
    assert "At least 2,000 pieces by E-mail." in page.content.decode()
    assert "not in force" in page.content.decode()
    assert f"{reverse(ADD)}?campaign={rule.campaign_id}" in page.content.decode()


def test_an_approver_reads_rules_and_changes_none() -> None:
    rule = builders.rule()
    client = admin_clients.in_role("Approver")
    page = client.get(reverse("admin:campaigns_campaignrule_change", args=[rule.pk]))
    assert "At most 10 pieces in all." in page.content.decode()
    assert client.get(reverse(ADD)).status_code == 403


def edit_option(**fields) -> tuple[dict, Option]:
    """Errors of the option's form, and the option afterwards."""
    builders.vendor("press")
    campaign = builders.campaign(channels=("print_mailing",))
    option = campaign.options.get()
    form = {
        "name": campaign.name, "audience": campaign.audience_id, "content": campaign.content_id, "budget_cents": "10",
        "currency": "EUR", "margin_share": "0.4", "goal_event": "purchased", "goal_days": "14", "holdout_share": "0.1",
        "exploration_share": "0.1", "exploration": "thompson", "leaflet_on_top": "on", "dispatch_days": "7", "seed": "1",
        "options-TOTAL_FORMS": 1, "options-INITIAL_FORMS": 1, "options-0-id": option.pk, "options-0-vendor": "press",
        "options-0-campaign": campaign.pk,
    } | {f"options-0-{name}": value for name, value in fields.items()}  # fmt: skip
    answer = admin_clients.superuser().post(reverse("admin:campaigns_campaign_change", args=[campaign.pk]), form)
    option.refresh_from_db()
    if answer.status_code == 302:
        campaign.refresh_from_db()
        assert (campaign.exploration, campaign.leaflet_on_top) == ("thompson", True)
        return {}, option
    return answer.context["inline_admin_formsets"][0].formset.errors[0], option


def test_postage_zones_and_minimum_runs_are_saved_with_the_channel() -> None:
    found, option = edit_option(zone_costs="80: 0.70; 97: .95;", minimum_run="500", capacity="900")
    assert found == {}
    assert (option.zone_costs, option.minimum_run, option.capacity) == ({"80": 70, "97": 95}, 500, 900)


@pytest.mark.parametrize("zones", ["80", "80:", "80: much", "80: -1", "80: 0.7; 80: 0.8", "%: 1", "80: 0.001"])
def test_zones_that_cannot_be_read_are_refused(zones: str) -> None:
    found, option = edit_option(zone_costs=zones)
    assert list(found) == ["zone_costs"]
    assert option.zone_costs == {}


def test_a_minimum_run_above_the_capacity_is_refused() -> None:
    found, _ = edit_option(minimum_run="500", capacity="100")
    assert "more than the capacity" in str(found["minimum_run"])
