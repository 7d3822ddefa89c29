"""The options of a campaign as forms: what each channel may set has fields of its own, and all are checked together."""

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django import forms
from unfold.forms import PaginationInlineFormSet
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from campaigns.admin.money import CentsField
from campaigns.models import Content, Option
from channels import previews, registry
from channels.admin.names import label
from steering import print_terms

from .content_form import in_words
from .option_settings import NAMED, OF_CHANNEL, SettingsFields, problem
from .zones_field import ZonesField


class ObjectField(forms.JSONField):
    """An empty object is an empty field."""

    def prepare_value(self, value: Any) -> Any:
        return super().prepare_value(value) if value else ""


class OptionForm(SettingsFields, forms.ModelForm):
    channel = forms.ChoiceField(
        choices=lambda: [("", "Select value"), *registry.choices()], widget=UnfoldAdminSelectWidget
    )
    unit_cost_cents = CentsField(
        label="Cost of one piece", required=False, help_text="In whole units; empty: the channel's usual cost"
    )
    zone_costs = ZonesField(
        label="Cost by postcode",
        required=False,
        help_text="Postage zones, e.g. 80: 0.70; 97: 0.95; the longest beginning that fits counts, others cost as usual",
    )
    more_settings = ObjectField(
        required=False,
        label="Other settings",
        help_text='Of a channel that is not one of ours, as JSON, e.g. {"name": "value"}; else empty',
        widget=UnfoldAdminTextInputWidget,
    )

    class Meta:
        model = Option
        fields = ("channel", "content", "unit_cost_cents", "zone_costs", "capacity", "minimum_run")
        labels = {"capacity": "Most pieces", "minimum_run": "Least pieces"}
        help_texts = {
            "capacity": "In one wave; empty: no limit",
            "minimum_run": "In one wave: none at all, or as many as these; empty: no minimum",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        settings = dict(self.instance.settings or {})
        for name in NAMED:
            self.fields[name].initial = settings.pop(name, "")
        self.fields["more_settings"].initial = settings or None
        self.fields["channel"].widget.attrs["data-settings"] = json.dumps(OF_CHANNEL)
        if self.instance.pk:  # what was planned or sent by this option went by this channel
            self.fields["channel"].disabled = True
            self.instance.get_inline_title = label(self.instance.channel)  # what Unfold writes above the form

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        more = cleaned.get("more_settings") or {}
        if not isinstance(more, dict):
            self.add_error("more_settings", "This must be a JSON object.")
            return cleaned
        named = {name: cleaned[name] for name in NAMED if cleaned.get(name) not in (None, "")}
        self.instance.settings = more | named
        if cleaned.get("channel"):
            wrong = problem(cleaned["channel"], self.instance.settings) or self._refusal()
            if wrong:
                self.add_error(*wrong)
        return cleaned

    def _refusal(self) -> tuple[str, str] | None:
        return print_terms.refusal(self.instance, self.instance.settings) if self.instance.pk else None

    def has_changed(self) -> bool:
        return super().has_changed() or not self.instance.pk


@dataclass(frozen=True)
class Chosen:
    """An option that is kept, as read before errors take its values away."""

    form: OptionForm
    channel: str
    content: Content | None  # of its own


class OptionFormSet(PaginationInlineFormSet):
    """What only shows with all options together, and with the campaign's content."""

    def clean(self) -> None:
        super().clean()
        kept = [form for form in self.forms if form not in self.deleted_forms and form.is_valid()]
        chosen = [
            Chosen(form, form.cleaned_data["channel"], form.cleaned_data.get("content"))
            for form in kept
            if form.cleaned_data.get("channel")
        ]
        _check_areas(chosen)
        _check_once(chosen)
        for one in chosen:
            _check_content(one, one.content or _content_of(self.instance))


def _check_areas(chosen: list[Chosen]) -> None:
    by_area = [one for one in chosen if registry.get(one.channel).reach.decided_by_area]
    for one in by_area[1:]:
        one.form.add_error("channel", "A campaign can have one option that is bought by delivery area.")


def _check_once(chosen: list[Chosen]) -> None:
    times = Counter((one.channel, one.content) for one in chosen)
    for one in chosen:
        if times[one.channel, one.content] > 1:
            one.form.add_error("channel", "This channel with this content is there twice.")


def _check_content(one: Chosen, content: Content | None) -> None:
    if content is None:
        return
    for missing in previews.problems(content.blocks, [one.channel]):
        one.form.add_error("channel", f"“{content}” cannot be carried. {in_words(missing, content.blocks)}")


def _content_of(campaign: Any) -> Content | None:
    """None while the campaign's own form still lacks it."""
    return campaign.content if campaign.content_id else None
