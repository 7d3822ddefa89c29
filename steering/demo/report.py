"""What the demo found out, as data: var/demo/report.json for programs, summary.py for people."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from channels.invariants import Verdict
from steering.models import Plan

from . import figures
from .evaluation import Margins
from .figures import ChannelFigures, Lift
from .stages import Stage
from .world import World


@dataclass(frozen=True)
class Report:
    """Money in cents; `lift` in purchases per customer."""

    stages: list[Stage]
    channels: dict[str, ChannelFigures]  # of the steered wave
    exploration: dict[str, ChannelFigures]  # of the wave before
    plan: Plan
    margins: Margins
    lift: Lift
    lift_margin: Lift
    verdicts: list[Verdict]
    world: World

    @property
    def decisions(self) -> int:
        """How many logged decisions the steered wave was learned from."""
        return self.plan.model_version.trained_on_rows if self.plan.model_version else 0


def gather(stages: list[Stage], explored: Plan, steered: Plan, world: World, *, seed: int) -> Report:
    lift, lift_margin = figures.of_lift(steered)
    return Report(
        stages=stages,
        channels=figures.of_channels(steered),
        exploration=figures.of_channels(explored),
        plan=steered,
        margins=figures.of_margins(steered, world, seed=seed),
        lift=lift,
        lift_margin=lift_margin,
        verdicts=figures.of_invariants(),
        world=world,
    )


def as_json(report: Report) -> dict[str, Any]:
    plan = report.plan
    return {
        "data": report.world.data,
        "assumptions": list(report.world.assumptions),
        "customers": len(report.world),
        "unit": "cents",
        "stages": [{"name": stage.name, "seconds": round(stage.seconds, 2)} for stage in report.stages],
        "channels": {name: asdict(of) for name, of in report.channels.items()},
        "exploration": {name: asdict(of) for name, of in report.exploration.items()},
        "allocation": {"value": plan.value_cents, "dual_bound": plan.dual_bound_cents, "gap": plan.gap},
        "margin": asdict(report.margins)
        | {
            "share_of_oracle": report.margins.share_of_oracle,
            "share_of_reachable": report.margins.share_of_reachable,
        },
        "learned_from": {"decisions": report.decisions},
        "lift": asdict(report.lift),
        "lift_margin": asdict(report.lift_margin),
        "invariants": {verdict.name: verdict.holds for verdict in report.verdicts},
    }


def write(report: Report, path: Path) -> None:
    """All of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(json.dumps(as_json(report), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    partial.replace(path)
