"""Seed addresses of campaigns, and what became of the copies that they got."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from campaigns import identity
from campaigns.admin.pages import PlainAdmin, ReadOnlyInline
from channels.models import SeedAddress, SeedCopy


class SeedForm(forms.ModelForm):
    class Meta:
        model = SeedAddress
        fields = ("campaign", "email", "is_active")

    def clean_email(self) -> str:
        try:
            return identity.normalise("email", self.cleaned_data["email"])
        except identity.IdentityError as error:
            raise forms.ValidationError(f"This {error.reason}.") from error


class CopyInline(ReadOnlyInline):
    model = SeedCopy
    fields = ("wave", "state", "attempts", "state_changed_at", "answer")
    readonly_fields = fields
    ordering = ("-pk",)
    verbose_name_plural = "Copies"
    hide_title = False


@admin.register(SeedAddress)
class SeedAddressAdmin(PlainAdmin):
    form = SeedForm
    empty_hint = "A seed address gets a copy of each e-mail wave of its campaign, so that you see where it ends up."
    list_display = ("email", "campaign", "is_active", "created_at")
    list_filter = ("is_active",)
    list_select_related = ("campaign",)
    autocomplete_fields = ("campaign",)
    fields = (("campaign", "email"), "is_active")
    ordering = ("-pk",)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """What copies went to stays as it is."""
        return ("campaign", "email") if obj else ()

    def get_inlines(self, request: HttpRequest, obj: Model | None) -> tuple[Any, ...]:
        return (CopyInline,) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: SeedAddress | None = None) -> bool:
        """Whoever is entered again would get the copy of a wave again; it is switched off instead."""
        return super().has_delete_permission(request, obj) and obj is not None and not obj.copies.exists()
