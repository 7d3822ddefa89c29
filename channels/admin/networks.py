"""Our accounts at networks. A secret is entered here and never shown again; whether it works is tried here."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST
from unfold.decorators import display
from unfold.widgets import UnfoldAdminURLInputWidget

from campaigns.admin.pages import PlainAdmin, ReadOnlyInline, note, require
from channels.base import ChannelError
from channels.models import AudienceBatch, NetworkAccount, NetworkHealth
from channels.social import accounts

from .sealed import KEPT, SealedField

HEALTH = {"unknown": "info", "works": "success", "fails": "danger", "off": "warning", "resting": "warning"}


class AccountForm(forms.ModelForm):
    secret = SealedField("Secret")

    base_url = forms.URLField(
        required=False,
        assume_scheme="https",
        label="Address",
        widget=UnfoldAdminURLInputWidget,
        help_text="Of a Mastodon server or a webhook; empty: where the network itself is",
    )

    class Meta:
        model = NetworkAccount
        fields = (
            "name",
            "slug",
            "kind",
            "base_url",
            "owner_id",
            "audience_id",
            "calls_an_hour",
            "is_active",
            "is_for_tests",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "secret" in self.fields:
            self.fields["secret"].help_text = (
                KEPT if accounts.has_secret(self.instance) else "Sealed, and never shown again"
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.errors:
            return cleaned
        entered = NetworkAccount(
            slug=self.instance.slug, kind=self.instance.kind, sealed_secret=self.instance.sealed_secret
        )
        for name in self.Meta.fields:
            if name in cleaned:
                setattr(entered, name, cleaned[name])
        has_secret = bool(cleaned.get("secret")) or accounts.has_secret(entered)
        for field, reason in accounts.problems(entered, has_secret=has_secret).items():
            self.add_error(field, reason)
        return cleaned


class OpenBatches(ReadOnlyInline):
    model = AudienceBatch
    fields = ("id", "list", "removes", "state", "rows", "attempts", "due_at", "reason")
    readonly_fields = fields
    ordering = ("-pk",)
    verbose_name_plural = "Batches that the network has not taken"
    hide_title = False

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).exclude(state="taken")


@admin.register(NetworkAccount)
class NetworkAccountAdmin(PlainAdmin):
    form = AccountForm
    change_form_outer_before_template = "channels/network_account.html"
    empty_hint = "An account takes audiences or posts. Networks without one get their lists as files: see Social lists."
    list_display = ("name", "kind", "shown_health", "health_reason", "quiet_until", "checked_at")
    list_filter = ("kind", "is_active")
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}
    inlines = (OpenBatches,)
    fields = (
        ("name", "slug"),
        ("kind", "base_url"),
        ("owner_id", "audience_id"),
        "secret",
        ("calls_an_hour", "is_active"),
        "is_for_tests",
    )

    @display(description="Health", label=HEALTH)
    def shown_health(self, account: NetworkAccount) -> tuple[str, str]:
        if not account.is_active:
            return "off", "switched off"
        is_resting = account.quiet_until is not None and account.quiet_until > timezone.now()
        if is_resting and account.health != NetworkHealth.FAILS:
            return "resting", "resting, as the network asked"
        return account.health, account.get_health_display()

    def get_readonly_fields(self, request: HttpRequest, obj: NetworkAccount | None = None) -> tuple[str, ...]:
        return ("slug", "kind") if obj else ()

    def get_prepopulated_fields(self, request: HttpRequest, obj: Model | None = None) -> dict[str, tuple[str, ...]]:
        return {} if obj else self.prepopulated_fields

    def get_inlines(self, request: HttpRequest, obj: Model | None) -> tuple:
        return self.inlines if obj and obj.kind in accounts.audience_kinds() else ()

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """What was sent through it names it; it is switched off instead."""
        return False

    def save_model(self, request: HttpRequest, obj: NetworkAccount, form: forms.ModelForm, change: bool) -> None:
        if secret := form.cleaned_data.get("secret"):
            accounts.keep_secret(obj, secret)
        super().save_model(request, obj, form, change)

    def pages(self) -> tuple:
        return (("<int:pk>/try/", "try", require_POST(self.try_view)),)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        account = self.get_object(request, object_id)
        sums = account.batches.values("state").annotate(number=Count("pk")).order_by("state") if account else ()
        context = {"account": account, "batch_sums": list(sums), "now": timezone.now()}
        return super().change_view(request, object_id, form_url, (extra_context or {}) | context)

    def try_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Asks the network, so by POST; nothing of the secret comes back."""
        require(request, "channels.change_networkaccount")
        account = get_object_or_404(NetworkAccount, pk=pk)
        try:
            said = accounts.check(account)
        except ChannelError as error:
            messages.error(request, f"It does not work: {error}.")
        else:
            messages.success(request, f"It works: {said}.")
        note(request, account, "tried")
        return redirect("admin:channels_networkaccount_change", pk)
