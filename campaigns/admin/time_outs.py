"""Digital time-outs: recorded for a person through campaigns.time_outs, ended on the person's page, never edited."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from campaigns import time_outs
from campaigns.models import TimeOut

from .consents import RecordedAdmin
from .pages import sentence


class TimeOutForm(forms.ModelForm):
    class Meta:
        model = TimeOut
        fields = ("customer", "from_on", "until_on", "is_everything")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        first, last = cleaned.get("from_on"), cleaned.get("until_on")
        if first and last and (reason := time_outs.refused(first, last)):
            self.add_error("until_on", sentence(reason))
        return cleaned


@admin.register(TimeOut)
class TimeOutAdmin(RecordedAdmin):
    form = TimeOutForm
    list_display = ("of", "from_on", "until_on", "is_everything", "source", "made_at")
    add_fieldsets = ((None, {"fields": ("customer", ("from_on", "until_on"), "is_everything")}),)
    fieldsets = ((None, {"fields": ("of", ("from_on", "until_on"), "is_everything", ("source", "made_at"))}),)
    readonly_fields = ("of",)

    def save_model(self, request: HttpRequest, obj: TimeOut, form: forms.ModelForm, change: bool) -> None:
        made = time_outs.take(
            customer_id=obj.customer_id,
            from_on=obj.from_on,
            until_on=obj.until_on,
            is_everything=obj.is_everything,
            source=f"staff, user {request.user.pk}",
        )
        obj.pk = made.pk
