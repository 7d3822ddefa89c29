"""The curve of margin against budget, for the person who approves: a chart, and what it says in sentences."""

import json
from typing import Any

import numpy as np

from campaigns.money import shown
from steering.models import Plan
from steering.planning.what_if import MINIMUM_RUNS

from .plan_words import limit_names, sentence_case, table

TEAL, BAND, GREY, AMBER = "#0f766e", "rgba(20, 184, 166, 0.25)", "#9ca3af", "#d97706"
NOTHING_CENTS = 0.5  # less is not said
NEARLY = 0.999
NEAR = 1.5  # times what can be spent: a budget further off would squeeze the curve, so it is only said


def of(plan: Plan, *, budget_cents: int, currency: str) -> dict[str, Any] | None:
    """Chart.js data and options as text, and sentences; None before it was computed, and where it cannot be."""
    told = plan.what_if
    if not told or "failure" in told:
        return None
    here = Here(plan, budget_cents, currency)
    return {
        "data": json.dumps(_data(here)),
        "options": json.dumps(_options(here)),
        "label": f"Expected margin for {len(here.budgets)} budgets from {here.money(0)} to {here.money(here.budgets[-1])}",
        "sentences": [*_sentences(here), *_how(here)],
        "limits": _limits(here),
    }


def _limits(here: "Here") -> dict[str, Any] | None:
    """What the plan would earn without one of its limits; those that cost nothing are left out."""
    names = limit_names(here.plan) | {MINIMUM_RUNS: "minimum runs"}
    rows = [
        [sentence_case(names[one["limit"]]), here.money(one["gain"])]
        for one in here.plan.what_if["without"]
        if one["limit"] in names and one["gain"] > NOTHING_CENTS
    ]
    if not rows:
        return None
    note = "How much more the best plan would earn if one limit did not exist. All others cost nothing."
    return table("", ["Without the limit on", "More margin"], rows, note=note)


class Here:
    """The points of the curve as arrays in cents, and where the plan stands among them."""

    def __init__(self, plan: Plan, budget_cents: int, currency: str) -> None:
        self.plan, self.budget, self.currency = plan, float(budget_cents), currency
        points = plan.what_if["points"]
        self.budgets, self.margins, self.costs = (
            np.array([point[name] for point in points], dtype=float) for name in ("budget", "margin", "cost")
        )
        self.bounds = [point["bound"] for point in points]
        self.can_be_met = np.array(plan.what_if["can_be_met"], dtype=bool)
        self.best = float(plan.what_if["best"])

    @property
    def enough(self) -> float:
        """What can be spent at most."""
        return float(self.costs.max(initial=0.0))

    def at(self, budget: float) -> float:
        """Margin of the best plan for a budget, between the points by a straight line; flat beyond the last."""
        known = self.can_be_met
        return float(np.interp(budget, self.budgets[known], self.margins[known])) if known.any() else 0.0

    def money(self, cents: float) -> str:
        return shown(cents, self.currency)


def _sentences(here: Here) -> list[str]:
    said = []
    if not here.can_be_met.all() and here.can_be_met.any():
        least = here.money(here.budgets[here.can_be_met][0])
        said.append(f"Less than about {least} cannot pay for what the rules of the plan demand.")
    if here.budget >= here.enough * NEARLY:
        said.append(
            f"More than {here.money(here.enough)} cannot be spent well: from there on more budget earns nothing."
        )
    elif here.best > NOTHING_CENTS:
        more = max(0.0, here.at(2 * here.budget) - here.at(here.budget))
        said.append(f"Twice the budget would earn {here.money(more)} more.")
        said.append(f"From {here.money(here.enough)} on, more budget would earn nothing.")
    if here.best > NOTHING_CENTS and here.at(here.budget) > 0:
        kept = 100 * here.at(here.budget / 2) / here.at(here.budget)
        said.append(f"Half of the budget would still earn {kept:.0f} % of the margin.")
    return said


def _how(here: Here) -> list[str]:
    """What the plan leaves to learning, and how sure the curve is."""
    said = []
    learning = here.best - here.plan.value_cents
    if learning > NOTHING_CENTS:
        said.append(
            f"The curve steers everybody as well as can be. This plan earns {here.money(learning)} less, because some"
            " customers are drawn at random so that the platform learns."
        )
    if here.plan.what_if["asked"] < 1:
        error = here.money(2 * here.plan.what_if["error"])
        share = 100 * here.plan.what_if["asked"]
        said.append(f"Drawn from {share:.0f} % of the customers: true within about {error}.")
    return said


def _data(here: Here) -> dict[str, Any]:
    """The band lies between the curve and what no plan can exceed; it is mostly too narrow to be seen, and that is good."""
    drawn = here.can_be_met
    budgets, margins = here.budgets[drawn].tolist(), here.margins[drawn].tolist()
    bounds = [bound for bound, is_drawn in zip(here.bounds, drawn, strict=True) if is_drawn]
    is_near = here.budget <= NEAR * here.budgets[-1]
    if is_near and budgets and here.budget > budgets[-1]:  # the curve goes on flat
        budgets, margins, bounds = [*budgets, here.budget], [*margins, margins[-1]], [*bounds, bounds[-1]]
    top = max([here.plan.value_cents, *margins, *(bound for bound in bounds if bound is not None)])
    place = here.budget if is_near else float(here.plan.cost_cents)
    lines = [
        _line("Expected margin of the best plan", zip(budgets, margins, strict=True), TEAL, pointRadius=2),
        _line(
            "No plan can earn more", zip(budgets, bounds, strict=True), GREY,
            borderWidth=1, pointRadius=0, fill="-1", backgroundColor=BAND,
        ),
        _line("This plan", [(place, here.plan.value_cents)], AMBER, pointRadius=6, showLine=False),
    ]  # fmt: skip
    if is_near:
        spot = [(place, 0.0), (place, top)]
        lines.append(_line("Budget now", spot, AMBER, borderDash=[6, 4], borderWidth=1, pointRadius=0))
    return {"datasets": lines}


def _line(label: str, points: Any, colour: str, **more: Any) -> dict[str, Any]:
    """In whole units of money, as people read them."""
    units = [
        {"x": round(x / 100, 2), "y": round(y / 100, 2)}
        for x, y in points
        if y is not None  # a bound that proves nothing
    ]
    style = {"borderColor": colour, "backgroundColor": colour, "borderWidth": 2, "tension": 0, "fill": False}
    return {"label": label, "data": units} | style | more


def _options(here: Here) -> dict[str, Any]:
    def axis(title: str) -> dict[str, Any]:
        return {
            "type": "linear",
            "min": 0 if title.startswith("Budget") else None,
            "title": {"display": True, "text": title, "color": GREY},
            "ticks": {"maxTicksLimit": 8, "color": GREY},
            "grid": {"color": "rgba(128, 128, 128, 0.15)"},
        }

    return {
        "animation": False,
        "maintainAspectRatio": False,
        "interaction": {"mode": "nearest", "axis": "x", "intersect": False},
        "plugins": {"legend": {"position": "bottom", "labels": {"boxWidth": 12, "color": GREY}}},
        "scales": {
            "x": axis(f"Budget in {here.currency}"),
            "y": axis(f"Expected margin in {here.currency}") | {"beginAtZero": True},
        },
    }
