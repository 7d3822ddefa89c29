"""The weights of judging, learned from pairs of which it is known whether they are one person.

The odds that two records are one person are the share of people with a second record, over the number of others who agree
in as much by chance (Fellegi and Sunter 1969). What is learned is by how much each difference lowers them. None may raise
them, whatever it does in the pairs that it is learned from: there only second records may have initials, elsewhere others
have them as well.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy import optimize

from .comparing import FEATURES

SURE, POSSIBLE = 0.65, 0.5
SECOND_RECORDS = 0.05  # of people have one
BY_CHANCE = -float(np.log(10))  # it counts in powers of ten
SHRINKING = 0.3  # of the weights, against fitting what is there by chance
SAID_BY_CHANCE = frozenset(
    {
        "by_chance",
        "last_equal",
        "first_equal",
        "born_equal",
        "door_equal",
        "postcode_equal",
        "city_equal",
        "email_equal",
        "phone_near",
        "email_differs",
    }
)


def fit(features: np.ndarray, is_same: np.ndarray) -> np.ndarray:
    """Weights in the order of FEATURES: a logistic regression with a given intercept and none above 0, by L-BFGS-B."""
    learned = [name not in SAID_BY_CHANCE for name in FEATURES]
    x = features[:, learned].astype(np.float64)
    known = np.log(SECOND_RECORDS) + BY_CHANCE * features[:, FEATURES.index("by_chance")].astype(np.float64)
    sign = np.where(is_same, 1.0, -1.0)

    def loss(at: np.ndarray) -> tuple[float, np.ndarray]:
        margin = sign * (x @ at + known)
        slope = -x.T @ (sign / (1 + np.exp(np.clip(margin, -30, 30))))
        return np.logaddexp(0, -margin).sum() + SHRINKING * at @ at / 2, slope + SHRINKING * at

    found = optimize.minimize(
        loss, np.zeros(x.shape[1]), jac=True, bounds=[(None, 0.0)] * x.shape[1], method="L-BFGS-B"
    )
    weights = np.zeros(len(FEATURES))
    weights[learned] = found.x
    weights[FEATURES.index("by_chance")] = BY_CHANCE
    return weights


def write(weights: np.ndarray, path: Path, *, populations: Sequence[tuple[int, int]], pairs: int) -> None:
    """`populations`: customers and seed of each that was learned from."""
    told = {
        "learned_from": {
            "populations": [{"customers": customers, "seed": seed} for customers, seed in populations],
            "pairs": pairs,
        },
        "sure": SURE,
        "possible": POSSIBLE,
        "intercept": round(float(np.log(SECOND_RECORDS)), 3),
        "weights": {name: round(float(weight), 3) + 0.0 for name, weight in zip(FEATURES, weights, strict=True)},
    }
    path.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
