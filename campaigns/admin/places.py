"""Where people live: households, and the areas in which unaddressed post is bought."""

from typing import ClassVar

from django.contrib import admin
from django.contrib.admin import AllValuesFieldListFilter, EmptyFieldListFilter
from django.db import models
from django.http import HttpRequest
from unfold.decorators import display

from campaigns.models import Carrier, DeliveryArea, Household, OtherArea, Store

from .pages import BigAdmin, PlainAdmin, ReadOnly


@admin.register(Household)
class HouseholdAdmin(ReadOnly, BigAdmin):
    """Found by whole postcode only: that is indexed, and says nothing about a person in a URL."""

    list_display = ("street", "postcode", "city", "country", "delivery_area")
    list_select_related = ("delivery_area",)
    search_fields = ("postcode__exact",)
    search_help_text = "A whole postcode"
    fields = ("street", ("postcode", "city", "country"), "delivery_area", "other_areas")
    readonly_fields = ("other_areas",)

    @display(description="Areas of other carriers")
    def other_areas(self, household: Household) -> str:
        found = OtherArea.objects.filter(household=household).select_related("area").order_by("carrier")
        return ", ".join(str(other.area) for other in found)


@admin.register(DeliveryArea)
class DeliveryAreaAdmin(PlainAdmin):
    list_display = ("code", "place", "postcode", "region", "carrier", "households", "refusing_households", "leaflets")
    search_fields = ("code__startswith", "postcode__exact")
    search_help_text = "The beginning of a code, or a whole postcode"
    list_filter = (("carrier", AllValuesFieldListFilter), ("closed_at", EmptyFieldListFilter))
    ordering = ("code", "carrier")
    fields = (
        ("code", "carrier"),
        ("postcode", "place"),
        "region",
        ("households", "refusing_households"),
        ("latitude", "longitude"),
        "outline",
        "statistics",
        ("customers", "closed_at"),
    )
    shown_fields = (*fields[:5], "figures", ("customers", "closed_at"))
    readonly_fields = ("figures", "customers", "closed_at")
    empty_hint = "Areas come with a carrier's file: see Imports."

    def get_fields(self, request: HttpRequest, obj: DeliveryArea | None = None) -> tuple:
        """Who may only look is spared the JSON."""
        may_write = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        return self.fields if may_write else self.shown_fields

    @display(description="What the carrier tells of it")
    def figures(self, area: DeliveryArea) -> str:
        return ", ".join(f"{name.replace('_', ' ')} {value:,}" for name, value in area.statistics.items())

    @display(description="Leaflets to order")
    def leaflets(self, area: DeliveryArea) -> int:
        return area.quantity


@admin.register(Carrier)
class CarrierAdmin(PlainAdmin):
    """Carriers come with the files of their areas; here is said in which bundles they carry, and who comes first."""

    empty_hint = "Carriers come with the files of their areas: see Imports."
    list_display = ("name", "bundle_size", "rank")
    fields = ("name", ("bundle_size", "rank"))

    def has_delete_permission(self, request: HttpRequest, obj: Carrier | None = None) -> bool:
        return False  # its areas bear its name

    def get_readonly_fields(self, request: HttpRequest, obj: Carrier | None = None) -> tuple[str, ...]:
        return ("name",) if obj else ()


@admin.register(Store)
class StoreAdmin(PlainAdmin):
    empty_hint = "Leaflets can name the nearest store. Many at once are read by manage.py import_stores."
    list_display = ("code", "name", "street", "postcode", "city", "hours", "is_open")
    list_filter = ("is_open",)
    search_fields = ("code", "name", "city", "postcode")
    formfield_overrides: ClassVar = {models.URLField: {"assume_scheme": "https"}}
    fields = (("code", "name", "is_open"), ("street", "postcode", "city"), ("latitude", "longitude"), "hours", "url")
