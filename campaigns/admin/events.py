"""Events: what customers did and received, newest first; written by imports, channels and the API only."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from campaigns.models import Event
from campaigns.money import shown

from .pages import BigAdmin, CustomerFilter, IdFilter, ReadOnly
from .people import numbered_link, with_names


class DispatchFilter(IdFilter):
    title = "dispatch id"
    parameter_name = "dispatch"
    field = "dispatch_id"


@admin.register(Event)
class EventAdmin(ReadOnly, BigAdmin):
    list_display = ("occurred_at", "kind", "medium", "where", "value", "of", "dispatch_id", "source")
    list_filter = (CustomerFilter, DispatchFilter)
    list_filter_submit = True
    fields = (
        ("kind", "value"),
        ("medium", "is_online"),
        ("occurred_at", "recorded_at"),
        ("of", "dispatch_id"),
        ("source", "source_key"),
        "attributes",
    )
    readonly_fields = ("of", "value")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return with_names(super().get_queryset(request), request)

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """One customer's events are in order of time, by their index; everybody's in the order of recording."""
        return ("-occurred_at", "-pk") if request.GET.get("customer") else ("-pk",)

    @display(description="Where")
    def where(self, event: Event) -> str:
        return "online" if event.is_online else "offline"

    @display(description="Value")
    def value(self, event: Event) -> str:
        return shown(event.value_cents) if event.value_cents else ""

    @display(description="Customer")
    def of(self, event: Event) -> str:
        return numbered_link(event)
