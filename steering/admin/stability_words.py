"""Are the customers of a plan like those whom its model learned from? In plain words."""

import re
from typing import Any

from channels.admin.names import label
from steering.models import Plan
from steering.treatments import channel_of

from .plan_words import table

SOME, MUCH = 0.1, 0.25  # of the population stability index, as is usual
FEWEST = 500  # customers; with fewer, chance alone moves the index
NAMED = 3
DAYS = re.compile(r"_(\d+)$")


def stability_warning(plan: Plan) -> str | None:
    """One or two sentences; None where all is well, or nothing is known."""
    told = plan.stability
    if not told or min(told["customers"], told["learned_from"]) < FEWEST:
        return None
    changed = [one for one in told["features"] if one["psi"] > MUCH]
    spread = [one for one in told["scores"] if one["psi"] > MUCH]
    if not changed and not spread:
        return None
    said = []
    if changed:
        said.append(
            f"These customers are unlike those whom {plan.model_version} learned from, most of all in"
            f" {_listed([feature(one['name']) for one in changed])}."
        )
    if spread:
        channels = list(dict.fromkeys(label(channel_of(one["name"])) for one in spread))
        said.append(f"What it expects of {_listed(channels)} is spread quite differently than in training.")
    advice = "Expect less of its estimates, let more of the wave explore, and train a new model once it has results."
    return " ".join([*said, advice])


def stability_table(plan: Plan) -> dict[str, Any]:
    """Features and scores, those that changed most first."""
    told = plan.stability
    kinds = (("Feature", told.get("features", []), feature), ("Score", told.get("scores", []), score))
    rows = [
        [f"{kind}: {named(one['name'])}", f"{one['psi']:.3f}", _verdict(one["psi"])]
        for kind, ones, named in kinds
        for one in ones[:10]
    ]
    note = (
        f"The {told.get('customers', 0):,} customers of {plan.wave}, the last plan by this model, against the"
        f" {told.get('learned_from', 0):,} decisions that it learned from. Below {SOME} nothing has changed that matters,"
        f" above {MUCH} its estimates should be trusted less."
    )
    return table("Is it still asked about the same customers?", ["", "Stability index", ""], rows, note=note)


def feature(name: str) -> str:
    """contacts_30:email as contacts in 30 days: email, days_since:clicked as days since: clicked."""
    kind, separator, what = name.partition(":")
    kind = DAYS.sub(r" in \1 days", kind)
    return f"{kind.replace('_', ' ')}{separator and ': '}{what.replace('_', ' ')}"


def score(name: str) -> str:
    """email/12 as E-mail, content 12."""
    content = name.partition("/")[2]
    return f"{label(channel_of(name))}, content {content}" if content else f"{label(name)}, any content"


def _verdict(psi: float) -> str:
    if psi > MUCH:
        return "much changed"
    return "somewhat changed" if psi > SOME else "as in training"


def _listed(names: list[str]) -> str:
    shown = names[:NAMED]
    more = len(names) - len(shown)
    if more:
        return f"{', '.join(shown)} and {more} more"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
