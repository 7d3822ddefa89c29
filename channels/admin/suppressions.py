"""Addresses that must not be used: kind, reason, and what is known of the address, masked; lifted with a reason."""

from django.contrib import admin, messages
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST
from unfold.decorators import display

from campaigns.admin.pages import BigAdmin, ReadOnly, note, require
from campaigns.models import Identifier, IdentifierKind, Suppression
from channels import bounces

LIFT = "campaigns.lift_suppression"


@admin.register(Suppression)
class SuppressionAdmin(ReadOnly, BigAdmin):
    change_form_outer_before_template = "channels/suppression_verbs.html"
    empty_hint = "Every address that is known may be used."
    list_display = ("created_at", "kind", "masked", "reason", "source")
    list_filter = ("reason",)
    fields = (("kind", "masked"), ("reason", "source"), "created_at")
    readonly_fields = ("masked",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        known = Identifier.objects.filter(kind=OuterRef("kind"), digest=OuterRef("digest"))
        return super().get_queryset(request).annotate(address=Subquery(known.values("value")[:1]))

    @display(description="Address")
    def masked(self, suppression: Suppression) -> str:
        return mask(suppression.kind, getattr(suppression, "address", None) or "")

    def pages(self) -> tuple:
        return (("<int:pk>/lift/", "lift", require_POST(self.lift_view)),)

    def lift_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, LIFT)
        suppression, reason = get_object_or_404(Suppression, pk=pk), request.POST.get("reason", "").strip()
        if not reason or "@" in reason:
            messages.error(request, "Say why, without an address: the history keeps it.")
            return redirect("admin:campaigns_suppression_change", pk)
        try:
            bounces.lift([suppression])
        except bounces.LiftError as error:
            messages.error(request, str(error))
            return redirect("admin:campaigns_suppression_change", pk)
        note(request, suppression, f"lifted ({suppression.reason}): {reason[:200]}")
        messages.success(request, "The address may be used again. An objection, if there is one, still stands.")
        return redirect("admin:campaigns_suppression_changelist")


def mask(kind: str, value: str) -> str:
    """Enough to recognise what one knows already; nothing where only the hash is left."""
    if not value:
        return "only its hash is known"
    if kind == IdentifierKind.EMAIL:
        return f"{value[:1]}…@{value.rpartition('@')[2]}"
    return f"…{value[-2:]}"
