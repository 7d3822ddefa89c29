"""The decision of a plan rebuilt, for all of its customers or a few: what was known of them, and at which prices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial

import numpy as np

from campaigns.areas import living
from campaigns.models import Campaign, CampaignRule, Customer, Option, Scope
from channels.ledger.sql import rows as fetched
from steering import people, streaming
from steering.allocation import PersonalRule, Problem, checked
from steering.allocation.parts import part_of
from steering.models import Assignment, ModelVersion, Plan, PlanArea
from steering.people import Who

from . import candidates, options, problem, scoring
from .candidates import Candidates
from .options import Offer, PlanningError
from .rules import Columns, Rules
from .scoring import Scorer
from .zones import places

IDS = "SELECT unnest(%(ids)s::bigint[]) AS id"
ASSIGNMENTS = """
    SELECT a.customer_id, coalesce(array_position(%(options)s::bigint[], a.option_id), 0) - 1 AS choice,
           a.is_holdout::int AS is_holdout, a.is_exploration::int AS is_exploration, {eligible}
    FROM steering_assignment a WHERE a.wave_id = %(wave)s ORDER BY a.customer_id
"""
NEIGHBOURS = """
    SELECT c.id FROM {living} l JOIN campaigns_customer c ON c.household_id = l.household_id
    WHERE l.area_id = (SELECT o.area_id FROM {living} o WHERE o.household_id = %(household)s)
"""
TAKEN = """
    SELECT customer_id FROM steering_assignment
    WHERE wave_id = ANY(%(waves)s) AND wave_id <> %(wave)s AND option_id IS NOT NULL
    GROUP BY customer_id HAVING count(*) >= %(most)s
"""


@dataclass(frozen=True, eq=False)
class Planned:
    """A simulated wave as arrays, the holdout left out."""

    customer_ids: np.ndarray  # (n,)
    options: list[Option]  # (m,)
    problem: Problem
    choice: np.ndarray  # (n,) index of the option, -1 for no contact
    is_exploration: np.ndarray  # (n,)
    area_ids: np.ndarray  # (areas,) of the problem's areas


def problem_of(wave_id: int) -> Planned:
    """The decision of a simulated wave once more, from its plan: scored by the same model on the same features."""
    plan = Plan.objects.select_related("wave__campaign", "model_version").get(wave_id=wave_id)
    offers = options.as_planned(plan)
    written = _assignments(wave_id, [offer.option_id for offer in offers])
    eligible = np.column_stack([written[f"eligible_{column}"] for column in range(len(offers))]).astype(bool)
    of_all = _of(plan, offers, people.assigned(wave_id), eligible)
    steered = np.flatnonzero(written["is_holdout"] == 0)
    by_id = Option.objects.in_bulk([offer.option_id for offer in offers])
    whole = problem.build(plan.wave.campaign, offers, of_all, as_of_at=plan.as_of_at)
    is_closed = np.array([offer.is_closed for offer in offers])
    whole = problem.without(whole, np.broadcast_to(is_closed, whole.values.shape))
    return Planned(
        customer_ids=of_all.customer_ids[steered],
        options=[by_id[offer.option_id] for offer in offers],
        problem=part_of(checked(_beside_others(plan, of_all, whole)), steered),
        choice=written["choice"][steered].astype(np.int64),
        is_exploration=written["is_exploration"][steered] == 1,
        area_ids=np.array([area.pk for area in of_all.areas], dtype=np.int64),
    )


def keys_of(offers: Sequence[Offer], of: Problem) -> list[str]:
    """(K,) the limits as the keys of Plan.prices: the budget, each option, each rule."""
    return ["budget", *(str(offer.option_id) for offer in offers), *(rule.name for rule in of.rules)]


def prices_of(plan: Plan, keys: Sequence[str]) -> np.ndarray:
    """(K,) what one more of each limit would have earned; a rule that was made later had no price."""
    return np.array([float(plan.prices.get(key, 0.0)) for key in keys])


def concerned(plan: Plan, offers: Sequence[Offer], customer_id: int) -> list[Assignment]:
    """Whom the decision about the customer had to do with: themselves, their household, their delivery area."""
    home = Customer.objects.get(pk=customer_id).household_id
    ids = {customer_id}
    if home is not None:
        ids |= set(Customer.objects.filter(household=home).values_list("pk", flat=True))
        leaflet = options.area_column(list(offers))
        ids |= set() if leaflet is None else _neighbours(home, offers[leaflet].carrier)
    return list(Assignment.objects.filter(wave_id=plan.wave_id, customer_id__in=ids))


def _neighbours(household_id: int, carrier: str) -> set[int]:
    """Customers in the same delivery area of the carrier."""
    lived_in, params = living.in_areas(carrier)
    return {id_ for (id_,) in fetched(NEIGHBOURS.format(living=lived_in), params | {"household": household_id})}


def found(plan: Plan, offers: list[Offer], written: Mapping[int, Assignment]) -> Candidates:
    """As planning found them: features as of then, scored by the same model, with the options that were open then."""
    ids = sorted(written)
    eligible = [[offer.option_id in written[id_].eligible for offer in offers] for id_ in ids]
    return _of(plan, offers, Who(IDS, {"ids": ids}), np.array(eligible, dtype=bool))


@dataclass(frozen=True, eq=False)
class Posed:
    """What was to be decided. Rules for each customer stand beside: whom they closed an option to has it closed already."""

    problem: Problem
    for_each: Sequence[tuple[CampaignRule, PersonalRule]]


def posed(plan: Plan, offers: list[Offer], found: Candidates, in_force: Sequence[CampaignRule]) -> Posed:
    """`in_force`: the rules of the campaign, and those of others that concern it. Raises PlanningError."""
    campaign: Campaign = plan.wave.campaign
    read = Rules(Columns(offers, [campaign.pk] * len(offers)), found.customer_ids, as_of_at=plan.as_of_at)
    shared = tuple(read.rule(rule) for rule in in_force if rule.scope != Scope.PERSON)
    return Posed(
        problem=replace(problem.unruled(campaign, offers, found), rules=shared),
        for_each=[(rule, read.personal(rule)) for rule in in_force if rule.scope == Scope.PERSON],
    )


def _of(plan: Plan, offers: list[Offer], who: Who, eligible: np.ndarray) -> Candidates:
    """`eligible` (n, m) in the order of the customers' ids; features are forgotten part by part."""
    scorer, campaign = _scorer(plan.model_version), plan.wave.campaign
    treatments = [offer.treatment for offer in offers]
    known, uplift = [], []
    for part in people.read(who, names=scorer.names, as_of_at=plan.as_of_at, campaign_id=campaign.pk):
        known.append(replace(part, features=part.features[:0]))
        uplift.append(scorer.score(part.features, treatments))
    return candidates.arranged(
        candidates.joined(known),
        eligible=eligible,
        uplift=candidates.margin(np.concatenate(uplift), campaign=campaign, offers=offers),
        campaign=campaign,
        offers=offers,
        new_values=partial(_new_values, plan),
    )


