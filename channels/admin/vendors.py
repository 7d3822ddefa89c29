"""Print vendors. Options of campaigns name them by their short name, so that one never changes."""

from django.contrib import admin
from django.http import HttpRequest

from campaigns.admin.pages import PlainAdmin
from channels.models import Vendor


@admin.register(Vendor)
class VendorAdmin(PlainAdmin):
    list_display = ("name", "slug", "processing_contract", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}
    fields = (
        ("name", "slug"),
        ("processing_contract", "is_active"),
        "requests_per_minute",
        ("letter_form", "letter_edges", "leaflet_edges"),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Vendor | None = None) -> tuple[str, ...]:
        return ("slug",) if obj else ()

    def get_prepopulated_fields(self, request: HttpRequest, obj: Vendor | None = None) -> dict[str, tuple[str, ...]]:
        return {} if obj else self.prepopulated_fields
