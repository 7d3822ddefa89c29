"""The numbers of the report, each read from the database; only the margins need the truth as well."""

from dataclasses import asdict, dataclass

from campaigns.events import by_a_person
from channels.invariants import Verdict, check
from channels.ledger.sql import rows
from steering import invariants, measurement, planning
from steering.models import Plan
from steering.population.behaviour import CHANNELS

from . import evaluation
from .errors import DemoError
from .evaluation import Margins
from .world import World

RESPONSES = f"""
    SELECT d.channel, count(DISTINCT d.id) FILTER (WHERE e.kind IN ('clicked', 'redeemed')),
           count(DISTINCT d.id) FILTER (WHERE e.kind IN ('opened', 'shown'))
    FROM channels_dispatch d JOIN campaigns_event e ON e.dispatch_id = d.id
    WHERE d.wave_id = %s AND {by_a_person("e")} GROUP BY 1
"""  # noqa: S608
LEDGER = """
    SELECT channel, count(*) FILTER (WHERE state IN ('sent', 'delivered')),
           count(*) FILTER (WHERE state = 'bounced'), sum(cost_cents)
    FROM channels_dispatch WHERE wave_id = %s GROUP BY 1
"""


@dataclass(frozen=True)
class ChannelFigures:
    """One channel in one wave. `responses`: who clicked, scanned or redeemed; money in cents."""

    eligible: int
    planned: int
    pieces: int
    sent: int
    bounced: int
    cost: int
    seen: int
    responses: int


@dataclass(frozen=True)
class Lift:
    """Of the campaign's goal, treated against held out; None where a small campaign allows no interval."""

    estimate: float | None
    low: float | None
    high: float | None


def of_channels(plan: Plan) -> dict[str, ChannelFigures]:
    answered = {channel: rest for channel, *rest in rows(RESPONSES, [plan.wave_id])}
    ledger = {channel: rest for channel, *rest in rows(LEDGER, [plan.wave_id])}
    return {option["channel"]: _of_channel(option, answered, ledger) for option in plan.options}


def _of_channel(option: dict, answered: dict[str, list], ledger: dict[str, list]) -> ChannelFigures:
    responses, seen = answered.get(option["channel"], (0, 0))
    sent, bounced, _ = ledger.get(option["channel"], (0, 0, 0))
    return ChannelFigures(
        eligible=option["eligible"],
        planned=option["planned"],
        pieces=option["pieces"],
        sent=sent,
        bounced=bounced,
        cost=option["cost_cents"],
        seen=seen,
        responses=responses,
    )


def of_margins(plan: Plan, world: World, *, seed: int) -> Margins:
    """The choices as they stand in the database, beside chance and the oracle."""
    planned = planning.problem_of(plan.wave_id)
    margin_share = float(plan.wave.campaign.margin_share)
    true = world.truth.uplift_cents(margin_share)[world.rows(planned.customer_ids)]
    uplift = evaluation.columns(true, [option.channel for option in planned.options], CHANNELS)
    new = None
    if world.newcomers is not None and planned.problem.n_areas:
        new = world.newcomers.worth_cents(planned.area_ids, margin_share=margin_share)
    return evaluation.margins(planned.problem, planned.choice, uplift, seed=seed, new_cents=new)


def of_lift(plan: Plan) -> tuple[Lift, Lift]:
    """Of the purchase rate, and of the margin in cents per customer."""
    lift = measurement.results(plan.wave.campaign_id, wave_id=plan.wave_id).lift
    if lift is None:
        return Lift(None, None, None), Lift(None, None, None)
    return Lift(**asdict(lift.rate)), Lift(**asdict(lift.margin_cents))


def of_invariants() -> list[Verdict]:
    return check(invariants.every())


def judge(verdicts: list[Verdict], margins: Margins) -> None:
    """Raises DemoError, naming what does not hold."""
    if broken := [verdict for verdict in verdicts if not verdict.holds]:
        named = "; ".join(f"{one.name} ({one.count} broken, e.g. {one.broken_by[0]})" for one in broken)
        raise DemoError(f"broken: {named}")
    if margins.steered <= margins.random:
        raise DemoError(
            f"the steered wave earns {margins.steered:.1f} cents per customer, no more than chance: {margins.random:.1f}"
        )
