"""Trial waves on their way into the database: an archived campaign with completed waves, plans, assignments and answers.

Written like an experiment of the past (steering.experiments), so that learning reads them as its own log.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection

from campaigns import versions
from campaigns.models import Audience, Campaign, Content, Option, Wave, WaveContent, WaveState
from channels import registry
from channels.ledger import past, sql
from steering.models import Plan

from . import rows
from .behaviour import CHANNELS
from .rows import SOURCE, Source, Start
from .trials import GOAL_DAYS, Trial, started_ago
from .write import copy_lines

NAME = "Trials of the past"
TABLES = ("steering_assignment", "channels_dispatch")  # loaded with their indexes taken down
BLOCKS = [
    {"id": "headline", "type": "headline", "text": "A trial of the past"},
    {"id": "text", "type": "text", "text": "What this message said is not told."},
]
COLUMNS = (
    "wave_id, customer_id, option_id, channel, is_holdout, is_exploration, propensity, channel_propensity, uplift_cents, "
    "cost_cents, eligible, decided_at"
)
ANSWERS = """
    CREATE TEMP TABLE trial_answers (customer_id bigint, wave_id bigint, kind text, medium text, is_online boolean,
                                     occurred_at timestamptz, value_cents bigint, source_key text) ON COMMIT DROP
"""
ANSWER_COLUMNS = "customer_id, wave_id, kind, medium, is_online, occurred_at, value_cents, source_key"
SENT = """
    SELECT customer_id, option_id, channel, round(cost_cents)::int AS cost_cents FROM steering_assignment
    WHERE wave_id = %(wave)s AND option_id IS NOT NULL ORDER BY customer_id
"""
TELL_ANSWERS = """
    INSERT INTO campaigns_event (customer_id, kind, medium, is_online, occurred_at, value_cents, source, source_key,
                                 dispatch_id, attributes)
    SELECT a.customer_id, a.kind, a.medium, a.is_online, a.occurred_at, a.value_cents, %(source)s, a.source_key, d.id, '{}'
    FROM trial_answers a JOIN channels_dispatch d USING (wave_id, customer_id)
"""
COUNTS = """
    SELECT wave_id, channel, count(*), sum(cost_cents) FROM steering_assignment
    WHERE wave_id = ANY(%(waves)s) GROUP BY 1, 2
"""
MAY = """
    SELECT wave_id, o.id, count(*) FROM steering_assignment, unnest(eligible) AS o(id)
    WHERE wave_id = ANY(%(waves)s) GROUP BY 1, 2
