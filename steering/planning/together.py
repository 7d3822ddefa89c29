"""Several campaigns planned as one decision: they share their customers, of whom each gets at most so many contacts in all.

Every campaign keeps its own audience, budget, options, rules, holdout and exploration, and gets a plan of its own; at
most one of its options goes to a customer. What each customer is given by which campaign is decided by one problem over
the union of their candidates, whose limits are the campaigns' budgets, capacities and rules side by side. All plans are
made, or none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
from django.db import transaction

from campaigns.models import CampaignRule, DeliveryArea, Wave
from steering.allocation import Problem, Rule
from steering.models import ModelVersion, Plan

from . import making, pricing, problem, rules, words, writing
from .deciding import Decision
from .making import Draft
from .options import PlanningError
from .pricing import Answer, Question
from .rules import Columns
from .scene import Asked
from .zones import places


@dataclass(frozen=True, eq=False)
class Union:
    """Campaigns C side by side: n customers of any of them, m options of all of them."""

    drafts: Sequence[Draft]

    @cached_property
    def customer_ids(self) -> np.ndarray:
        """(n,) ascending."""
        return np.unique(np.concatenate([draft.found.customer_ids for draft in self.drafts]))

    @cached_property
    def rows(self) -> list[np.ndarray]:
        """(C,) where the candidates of each campaign stand."""
        return [places(draft.found.customer_ids, self.customer_ids)[0] for draft in self.drafts]

    @cached_property
    def starts(self) -> list[int]:
        """(C,) the first column of each campaign."""
        return np.cumsum([0, *(len(draft.offers) for draft in self.drafts[:-1])]).tolist()

    @property
    def columns(self) -> Columns:
        offers = [offer for draft in self.drafts for offer in draft.offers]
        return Columns(offers, [draft.campaign.pk for draft in self.drafts for _ in draft.offers])

    @cached_property
    def campaigns(self) -> np.ndarray:
        """(m,) number of the campaign of each option."""
        return np.repeat(np.arange(len(self.drafts)), [len(draft.offers) for draft in self.drafts])

    @cached_property
    def areas(self) -> list[DeliveryArea]:
        known = {area.pk: area for draft in self.drafts for area in draft.found.areas}
        return [known[key] for key in sorted(known)]

    def largest(self, arrays: Sequence[np.ndarray]) -> np.ndarray:
        """(n,) the one that a campaign knows, where -1 is not to know it."""
        whole = np.full(self.customer_ids.size, -1)
        for rows, array in zip(self.rows, arrays, strict=True):
            whole[rows] = np.maximum(whole[rows], array)
        return whole

    def beside(self, arrays: Sequence[np.ndarray], nothing: float) -> np.ndarray:
        """(n, m) from the campaigns' own (n_c, m_c)."""
        whole = np.full((self.customer_ids.size, self.campaigns.size), nothing)
        for start, rows, array in zip(self.starts, self.rows, arrays, strict=True):
            whole[rows[:, None], start + np.arange(array.shape[1])] = array
        return whole


@transaction.atomic
def make(waves: Sequence[Wave], *, most: int, version: ModelVersion | None, as_of_at: datetime) -> list[Plan]:
    """Plan these waves, of different campaigns, at once; `most` contacts a customer in all. Raises PlanningError."""
    drafts = [making.read(wave, version=version, as_of_at=as_of_at) for wave in waves]
    union = Union(drafts)
    in_force = rules.in_force([draft.campaign for draft in drafts])
    posed = posed_together(union, in_force, most=most, as_of_at=as_of_at)
    answer = pricing.decide(_question(union, posed))
    if answer.decisions[0].unmet:
        raise PlanningError(_lacking(union, in_force, answer.decisions[0]))
    together = {"waves": [wave.pk for wave in waves], "most": most}
    told = {"version": version, "as_of_at": as_of_at, "together": together}
    return [_written(union, number, answer, in_force, told) for number in range(len(drafts))]


def _question(union: Union, posed: Problem) -> Question:
    offers = union.columns.offers
    return Question(
        problem=posed,
        offers=offers,
        customer_ids=union.customer_ids,
        postcodes=[area.postcode for area in union.areas],
        asked=[_asked(union, number) for number in range(len(union.drafts))],
        channels=[offer.channel for offer in offers],
        budgets={column: f"budget {number}" for column, number in enumerate(union.campaigns)},
    )


def posed_together(union: Union, in_force: Sequence[CampaignRule], *, most: int, as_of_at: datetime) -> Problem:
    """One problem of all campaigns. After the capacities its limits are each campaign's budget, then the rules."""
    alone = [problem.unruled(draft.campaign, draft.offers, draft.found) for draft in union.drafts]
    budgets = tuple(
        Rule(f"budget {number}", "at most", one.budget, options=union.campaigns == number, amount="cost")
        for number, one in enumerate(alone)
    )
    whole = Problem(
        values=union.beside([one.values for one in alone], -np.inf),
        costs=union.beside([np.broadcast_to(one.costs, one.values.shape) for one in alone], 0.0),
        capacities=np.concatenate([one.capacities for one in alone]),
        minimum_runs=_runs(alone),
        household=union.largest([draft.found.household for draft in union.drafts]),
        print_options=tuple(
            start + option for start, one in zip(union.starts, alone, strict=True) for option in one.print_options
        ),
        campaigns=union.campaigns,
        contact_limit=most,
    )
    whole = _with_areas(union, whole, alone)
    ruled = problem.ruled(whole, in_force, union.columns, union.customer_ids, as_of_at=as_of_at)
    return replace(ruled, rules=(*budgets, *ruled.rules))