def _new_values(plan: Plan, area_ids: Sequence[int]) -> np.ndarray:
    """(areas,) as the plan expected them."""
    rows = PlanArea.objects.filter(plan=plan, area__in=list(area_ids)).values_list("area_id", "expected_new_value")
    expected = dict(rows)
    return np.array([expected.get(area_id, 0.0) for area_id in area_ids], dtype=float)


def _beside_others(plan: Plan, found: Candidates, posed: Problem) -> Problem:
    """Where campaigns were planned together: nothing is open to whom the others contact as often as is allowed."""
    if not plan.together:
        return posed
    params = {"waves": plan.together["waves"], "wave": plan.wave_id, "most": plan.together["most"]}
    is_taken = np.zeros(found.customer_ids.size, dtype=bool)
    for rows in streaming.stream(TAKEN, params, {"customer_id": "i8"}):
        place, is_there = places(rows["customer_id"].astype(np.int64), found.customer_ids)
        is_taken[place[is_there]] = True
    return problem.without(posed, is_taken)


def _assignments(wave_id: int, option_ids: list[int]) -> np.ndarray:
    """One row a customer, in the order of their ids."""
    columns = {"choice": "i2", "is_holdout": "i2", "is_exploration": "i2"}
    eligible = {
        f"eligible_{column}": f"(%(option_{column})s = ANY(a.eligible))::int" for column in range(len(option_ids))
    }
    params = {"wave": wave_id, "options": option_ids} | {f"option_{n}": id_ for n, id_ in enumerate(option_ids)}
    sql = ASSIGNMENTS.format(eligible=", ".join(f"{sql} AS {name}" for name, sql in eligible.items()))
    chunks = list(streaming.stream(sql, params, columns | dict.fromkeys(eligible, "i2")))
    if not chunks:
        raise PlanningError("the wave has no assignments")
    return np.concatenate(chunks)


def _scorer(version: ModelVersion | None) -> Scorer:
    return scoring.scorer(None) if version is None else _loaded(version.pk, version.fingerprint)


@lru_cache(maxsize=4)
def _loaded(version_id: int, fingerprint: str) -> Scorer:
    """A version never changes, and reading its model takes longer than the rest of an explanation."""
    scorer = scoring.scorer(ModelVersion.objects.get(pk=version_id, fingerprint=fingerprint))
    return replace(scorer, watch=None)  # it counts the customers of plans
