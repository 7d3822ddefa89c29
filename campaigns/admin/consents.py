"""Consents and objections: looked at as rows, recorded through campaigns.consent, never edited."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.models import ADDITION
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from campaigns import consent
from campaigns.models import Consent, Objection

from . import channel_choices
from .pages import BigAdmin, CustomerFilter, note
from .people import customer_link


class RecordedAdmin(BigAdmin):
    """Rows can be added, and then only be looked at."""

    actions = None
    raw_id_fields = ("customer",)
    list_filter = (CustomerFilter,)
    list_filter_submit = True

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @display(description="Customer")
    def of(self, row: Any) -> str:
        return customer_link(row.customer_id)

    def log_addition(self, request: HttpRequest, obj: Model, message: object) -> None:
        note(request, obj, "recorded", flag=ADDITION)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """Back to the person for whom it was recorded."""
        response = super().response_add(request, obj, post_url_continue)
        if "_addanother" in request.POST or not request.user.has_perm("campaigns.view_customer"):
            return response
        return redirect("admin:campaigns_customer_change", obj.customer_id)


class ConsentForm(forms.ModelForm):
    channel = forms.ChoiceField(choices=channel_choices.known, widget=UnfoldAdminSelectWidget)

    class Meta:
        model = Consent
        fields = ("customer", "channel", "purpose", "ground", "text_version", "source", "given_at", "proof")

    def clean(self) -> dict[str, Any]:
        """A consent that was withdrawn later than this one was given is refused here, not while saving."""
        cleaned = super().clean()
        given_at = cleaned.get("given_at")
        if given_at and given_at > timezone.now():
            self.add_error("given_at", "This is in the future.")
        elif given_at and "customer" in cleaned:
            of_kind = {"customer": cleaned["customer"], "channel": cleaned.get("channel", "")}
            withdrawn = Consent.objects.filter(**of_kind, purpose=cleaned.get("purpose", ""))
            if withdrawn.filter(withdrawn_at__gte=given_at).exists():
                self.add_error("given_at", "The person withdrew this consent later than that.")
        return cleaned

    def validate_constraints(self) -> None:
        """That a valid consent is there already is no error: campaigns.consent keeps the first."""


@admin.register(Consent)
class ConsentAdmin(RecordedAdmin):
    form = ConsentForm
    list_display = ("of", "channel", "purpose", "ground", "given_at", "state", "source")
    add_fieldsets = (
        (
            None,
            {
                "fields": (
                    "customer",
                    ("channel", "purpose"),
                    ("ground", "text_version"),
                    "source",
                    "given_at",
                    "proof",
                )
            },
        ),
    )
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "of", ("channel", "purpose"), ("ground", "text_version"), "source", "given_at", "proof",
                    ("withdrawn_at", "withdrawn_source"),
                )
            },
        ),
    )  # fmt: skip
    readonly_fields = ("of",)

    @display(description="State", label={"valid": "success", "withdrawn": "warning"})
    def state(self, row: Consent) -> str:
        return "withdrawn" if row.withdrawn_at else "valid"

    def save_model(self, request: HttpRequest, obj: Consent, form: forms.ModelForm, change: bool) -> None:
        made = consent.grant(
            customer_id=obj.customer_id,
            channel=obj.channel,
            purpose=obj.purpose,
            ground=obj.ground,
            text_version=obj.text_version,
            source=obj.source,
            given_at=obj.given_at,
            proof=obj.proof,
        )
        obj.pk = made.pk


class ObjectionForm(forms.ModelForm):
    channel = forms.ChoiceField(
        choices=lambda: channel_choices.with_all("every channel"), required=False, widget=UnfoldAdminSelectWidget
    )

    class Meta:
        model = Objection
        fields = ("customer", "channel", "source", "note")

    def validate_constraints(self) -> None:
        """An objection that stands already is no error: campaigns.consent keeps the first."""


@admin.register(Objection)
class ObjectionAdmin(RecordedAdmin):
    form = ObjectionForm
    list_display = ("of", "scope", "received_at", "state", "source", "note")
    add_fieldsets = ((None, {"fields": ("customer", "channel", "source", "note")}),)
    fieldsets = ((None, {"fields": ("of", "scope", ("source", "note"), ("received_at", "lifted_at"))}),)
    readonly_fields = ("of", "scope")

    @display(description="Channel")
    def scope(self, row: Objection) -> str:
        return f"campaign {row.campaign_id} only" if row.campaign_id else row.channel or "every channel"

    @display(description="State", label={"stands": "danger", "lifted": "success"})
    def state(self, row: Objection) -> str:
        return "lifted" if row.lifted_at else "stands"

    def save_model(self, request: HttpRequest, obj: Objection, form: forms.ModelForm, change: bool) -> None:
        made = consent.object_to(customer_id=obj.customer_id, channel=obj.channel, source=obj.source, note=obj.note)
        obj.pk = made.pk
