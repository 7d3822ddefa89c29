"""Keys of machines: made, shown once, replaced, revoked. A key that is lost is replaced, never looked up."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextareaWidget

from campaigns.admin.pages import PlainAdmin, note, require, sentence
from channels import keys
from channels.models import VENDOR_SCOPES, ApiKey, Scope

from . import colours

OVERLAPS = {"0": "at once", "1": "after a day", "7": "after a week", "30": "after 30 days"}  # days


class KeyForm(forms.ModelForm):
    scopes = forms.MultipleChoiceField(
        choices=Scope.choices,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        label="Opens",
        help_text="Give a program no more than it needs",
    )
    networks = forms.CharField(
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        label="Allowed networks",
        help_text="From which it may be used, e.g. 198.51.100.0/24, one a line; empty: from everywhere",
    )

    class Meta:
        model = ApiKey
        fields = ("name", "scopes", "vendor", "networks", "expires_at")

    def clean_networks(self) -> list[str]:
        entered = self.cleaned_data["networks"].replace(",", " ").split()
        try:
            return sorted({keys.network(one) for one in entered})
        except ValueError as error:
            raise forms.ValidationError(sentence(error)) from error

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        asked = set(cleaned.get("scopes", ()))
        of_vendors = asked & set(VENDOR_SCOPES)
        if of_vendors and asked - of_vendors:
            self.add_error("scopes", "A key opens the vendor API or other APIs, not both.")
        if of_vendors and not cleaned.get("vendor"):
            self.add_error("vendor", "Say whose key this is.")
        if asked and not of_vendors and cleaned.get("vendor"):
            self.add_error("vendor", "Only a key for the vendor API belongs to a vendor.")
        if cleaned.get("expires_at") and cleaned["expires_at"] <= timezone.now():
            self.add_error("expires_at", "This is in the past.")
        return cleaned

    def validate_constraints(self) -> None:
        """clean() says the same in plain words."""


class ScopeFilter(admin.SimpleListFilter):
    title = "what it opens"
    parameter_name = "scope"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return Scope.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(scopes__contains=[self.value()]) if self.value() else queryset


@admin.register(ApiKey)
class ApiKeyAdmin(PlainAdmin):
    form = KeyForm
    change_form_outer_before_template = "channels/key_verbs.html"
    list_display = ("name", "opens", "vendor", "prefix", "state", "expires_at", "last_used_at")
    list_filter = (ScopeFilter, "vendor")
    list_select_related = ("vendor",)
    ordering = ("-pk",)
    add_fieldsets = ((None, {"fields": (("name", "vendor"), "scopes", "networks", "expires_at")}),)
    fields = (
        ("name", "prefix"),
        ("opens", "vendor"),
        ("from_where", "replaces"),
        ("created_at", "expires_at"),
        ("last_used_at", "last_used_from"),
        ("state", "revoked_at"),
    )
    readonly_fields = ("opens", "from_where", "replaces", "state")
    actions = None

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @display(description="State", label=colours.KEY)
    def state(self, key: ApiKey) -> str:
        return state_of(key)

    @display(description="Opens")
    def opens(self, key: ApiKey) -> str:
        return ", ".join(key.scopes)

    @display(description="Allowed networks")
    def from_where(self, key: ApiKey) -> str:
        return ", ".join(key.networks) or "all"

    def pages(self) -> tuple:
        return (
            ("<int:pk>/revoke/", "revoke", require_POST(self.revoke_view)),
            ("<int:pk>/rotate/", "rotate", require_POST(self.rotate_view)),
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        key = self.get_object(request, object_id)
        context = {"state": state_of(key) if key else "", "overlaps": OVERLAPS}
        return super().change_view(request, object_id, form_url, (extra_context or {}) | context)

    def save_model(self, request: HttpRequest, obj: ApiKey, form: forms.ModelForm, change: bool) -> None:
        made, obj.raw = keys.create(
            name=obj.name,
            scope=" ".join(obj.scopes),
            vendor=obj.vendor,
            expires_at=obj.expires_at,
            networks=obj.networks,
        )
        obj.pk = made.pk

    def log_addition(self, request: HttpRequest, obj: Model, message: object) -> None:
        note(request, obj, "made", flag=ADDITION)

    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None) -> HttpResponse:
        return self._made(request, obj, obj.raw)

    def _made(self, request: HttpRequest, key: ApiKey, raw: str) -> HttpResponse:
        """The answer to the POST is the only page that ever shows the key; it is kept in no session and no cache."""
        answer = self.page(request, "channels/key_made.html", title="New API key", key=key, raw=raw)
        answer["Cache-Control"] = "no-store"
        return answer

    def rotate_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, "channels.change_apikey")
        key = get_object_or_404(ApiKey, pk=pk)
        days = request.POST.get("overlap", "")
        try:
            made, raw = keys.rotate(key, overlap=timedelta(days=int(days if days in OVERLAPS else "7")))
        except keys.NoRotationError as error:
            messages.error(request, sentence(error))
            return redirect("admin:channels_apikey_change", pk)
        note(request, key, "replaced")
        note(request, made, "made", flag=ADDITION)
        return self._made(request, made, raw)

    def revoke_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, "channels.change_apikey")
        key = get_object_or_404(ApiKey, pk=pk)
        keys.revoke(key)
        note(request, key, "revoked")
        messages.success(request, f"{key.name} is revoked; it opens nothing any more.")
        return redirect("admin:channels_apikey_change", pk)


def state_of(key: ApiKey) -> str:
    if key.revoked_at:
        return "revoked"
    if key.expires_at and key.expires_at <= timezone.now():
        return "expired"
    return "valid" if keys.is_valid(key) else "blocked"
