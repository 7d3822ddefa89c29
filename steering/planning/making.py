"""Make the plan of a wave: read, score, decide, write. Replay it later from what was written."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db import transaction

from campaigns import audiences
from campaigns.models import Campaign, Option, Wave
from steering import people, streaming
from steering.allocation import Problem
from steering.models import ModelVersion, Plan

from . import candidates, deciding, options, problem, scoring, shards, writing
from .options import PlanningError

SEEDS_PER_CAMPAIGN = 1000


@dataclass(frozen=True, eq=False)
class Planned:
    """A simulated wave as arrays, the holdout left out."""

    customer_ids: np.ndarray  # (n,)
    options: list[Option]  # (m,)
    problem: Problem
    choice: np.ndarray  # (n,) index of the option, -1 for no contact
    is_exploration: np.ndarray  # (n,)


@transaction.atomic
def make(wave: Wave, *, version: ModelVersion | None, as_of_at: datetime) -> Plan:
    """Write the wave's plan and assignments in the place of earlier ones. Raises PlanningError."""
    campaign = wave.campaign
    offers = options.of_campaign(campaign)
    who = people.in_audience(audiences.query(campaign.audience, as_of_at=as_of_at))
    scorer = scoring.scorer(version)
    found, excluded = shards.read(who, wave=wave, version=version, offers=offers, scorer=scorer, as_of_at=as_of_at)
    if not len(found.customer_ids):
        raise PlanningError(_nobody(excluded))
    share = campaign.exploration_share if wave.exploration_share is None else wave.exploration_share
    seed = campaign.seed * SEEDS_PER_CAMPAIGN + wave.number
    decision = deciding.decide(
        problem.build(campaign, offers, found),
        is_holdout=found.is_holdout,
        holdout_share=float(campaign.holdout_share),
        share=float(share),
        seed=seed,
        channels=[offer.channel for offer in offers],
    )
    plan = Plan(wave=wave, model_version=version, as_of_at=as_of_at, seed=seed, stability=scorer.stability())
    return writing.write(plan, offers=offers, found=found, excluded=excluded, decision=decision)


def _nobody(excluded: candidates.Excluded) -> str:
    if not excluded.customers:
        return "the audience is empty: nobody matches its rule now"
    return f"none of the {excluded.customers} customers of the audience may get any of the options"


ASSIGNMENTS = """
    SELECT a.customer_id, coalesce(array_position(%(options)s::bigint[], a.option_id), 0) - 1 AS choice,
           a.is_holdout::int AS is_holdout, a.is_exploration::int AS is_exploration, {eligible}
    FROM steering_assignment a WHERE a.wave_id = %(wave)s ORDER BY a.customer_id
"""


def problem_of(wave_id: int) -> Planned:
    """The decision of a simulated wave once more, from its plan: scored by the same model on the same features."""
    plan = Plan.objects.select_related("wave__campaign", "model_version").get(wave_id=wave_id)
    campaign: Campaign = plan.wave.campaign
    offers = options.of_campaign(campaign)
    written = _assignments(wave_id, [offer.option_id for offer in offers])
    scorer = scoring.scorer(plan.model_version)
    treatments = [offer.treatment for offer in offers]
    chunks = list(people.read(people.assigned(wave_id), names=scorer.names, as_of_at=plan.as_of_at))
    uplift = np.concatenate([scorer.score(chunk.features, treatments) for chunk in chunks])
    found = candidates.arranged(
        candidates.joined(chunks),
        eligible=np.column_stack([written[f"eligible_{column}"] for column in range(len(offers))]).astype(bool),
        uplift=uplift * float(campaign.margin_share),
        campaign=campaign,
        offers=offers,
    )
    steered = np.flatnonzero(written["is_holdout"] == 0)
    by_id = Option.objects.in_bulk([offer.option_id for offer in offers])
    return Planned(
        customer_ids=found.customer_ids[steered],
        options=[by_id[offer.option_id] for offer in offers],
        problem=problem.only(problem.build(campaign, offers, found), steered),
        choice=written["choice"][steered].astype(np.int64),
        is_exploration=written["is_exploration"][steered] == 1,
    )


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
