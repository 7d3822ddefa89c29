"""The record of who asked for what, for the privacy officer: to look at, and nothing else."""

import json
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from unfold.contrib.filters.admin import DropdownFilter, RangeDateTimeFilter, TextFilter
from unfold.decorators import display

from campaigns.admin.pages import BigAdmin, IdFilter, ReadOnly
from channels.access import callers
from channels.models import ApiKey, AuditEntry, Vendor

from . import colours

FIRST = ("method", "status", "reason")  # of the facts


class VendorFilter(DropdownFilter):
    title = "vendor"
    parameter_name = "vendor"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(pk), name) for pk, name in Vendor.objects.order_by("name").values_list("pk", "name")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        asked = self.value() or ""
        return queryset.filter(vendor_id=int(asked)) if asked.isascii() and asked.isdecimal() else queryset


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
    """Rows that it names may be gone; then it shows their numbers."""

    empty_hint = "No program of a vendor has asked for anything yet."
    list_display = ("moment", "action", "shown_outcome", "who", "about", "told", "address")
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
    fields = (("moment", "address"), ("action", "outcome"), ("who", "about"), "told")
    readonly_fields = ("moment", "who", "about", "told")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return (
            super()
            .get_queryset(request)
            .annotate(
                user_name=Subquery(User.objects.filter(pk=OuterRef("user_id")).values("username")),
                vendor_name=Subquery(Vendor.objects.filter(pk=OuterRef("vendor_id")).values("name")),
                key_name=Subquery(ApiKey.objects.filter(pk=OuterRef("key_id")).values("name")),
            )
        )

    @display(description="At", ordering="at")
    def moment(self, entry: AuditEntry) -> str:
        """Programs ask for much within a minute."""
        return date_format(timezone.localtime(entry.at), "j M Y H:i:s")

    @display(description="Result", label=colours.OUTCOME)
    def shown_outcome(self, entry: AuditEntry) -> tuple[str, str]:
        return entry.outcome, entry.get_outcome_display()

    @display(description="Who")
    def who(self, entry: AuditEntry) -> str:
        if entry.user_id:
            return entry.user_name or f"user {entry.user_id}"
        vendor = entry.vendor_id and (entry.vendor_name or f"vendor {entry.vendor_id}")
        key = entry.key_id and f"key {entry.key_name or entry.key_id}"
        return ", ".join(filter(None, (vendor, key))) or "nobody known"

    @display(description="What")
    def about(self, entry: AuditEntry) -> str:
        if entry.object_id is None:
            return ""
        if entry.object_type == "printjob":
            url = reverse("admin:channels_printjob_change", args=[entry.object_id])
            return format_html('<a class="plain-link" href="{}">print job {}</a>', url, entry.object_id)
        return f"{entry.object_type} {entry.object_id}"

    @display(description="Facts")
    def told(self, entry: AuditEntry) -> str:
        told = sorted(entry.facts.items(), key=lambda fact: (fact[0] not in FIRST, fact[0]))
        return ", ".join(f"{name} {value if isinstance(value, str) else json.dumps(value)}" for name, value in told)
