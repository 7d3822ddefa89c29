"""Assignments: who gets what in a wave and why, customer by customer; found by wave or by customer."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from campaigns.admin.pages import BigAdmin, CustomerFilter, ReadOnly
from campaigns.admin.people import numbered_link, with_names
from campaigns.money import shown
from channels.admin.names import label
from channels.admin.waves import WaveFilter
from steering.models import Assignment

from .why import WhyPages, why_link


@admin.register(Assignment)
class AssignmentAdmin(ReadOnly, WhyPages, BigAdmin):
    empty_hint = "A plan makes assignments: what was decided for every customer who may get something."
    list_display = ("of", "wave", "gets", "why", "chance", "uplift", "cost", "explained")
    list_filter = (WaveFilter, CustomerFilter)
    list_filter_submit = True
    list_select_related = ("wave__campaign",)
    fields = (("of", "wave"), ("gets", "why"), ("chance", "decided_at"), ("uplift", "cost"), "explained")
    readonly_fields = ("of", "gets", "why", "chance", "uplift", "cost", "explained")

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Within a wave in the order of its index; by the ids, because `wave` alone is ordered by its campaign."""
        return ("wave_id", "customer_id") if request.GET.get("wave") else ("-pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return with_names(super().get_queryset(request), request, "wave__campaign")

    @display(description="Customer")
    def of(self, row: Assignment) -> str:
        return numbered_link(row)

    @display(description="Gets")
    def gets(self, row: Assignment) -> str:
        if not row.channel:
            return "nothing"
        return f"{label(row.channel)} and the leaflet" if row.has_leaflet_on_top else label(row.channel)

    @display(description="Why", label={"held out": "warning", "drawn at random": "info", "earns most": "success"})
    def why(self, row: Assignment) -> str:
        return row.because

    @display(description="Chance of this choice")
    def chance(self, row: Assignment) -> str:
        return "not evaluable" if row.propensity is None else f"{row.propensity:.3f}"

    @display(description="Expected added margin before cost")
    def uplift(self, row: Assignment) -> str:
        return shown(row.uplift_cents)

    @display(description="Share of cost")
    def cost(self, row: Assignment) -> str:
        return shown(row.cost_cents)

    @display(description="Explanation")
    def explained(self, row: Assignment) -> str:
        return why_link(row.wave_id, row.customer_id)
