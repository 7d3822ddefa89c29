"""Letters that were withdrawn after the point of no return: what became of each, and what was done about it."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST
from unfold.decorators import display

from campaigns.admin.pages import BigAdmin, ReadOnly, note, require, sentence
from channels.models import PrintWithdrawal
from channels.print_jobs import exceptions

from .print_items import JobFilter


class HandledFilter(admin.SimpleListFilter):
    title = "handled"
    parameter_name = "handled"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "not yet"), ("yes", "handled")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(handled_at__isnull=self.value() == "no") if self.value() else queryset


@admin.register(PrintWithdrawal)
class PrintExceptionAdmin(ReadOnly, BigAdmin):
    change_form_outer_before_template = "channels/print_exception.html"
    empty_hint = "No letter was withdrawn after its vendor had begun to produce it."
    list_display = ("id", "withdrawn_at", "print_job", "letter", "reason", "fate", "told", "state")
    list_filter = (HandledFilter, "reason", JobFilter)
    list_filter_submit = True
    fields = (
        ("print_job", "letter"),
        ("reason", "withdrawn_at"),
        ("fate", "told"),
        ("handled_at", "handled_by"),
        "handling",
    )
    readonly_fields = ("print_job", "letter", "fate", "told")

    def get_queryset(self, request: HttpRequest) -> QuerySet[PrintWithdrawal]:
        return exceptions.late()

    @display(description="Print job")
    def print_job(self, one: PrintWithdrawal) -> str:
        url = reverse("admin:channels_printjob_change", args=[one.job_id])
        return format_html('<a class="plain-link" href="{}">{} of {}</a>', url, one.job_id, one.job.vendor)

    @display(description="Letter")
    def letter(self, one: PrintWithdrawal) -> str:
        url = reverse("admin:channels_printitem_change", args=[one.item_id])
        return format_html('<a class="plain-link" href="{}">{}</a>', url, one.item.sequence)

    @display(description="What became of it")
    def fate(self, one: PrintWithdrawal) -> str:
        return exceptions.fate(one).says

    @display(description="The vendor")
    def told(self, one: PrintWithdrawal) -> str:
        return "knows of it" if one.acknowledged_at else "has not acknowledged it"

    @display(description="State", label={"to be handled": "warning", "handled": "success"})
    def state(self, one: PrintWithdrawal) -> str:
        return "handled" if one.handled_at else "to be handled"

    def pages(self) -> tuple:
        return (("<int:pk>/handle/", "handle", require_POST(self.handle_view)),)

    def handle_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, exceptions.MAY)
        one = get_object_or_404(exceptions.late(), pk=pk)
        try:
            exceptions.handle(one, by=request.user, how=request.POST.get("how", ""))
        except exceptions.ExceptionError as error:
            messages.error(request, sentence(error))
        else:
            note(request, one, "handled")
            messages.success(request, "Noted.")
        return redirect("admin:channels_printwithdrawal_change", pk)
