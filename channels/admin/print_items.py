"""The pieces of print jobs, with what their vendors reported."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from unfold.decorators import display

from campaigns.admin.pages import BigAdmin, IdFilter, ReadOnly, ReadOnlyInline
from channels.models import PrintItem, PrintItemState, PrintReport


class JobFilter(IdFilter):
    title = "job id"
    parameter_name = "job"
    field = "job_id"


class ItemStateFilter(admin.SimpleListFilter):
    """Within a job only: the index begins with it."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return PrintItemState.choices if request.GET.get("job") else []

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(state=self.value()) if self.value() and request.GET.get("job") else queryset


class ReportInline(ReadOnlyInline):
    model = PrintReport
    fields = ("reported_at", "state", "reason", "text", "quantity", "week", "event_id", "recorded_at")
    readonly_fields = fields
    ordering = ("pk",)
    verbose_name_plural = "What the vendor reported"


@admin.register(PrintItem)
class PrintItemAdmin(ReadOnly, BigAdmin):
    list_display = ("id", "print_job", "sequence", "sent_as", "delivery_area", "quantity", "state", "why")
    list_filter = (JobFilter, ItemStateFilter)
    list_filter_submit = True
    list_select_related = ("delivery_area",)
    inlines = (ReportInline,)
    fields = (("job", "sequence"), ("dispatch", "delivery_area"), ("quantity", "state"), ("why", "state_changed_at"))
    readonly_fields = ("why",)

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Those of one job as they are printed, by the index that begins with the job."""
        return ("sequence", "pk") if request.GET.get("job") else super().get_ordering(request)

    @display(description="Print job")
    def print_job(self, item: PrintItem) -> str:
        return _link("printjob", item.job_id)

    @display(description="Dispatch")
    def sent_as(self, item: PrintItem) -> str:
        return _link("dispatch", item.dispatch_id) if item.dispatch_id else ""

    @display(description="Reason")
    def why(self, item: PrintItem) -> str:
        return item.reason.replace("_", " ")


def _link(model: str, pk: int) -> str:
    url = reverse(f"admin:channels_{model}_change", args=[pk])
    return format_html('<a class="plain-link" href="{}">{}</a>', url, pk)
