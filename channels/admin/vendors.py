"""Print vendors: whom to ask there, how their files are, and the keys and webhooks of their programs.

Options of campaigns name them by their short name, so that one never changes.
"""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from unfold.admin import TabularInline
from unfold.decorators import display

from campaigns.admin.pages import PlainAdmin, ReadOnlyInline
from channels.models import ApiKey, EncryptionKey, Vendor, VendorContact, WebhookEndpoint

from . import colours, encryption_keys
from .keys import state_of


class ContactForm(forms.ModelForm):
    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if not (said.get("email") or said.get("phone") or self.errors):
            self.add_error("email", "Say how to reach this person: an e-mail address or a phone number.")
        return said


class ContactInline(TabularInline):
    model = VendorContact
    form = ContactForm
    fields = ("role", "name", "email", "phone")
    extra = 0
    hide_title = True


class KeyInline(ReadOnlyInline):
    model = ApiKey
    fk_name = "vendor"
    fields = ("key", "opens", "state", "expires_at", "last_used_at", "last_used_from")
    readonly_fields = fields
    ordering = ("-pk",)
    verbose_name_plural = "Keys"

    @display(description="Key")
    def key(self, key: ApiKey) -> str:
        return _link("apikey", key.pk, str(key))

    @display(description="Opens")
    def opens(self, key: ApiKey) -> str:
        return ", ".join(key.scopes)

    @display(description="State")
    def state(self, key: ApiKey) -> str:
        return state_of(key)


class EncryptionKeyInline(ReadOnlyInline):
    model = EncryptionKey
    fields = ("fingerprint_of", "kind", "state", "ends_at")
    readonly_fields = fields
    ordering = ("-pk",)
    verbose_name_plural = "Encryption keys; without any the files are written in clear"

    @display(description="Fingerprint")
    def fingerprint_of(self, key: EncryptionKey) -> str:
        return _link("encryptionkey", key.pk, encryption_keys.grouped(key.fingerprint))

    @display(description="State")
    def state(self, key: EncryptionKey) -> str:
        return encryption_keys.state_of(key)[1]


class WebhookInline(ReadOnlyInline):
    model = WebhookEndpoint
    fields = ("address", "told", "shown_health", "health_reason")
    readonly_fields = fields
    verbose_name_plural = "Webhooks"

    @display(description="Address")
    def address(self, endpoint: WebhookEndpoint) -> str:
        return _link("webhookendpoint", endpoint.pk, endpoint.url)

    @display(description="Events")
    def told(self, endpoint: WebhookEndpoint) -> str:
        return ", ".join(endpoint.types) or "all"

    @display(description="Health")
    def shown_health(self, endpoint: WebhookEndpoint) -> str:
        return colours.health_of(endpoint)[1]


def _link(model: str, pk: int, words: str) -> str:
    url = reverse(f"admin:channels_{model}_change", args=[pk])
    return format_html('<a class="plain-link" href="{}">{}</a>', url, words)


class VendorForm(forms.ModelForm):
    class Meta:
        model = Vendor
        fields = "__all__"  # noqa: DJ007
        labels = {"csv_delimiter": "Between CSV cells", "csv_quoting": "Quotes around CSV cells"}
        help_texts = {"slug": "Campaigns and price files name the vendor by it, so it never changes"}


@admin.register(Vendor)
class VendorAdmin(PlainAdmin):
    form = VendorForm
    change_form_outer_before_template = "channels/vendor_verbs.html"
    empty_hint = "A vendor prints letters or distributes leaflets, and pulls its jobs by the API."
    list_display = ("name", "slug", "processing_contract", "requests_per_minute", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}
    inlines = (ContactInline, EncryptionKeyInline, KeyInline, WebhookInline)
    fieldsets = (
        (None, {"fields": (("name", "slug"), ("processing_contract", "is_active"), "requests_per_minute")}),
        ("Letters and leaflets", {"fields": ("letter_form", ("letter_edges", "leaflet_edges"))}),
        (
            "Files",
            {
                "fields": (
                    ("file_format", "rows_per_file"),
                    ("csv_delimiter", "csv_quoting"),
                    ("file_encoding", "is_gzipped"),
                    ("adds_seeds", "gets_proof"),
                )
            },
        ),
    )

    def get_inlines(self, request: HttpRequest, obj: Vendor | None) -> tuple:
        return self.inlines if obj else (ContactInline,)

    def get_readonly_fields(self, request: HttpRequest, obj: Vendor | None = None) -> tuple[str, ...]:
        return ("slug",) if obj else ()

    def get_prepopulated_fields(self, request: HttpRequest, obj: Vendor | None = None) -> dict[str, tuple[str, ...]]:
        return {} if obj else self.prepopulated_fields

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"vendor": self.get_object(request, object_id)}
        return super().change_view(request, object_id, form_url, (extra_context or {}) | context)
