"""The report for people and for programs."""

import json
from pathlib import Path

import pytest

from channels.invariants import Verdict
from steering.demo import figures, report, summary
from steering.demo.errors import DemoError
from steering.demo.evaluation import Margins
from steering.demo.figures import ChannelFigures, Lift
from steering.demo.report import Report
from steering.demo.stages import Stage
from steering.demo.world import World
from steering.models import Plan

from . import worlds

BIG = ChannelFigures(
    eligible=1_000_000, planned=1_000_000, pieces=1_000_000, sent=1_000_000, bounced=10_000, cost=99_999_999,
    seen=1_000_000, responses=1_000_000,
)  # fmt: skip
HOLDS, BROKEN = Verdict("nobody is contacted twice", [], 0), Verdict("the holdout gets nothing", [7], 1)


def world() -> World:
    return World("hillstrom.csv", worlds.no_truth(), customer_ids=[], assumptions=("Assumed: " + "much " * 60,))


def made(**fields) -> Report:
    plan = Plan(value_cents=123456.7, dual_bound_cents=123500.0, gap=0.00035, cost_cents=99_999, prices={"budget": 1.5})
    lift = Lift(0.0213, 0.004, 0.038)
    return Report(
        **{
            "stages": [Stage("wave 1: vendors and networks pull, print, post", 12.34)],
            "channels": {"print_mailing": BIG, "direct_post": BIG},
            "exploration": {"print_mailing": BIG},
            "plan": plan,
            "margins": Margins(customers=100, random=10.0, steered=60.0, oracle=110.0),
            "lift": lift,
            "lift_margin": lift,
            "verdicts": [HOLDS],
            "world": world(),
        }
        | fields
    )


def text(of: Report) -> str:
    return "\n".join(summary.lines(of, file=Path("/work/var/demo/report.json")))


def test_no_line_is_wider_than_a_hundred() -> None:
    assert max(len(line) for line in text(made()).splitlines()) <= 100


def test_it_says_what_was_earned_and_measured() -> None:
    said = text(made())
    assert "steered earned 54.5% of what the oracle could, learned from 0 decisions" in said
    assert "steering earned 50.0% of what lies between chance and the oracle" in said
    assert "+2.13% of customers    +0.40% to +3.80%" in said
    assert "expected to earn 1,234.57 EUR after a cost of 999.99 EUR" in said


def test_it_says_what_is_broken_and_what_is_assumed() -> None:
    said = text(made(verdicts=[HOLDS, BROKEN]))
    assert "BROKEN (1)  the holdout gets nothing" in said
    assert "Data: hillstrom.csv." in said
    assert "Assumed: much" in said


def test_too_few_customers_for_an_interval_is_said() -> None:
    nothing = Lift(None, None, None)
    assert "too few customers for an interval" in text(made(lift=nothing, lift_margin=nothing))


def test_the_file_holds_what_programs_look_for(tmp_path: Path) -> None:
    report.write(made(verdicts=[HOLDS, BROKEN]), tmp_path / "demo" / "report.json")
    found = json.loads((tmp_path / "demo" / "report.json").read_text())
    assert found["stages"] == [{"name": "wave 1: vendors and networks pull, print, post", "seconds": 12.34}]
    assert {"eligible", "planned", "sent", "cost", "responses"} <= found["channels"]["direct_post"].keys()
    assert found["allocation"] == {"value": 123456.7, "dual_bound": 123500.0, "gap": 0.00035}
    assert (found["margin"]["random"], found["margin"]["steered"], found["margin"]["oracle"]) == (10, 60, 110)
    assert found["lift"] == {"estimate": 0.0213, "low": 0.004, "high": 0.038}
    assert found["invariants"] == {HOLDS.name: True, BROKEN.name: False}
    assert found["data"] == "hillstrom.csv"


def test_a_broken_promise_ends_the_demo_by_name() -> None:
    with pytest.raises(DemoError, match=r"broken: the holdout gets nothing \(1 broken, e.g. 7\)"):
        figures.judge([HOLDS, BROKEN], made().margins)


def test_steering_no_better_than_chance_ends_the_demo() -> None:
    with pytest.raises(DemoError, match=r"earns 10\.0 cents per customer, no more than chance: 10\.0"):
        figures.judge([HOLDS], Margins(customers=9, random=10.0, steered=10.0, oracle=20.0))


def test_all_well_is_all_well() -> None:
    figures.judge([HOLDS], made().margins)
