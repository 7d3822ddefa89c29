"""Dispatches of which nobody knows whether they left, wave by wave, for a person to decide in one click."""

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from campaigns.admin.pages import back, require
from campaigns.models import Wave
from channels import ledger, progress
from channels.models import Dispatch, DispatchState

from .names import label

RESOLVE = "channels.resolve_dispatch"
VERDICTS = {"sent": DispatchState.SENT, "failed": DispatchState.FAILED, "queued": DispatchState.QUEUED}
UNCERTAIN = Dispatch.objects.filter(state=DispatchState.UNCERTAIN)


class UncertainPages:
    """Mixed into the admin of dispatches."""

    def pages(self) -> tuple:
        return (
            ("uncertain/", "uncertain", self.uncertain_view),
            ("uncertain/decide/", "decide", require_POST(self.decide_view)),
        )

    def uncertain_view(self, request: HttpRequest) -> HttpResponse:
        require(request, RESOLVE)
        return self.page(request, "channels/uncertain.html", title="To be decided", rows=_by_wave())

    def decide_view(self, request: HttpRequest) -> HttpResponse:
        """All uncertain dispatches of one wave and channel at once."""
        require(request, RESOLVE)
        wave, channel, verdict = (request.POST.get(name, "") for name in ("wave", "channel", "verdict"))
        if not wave.isdecimal() or verdict not in VERDICTS:
            messages.error(request, "Say which wave, and what became of it.")
            return back(request, "admin:channels_dispatch_uncertain")
        ids = list(UNCERTAIN.filter(wave_id=int(wave), channel=channel).values_list("pk", flat=True))
        decided = ledger.resolve(ids, verdict=VERDICTS[verdict], by=request.user)
        progress.forget_wave(int(wave))
        messages.success(request, f"{decided} decided as {verdict}.")
        return back(request, "admin:channels_dispatch_uncertain")


def _by_wave() -> list[dict[str, Any]]:
    """By the partial index of uncertain dispatches."""
    sums = UNCERTAIN.values("wave_id", "channel").annotate(number=Count("pk")).order_by("-wave_id", "channel")
    rows = list(sums)
    waves = Wave.objects.select_related("campaign").in_bulk({row["wave_id"] for row in rows})
    return [row | {"wave": waves[row["wave_id"]], "label": label(row["channel"])} for row in rows]
