"""Candidates, limits and rules as an allocation problem."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
from django.utils import timezone

from campaigns.models import Campaign, CampaignRule, Scope
from steering.allocation import Problem

from . import rules, zones
from .candidates import Candidates
from .options import Offer, area_column, letter_columns
from .rules import Columns, Rules


def build(
    campaign: Campaign, offers: list[Offer], candidates: Candidates, *, as_of_at: datetime | None = None
) -> Problem:
    """Everybody, held out or not, all options, all limits and rules. Values are net of cost, but for the area option.

    `as_of_at` (now): of the audiences that rules speak of. Raises PlanningError.
    """
    problem = unruled(campaign, offers, candidates)
    columns = Columns(offers, [campaign.pk] * len(offers))
    return ruled(problem, rules.in_force([campaign]), columns, candidates.customer_ids, as_of_at=as_of_at)


def unruled(campaign: Campaign, offers: list[Offer], candidates: Candidates) -> Problem:
    """With budget, capacities, minimum runs, households and delivery areas."""
    leaflet = area_column(offers)
    costs = zones.piece_costs(offers, candidates.customer_ids)
    if leaflet is not None:
        costs[..., leaflet] = 0.0  # the area pays
    runs = np.array([offer.minimum_run for offer in offers])
    has_price = np.isfinite(costs)
    costs = np.where(np.isfinite(costs), costs, 0.0)
    problem = Problem(
        values=np.where(candidates.eligible & has_price, candidates.uplift - costs, -np.inf),
        costs=costs,
        budget=max(0.0, campaign.budget_cents - sum(offer.setup_cents for offer in offers)),
        capacities=np.array([offer.most_pieces for offer in offers]),
        minimum_runs=runs if runs.any() else None,
        household=candidates.household,
        print_options=letter_columns(offers),
    )
    if leaflet is None or not candidates.areas:
        return problem
    pieces = np.array([float(area.quantity) for area in candidates.areas])
    piece_costs = zones.area_piece_costs(offers[leaflet], [area.postcode for area in candidates.areas])
    has_price = np.isfinite(piece_costs)
    pieces, piece_costs = np.where(has_price, pieces, 0.0), np.where(has_price, piece_costs, 0.0)
    problem.values[(candidates.area >= 0) & ~has_price[np.maximum(candidates.area, 0)], leaflet] = -np.inf
    return replace(
        problem,
        area=candidates.area,
        area_options=(leaflet,),
        area_pieces=pieces[:, None],
        area_costs=(pieces * piece_costs)[:, None],
        area_values=candidates.new_values[:, None],
        on_top=campaign.leaflet_on_top,
    )


def ruled(
    problem: Problem,
    in_force: Sequence[CampaignRule],
    columns: Columns,
    customer_ids: np.ndarray,
    *,
    as_of_at: datetime | None = None,
) -> Problem:
    """The same under these rules; what a rule for each customer forbids outright is not open to them at all."""
    read = Rules(columns, customer_ids, as_of_at=as_of_at or timezone.now())
    for_each = [rule for rule in in_force if rule.scope == Scope.PERSON]
    problem = replace(
        problem,
        rules=tuple(read.rule(rule) for rule in in_force if rule.scope != Scope.PERSON),
        personal_rules=tuple(read.personal(rule) for rule in for_each),
    )
    if not for_each:
        return problem
    return replace(problem, values=np.where(rules.barred(problem), -np.inf, problem.values))


def without(problem: Problem, cells: np.ndarray) -> Problem:
    """The same without these customers (n,) or pairs (n, m), who keep their places."""
    return replace(problem, values=np.where(cells if cells.ndim == 2 else cells[:, None], -np.inf, problem.values))
