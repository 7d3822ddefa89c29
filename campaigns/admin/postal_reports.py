"""What came back by post about people's addresses: looked at, never edited."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from campaigns.models import PostalReport

from .pages import BigAdmin, CustomerFilter, ReadOnly
from .people import named_link, with_names


@admin.register(PostalReport)
class PostalReportAdmin(ReadOnly, BigAdmin):
    empty_hint = "No vendor has reported a letter that came back, or somebody who moved."
    list_display = ("reported_at", "of", "kind", "reason", "took_effect", "source")
    list_filter = ("kind", "reason", "is_applied", CustomerFilter)
    list_filter_submit = True
    fields = ("of", ("kind", "reason"), "household", ("reported_at", "recorded_at"), ("source", "took_effect"))
    readonly_fields = ("of", "recorded_at", "took_effect")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return with_names(super().get_queryset(request), request, "customer")

    @display(description="Customer")
    def of(self, report: PostalReport) -> str:
        return named_link(report.customer, report)

    @display(description="Took effect")
    def took_effect(self, report: PostalReport) -> str:
        return "yes" if report.is_applied else "no, something newer was known"
