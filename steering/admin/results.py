"""The results page of a campaign: what went out, what came back, and what it added."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import numpy as np
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone

from campaigns.admin.pages import require
from campaigns.models import Campaign, Wave
from campaigns.money import shown
from channels.print_jobs import distributed
from steering import measurement

from .plan_words import table

SECONDS_KEPT = 120
RESEARCHED = {
    "online": "Researched online",
    "offline": "Researched offline",
    "both": "Researched on both",
    "neither": "No research seen",
}


class ResultPages:
    """Mixed into the admin of campaigns."""

    def pages(self) -> tuple:
        return (("<int:pk>/results/", "results", self.results_view),)

    def results_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """`?wave=` shows one wave instead of all."""
        require(request, "campaigns.view_wave")
        campaign = get_object_or_404(Campaign, pk=pk)
        waves = list(campaign.waves.order_by("number"))
        chosen = next((wave for wave in waves if str(wave.pk) == request.GET.get("wave")), None)
        results, measured_at = _measured(pk, chosen.pk if chosen else None)
        return self.page(
            request,
            "steering/results.html",
            title=f"Results: {campaign}",
            campaign=campaign,
            waves=[wave for wave in waves if wave.started_at],
            chosen=chosen,
            measured_at=measured_at,
            still_open=_still_open([chosen] if chosen else waves, campaign),
            cards=_cards(results),
            tables=[_funnel(results), _lift(results), *_areas(results), *_leaflets(waves, chosen), _ropo(results)],
        )


def _measured(campaign_id: int, wave_id: int | None) -> tuple[measurement.Results, datetime]:
    """With a million customers this takes seconds, so it is kept for a while; the page says from when it is."""
    key = f"results:{campaign_id}:{wave_id}"
    kept = cache.get(key)
    if kept is None:
        kept = measurement.results(campaign_id, wave_id=wave_id), timezone.now()
        cache.set(key, kept, SECONDS_KEPT)
    return kept


def _still_open(waves: list[Wave], campaign: Campaign) -> datetime | None:
    """Until when goal events still count; before that, costs are known and most of what they bring is not."""
    ends = [wave.counts_from_at + timedelta(days=campaign.goal_days) for wave in waves if wave.started_at]
    return max((end for end in ends if end > timezone.now()), default=None)


def _cards(results: Any) -> list[dict[str, str]]:
    lift = results.lift
    return [
        {
            "title": "Contacts",
            "value": f"{results.contacted:,}",
            "note": f"with {results.customers:,} customers in the plan, {results.holdout:,} of them held out",
        },
        {
            "title": "Cost",
            "value": shown(results.cost_cents + results.coupons_cents, results.currency),
            "note": f"{shown(results.cost_cents, results.currency)} of what went out"
            f", {shown(results.coupons_cents, results.currency)} of redeemed coupons",
        },
        {
            "title": "Conversions",
            "value": f"{results.conversions:,}",
            "note": f"worth {shown(results.value_cents, results.currency)}",
        },
        {
            "title": "Added margin per customer",
            "value": shown(lift.margin_cents.estimate, results.currency) if lift else "not measurable yet",
            "note": _between(lift.margin_cents, results.currency) if lift else "both groups need customers",
        },
    ]


def _between(interval: Any, currency: str) -> str:
    return f"with 95 % confidence between {shown(interval.low, currency)} and {shown(interval.high, currency)}"


def _funnel(results: Any) -> dict[str, Any]:
    headers = [
        "Channel", "Planned", "Sent", "Delivered", "Seen", "Clicked", "Redeemed", "Bounced", "Conversions", "Sales", "Cost",
    ]  # fmt: skip
    rows = [
        [
            row.label,
            *(
                f"{number:,}"
                for number in (
                    row.planned, row.sent, row.delivered, row.seen, row.clicked, row.redeemed, row.bounced,
                    row.conversions,
                )
            ),
            shown(row.value_cents, results.currency),
            shown(row.cost_cents, results.currency),
        ]
        for row in results.funnel
    ]  # fmt: skip
    note = (
        "Seen means opened or shown. Conversions are goal events of customers whom the channel reached, caused or not."
    )
    return table("From plan to purchase", headers, rows, note=note)


def _lift(results: Any) -> dict[str, Any]:
    lift = results.lift
    title = "What the campaign added"
    if lift is None:
        return table(
            title, [], [], note="Without customers in the holdout and among the treated, nothing can be measured."
        )
    rows = [
        ["Customers", f"{lift.treated:,}", f"{lift.holdout:,}", "", ""],
        [
            "Who converted",
            _percent(lift.treated_rate),
            _percent(lift.holdout_rate),
            _percent(lift.rate.estimate, sign=True),
            f"{_percent(lift.rate.low, sign=True)} to {_percent(lift.rate.high, sign=True)}",
        ],
        [
            "Margin per customer after cost and coupons",
            "",
            "",
            shown(lift.margin_cents.estimate, results.currency),
            f"{shown(lift.margin_cents.low, results.currency)} to {shown(lift.margin_cents.high, results.currency)}",
        ],
    ]
    headers = ["", "Treated", "Holdout", "Difference", "95 % interval"]
    return table(title, headers, rows, note=_verdict(lift.margin_cents))


def _leaflets(waves: list[Wave], chosen: Wave | None) -> list[dict[str, Any]]:
    """Where leaflets were ordered by area: what carriers say of them."""
    told = distributed.of_waves([wave.pk for wave in ([chosen] if chosen else waves)])
    rows = [
        [
            f"Wave {wave.number}",
            *(f"{number:,}" for number in (of.areas, of.pieces, of.distributed)),
            f"{of.areas - of.told_areas:,}",
            *(f"{number:,}" for number in (of.short_areas, of.missing)),
        ]
        for wave in waves
        if (of := told.get(wave.pk))
    ]
    headers = ["", "Areas", "Ordered", "Distributed", "Areas without proof", "Areas short", "Leaflets missing there"]
    note = "What carriers have reported so far. The map of a wave's delivery areas says it of each area."
    return [table("Leaflets by area", headers, rows, note=note)] if rows else []


def _verdict(margin: Any) -> str:
    if margin.low > 0:
        return "The campaign earned more than it cost, compared with the customers who got nothing."
    if margin.high < 0:
        return "The campaign cost more than it earned, compared with the customers who got nothing."
    return "The interval contains zero: so far it cannot be told from chance."


def _areas(results: Any) -> list[dict[str, Any]]:
    """Of a campaign whose holdout is whole areas."""
    if not results.areas:
        return []
    rows, money = [], partial(shown, currency=results.currency)
    for lift in results.areas:
        rows.append([f"Margin after cost and coupons, {lift.of}", *_compared(lift.margin_cents, money)])
        rows.append([f"New customers, {lift.of}", *_compared(lift.new_customers, lambda people: f"{people:+.2f}")])
    note = (
        "Per 1,000 households that take leaflets. Areas are held out in pairs that are much alike; which of a pair, chance"
        " decided. p tells how often chance alone would make such a difference; what would be seen is an effect found in 8"
        " of 10 cases."
    )
    headers = ["", "Pairs", "Difference", "95 % interval", "p", "Would be seen"]
    return [table("Area against area", headers, rows, note=note)]


def _compared(paired: Any, say: Callable[[float], str]) -> list[str]:
    return [
        f"{paired.pairs:,}",
        say(paired.estimate),
        f"{say(paired.low)} to {say(paired.high)}" if np.isfinite(paired.low) else "",
        f"{paired.p_value:.3f}",
        say(paired.detectable),
    ]


def _percent(share: float, *, sign: bool = False) -> str:
    return f"{100 * share:+.2f} %" if sign else f"{100 * share:.2f} %"


def _ropo(results: Any) -> dict[str, Any]:
    headers = ["", "Bought online", "Bought offline", "Sales online", "Sales offline"]
    rows = [
        [
            RESEARCHED.get(row.researched, row.researched),
            f"{row.bought_online:,}",
            f"{row.bought_offline:,}",
            shown(row.value_online_cents, results.currency),
            shown(row.value_offline_cents, results.currency),
        ]
        for row in results.ropo
    ]
    note = "Where people looked before they bought, and where they bought: research online, purchase offline."
    return table("Research and purchase", headers, rows, note=note)
