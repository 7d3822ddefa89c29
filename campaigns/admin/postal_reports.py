"""What came back by post about people's addresses: looked at, never edited."""

from django.contrib import admin
from unfold.decorators import display

from campaigns.models import PostalReport

from .pages import BigAdmin, CustomerFilter, ReadOnly
from .people import customer_link


@admin.register(PostalReport)
class PostalReportAdmin(ReadOnly, BigAdmin):
    empty_hint = "No vendor has reported a letter that came back, or somebody who moved."
    list_display = ("reported_at", "of", "kind", "reason", "is_applied", "source")
    list_filter = ("kind", "reason", "is_applied", CustomerFilter)
    list_filter_submit = True
    fields = ("of", ("kind", "reason"), "household", ("reported_at", "recorded_at"), ("source", "is_applied"))
    readonly_fields = ("of", "recorded_at")

    @display(description="Customer")
    def of(self, report: PostalReport) -> str:
        return customer_link(report.customer_id)
