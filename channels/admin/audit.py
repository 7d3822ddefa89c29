"""The record of who asked for what, for the privacy officer: to look at, and nothing else."""

import json

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import RangeDateTimeFilter, TextFilter
from unfold.decorators import display

from campaigns.admin.pages import BigAdmin, IdFilter, ReadOnly
from channels.access import callers
from channels.models import AuditEntry

from . import colours


class VendorFilter(IdFilter):
    title = "vendor id"
    parameter_name = "vendor"
    field = "vendor_id"


class JobFilter(IdFilter):
    title = "job id"
    parameter_name = "job"
    field = "object_id"

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        found = super().queryset(request, queryset)
        return found.filter(object_type="printjob") if self.value() else found


class KeyFilter(IdFilter):
    title = "key id"
    parameter_name = "key"
    field = "key_id"


class UserFilter(IdFilter):
    title = "user id"
    parameter_name = "user"
    field = "user_id"


class ActionFilter(TextFilter):
    title = "action"
    parameter_name = "action"

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(action=self.value().strip()[:60]) if self.value() else queryset


class AddressFilter(TextFilter):
    title = "address"
    parameter_name = "address"

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if not self.value():
            return queryset
        address = callers.read(self.value())
        return queryset.filter(address=address) if address else queryset.none()


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly, BigAdmin):
    """Rows that it names may be gone, so it shows numbers where they are."""

    list_display = ("at", "action", "shown_outcome", "who", "about", "told", "address")
    list_filter = (
        ("at", RangeDateTimeFilter),
        "outcome",
        VendorFilter,
        JobFilter,
        KeyFilter,
        UserFilter,
        ActionFilter,
        AddressFilter,
    )
    list_filter_submit = True
    fields = (("at", "address"), ("action", "outcome"), ("who", "about"), "told")
    readonly_fields = ("who", "about", "told")

    @display(description="Result", label=colours.OUTCOME)
    def shown_outcome(self, entry: AuditEntry) -> tuple[str, str]:
        return entry.outcome, entry.get_outcome_display()

    @display(description="Who")
    def who(self, entry: AuditEntry) -> str:
        named = (("user", entry.user_id), ("vendor", entry.vendor_id), ("key", entry.key_id))
        if entry.user_id:
            return f"user {entry.user_id}"
        return ", ".join(f"{name} {number}" for name, number in named if number) or "nobody known"

    @display(description="What")
    def about(self, entry: AuditEntry) -> str:
        return f"{entry.object_type} {entry.object_id}" if entry.object_id is not None else ""

    @display(description="Facts")
    def told(self, entry: AuditEntry) -> str:
        return ", ".join(
            f"{name} {value if isinstance(value, str) else json.dumps(value)}" for name, value in entry.facts.items()
        )
