"""The delivery of a wave while it goes on: how far, how fast, until when, what goes wrong, and what a person has to decide."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import formats, timezone

from campaigns.admin.pages import require
from campaigns.models import Wave, WaveState
from channels import ledger, progress
from channels.admin.names import label
from channels.models import DispatchState
from channels.progress import LEFT, WAITING, Fault, Progress
from steering import tally, waves

from .plan_words import STATES

ICONS = {"pause": "pause", "resume": "play_arrow"}
ENDED = (WaveState.COMPLETED, WaveState.CANCELLED)
STOP_POLLING = 286  # htmx's own status: take this one, and ask no more
STANDS_STILL = timedelta(minutes=3)  # something due for so long, and nothing left
FAULTS_SHOWN = 50
UNKNOWN = "\N{EM DASH}"


class DeliveryPages:
    """Mixed into the admin of waves."""

    def pages(self) -> tuple:
        return (
            *super().pages(),
            ("<int:pk>/delivery/", "delivery", self.delivery_view),
            ("<int:pk>/delivery/figures/", "delivery_figures", self.figures_view),
        )

    def delivery_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        wave = self._wave(request, pk)
        context = _context(wave, request)
        return self.page(request, "steering/delivery.html", title=f"Delivery: {wave}", **context)

    def figures_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What the page asks for every few seconds."""
        wave = self._wave(request, pk)
        made = self.page(request, "steering/delivery_figures.html", title="", **_context(wave, request))
        made.status_code = STOP_POLLING if wave.state in ENDED else 200
        return made

    def _wave(self, request: HttpRequest, pk: int) -> Wave:
        require(request, "campaigns.view_wave")
        return get_object_or_404(Wave.objects.select_related("campaign"), pk=pk)


def _context(wave: Wave, request: HttpRequest) -> dict[str, Any]:
    now = progress.of_wave(wave.pk)
    is_stopped = ledger.is_stopped()
    planned = tally.of_waves({wave.pk: now.number()}).get(wave.pk)
    return {
        "wave": wave,
        "here": reverse("admin:campaigns_wave_delivery", args=[wave.pk]),
        "at": now.at,
        "verbs": [{"name": verb, "icon": ICONS[verb]} for verb in waves.allowed(wave, request.user) if verb in ICONS],
        "warnings": _warnings(wave, now, is_stopped, planned),
        "cards": [_out(now), _speed(now), _end(wave, now, is_stopped), _ledger(now, planned)],
        "out_percent": _percent(now),
        "table": _table(wave, now),
        "faults": [_fault_row(wave, fault) for fault in progress.faults_of(wave.pk)[:FAULTS_SHOWN]],
        "put_off": [_words(fault) for fault in now.recent.put_off[:FAULTS_SHOWN]],
        "looked_at": f"{progress.MOST_LOOKED_AT:,}" if _is_cut(now) else "",
        "uncertain": _uncertain(wave, now),
        "is_live": wave.state not in ENDED,
    }


def _warnings(wave: Wave, now: Progress, is_stopped: bool, planned: tally.Tally | None) -> list[str]:
    said = []
    if planned and not planned.holds:
        said.append(
            f"The ledger holds {planned.in_ledger:,} dispatches of this wave, the plan {planned.planned:,}."
            " Run manage.py check_invariants."
        )
    oldest = min((at for at in now.oldest_due_at.values() if at), default=None)
    may_go = wave.state == WaveState.RUNNING and not is_stopped
    if may_go and oldest and oldest < now.at - STANDS_STILL and not now.per_minute:
        said.append(
            f"Something has been due since {_time(oldest)}, and nothing has left for minutes: are the workers running?"
        )
    return said


def _is_cut(now: Progress) -> bool:
    """Whether there is more that went wrong than is looked at."""
    return any(of.get(state, 0) > progress.MOST_LOOKED_AT for of in now.sums.values() for state in progress.WENT_WRONG)


def _percent(now: Progress) -> int:
    return int(100 * now.number(*LEFT) / now.number()) if now.number() else 0


def _out(now: Progress) -> dict[str, str]:
    waiting = now.number(*WAITING)
    return {
        "title": "Gone out",
        "value": f"{now.number(*LEFT):,} of {now.number():,}",
        "note": f"{_percent(now)} %, {waiting:,} wait" if waiting else f"{_percent(now)} %, nothing waits",
    }


def _speed(now: Progress) -> dict[str, str]:
    return {
        "title": "Speed",
        "value": f"{now.per_minute:,.0f} a minute",
        "note": "over the last minutes" if now.per_minute else "nothing has left in the last minutes",
    }


