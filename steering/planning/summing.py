"""What the shards of a wave that was decided apart have told, added up."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from steering.models import Plan, Portion, Scoring

from . import area_table
from .candidates import Excluded

SUMMED = ("eligible", "planned", "pieces", "cost_cents", "value_cents")  # of an option


@dataclass(frozen=True, eq=False)
class Told:
    """Of all shards; money in cents."""

    excluded: Excluded
    eligible: int
    holdout: int
    value: float
    cost: float
    bound: float  # no plan for the same draws is worth more
    used: np.ndarray  # (K,)
    options: list[dict[str, Any]]
    areas: list[dict[str, Any]]
    area_table: area_table.Columns
    counted: dict[str, tuple[float, float]]  # by rule

    def fill(self, plan: Plan) -> None:
        plan.customers, plan.excluded = self.excluded.customers, self.excluded.reasons
        plan.eligible, plan.holdout = self.eligible, self.holdout
        plan.value_cents, plan.cost_cents = self.value, round(self.cost)
        plan.dual_bound_cents = max(self.bound, self.value)
        plan.gap = (plan.dual_bound_cents - self.value) / max(abs(plan.dual_bound_cents), 1e-9)
        plan.options, plan.areas = self.options, self.areas


def summed(made: Scoring) -> Told:
    told = list(Portion.objects.filter(shard__scoring=made).order_by("shard__number").values_list("told", flat=True))
    return Told(
        excluded=Excluded(_sum(told, "customers"), reasons_of([one["excluded"] for one in told])),
        eligible=_sum(told, "eligible"),
        holdout=_sum(told, "holdout"),
        value=_sum(told, "value"),
        cost=_sum(told, "cost"),
        bound=float(np.sum([one["bounds"] for one in told], axis=0).min()),
        used=np.sum([one["used"] for one in told], axis=0),
        options=[option_of(rows) for rows in zip(*(one["options"] for one in told), strict=True)],
        areas=[area for one in told for area in one["areas"]],
        area_table=area_table.joined([one["area_table"] for one in told]),
        counted=_counted([one["counted"] for one in told]),
    )


def _sum(told: Iterable[Mapping[str, Any]], name: str) -> Any:
    return sum(one[name] for one in told)


def option_of(rows: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    """One option's rows together."""
    return rows[0] | {name: _sum(rows, name) for name in SUMMED}


def reasons_of(excluded: Iterable[dict[str, dict[str, int]]]) -> dict[str, dict[str, int]]:
    """Per channel, customers left out by reason."""
    whole: dict[str, Counter[str]] = {}
    for one in excluded:
        for channel, reasons in one.items():
            whole.setdefault(channel, Counter()).update(reasons)
    return {channel: dict(reasons) for channel, reasons in whole.items()}


def _counted(parts: list[dict[str, list[float]]]) -> dict[str, tuple[float, float]]:
    pairs = {name: np.sum([part[name] for part in parts], axis=0) for name in parts[0]}
    return {name: (float(used), float(whole)) for name, (used, whole) in pairs.items()}
