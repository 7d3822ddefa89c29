"""The report for people, in lines of at most a hundred characters."""

import textwrap
from collections.abc import Iterator
from pathlib import Path

from .evaluation import Margins
from .figures import ChannelFigures, Lift
from .report import Report

WIDTH = 100
LABEL = 15


def lines(report: Report, *, file: Path) -> Iterator[str]:
    yield from _stages(report)
    money = report.world.currency
    yield from _channels(f"Wave 1, drawn at random to learn from (cost in {money})", report.exploration)
    yield from _channels(f"Wave 2, steered by what was learned (cost in {money})", report.channels)
    yield from _allocation(report)
    yield from _margins(report.margins, decisions=report.decisions)
    yield from _lift(report.lift, report.lift_margin)
    yield from _invariants(report)
    yield from _data(report)
    yield from _where_next(file)


def _title(text: str) -> Iterator[str]:
    yield ""
    yield f"{text} {'-' * (WIDTH - len(text) - 1)}"


def _stages(report: Report) -> Iterator[str]:
    yield from _title("Time")
    for stage in report.stages:
        yield f"{stage.seconds:8.1f} s  {stage.name}"
    yield f"{sum(stage.seconds for stage in report.stages):8.1f} s  altogether, {len(report.world):,} customers"


def _channels(title: str, of: dict[str, ChannelFigures]) -> Iterator[str]:
    yield from _title(title)
    yield _row("", "eligible", "planned", "pieces", "sent", "bounced", "cost", "seen", "responses")
    for name, one in of.items():
        yield _channel(name, one)
    total = ChannelFigures(
        **{name: sum(getattr(one, name) for one in of.values()) for name in ChannelFigures.__dataclass_fields__}
    )
    yield _channel("together", total, eligible="")  # one customer may be eligible for several


def _channel(name: str, of: ChannelFigures, *, eligible: str | None = None) -> str:
    return _row(
        name,
        f"{of.eligible:,}" if eligible is None else eligible,
        *(f"{number:,}" for number in (of.planned, of.pieces, of.sent, of.bounced)),
        f"{of.cost / 100:,.2f}",
        f"{of.seen:,}",
        f"{of.responses:,}",
    )


def _row(label: str, *cells: str) -> str:
    return f"  {label:<{LABEL}}{''.join(f'{cell:>10}' for cell in cells)}".rstrip()


def _allocation(report: Report) -> Iterator[str]:
    plan = report.plan
    yield from _title("The plan of wave 2")
    value, cost, bound = (cents / 100 for cents in (plan.value_cents, plan.cost_cents, plan.dual_bound_cents))
    money = report.world.currency
    yield f"  expected to earn {value:,.2f} {money} after a cost of {cost:,.2f} {money}"
    yield f"  no plan for the same draws can earn more than {bound:,.2f} {money}: at most {plan.gap:.3%} are missing"
    yield f"  1.00 {money} more of budget would earn {plan.prices['budget']:.2f} {money}"


def _margins(margins: Margins, *, decisions: int) -> Iterator[str]:
    yield from _title("Wave 2 by the truth: margin after cost per customer, beside the same customers untouched")
    rows = (
        ("random", margins.random, "the same eligibility, budget and capacities, drawn by chance"),
        ("steered", margins.steered, "the choices as they were sent"),
        ("oracle", margins.oracle, "somebody who knows how everybody will respond"),
    )
    for name, cents, words in rows:
        yield f"  {name:<10}{cents:>8.1f} cents   {words}"
    yield f"  steered earned {margins.share_of_oracle:.1%} of what the oracle could, learned from {decisions:,} decisions"
    yield f"  steering earned {margins.share_of_reachable:.1%} of what lies between chance and the oracle"


def _lift(lift: Lift, margin: Lift) -> Iterator[str]:
    yield from _title("Wave 2 as measured against the holdout (95 % interval)")
    if lift.estimate is None or margin.estimate is None:
        yield "  too few customers for an interval"
        return
    yield f"  purchases   {lift.estimate:>+8.2%} of customers    {lift.low:+.2%} to {lift.high:+.2%}"
    yield f"  margin      {margin.estimate:>+8.1f} cents per customer    {margin.low:+.1f} to {margin.high:+.1f}"


def _invariants(report: Report) -> Iterator[str]:
    yield from _title("What must always hold")
    for verdict in report.verdicts:
        state = f"  {'holds' if verdict.holds else f'BROKEN ({verdict.count})':<12}"
        yield from textwrap.wrap(verdict.name, WIDTH, initial_indent=state, subsequent_indent=" " * len(state))


def _data(report: Report) -> Iterator[str]:
    yield from _title("What is real here")
    for text in (
        f"Data: {report.world.data}.",
        *report.world.assumptions,
        "Processes, mails, files, HTTP and every decision are real. The clock was helped: after each wave every "
        "recorded moment was moved thirteen and a half days into the past, so that two weeks of answers fit.",
    ):
        yield from textwrap.wrap(text, WIDTH, initial_indent="  ", subsequent_indent="  ")


def _where_next(file: Path) -> Iterator[str]:
    yield from _title("Where to look next")
    yield "  make run              the campaign, its plans, dispatches and results in the admin"
    yield f"  {file.parent}"
    yield "                        report.json; mail/ (a Maildir); wave-1/ and wave-2/: what the vendors pulled"
    yield "  docs/demo.md          what the demo stages and what it assumes"