def _end(wave: Wave, now: Progress, is_stopped: bool) -> dict[str, str]:
    """The later of what limits and hours allow, and of what is left at the speed of the last minutes."""
    waiting = now.number(*WAITING)
    if not waiting:
        return {"title": "Expected end", "value": UNKNOWN, "note": "nothing waits"}
    if is_stopped or wave.state == WaveState.PAUSED:
        why = "all sending is stopped" if is_stopped else "the wave is paused"
        return {"title": "Expected end", "value": UNKNOWN, "note": why}
    estimate = progress.estimate_of(wave)
    reached = [(estimate.ends_at, estimate.because)] if estimate.ends_at else []
    if now.per_minute:
        reached.append(
            (timezone.now() + timedelta(minutes=waiting / now.per_minute), "at the speed of the last minutes")
        )
    if not reached:
        return {"title": "Expected end", "value": UNKNOWN, "note": "not known yet"}
    ends_at, because = max(reached)
    late = f"{'; ' if because else ''}{estimate.too_late:,} come after their deadline" if estimate.too_late else ""
    return {
        "title": "Expected end",
        "value": _time(ends_at),
        "note": f"{because}{late}" or "as fast as the workers are",
    }


def _ledger(now: Progress, planned: tally.Tally | None) -> dict[str, Any]:
    card = {"title": "Sum over states", "value": f"{now.number():,}"}
    if planned is None:
        return card | {"note": "no plan made this wave"}
    if planned.holds:
        return card | {"note": f"= {planned.planned:,} planned", "is_good": True}
    return card | {"note": f"≠ {planned.planned:,} planned", "is_bad": True}


def _table(wave: Wave, now: Progress) -> dict[str, Any]:
    """Channels in rows, states in columns; states in which nothing is are left out."""
    states = [state for state in STATES if any(of.get(state) for of in now.sums.values())]
    return {
        "states": [state.replace("_", " ").capitalize() for state in states],
        "rows": [
            {
                "channel": label(channel),
                "cells": [_cell(wave, channel, state, of.get(state, 0)) for state in states],
                "all": f"{sum(of.values()):,}",
                "per_minute": f"{now.recent.per_minute.get(channel, 0):,.0f}",
                "oldest": _oldest(now, channel),
            }
            for channel, of in now.sums.items()
        ],
    }


def _cell(wave: Wave, channel: str, state: str, number: int) -> dict[str, str]:
    return {"number": f"{number:,}", "url": _dispatches(wave, channel=channel, state=state) if number else ""}


def _oldest(now: Progress, channel: str) -> str:
    at = now.oldest_due_at.get(channel)
    if at is None:
        return ""
    return _time(at) if at > now.at else f"{_time(at)}, for {_duration(now.at - at)}"


def _uncertain(wave: Wave, now: Progress) -> list[dict[str, Any]]:
    numbers = {channel: of.get(DispatchState.UNCERTAIN, 0) for channel, of in now.sums.items()}
    return [
        {
            "channel": channel,
            "label": label(channel),
            "number": f"{number:,}",
            "url": _dispatches(wave, channel=channel, state="uncertain"),
        }
        for channel, number in numbers.items()
        if number
    ]


def _fault_row(wave: Wave, fault: Fault) -> dict[str, str]:
    beginning = fault.reason.partition("…")[0].strip()
    asked = {"channel": fault.channel, "state": fault.state, "code": fault.code, "reason": beginning}
    return _words(fault) | {"url": _dispatches(wave, **asked)}


def _words(fault: Fault) -> dict[str, str]:
    return {
        "channel": label(fault.channel),
        "state": fault.state.replace("_", " "),
        "code": fault.code,
        "reason": fault.reason or "not said",
        "number": f"{fault.number:,}",
    }


def _dispatches(wave: Wave, **asked: str) -> str:
    query = {"wave": wave.pk} | {name: value for name, value in asked.items() if value}
    return f"{reverse('admin:channels_dispatch_changelist')}?{urlencode(query)}"


def _time(at: datetime) -> str:
    """With the day where it is not today's."""
    local = timezone.localtime(at)
    is_today = local.date() == timezone.localdate()
    return formats.date_format(local, "TIME_FORMAT" if is_today else "SHORT_DATETIME_FORMAT")


def _duration(since: timedelta) -> str:
    minutes = int(since.total_seconds() // 60)
    if minutes < 1:
        return "a moment"
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
