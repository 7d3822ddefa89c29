"""Campaigns in the admin: money in whole units, options that their channels accept, new waves and results."""

import pytest
from django.urls import reverse

from campaigns.models import Campaign, Content, Option, Wave
from tests import admin_clients, builders

pytestmark = pytest.mark.django_db


def form_of(*options: dict, content: Content | None = None, **fields) -> dict:
    form = {
        "name": "Summer", "audience": builders.audience().pk, "content": (content or builders.content()).pk,
        "budget_cents": "2500.50", "currency": "eur", "margin_share": "0.4", "goal_event": "purchased", "goal_days": "14",
        "holdout_share": "0.1", "exploration_share": "0.1", "dispatch_days": "7", "seed": "1",
        "options-TOTAL_FORMS": len(options), "options-INITIAL_FORMS": 0,
    }  # fmt: skip
    for n, option in enumerate(options):
        form |= {f"options-{n}-{name}": value for name, value in option.items()}
    return form | fields


def add(*options: dict, **fields):
    return admin_clients.in_role("Campaign manager").post(
        reverse("admin:campaigns_campaign_add"), form_of(*options, **fields)
    )


def option_errors(answer) -> list[dict]:
    return answer.context["inline_admin_formsets"][0].formset.errors


def test_a_campaign_is_saved_with_its_options_and_money_in_cents() -> None:
    builders.vendor("press")
    answer = add(
        {"channel": "email", "unit_cost_cents": "0.02", "capacity": "500"},
        {"channel": "print_mailing", "vendor": "press"},
        {"channel": "social", "network": "google"},
    )
    assert answer.status_code == 302
    made = Campaign.objects.get()
    assert (made.budget_cents, made.currency) == (250_050, "EUR")
    assert made.created_by.username.startswith("Campaign manager")
    assert list(made.options.order_by("pk").values_list("channel", "unit_cost_cents", "capacity", "settings")) == [
        ("email", 2, 500, {}),
        ("print_mailing", None, None, {"vendor": "press"}),
        ("social", None, None, {"network": "google"}),
    ]


def test_the_budget_is_shown_in_whole_units() -> None:
    campaign = builders.campaign(budget_cents=250_050)
    page = admin_clients.superuser().get(reverse("admin:campaigns_campaign_change", args=[campaign.pk]))
    assert b'value="2500.50"' in page.content


def test_a_letter_without_a_vendor_is_refused_at_the_vendor() -> None:
    [errors] = option_errors(add({"channel": "print_mailing"}))
    assert list(errors) == ["vendor"]


def test_a_channel_that_takes_no_settings_gets_none() -> None:
    builders.vendor("press")
    [errors] = option_errors(add({"channel": "email", "vendor": "press"}))
    assert errors == {"vendor": ["E-mail has no such setting."]}


def test_a_content_that_a_channel_cannot_carry_is_refused_at_the_option() -> None:
    plain = builders.content([{"id": "t", "type": "text", "text": "Nur Text."}])
    [errors] = option_errors(add({"channel": "banner"}, content=plain))
    assert errors["channel"] == [f"“{plain}” cannot be carried. Banner: a banner needs a headline"]


def test_an_option_with_a_content_of_its_own_is_judged_by_that_one() -> None:
    plain = builders.content([{"id": "t", "type": "text", "text": "Nur Text."}])
    assert add({"channel": "banner", "content": builders.content().pk}, content=plain).status_code == 302


def test_only_one_option_is_bought_by_delivery_area() -> None:
    builders.vendor("press")
    leaflet = {"channel": "direct_post", "vendor": "press"}
    errors = option_errors(add(leaflet, leaflet | {"content": builders.content().pk}))
    assert errors[0] == {}
    assert errors[1]["channel"] == ["A campaign can have one option that is bought by delivery area."]


def test_the_same_channel_with_the_same_content_is_refused() -> None:
    errors = option_errors(add({"channel": "email"}, {"channel": "email"}))
    assert "there twice" in str(errors[1])


def test_shares_beyond_the_whole_are_refused() -> None:
    answer = add({"channel": "email"}, holdout_share="1.5")
    assert list(answer.context["adminform"].form.errors) == ["holdout_share"]


def test_a_goal_without_money_needs_a_worth() -> None:
    answer = add({"channel": "email"}, goal_event="store_visited")
    assert list(answer.context["adminform"].form.errors) == ["goal_value_cents"]
    assert add({"channel": "email"}, goal_event="store_visited", goal_value_cents="2.50").status_code == 302
    assert Campaign.objects.get().goal_value_cents == 250


