"""A staged experiment becomes an archived campaign with one finished wave, its dispatches and its outcomes; sets only."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Count

from campaigns import journey, versions
from campaigns.importing import ImportRefused, get_mapping
from campaigns.models import (
    Audience,
    Campaign,
    Content,
    EventKind,
    Option,
    Wave,
    WaveContent,
    WaveState,
)
from channels import registry
from channels.ledger import past, sql
from steering.models import Plan

from .described import EXPERIMENTS, Arm, Experiment
from .staging import ExperimentError, stage

ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('steering.experiments'))"
ASSIGN = """
    INSERT INTO steering_assignment (wave_id, customer_id, option_id, channel, is_holdout, is_exploration, propensity,
                                     channel_propensity, uplift_cents, cost_cents, eligible, decided_at)
    SELECT %(wave)s, c.id, a.option_id, a.channel, false, true, %(probability)s,
           %(probability)s * a.arms_alike, 0, 0, %(options)s, %(at)s
    FROM past p
    JOIN campaigns_customer c USING (customer_number)
    JOIN (SELECT *, count(*) OVER (PARTITION BY channel) AS arms_alike
          FROM unnest(%(arms)s::text[], %(arm_options)s::bigint[], %(channels)s::text[]) AS t(arm, option_id, channel)
    ) a USING (arm)
"""
MAILED = """
    SELECT customer_id, option_id, channel, 0 AS cost_cents FROM steering_assignment
    WHERE wave_id = %(wave)s AND option_id IS NOT NULL ORDER BY customer_id
"""
# Not tied to a dispatch: people come by themselves too, and what the contact added is for measurement to find out.
VISITS = """
    INSERT INTO campaigns_event (customer_id, kind, medium, is_online, occurred_at, value_cents, source, source_key, attributes)
    SELECT c.id, 'page_viewed', 'web', true, %(at)s, 0, %(source)s, 'visit-' || c.id, '{"time_is_made_up": true}'
    FROM past p JOIN campaigns_customer c USING (customer_number) WHERE visited
"""
PURCHASES = """
    INSERT INTO campaigns_event (customer_id, kind, medium, is_online, occurred_at, value_cents, source, source_key, attributes)
    SELECT c.id, 'purchased', 'web', true, %(at)s, spent_cents, %(source)s, 'purchase-' || c.id, '{"time_is_made_up": true}'
    FROM past p JOIN campaigns_customer c USING (customer_number) WHERE bought
"""
CUSTOMERS = "SELECT c.id FROM past p JOIN campaigns_customer c USING (customer_number)"


@dataclass(frozen=True)
class Recorded:
    """What an experiment became."""

    wave_id: int
    customers: int
    contacted: int
    visits: int
    purchases: int


@transaction.atomic
def record(path: Path, *, mapping: str = "hillstrom") -> Recorded:
    """Record the experiment of a file, as a whole or not at all, and once. Raises ExperimentError."""
    if mapping not in EXPERIMENTS:
        raise ExperimentError(f"there is no experiment {mapping!r}, only {', '.join(EXPERIMENTS)}")
    experiment = EXPERIMENTS[mapping]
    sql.count(ONE_AT_A_TIME, {})
    if Campaign.objects.filter(name=experiment.name).exists():
        raise ExperimentError(f"{experiment.name!r} is recorded already")
    try:
        stage(path, experiment, get_mapping(mapping).definition, mapping=mapping)
    except ImportRefused as refusal:
        raise ExperimentError(str(refusal)) from refusal
    return _record_staged(experiment, mapping)


def _record_staged(experiment: Experiment, mapping: str) -> Recorded:
    contents = {name: _content(experiment, arm) for name, arm in experiment.arms.items() if arm.channel}
    campaign = _campaign(experiment, mapping, next(iter(contents.values())))
    wave = _wave(campaign, experiment)
    options = {name: _option(wave, experiment.arms[name], content) for name, content in contents.items()}
    customers = _assign(wave, experiment, options)
    contacted = past.record_sent(MAILED, {"wave": wave.pk}, wave_id=wave.pk, at=experiment.started_at)
    _plan(wave, options, customers=customers)
    visits = sql.count(VISITS, {"at": experiment.visited_at, "source": experiment.source})
    purchases = sql.count(PURCHASES, {"at": experiment.bought_at, "source": experiment.source})
    _refresh_journeys()
    return Recorded(wave.pk, customers, contacted, visits, purchases)


def _content(experiment: Experiment, arm: Arm) -> Content:
    """Stands for what was sent; the file does not tell what it said."""
    blocks = [
        {"id": "headline", "type": "headline", "text": f"{arm.about[:1].upper()}{arm.about[1:]}"},
        {"id": "text", "type": "text", "text": "What this message said is not known."},
    ]
    return Content.objects.create(name=f"{experiment.name}: {arm.about}", blocks=blocks)


def _campaign(experiment: Experiment, mapping: str, content: Content) -> Campaign:
    """Nothing was optimised, nothing is known of costs, and its control group is an arm rather than a holdout."""
    source = get_mapping(mapping).definition["source"]
    audience = Audience.objects.create(name=experiment.name, rule={"attribute": "source", "is": source})
    return Campaign.objects.create(
        name=experiment.name,
        audience=audience,
        content=content,
        budget_cents=0,
        currency=experiment.currency,
        goal_event=EventKind.PURCHASED,
        goal_days=experiment.days,
        holdout_share=0,
        exploration_share=1,
        is_archived=True,
    )


def _wave(campaign: Campaign, experiment: Experiment) -> Wave:
    return Wave.objects.create(
        campaign=campaign,
        number=1,
        state=WaveState.COMPLETED,
        started_at=experiment.started_at,
        finished_at=experiment.started_at,
    )


def _option(wave: Wave, arm: Arm, content: Content) -> Option:
    made = Option.objects.create(campaign=wave.campaign, channel=arm.channel, content=content, unit_cost_cents=0)
    version = versions.adopt(content)
    WaveContent.objects.create(wave=wave, option=made, version=version)
    return made


def _assign(wave: Wave, experiment: Experiment, options: dict[str, Option]) -> int:
    arms = list(experiment.arms)
    return sql.count(
        ASSIGN,
        {
            "wave": wave.pk,
            "at": experiment.started_at,
            "probability": experiment.probability,
            "options": [option.pk for option in options.values()],
            "arms": arms,
            "arm_options": [options[name].pk if name in options else None for name in arms],
            "channels": [experiment.arms[name].channel for name in arms],
        },
    )


def _plan(wave: Wave, options: dict[str, Option], *, customers: int) -> Plan:
    """Chance decided, so there was no expectation, and no price for anything."""
    planned = dict(wave.dispatches.values_list("option").annotate(Count("id")))
    return Plan.objects.create(
        wave=wave,
        as_of_at=wave.started_at,
        seed=wave.campaign.seed,
        customers=customers,
        eligible=customers,
        holdout=0,
        value_cents=0,
        dual_bound_cents=0,
        gap=0,
        cost_cents=0,
        prices={"budget": 0},
        options=[_told(option, customers, planned.get(option.pk, 0)) for option in options.values()],
        excluded={},
    )


def _told(option: Option, customers: int, planned: int) -> dict[str, Any]:
    return {
        "option": option.pk,
        "channel": option.channel,
        "label": f"{registry.get(option.channel).label}: {option.content}",
        "eligible": customers,
        "planned": planned,
        "pieces": planned,
        "cost_cents": 0,
        "value_cents": 0,
    }


def _refresh_journeys() -> None:
    journey.refresh(customer_ids=[customer_id for (customer_id,) in sql.rows(CUSTOMERS, [])])
