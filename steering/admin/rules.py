"""Campaign rules: what plans must keep beyond budget and capacities, written as a form and read back as a sentence."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelect2MultipleWidget

from campaigns.admin.pages import PlainAdmin
from campaigns.models import CampaignRule, Option, Scope
from channels import registry
from steering.planning import rule_words

FILTER, WHOLE = ("audience", "channels", "option_ids"), ("of_audience", "of_channels", "of_option_ids")
CHANNELS_HELP = "None ticked, and no option chosen either: every channel"
SAME = "These are the very pieces that are counted, so their share is always all: say of which more they are a part."


def options() -> list[tuple[str, list[tuple[int, str]]]]:
    """Of campaigns that are not archived, grouped by campaign, the newest first."""
    groups: dict[str, list[tuple[int, str]]] = {}
    known = Option.objects.filter(campaign__is_archived=False).select_related("campaign", "content")
    for option in known.order_by("-campaign_id", "id"):
        groups.setdefault(str(option.campaign), []).append((option.pk, rule_words.option_label(option)))
    return list(groups.items())


def _channels(label: str = "Channels") -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, choices=registry.choices, required=False, help_text=CHANNELS_HELP,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )  # fmt: skip


def _options() -> forms.TypedMultipleChoiceField:
    return forms.TypedMultipleChoiceField(
        label="Options", choices=options, coerce=int, required=False, widget=UnfoldAdminSelect2MultipleWidget,
        help_text="Single lines of campaigns, where a whole channel is too much",
    )  # fmt: skip


class RuleForm(forms.ModelForm):
    channels = _channels()
    option_ids = _options()
    of_channels = _channels("Share of what goes by")
    of_option_ids = _options()

    class Meta:
        model = CampaignRule
        fields = (
            "campaign", "name", "is_active", "sense", "bound", "measure", "scope", *FILTER, *WHOLE, "over_all_campaigns",
        )  # fmt: skip
        labels = {
            "sense": "At most or at least",
            "measure": "Of what",
            "audience": "Customers",
            "of_audience": "Share of what goes to",
            "over_all_campaigns": "Over all campaigns that are planned together",
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        scope = cleaned.get("scope")
        if scope != Scope.SHARE:  # what was chosen for a share does not linger unseen
            cleaned |= {"of_audience": None, "of_channels": [], "of_option_ids": []}
        elif self._is_its_own_whole(cleaned):
            self.add_error("scope", SAME)
        if scope == Scope.PERSON:
            self._refuse_leaflets(cleaned)
        return cleaned

    def _is_its_own_whole(self, cleaned: dict[str, Any]) -> bool:
        same = all(cleaned.get(mine) == cleaned.get(whole) for mine, whole in zip(FILTER, WHOLE, strict=True))
        return same and not cleaned.get("over_all_campaigns")

    def _refuse_leaflets(self, cleaned: dict[str, Any]) -> None:
        for name in cleaned.get("channels", ()):
            if registry.get(name).reach.decided_by_area:
                said = f"{registry.get(name).label} reaches whole delivery areas, so nothing can be promised to one customer."
                self.add_error("channels", said)


@admin.register(CampaignRule)
class CampaignRuleAdmin(PlainAdmin):
    form = RuleForm
    empty_hint = "What a plan must keep besides its budget: at most or at least so much, for whom, by what."
    list_display = ("name", "campaign", "in_words", "is_active")
    list_filter = ("is_active",)
    list_select_related = rule_words.RELATED
    search_fields = ("name", "campaign__name")
    autocomplete_fields = ("campaign", "audience", "of_audience")
    readonly_fields = ("in_words",)
    ordering = ("-campaign_id", "id")
    warn_unsaved_form = True
    conditional_fields = dict.fromkeys(WHOLE, f"scope == '{Scope.SHARE}'")
    fieldsets = (
        (None, {"fields": ("in_words", ("campaign", "name"), "is_active")}),
        ("What it says", {"fields": (("sense", "bound"), ("measure", "scope"))}),
        ("Which customers, by which options", {"fields": ("audience", ("channels", "option_ids"))}),
        (
            "Compared with what",
            {"fields": ("over_all_campaigns", "of_audience", ("of_channels", "of_option_ids"))},
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related(*rule_words.RELATED)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Names the options of all rules of the page by one query."""
        page = super().get_changelist_instance(request)
        names = rule_words.labels(page.result_list)
        for rule in page.result_list:
            rule.option_names = names
        return page

    def get_fieldsets(self, request: HttpRequest, obj: CampaignRule | None = None) -> tuple:
        """A new rule has no words yet; who may only look reads the words."""
        first, *others = super().get_fieldsets(request, obj)
        if obj is None:
            return ((None, {"fields": first[1]["fields"][1:]}), *others)
        return (first, *others) if self.has_change_permission(request, obj) else (first,)

    @display(description="In words")
    def in_words(self, rule: CampaignRule) -> str:
        return rule_words.rule_words(rule, getattr(rule, "option_names", None))