"""


@dataclass(frozen=True)
class Prepared:
    """The rows that assignments refer to; waves are numbered from 1, options come in the order of CHANNELS."""

    waves: list[Wave]
    options: list[Option]

    @property
    def wave_ids(self) -> list[int]:
        return [wave.pk for wave in self.waves]


def prepare(start: Start, *, waves: int) -> Prepared:
    campaign = _campaign()
    options = [Option.objects.create(campaign=campaign, channel=channel) for channel in CHANNELS]
    version = versions.adopt(campaign.content)
    made = [_wave(campaign, start, number, waves) for number in range(1, waves + 1)]
    WaveContent.objects.bulk_create(
        WaveContent(wave=wave, option=option, version=version) for wave in made for option in options
    )
    with connection.cursor() as cursor:
        cursor.execute(ANSWERS)
    return Prepared(made, options)


def _campaign() -> Campaign:
    """Chance decided everything; who got nothing is an arm rather than a holdout."""
    return Campaign.objects.create(
        name=NAME,
        audience=Audience.objects.create(name=NAME, rule={"attribute": "source", "is": SOURCE}),
        content=Content.objects.create(name=NAME, blocks=BLOCKS),
        budget_cents=0,
        goal_days=GOAL_DAYS,
        holdout_share=0,
        exploration_share=1,
        is_archived=True,
    )


def _wave(campaign: Campaign, start: Start, number: int, waves: int) -> Wave:
    ago = timedelta(seconds=started_ago(number, waves=waves))
    at = datetime.combine(start.as_of_on, datetime.min.time(), UTC) - ago
    return Wave.objects.create(
        campaign=campaign, number=number, state=WaveState.COMPLETED, started_at=at, finished_at=at
    )


def block(source: Source, prepared: Prepared) -> dict[str, int]:
    """Who got what in this block, and how they answered; the answers wait for their dispatches."""
    written = sum(
        copy_lines("steering_assignment", COLUMNS, assignments(source, prepared, trial))
        for trial in source.block.trials
    )
    copy_lines("trial_answers", ANSWER_COLUMNS, rows.answers(source, prepared.wave_ids))
    return {"steering_assignment": written}


def assignments(of: Source, prepared: Prepared, trial: Trial) -> Iterator[str]:
    """Options that were open repeat from customer to customer, so each combination is written out once."""
    decided = trial.decided
    combination, number = np.unique(trial.may[decided], axis=0, return_inverse=True)
    ids = np.array([option.pk for option in prepared.options])
    may = np.array(["{" + ",".join(map(str, ids[row])) + "}" for row in combination])[number.ravel()].tolist()
    option = np.array([*map(str, ids), r"\N"])[trial.choice[decided]].tolist()
    channel = np.array([*CHANNELS, ""])[trial.choice[decided]].tolist()
    chance = trial.propensity[decided].tolist()
    cost = _costs(of, trial)[decided].tolist()
    wave = prepared.waves[trial.number - 1]
    first, at = of.first_customer_id, wave.started_at.isoformat()
    for i, gets, by, probability, cents, open_to in zip(
        decided.tolist(), option, channel, chance, cost, may, strict=True
    ):
        yield (
            f"{wave.pk}\t{first + i}\t{gets}\t{by}\tf\tt\t{probability}\t{probability}\t0\t{cents:.4f}\t{open_to}\t{at}\n"
        )


def _costs(of: Source, trial: Trial) -> np.ndarray:
    """(n,) cents: of the own piece, or the customer's share of the area's leaflets."""
    areas, area = of.shape.areas, of.block.people.area
    usual = np.array([*(registry.get(channel).unit_cost_cents for channel in CHANNELS), 0.0])[trial.choice]
    leaflets = (areas.households - areas.refusing) / np.maximum(of.shape.customers_by_area, 1)
    return np.where(trial.choice == CHANNELS.index("direct_post"), usual * leaflets[area], usual)


def finish(prepared: Prepared) -> dict[str, int]:
    """Dispatches and contacts from the assignments, the answers to them, and the plans. Returns rows by table."""
    sent = sum(
        past.record_sent(SENT, {"wave": wave.pk}, wave_id=wave.pk, at=wave.started_at) for wave in prepared.waves
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE channels_dispatch, trial_answers")
        cursor.execute(TELL_ANSWERS, {"source": SOURCE})
        answered = cursor.rowcount
    Plan.objects.bulk_create(_plans(prepared))
    return {"channels_dispatch": sent, "campaigns_event": sent + answered}


def _plans(prepared: Prepared) -> Iterator[Plan]:
    """There was no expectation, and no price for anything."""
    params = {"waves": prepared.wave_ids}
    got = {(wave, channel): (count, cents) for wave, channel, count, cents in sql.rows(COUNTS, params)}
    may = {(wave, option): count for wave, option, count in sql.rows(MAY, params)}
    for wave in prepared.waves:
        decided = sum(count for (of, _), (count, _) in got.items() if of == wave.pk)
        told = [_told(wave, option, got, may) for option in prepared.options]
        yield Plan(
            wave=wave, as_of_at=wave.started_at, seed=wave.campaign.seed, customers=decided, eligible=decided, holdout=0,
            value_cents=0, dual_bound_cents=0, gap=0, cost_cents=sum(one["cost_cents"] for one in told),
            prices={"budget": 0}, options=told, excluded={},
        )  # fmt: skip


def _told(wave: Wave, option: Option, got: dict, may: dict) -> dict[str, Any]:
    count, cents = got.get((wave.pk, option.channel), (0, 0))
    return {
        "option": option.pk,
        "channel": option.channel,
        "label": registry.get(option.channel).label,
        "eligible": may.get((wave.pk, option.pk), 0),
        "planned": count,
        "pieces": count,
        "cost_cents": round(cents),
        "value_cents": 0,
    }