def test_the_channel_of_an_option_stays_because_messages_went_by_it() -> None:
    campaign = builders.campaign(channels=("email",))
    option = campaign.options.get()
    form = form_of({"id": option.pk, "campaign": campaign.pk, "channel": "banner"}, name=campaign.name)
    form |= {"options-INITIAL_FORMS": 1}
    admin_clients.superuser().post(reverse("admin:campaigns_campaign_change", args=[campaign.pk]), form)
    assert Option.objects.get(pk=option.pk).channel == "email"


def test_settings_survive_an_edit_of_something_else() -> None:
    campaign = builders.campaign(channels=("email",))
    option = campaign.options.get()
    Option.objects.filter(pk=option.pk).update(channel="social", settings={"network": "google"})
    form = form_of({"id": option.pk, "campaign": campaign.pk, "network": "google", "capacity": "9"}, name=campaign.name)
    form |= {"options-INITIAL_FORMS": 1}
    admin_clients.superuser().post(reverse("admin:campaigns_campaign_change", args=[campaign.pk]), form)
    assert Option.objects.values_list("settings", "capacity").get(pk=option.pk) == ({"network": "google"}, 9)


def test_the_options_of_a_campaign_are_headed_by_the_names_of_their_channels() -> None:
    campaign = builders.campaign(channels=("print_mailing",))
    page = admin_clients.superuser().get(reverse("admin:campaigns_campaign_change", args=[campaign.pk]))
    assert '<strong class="font-semibold select-none">Print mailing</strong>' in page.content.decode()


def test_the_list_of_campaigns_is_called_so_and_says_what_is_archived_and_held_out() -> None:
    builders.campaign(holdout_share=0.125)
    builders.campaign(is_archived=True)
    page = admin_clients.in_role("Campaign manager").get(reverse("admin:campaigns_campaign_changelist"))
    text = page.content.decode()
    assert page.context["title"] == "Campaigns"
    assert all(said in text for said in ("12.5 %", "in use", "archived"))


def test_a_list_without_rows_says_what_its_rows_are_for() -> None:
    page = admin_clients.in_role("Campaign manager").get(reverse("admin:campaigns_campaign_changelist"))
    assert "within a budget" in page.content.decode()


def test_a_new_wave_is_made_from_the_campaign() -> None:
    campaign = builders.campaign()
    client = admin_clients.in_role("Campaign manager")
    answer = client.post(reverse("admin:campaigns_campaign_new_wave", args=[campaign.pk]))
    wave = Wave.objects.get()
    assert (wave.number, wave.state) == (1, "draft")
    assert answer.url == reverse("admin:campaigns_wave_change", args=[wave.pk])


def test_a_campaign_without_channels_gets_no_wave() -> None:
    campaign = builders.campaign(channels=())
    client = admin_clients.in_role("Campaign manager")
    answer = client.post(reverse("admin:campaigns_campaign_new_wave", args=[campaign.pk]))
    assert admin_clients.said(answer) == ["Add at least one channel first."]


def test_a_campaign_with_waves_is_not_deleted() -> None:
    campaign = builders.wave().campaign
    admin_clients.superuser().post(reverse("admin:campaigns_campaign_delete", args=[campaign.pk]), {"post": "yes"})
    assert Campaign.objects.filter(pk=campaign.pk).exists()


def test_content_editors_see_a_campaign_without_its_waves() -> None:
    wave = builders.wave()
    page = admin_clients.in_role("Content editor").get(
        reverse("admin:campaigns_campaign_change", args=[wave.campaign_id])
    )
    assert page.status_code == 200
    assert b"New wave" not in page.content
    assert b"/results/" not in page.content


def test_how_often_and_how_fast_a_banner_is_shown_is_saved_with_it() -> None:
    answer = add({"channel": "banner", "per_person": "9", "per_day": "3", "impressions": "5000", "priority": "0"})
    assert answer.status_code == 302
    assert Campaign.objects.get().options.get().settings == {
        "per_person": 9,
        "per_day": 3,
        "impressions": 5000,
        "priority": 0,
    }


def test_a_limit_that_makes_no_sense_is_refused_at_its_field() -> None:
    [errors] = option_errors(add({"channel": "banner", "per_person": "2", "per_day": "3"}))
    assert errors == {"per_day": ["Must be at most those in all (per_person), got 3 and 2."]}
    [errors] = option_errors(add({"channel": "email", "per_day": "3"}))
    assert "per_day" in errors
