"""How fast and at which hours messages go out: sending hours, spreading, speed limits, mail hosts, warm-up plans."""

import re
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from campaigns.admin.pages import PlainAdmin, ReadOnlyInline
from channels import registry
from channels.models import CampaignPace, MailHost, SendHours, SpeedLimit, WarmUp, WarmUpDay, Weekday
from channels.pace import limits

from .names import label

MOST_DAYS = 100


def digital() -> list[tuple[str, str]]:
    """Channels to which an hour of the day means something."""
    return [(one.name, one.label) for one in registry.every() if not one.reach.needs_household]


class HoursForm(forms.ModelForm):
    channel = forms.ChoiceField(
        choices=lambda: [("", "every digital channel"), *digital()], required=False, widget=UnfoldAdminSelectWidget
    )
    weekdays = forms.TypedMultipleChoiceField(
        choices=Weekday.choices, coerce=int, initial=Weekday.values, widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="On which the hours begin",
    )  # fmt: skip

    class Meta:
        model = SendHours
        fields = ("campaign", "channel", "kind", "weekdays", "starts_at", "ends_at")


@admin.register(SendHours)
class SendHoursAdmin(PlainAdmin):
    form = HoursForm
    empty_hint = "Digital messages leave at any hour of the customer's day."
    list_display = ("in_words", "of", "by")
    list_filter = ("kind",)
    list_select_related = ("campaign",)
    autocomplete_fields = ("campaign",)
    fields = (("campaign", "channel"), "kind", "weekdays", ("starts_at", "ends_at"))

    @display(description="Hours, by the customer's clock")
    def in_words(self, hours: SendHours) -> str:
        return str(hours)

    @display(description="Campaign")
    def of(self, hours: SendHours) -> str:
        return str(hours.campaign or "every campaign")

    @display(description="Channel")
    def by(self, hours: SendHours) -> str:
        return label(hours.channel) if hours.channel else "every digital channel"


@admin.register(CampaignPace)
class CampaignPaceAdmin(PlainAdmin):
    empty_hint = "Every campaign sends at once, as fast as limits allow."
    list_display = ("campaign", "spread", "per_hour", "exploration_share")
    list_select_related = ("campaign",)
    autocomplete_fields = ("campaign",)
    fields = ("campaign", ("spread", "per_hour"), "exploration_share")


class Remembered:
    """What sending keeps for a second is read anew by this process; the others follow within that second."""

    def save_model(self, request: HttpRequest, obj: Model, form: ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        limits.forget()

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        super().delete_model(request, obj)
        limits.forget()


@admin.register(SpeedLimit)
class SpeedLimitAdmin(Remembered, PlainAdmin):
    empty_hint = "Only the large mailbox providers have limits of their own; everything else leaves as fast as it can."
    list_display = ("name", "of", "per_second")
    list_filter = ("of",)
    search_fields = ("name",)
    fields = (("of", "name"), "per_second")


@admin.register(MailHost)
class MailHostAdmin(Remembered, PlainAdmin):
    empty_hint = "The well-known mail hosts are built in; name others here whose domains share a speed limit."
    list_display = ("suffix", "host")
    search_fields = ("suffix", "host")
    fields = (("suffix", "host"),)


class DaysField(forms.CharField):
    """Numbers for the days, one after the other."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[int]:
        parts = re.split(r"[,;\s]+", super().clean(value).strip(" ,;"))
        if wrong := next((part for part in parts if not (part.isascii() and part.isdecimal())), None):
            raise forms.ValidationError(f"“{wrong}” is not a number of messages: write 50, 100, 500")
        if len(parts) > MOST_DAYS:
            raise forms.ValidationError(f"a plan lasts at most {MOST_DAYS} days, got {len(parts)}")
        if any(int(part) > 2_000_000_000 for part in parts):
            raise forms.ValidationError("a day has at most 2,000,000,000 messages")
        return [int(part) for part in parts]


class WarmUpForm(forms.ModelForm):
    channel = forms.ChoiceField(choices=digital, initial="email", widget=UnfoldAdminSelectWidget)
    per_day = DaysField(
        label="Most on each day",
        initial="50, 100, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000",
        widget=UnfoldAdminTextInputWidget,
        help_text="From the first day on; after the last there is no limit",
    )

    class Meta:
        model = WarmUp
        fields = ("channel", "provider", "sender", "starts_on", "per_day", "is_active")


class DayInline(ReadOnlyInline):
    model = WarmUpDay
    fields = readonly_fields = ("on", "taken")
    verbose_name_plural = "Sent so far"
    hide_title = False


@admin.register(WarmUp)
class WarmUpAdmin(Remembered, PlainAdmin):
    form = WarmUpForm
    inlines = (DayInline,)
    empty_hint = "A new sender address should begin with few messages a day: a warm-up says with how many."
    list_display = ("sender", "by", "provider", "starts_on", "days", "is_active")
    fields = (("channel", "provider"), "sender", ("starts_on", "is_active"), "per_day")

    @display(description="Channel")
    def by(self, plan: WarmUp) -> str:
        return label(plan.channel)

    @display(description="Days")
    def days(self, plan: WarmUp) -> int:
        return len(plan.per_day)
