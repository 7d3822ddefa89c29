"""Contact limits: how often a person may hear from us, over all channels or on one."""

from django import forms
from django.contrib import admin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from campaigns.admin import channel_choices
from campaigns.admin.pages import PlainAdmin
from campaigns.models import ContactLimit


class LimitForm(forms.ModelForm):
    channel = forms.ChoiceField(
        choices=lambda: channel_choices.with_all("over all channels"), required=False, widget=UnfoldAdminSelectWidget
    )

    class Meta:
        model = ContactLimit
        fields = ("channel", "most", "days")


@admin.register(ContactLimit)
class ContactLimitAdmin(PlainAdmin):
    form = LimitForm
    empty_hint = "Customers may be contacted as often as campaigns plan it."
    list_display = ("in_words",)
    ordering = ("channel", "days")
    fields = ("channel", ("most", "days"))

    @display(description="Limit")
    def in_words(self, limit: ContactLimit) -> str:
        labels = dict(channel_choices.known())
        where = f"by {labels.get(limit.channel, limit.channel)}" if limit.channel else "over all channels"
        return f"At most {limit.most} messages in {limit.days} days {where}"
