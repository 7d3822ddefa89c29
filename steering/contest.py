"""Champion and challenger: is the new model better than the one that decides, beyond noise?

Both are judged on the same decisions, and neither has seen them. The champion is judged as it is, on waves that started
after the last thing that it could know; nothing that came of them can be in its training, not even a purchase that counts for
two waves. The challenger has learned from just these waves, so it is judged by models of its kind that each have learned
without the customers whom they are asked about (`judging.held_out`). What the two would have earned is compared decision by
decision, doubly robust; where both do the same the difference is exactly 0. It is better where the lower end of the 95 %
interval is above 0. Waves that did not explore say nothing of what they did not do, and do not count.

Where no model decides yet, the priors are the champion. They have seen nothing, so all decisions count.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from campaigns.money import shown

from .judging import HeldOut, Worth, told
from .models import ModelVersion
from .planning.scoring import Scorer, scorer

FEWEST = 500  # decisions that neither has seen, below which the interval itself cannot be trusted


@dataclass(frozen=True)
class Contest:
    """How a challenger did against the champion, in figures and in words for staff."""

    is_better: bool
    reason: str
    figures: dict[str, Any]


def hold(held: HeldOut, champion: ModelVersion | None) -> Contest:
    """`held`: the challenger's predictions; its log has the champion's features behind its own."""
    rows = held.log.is_tried if champion is None else held.log.is_tried & held.log.since(champion.known_until_at)
    name = "prior knowledge" if champion is None else str(champion)
    figures = {"champion": champion.number if champion else None, "decisions": int(rows.sum())}
    if rows.sum() < FEWEST:
        return Contest(False, _too_few(name, int(rows.sum())), figures)
    worth = Worth(held, rows)
    mine = worth.best(held.scores[rows])
    theirs = worth.best(_scores(held, rows, scorer(champion), names=champion.features if champion else []))
    difference = worth.difference(mine, theirs)
    figures |= {
        "difference": told(difference),
        "challenger": worth.values(mine)["dr"],
        "held_by": worth.values(theirs)["dr"],
        "against_nobody": told(worth.difference(mine, worth.nobody())),
        "against_random": told(worth.difference(mine, worth.at_random())),
        "same_decision": round(float((mine == theirs).mean()), 4),
    }
    is_better = difference.interval[0] > 0
    return Contest(is_better, _said(name, figures, is_better=is_better), figures)


def _scores(held: HeldOut, rows: np.ndarray, by: Scorer, *, names: list[str]) -> np.ndarray:
    """(rows, m) as the champion would have scored them."""
    place = {name: column for column, name in enumerate(held.log.names)}
    features = held.log.features[np.ix_(rows, [place[name] for name in names])]
    return by.score(features, held.log.treatments)


def _too_few(name: str, decisions: int) -> str:
    return (
        f"Not compared with {name}: only {decisions:,} decisions with an outcome, of waves that explored, are newer than what"
        f" it has learned from, at least {FEWEST} are needed."
    )


def _said(name: str, figures: dict[str, Any], *, is_better: bool) -> str:
    difference = figures["difference"]
    low, high = (shown(difference[key]) for key in ("low_cents", "high_cents"))
    value = f"{shown(abs(difference['value_cents']))} {'more' if difference['value_cents'] >= 0 else 'less'}"
    verdict = f"Better than {name} beyond noise" if is_better else f"Not better than {name} beyond noise"
    return (
        f"{verdict}: its decisions would have earned {value} per customer (95 % interval {low} to {high}), on"
        f" {figures['decisions']:,} decisions that neither had seen. They agree on {figures['same_decision']:.0%} of them."
    )
