"""Service cases: the dialogue with a customer. An open complaint keeps the customer out of campaigns."""

from collections.abc import Iterator

from django.contrib import admin, messages
from django.contrib.admin import SimpleListFilter
from django.contrib.admin.models import ADDITION
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone
from unfold.decorators import action, display

from campaigns.models import ServiceCase

from .pages import BigAdmin, CustomerFilter, note
from .people import customer_link


class OpenFilter(SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: BigAdmin) -> Iterator[tuple[str, str]]:
        yield from (("open", "open"), ("closed", "closed"))

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset if not self.value() else queryset.filter(closed_at__isnull=self.value() == "open")


@admin.register(ServiceCase)
class ServiceCaseAdmin(BigAdmin):
    list_display = ("subject", "kind", "state", "of", "medium", "opened_at", "handled_by")
    list_filter = (OpenFilter, "kind", CustomerFilter)
    list_filter_submit = True
    list_select_related = ("handled_by",)
    raw_id_fields = ("customer",)
    actions = ("close",)
    fields = ("customer", ("kind", "medium"), "subject", "note", "closed_at", ("opened_at", "handled_by"))
    readonly_fields = ("opened_at", "handled_by")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return (*self.readonly_fields, "customer") if obj else self.readonly_fields

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False  # a case is closed, and stays a part of the person's history

    def save_model(self, request: HttpRequest, obj: ServiceCase, form: ModelForm, change: bool) -> None:
        obj.handled_by = request.user
        super().save_model(request, obj, form, change)

    def log_addition(self, request: HttpRequest, obj: Model, message: object) -> None:
        note(request, obj, "opened", flag=ADDITION)

    def log_change(self, request: HttpRequest, obj: Model, message: object) -> None:
        note(request, obj, "changed")

    @display(description="State", label={"open": "warning", "closed": "success"})
    def state(self, case: ServiceCase) -> str:
        return "closed" if case.closed_at else "open"

    @display(description="Customer")
    def of(self, case: ServiceCase) -> str:
        return customer_link(case.customer_id)

    @action(description="Close", permissions=["change"])
    def close(self, request: HttpRequest, queryset: QuerySet) -> None:
        closed = queryset.filter(closed_at=None).update(closed_at=timezone.now(), handled_by=request.user)
        messages.success(request, f"{closed} closed.")
