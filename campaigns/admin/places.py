"""Where people live: households, and the areas in which unaddressed post is bought."""

from django.contrib import admin
from unfold.decorators import display

from campaigns.models import DeliveryArea, Household, Store

from .pages import BigAdmin, PlainAdmin, ReadOnly


@admin.register(Household)
class HouseholdAdmin(ReadOnly, BigAdmin):
    """Found by whole postcode only: that is indexed, and says nothing about a person in a URL."""

    list_display = ("street", "postcode", "city", "country", "delivery_area")
    list_select_related = ("delivery_area",)
    search_fields = ("postcode__exact",)
    search_help_text = "A whole postcode"
    fields = ("street", ("postcode", "city", "country"), "delivery_area")


@admin.register(DeliveryArea)
class DeliveryAreaAdmin(PlainAdmin):
    list_display = ("code", "place", "postcode", "region", "carrier", "households", "refusing_households", "leaflets")
    search_fields = ("code__startswith", "postcode__exact")
    search_help_text = "The beginning of a code, or a whole postcode"
    ordering = ("code",)
    fields = (
        ("code", "carrier"),
        ("postcode", "place", "region"),
        ("households", "refusing_households"),
        ("latitude", "longitude"),
    )

    @display(description="Leaflets to order")
    def leaflets(self, area: DeliveryArea) -> int:
        return area.quantity


@admin.register(Store)
class StoreAdmin(PlainAdmin):
    list_display = ("code", "name", "street", "postcode", "city", "hours", "is_open")
    list_filter = ("is_open",)
    search_fields = ("code", "name", "city", "postcode")
    fields = (("code", "name", "is_open"), ("street", "postcode", "city"), ("latitude", "longitude"), "hours", "url")
