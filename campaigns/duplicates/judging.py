"""How probable it is that two records are one person, from what speaks for and against it; sure, to be looked at, or not.

The logarithm of the odds is that of second records, less that of others who agree by chance, less what each difference
costs, as in the model of Fellegi and Sunter (1969). The weights stand in weights.json and come from learning.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from .comparing import FEATURES

WEIGHTS = Path(__file__).parent / "weights.json"
# Never sure, whatever else agrees: parents are called like their children, and namesakes live in one town.
AGAINST = (
    "born_differs",
    "sex_differs",
    "twins",
    "generations",
    "generation_differs",
    "first_differs",
    "nothing_but_first",
    "many_at_door",
)
# Without one of these only names and a town are known, which others share.
NEEDED = ("born_equal", "born_near", "door_equal", "street_alike", "number_part", "email_equal", "phone_near")
DIFFERENCES = frozenset({*AGAINST, *(name for name in FEATURES if name.endswith("_differs"))})
# Said by others as well, or figures that say nothing to a reader.
UNTOLD = frozenset(
    {
        "by_chance",
        "generations",
        "twins",
        "married",
        "nothing_but_first",
        "many_at_door",
        "postcode_equal",
        "city_equal",
    }
)


@dataclass(frozen=True)
class Judged:
    """Arrays over pairs."""

    probability: np.ndarray
    is_sure: np.ndarray
    is_possible: np.ndarray  # sure ones too


def judge(features: np.ndarray) -> Judged:
    """From a matrix of comparing.compared."""
    known = weights()
    odds = features @ np.array([known["weights"][name] for name in FEATURES], dtype=np.float32) + known["intercept"]
    probability = 1 / (1 + np.exp(-np.clip(odds, -30, 30)))
    against, needed = (features[:, [FEATURES.index(name) for name in names]].any(axis=1) for names in (AGAINST, NEEDED))
    is_sure = (probability >= known["sure"]) & ~against & needed
    return Judged(probability, is_sure, is_sure | (probability >= known["possible"]))


def evidence(row: np.ndarray) -> tuple[list[str], list[str]]:
    """Names of what speaks for and against, for people to read."""
    told = [name for name, value in zip(FEATURES, row, strict=True) if value and name not in UNTOLD]
    return [name for name in told if name not in DIFFERENCES], [name for name in told if name in DIFFERENCES]


@cache
def weights() -> dict[str, Any]:
    return json.loads(WEIGHTS.read_text(encoding="utf-8"))
