"""Keys of machines: made, shown once, revoked. A key that is lost is replaced, never looked up."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST
from unfold.decorators import display

from campaigns.admin.pages import PlainAdmin, note, require
from channels import keys
from channels.models import ApiKey


class KeyForm(forms.ModelForm):
    class Meta:
        model = ApiKey
        fields = ("name", "scope", "vendor", "expires_at")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        is_for_vendor = cleaned.get("scope") == ApiKey.Scope.VENDOR
        if is_for_vendor and not cleaned.get("vendor"):
            self.add_error("vendor", "Say whose key this is.")
        if cleaned.get("scope") and not is_for_vendor and cleaned.get("vendor"):
            self.add_error("vendor", "Only a key for the vendor API belongs to a vendor.")
        if cleaned.get("expires_at") and cleaned["expires_at"] <= timezone.now():
            self.add_error("expires_at", "This is in the past.")
        return cleaned

    def validate_constraints(self) -> None:
        """clean() says the same in plain words."""


@admin.register(ApiKey)
class ApiKeyAdmin(PlainAdmin):
    form = KeyForm
    change_form_outer_before_template = "channels/key_verbs.html"
    list_display = ("name", "scope", "vendor", "prefix", "state", "expires_at", "last_used_at")
    list_filter = ("scope",)
    list_select_related = ("vendor",)
    ordering = ("-pk",)
    add_fieldsets = ((None, {"fields": ("name", ("scope", "vendor"), "expires_at")}),)
    fields = (("name", "prefix"), ("scope", "vendor"), ("created_at", "expires_at"), ("revoked_at", "last_used_at"))
    actions = None

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @display(
        description="State", label={"valid": "success", "revoked": "danger", "expired": "warning", "blocked": "warning"}
    )
    def state(self, key: ApiKey) -> str:
        if key.revoked_at:
            return "revoked"
        if key.expires_at and key.expires_at <= timezone.now():
            return "expired"
        return "valid" if keys.is_valid(key) else "blocked"

    def pages(self) -> tuple:
        return (("<int:pk>/revoke/", "revoke", require_POST(self.revoke_view)),)

    def save_model(self, request: HttpRequest, obj: ApiKey, form: forms.ModelForm, change: bool) -> None:
        made, obj.raw = keys.create(name=obj.name, scope=obj.scope, vendor=obj.vendor, expires_at=obj.expires_at)
        obj.pk = made.pk

    def log_addition(self, request: HttpRequest, obj: Model, message: object) -> None:
        note(request, obj, "made", flag=ADDITION)

    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None) -> HttpResponse:
        """The answer to the POST is the only page that ever shows the key; it is kept in no session and no cache."""
        return self.page(request, "channels/key_made.html", title="New API key", key=obj, raw=obj.raw)

    def revoke_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, "channels.change_apikey")
        key = get_object_or_404(ApiKey, pk=pk)
        keys.revoke(key)
        note(request, key, "revoked")
        messages.success(request, f"{key.name} is revoked; it opens nothing any more.")
        return redirect("admin:channels_apikey_change", pk)
