"""Campaigns with their options: what a channel could not carry is refused here, not when sending."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST
from unfold.admin import StackedInline
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from campaigns.admin.money import CentsField
from campaigns.admin.pages import PlainAdmin, note, require
from campaigns.models import Campaign, CampaignRule, Exploration, Option
from campaigns.money import shown
from channels.admin import pace_words
from channels.admin.names import label
from steering import triggers, waves
from steering.planning import rule_words

from . import option_settings, zones_field
from .option_forms import OptionForm, OptionFormSet
from .results import ResultPages


class CampaignForm(forms.ModelForm):
    budget_cents = CentsField(label="Budget of one wave", help_text="In whole units, e.g. 2500.00")
    exploration = forms.ChoiceField(
        label="Drawn",
        choices=Exploration.choices,
        initial=Exploration.UNIFORM,
        required=False,
        help_text="Evenly learns about every channel alike; by promise costs less, and gives no channel up",
        widget=UnfoldAdminSelectWidget,
    )
    goal_value_cents = CentsField(
        label="Worth of a goal",
        required=False,
        help_text="Of a goal event that carries no money, such as a store visit, in sales, e.g. 5.00",
    )

    class Meta:
        model = Campaign
        fields = (
            "name", "audience", "content", "budget_cents", "currency", "margin_share", "goal_event", "goal_days",
            "goal_value_cents",
            "holdout_share", "exploration_share", "exploration", "leaflet_on_top", "dispatch_days", "link_marks", "seed", "is_archived",
        )  # fmt: skip
        help_texts = {
            "margin_share": "Margin as a share of sales: 0.4 means that 40 cents of a euro stay",
            "holdout_share": "0.1: one customer in ten gets nothing, so that lift can be measured",
            "link_marks": "Like utm_source=news&utm_medium={channel}&utm_campaign={campaign_name}-{wave}&utm_content={block}; empty: as everywhere",
            "exploration_share": "0.1: for one in ten the option is drawn at random, so that the platform learns",
        }

    def clean_goal_value_cents(self) -> int:
        return self.cleaned_data["goal_value_cents"] or 0

    def clean_exploration(self) -> str:
        return self.cleaned_data["exploration"] or Exploration.UNIFORM

    def clean_currency(self) -> str:
        return self.cleaned_data["currency"].upper()


class OptionInline(StackedInline):
    model = Option
    form = OptionForm
    formset = OptionFormSet
    extra = 0
    verbose_name = "channel"
    verbose_name_plural = "Channels"
    hide_title = True
    autocomplete_fields = ("content",)
    fields = (
        ("channel", "content"),
        ("unit_cost_cents", "zone_costs"),
        ("capacity", "minimum_run"),
        ("vendor", "product"),
        ("pages", "format"),
        ("spread", "radius_km"),
        ("weeks", "days_ahead"),
        "carrier",
        "network",
        ("per_person", "per_day"),
        ("impressions", "priority"),
        "more_settings",
    )
    shown_fields = (("by", "content"), ("cost", "by_zone"), ("capacity", "minimum_run"), "with_settings")
    readonly_fields = ("by", "cost", "by_zone", "with_settings")

    class Media:
        js = (forms.widgets.Script("steering/option-settings.js", type="module"),)

    def get_fields(self, request: HttpRequest, obj: Campaign | None = None) -> tuple:
        """Who may only look sees what the fields of the form stand for."""
        return self.fields if self.has_change_permission(request, obj) else self.shown_fields

    @display(description="Channel")
    def by(self, option: Option) -> str:
        return label(option.channel)

    @display(description="Cost of one piece")
    def cost(self, option: Option) -> str:
        return "as usual" if option.unit_cost_cents is None else shown(option.unit_cost_cents, option.campaign.currency)

    @display(description="Cost by postcode")
    def by_zone(self, option: Option) -> str:
        return zones_field.shown(option.zone_costs)

    @display(description="Settings")
    def with_settings(self, option: Option) -> str:
        return option_settings.shown(option.settings)

    def get_formset(self, request: HttpRequest, obj: Campaign | None = None, **kwargs: Any) -> Any:
        """`fields` also holds those that the form adds to the model's."""
        made = super().get_formset(request, obj, **{**kwargs, "fields": OptionForm.Meta.fields})
        content = made.form.base_fields.get("content")
        if content is not None:  # a row has no room for links to other pages
            content.widget.can_add_related = content.widget.can_change_related = False
            content.widget.can_view_related = content.widget.can_delete_related = False
        return made


