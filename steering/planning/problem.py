"""Candidates and limits as an allocation problem."""

from dataclasses import replace

import numpy as np

from campaigns.models import Campaign
from steering.allocation import Problem

from .candidates import Candidates
from .options import Offer, area_column, letter_columns


def build(campaign: Campaign, offers: list[Offer], candidates: Candidates) -> Problem:
    """Everybody, held out or not, all options, all limits. Values are net of cost, but for the area option."""
    leaflet = area_column(offers)
    costs = np.array([0.0 if offer.by_area else float(offer.unit_cost_cents) for offer in offers])
    problem = Problem(
        values=np.where(candidates.eligible, candidates.uplift - costs, -np.inf),
        costs=costs,
        budget=float(campaign.budget_cents),
        capacities=np.array([offer.capacity for offer in offers]),
        household=candidates.household,
        print_options=letter_columns(offers),
    )
    if leaflet is None or not candidates.areas:
        return problem
    pieces = np.array([float(area.quantity) for area in candidates.areas])
    return replace(
        problem,
        area=candidates.area,
        area_option=leaflet,
        area_pieces=pieces,
        area_costs=pieces * offers[leaflet].unit_cost_cents,
    )


def without(problem: Problem, rows: np.ndarray) -> Problem:
    """The same without these customers, who keep their places."""
    return replace(problem, values=np.where(rows[:, None], -np.inf, problem.values))


def only(problem: Problem, rows: np.ndarray) -> Problem:
    """The same for some customers only."""
    return replace(
        problem,
        values=problem.values[rows],
        household=problem.household[rows],
        area=None if problem.area is None else problem.area[rows],
    )