def _runs(alone: Sequence[Problem]) -> np.ndarray | None:
    if all(one.minimum_runs is None for one in alone):
        return None
    return np.concatenate([np.zeros(one.n_options) if one.minimum_runs is None else one.minimum_runs for one in alone])


def _with_areas(union: Union, whole: Problem, alone: Sequence[Problem]) -> Problem:
    buying = [number for number, one in enumerate(alone) if one.n_areas]
    if not buying:
        return whole
    policies = {alone[number].on_top for number in buying}
    if len(policies) > 1:
        raise PlanningError(
            "some of these campaigns let a leaflet come on top of other messages and some do not: plan them apart"
        )
    if len({offer.carrier for offer in union.columns.offers if offer.by_area}) > 1:
        raise PlanningError("some of these campaigns buy areas of different carriers: plan them apart")
    place = {area.pk: number for number, area in enumerate(union.areas)}
    costs, pieces, values = (np.zeros((len(place), len(buying))) for _ in range(3))
    homes = []
    for column, number in enumerate(buying):
        known = np.array([place[area.pk] for area in union.drafts[number].found.areas])
        costs[known, column] = alone[number].area_costs[:, 0]
        pieces[known, column] = alone[number].area_pieces[:, 0]
        values[known, column] = alone[number].area_values[:, 0]
    for draft in union.drafts:
        known = np.array([place[area.pk] for area in draft.found.areas] or [-1])
        homes.append(np.where(draft.found.area >= 0, known[np.maximum(draft.found.area, 0)], -1))
    return replace(
        whole,
        area=_of_households(union.largest(homes), whole.household),
        area_options=tuple(union.starts[number] + alone[number].area_options[0] for number in buying),
        area_costs=costs,
        area_pieces=pieces,
        area_values=values,
        on_top=policies.pop(),
    )


def _of_households(area: np.ndarray, household: np.ndarray) -> np.ndarray:
    """(n,) the area that any campaign knows of somebody of the household."""
    homes, number = np.unique(household, return_inverse=True)
    known = np.full(homes.size, -1)
    np.maximum.at(known, number, area)
    return np.where(household >= 0, known[number], area)


def _asked(union: Union, number: int) -> Asked:
    draft = union.drafts[number]
    is_own = union.campaigns == number
    is_holdout = np.zeros(union.customer_ids.size, dtype=bool)
    is_holdout[union.rows[number]] = draft.found.is_holdout
    errors = None
    if draft.errors is not None:
        errors = np.zeros(is_own.size)
        errors[is_own] = draft.errors
    return Asked(
        options=is_own,
        is_holdout=is_holdout,
        holdout_share=float(draft.campaign.holdout_share),
        share=draft.share,
        seed=draft.seed,
        errors=errors,
        budget_limit=1 + is_own.size + number,
    )


def _written(
    union: Union, number: int, answer: Answer, in_force: Sequence[CampaignRule], told: Mapping[str, Any],
) -> Plan:  # fmt: skip
    own_rules = [rule for rule in in_force if rule.campaign_id == union.drafts[number].campaign.pk]
    rows = words.rule_rows(own_rules, answer.problem, answer.decisions)
    own = _own(union, number, answer.problem, answer.decisions[number], own_rules)
    is_own = union.campaigns == number
    offers = [offer for offer, mine in zip(answer.offers, is_own, strict=True) if mine]
    draft = making.open_to(replace(union.drafts[number], offers=offers), answer.eligible[union.rows[number]][:, is_own])
    plan = draft.plan(rules=rows, **told)
    return writing.write(plan, offers=draft.offers, found=draft.found, excluded=draft.excluded, decision=own)


def _own(union: Union, number: int, posed: Problem, decision: Decision, own_rules: Sequence[CampaignRule]) -> Decision:
    """A decision in the campaign's own rows, columns, areas and limits."""
    rows, start = union.rows[number], union.starts[number]
    names = [f"budget {number}", *(f"capacity {start + n}" for n in range(len(union.drafts[number].offers)))]
    ruled = tuple(name for name in map(rules.name_of, own_rules) if name in posed.names)
    prices = dict(zip(posed.names, decision.prices, strict=True))
    per_row = ("reached", "on_top", "is_exploration", "propensity", "channel_propensity", "cost", "uplift",
               "area_cost", "area_uplift")  # fmt: skip
    choice = decision.choice[rows]
    place = {area.pk: n for n, area in enumerate(union.areas)}
    mine = [place[area.pk] for area in union.drafts[number].found.areas]
    per_area = ("opened_areas", "wanted_areas", "area_new", "area_costs", "area_chance")
    return replace(
        decision,
        choice=np.where(choice >= 0, choice - start, choice),
        prices=np.array([prices[name] for name in (*names, *ruled)]),
        rules=ruled,
        **{name: getattr(decision, name)[rows] for name in per_row},
        **{name: getattr(decision, name)[mine] for name in per_area},
    )


def _lacking(union: Union, in_force: Sequence[CampaignRule], decision: Decision) -> str:
    """A campaign's budget is a limit like a rule here; it is named by its campaign."""
    budgets = {f"budget {number}": f"budget of {draft.campaign}" for number, draft in enumerate(union.drafts)}
    unmet = {budgets.get(name, name): amount for name, amount in decision.unmet.items()}
    return words.lacking(unmet, union.columns.offers, in_force, union.drafts[0].campaign.currency)
