"""Bounces to look at: one by one, and summed by reason and by the domain that they came from."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from unfold.decorators import display

from campaigns.admin.pages import BigAdmin, ReadOnly, require
from channels.models import Bounce

DAYS = 30
MOST_SHOWN = 50
COLOURS = {"hard": "danger", "soft": "warning", "block": "info"}


@admin.register(Bounce)
class BounceAdmin(ReadOnly, BigAdmin):
    list_display = ("occurred_at", "of", "shown_severity", "reason", "code", "domain")
    list_display_links = None
    list_filter = ("severity",)

    @display(description="Dispatch")
    def of(self, bounce: Bounce) -> str:
        return f"dispatch {bounce.dispatch_id}"

    @display(description="Severity", label=COLOURS)
    def shown_severity(self, bounce: Bounce) -> str:
        return bounce.severity

    def pages(self) -> tuple:
        return (("sums/", "sums", self.sums_view),)

    def sums_view(self, request: HttpRequest) -> HttpResponse:
        require(request, "channels.view_bounce")
        return self.page(
            request, "channels/bounces.html", title="Bounces", days=DAYS, by_reason=by_reason(), by_domain=by_domain()
        )


def by_reason() -> list[dict[str, Any]]:
    """The last days, most first; each with the codes that were given most often."""
    rows = _summed("severity", "reason")
    codes = _latest().exclude(code="").values_list("severity", "reason", "code").annotate(number=Count("pk"))
    given: dict[tuple[str, str], list[str]] = {}
    for severity, reason, code, _ in codes.order_by("-number"):
        given.setdefault((severity, reason), []).append(code)
    return [row | {"codes": ", ".join(given.get((row["severity"], row["reason"]), [])[:4])} for row in rows]


def by_domain() -> list[dict[str, Any]]:
    sums = {severity: Count("pk", filter=Q(severity=severity)) for severity in Bounce.Severity.values}
    return _summed("domain", **sums)


def _summed(*columns: str, **sums: Count) -> list[dict[str, Any]]:
    grouped = _latest().values(*columns).annotate(number=Count("pk"), **sums)
    return list(grouped.order_by("-number", *columns)[:MOST_SHOWN])


def _latest() -> QuerySet[Bounce]:
    return Bounce.objects.filter(occurred_at__gte=timezone.now() - timedelta(days=DAYS))