@admin.register(Campaign)
class CampaignAdmin(ResultPages, PlainAdmin):
    form = CampaignForm
    inlines = (OptionInline,)
    change_form_outer_before_template = "steering/campaign_waves.html"
    empty_hint = "A campaign says something to an audience, by the channels that you choose, within a budget."
    list_display = ("name", "audience", "content", "budget", "goal", "holdout", "state", "created_at")
    list_filter = ("is_archived",)
    list_select_related = ("audience", "content")
    search_fields = ("name",)
    autocomplete_fields = ("audience", "content")
    readonly_fields = ("budget",)
    fieldsets = (
        (None, {"fields": ("name", ("audience", "content"), ("budget_cents", "currency"))}),
        (
            "Goal and learning",
            {
                "fields": (
                    ("goal_event", "goal_days"),
                    ("goal_value_cents", "margin_share"),
                    "dispatch_days",
                    "holdout_share",
                    ("exploration_share", "exploration"),
                    "leaflet_on_top",
                    "link_marks",
                    ("seed", "is_archived"),
                )
            },
        ),
    )

    @display(description="Held out", ordering="holdout_share")
    def holdout(self, campaign: Campaign) -> str:
        return f"{float(campaign.holdout_share) * 100:g} %"

    @display(description="State", ordering="is_archived", label={"in use": "success"})
    def state(self, campaign: Campaign) -> str:
        return "archived" if campaign.is_archived else "in use"

    @display(description="Budget of a wave", ordering="budget_cents")
    def budget(self, campaign: Campaign) -> str:
        return shown(campaign.budget_cents, campaign.currency)

    @display(description="Goal")
    def goal(self, campaign: Campaign) -> str:
        return f"{campaign.get_goal_event_display()} within {campaign.goal_days} days"

    def pages(self) -> tuple:
        return (*super().pages(), ("<int:pk>/new-wave/", "new_wave", require_POST(self.new_wave_view)))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not object_id.isdecimal():
            return super().change_view(request, object_id, form_url, extra_context)
        may_see_waves = request.user.has_perm("campaigns.view_wave")
        campaign = self.get_object(request, object_id) if may_see_waves else None
        context = {
            "campaign_waves": campaign.waves.order_by("-number") if campaign else [],
            "may_see_waves": may_see_waves,
            "campaign_rules": _rules(object_id) if request.user.has_perm("campaigns.view_campaignrule") else None,
            "rules_of": object_id,
            "campaign_triggers": _triggers(object_id) if request.user.has_perm("steering.view_trigger") else None,
            "campaign_pace": _pace(object_id) if request.user.has_perm("channels.view_sendhours") else None,
            "campaign_tries": _tries(object_id) if request.user.has_perm("campaigns.view_content") else None,
            "may_add_wave": request.user.has_perm("campaigns.add_wave"),
        }
        return super().change_view(request, object_id, form_url, (extra_context or {}) | context)

    def get_fieldsets(self, request: HttpRequest, obj: Campaign | None = None) -> tuple:
        may_write = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        first, *others = super().get_fieldsets(request, obj)
        if may_write:
            return (first, *others)
        return ((None, {"fields": ("name", ("audience", "content"), "budget")}), *others)

    def save_model(self, request: HttpRequest, obj: Campaign, form: forms.ModelForm, change: bool) -> None:
        if not change:
            obj.created_by = request.user
        super().save_model(request, obj, form, change)

    def new_wave_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, "campaigns.add_wave")
        campaign = get_object_or_404(Campaign, pk=pk)
        if not campaign.options.exists():
            messages.error(request, "Add at least one channel first.")
            return redirect("admin:campaigns_campaign_change", pk)
        wave = waves.create(campaign)
        note(request, wave, "made")
        return redirect("admin:campaigns_wave_change", wave.pk)


def _pace(campaign_id: str) -> dict[str, Any] | None:
    return pace_words.of_campaign(int(campaign_id)) if campaign_id.isdecimal() else None


def _tries(campaign_id: str) -> list[dict[str, str]]:
    """Where what each option sends can be looked at and tried out."""
    options = Option.objects.filter(campaign_id=campaign_id).select_related("campaign__content", "content")
    return [
        {
            "label": f"{label(option.channel)}: {option.content or option.campaign.content}",
            "url": f"{reverse('admin:campaigns_content_preview', args=[(option.content or option.campaign.content).pk])}"
            f"#{option.channel}",
        }
        for option in options.order_by("pk")
    ]


def _triggers(campaign_id: str) -> list[dict[str, Any]]:
    return triggers.of_campaign(int(campaign_id)) if campaign_id.isdecimal() else []


def _rules(campaign_id: str) -> list[dict[str, Any]]:
    rules = list(CampaignRule.objects.filter(campaign_id=campaign_id).select_related(*rule_words.RELATED))
    names = rule_words.labels(rules)
    return [
        {"pk": rule.pk, "name": rule.name, "words": rule_words.rule_words(rule, names), "is_active": rule.is_active}
        for rule in rules
    ]
