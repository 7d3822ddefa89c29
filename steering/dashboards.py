"""The landing page of the admin: what runs, what went out by channel and day, money used, failures."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from campaigns import money
from campaigns.models import Wave, WaveState
from channels import encryption_keys, registry
from channels.kept import kept
from channels.ledger.sql import rows
from channels.print_jobs import deletion, exceptions
from channels.webhooks import endpoints

from . import tally

CHART_DAYS = 14
SECONDS_KEPT = 20
COLOURS = ("#0f766e", "#0ea5e9", "#8b5cf6", "#f59e0b", "#e11d48", "#64748b")
LIVE_STATES = (WaveState.RUNNING, WaveState.PAUSED)
OUT_STATES = ("handed_over", "sent", "delivered", "bounced")

PROGRESS = """
    SELECT w.id, c.id, c.name, w.number, w.state, c.budget_cents, c.currency, count(d.id),
           count(d.id) FILTER (WHERE d.state = ANY(%(out)s)),
           count(d.id) FILTER (WHERE d.state = 'failed'),
           count(d.id) FILTER (WHERE d.state = 'uncertain'),
           coalesce(sum(d.cost_cents) FILTER (WHERE d.state = ANY(%(out)s)), 0)
    FROM campaigns_wave w
    JOIN campaigns_campaign c ON c.id = w.campaign_id
    LEFT JOIN channels_dispatch d ON d.wave_id = w.id
    WHERE w.id = ANY(%(waves)s)
    GROUP BY w.id, c.id ORDER BY w.id DESC
"""
SENDS = """
    SELECT d.channel, (d.state_changed_at AT TIME ZONE %(zone)s)::date AS day, count(*)
    FROM channels_dispatch d
    WHERE d.wave_id = ANY(%(waves)s) AND d.state = ANY(%(out)s) AND d.state_changed_at >= %(since)s
    GROUP BY 1, 2
"""


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Unfold's DASHBOARD_CALLBACK. Who may not see figures gets the sidebar's entries as cards."""
    if request.user.has_perm(exceptions.MAY):
        context["late_letters"] = exceptions.waiting()
    if request.user.has_perm("channels.view_printjob"):
        context["owed_certificates"] = deletion.owed().count()
    if request.user.has_perm(encryption_keys.PERMISSION):
        context["unconfirmed_keys"] = encryption_keys.unconfirmed().count()
    if not request.user.has_perm("campaigns.view_wave"):
        for group in context.get("sidebar_navigation", ()):
            group["may_open"] = any(item["has_permission"] for item in group["items"])
        return context
    context.update(kept("dashboard", measure, least=SECONDS_KEPT), may_see_figures=True)
    return context


def measure() -> dict[str, Any]:
    """Figures over the waves that live now or were started within CHART_DAYS."""
    since = timezone.localdate() - timedelta(days=CHART_DAYS - 1)
    recent = Wave.objects.filter(started_at__date__gte=since) | Wave.objects.filter(state__in=LIVE_STATES)
    wave_ids = list(recent.values_list("id", flat=True))
    params = {"waves": wave_ids, "out": list(OUT_STATES)}
    progress = [_progress_row(row) for row in rows(PROGRESS, params)]
    sends = rows(SENDS, params | {"since": since, "zone": timezone.get_current_timezone_name()})
    live = [row for row in progress if row["state"] in LIVE_STATES]
    tallies = tally.of_waves({row["wave_id"]: row["planned"] for row in live})
    return {
        "cards": _cards(progress, live, sends, tallies),
        "differing": [row | {"tally": one} for row in live if (one := tallies.get(row["wave_id"])) and not one.holds],
        "webhooks": endpoints.troubled(),
        "live_waves": live,
        "recent_waves": progress,
        "sends_chart": sends_chart(sends, since=since),
        "has_sends": bool(sends),
    }


def sends_chart(sends: list[tuple[str, date, int]], *, since: date) -> dict[str, Any]:
    """Data for a stacked bar chart: one dataset a channel, one bar a day."""
    days = [since + timedelta(days=offset) for offset in range(CHART_DAYS)]
    by_channel = {(channel, day): count for channel, day, count in sends}
    datasets = [
        {
            "label": label,
            "data": [by_channel.get((name, day), 0) for day in days],
            "backgroundColor": COLOURS[index % len(COLOURS)],
            "stack": "sends",
        }
        for index, (name, label) in enumerate(registry.choices())
    ]
    return {"labels": [day.strftime("%d %b") for day in days], "datasets": datasets}


def _cards(
    progress: list[dict], live: list[dict], sends: list[tuple], tallies: dict[int, tally.Tally]
) -> list[dict[str, Any]]:
    today = timezone.localdate()
    failed = sum(row["failed"] for row in progress)
    uncertain = sum(row["uncertain"] for row in progress)
    return [
        {"title": "Waves running", "value": f"{len(live)}", "note": _sums(tallies)},
        {
            "title": "Sent today",
            "value": f"{sum(n for _, day, n in sends if day == today):,}",
            "note": "over all channels",
        },
        {
            "title": "Spent",
            "value": _spent(progress),
            "note": f"last {CHART_DAYS} days",
        },
        {
            "title": "Failed",
            "value": f"{failed:,}",
            "note": f"{uncertain:,} uncertain, to be decided",
            "url": reverse("admin:channels_dispatch_uncertain") if uncertain else "",
        },
    ]


def _spent(progress: list[dict]) -> str:
    """In each currency that campaigns have their budgets in."""
    cents: Counter[str] = Counter()
    for row in progress:
        cents[row["currency"]] += row["spent"]
    return " + ".join(money.shown(spent, currency) for currency, spent in sorted(cents.items())) or "0.00"


def _sums(tallies: dict[int, tally.Tally]) -> str:
    """The ledger's sums over all states beside the plans."""
    if not tallies:
        return "running or paused now"
    planned = sum(one.planned for one in tallies.values())
    in_ledger = sum(one.in_ledger for one in tallies.values())
    sign = "=" if all(one.holds for one in tallies.values()) else "≠"
    return f"{in_ledger:,} in the ledger {sign} {planned:,} planned"


def _progress_row(row: tuple) -> dict[str, Any]:
    wave_id, campaign_id, name, number, state, budget, currency, planned, out, failed, uncertain, spent = row
    return {
        "wave_id": wave_id,
        "campaign_id": campaign_id,
        "name": f"{name} wave {number}",
        "state": state,
        "planned": planned,
        "out": out,
        "out_words": f"{out:,} of {planned:,}",
        "failed": failed,
        "uncertain": uncertain,
        "spent": int(spent),
        "budget": budget,
        "currency": currency,
        "out_percent": round(100 * out / planned) if planned else 0,
        "budget_percent": round(100 * int(spent) / budget) if budget else 0,
    }
