"""The weights of judging, learned from pairs of which it is known whether they are one person."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from .comparing import FEATURES

SURE, POSSIBLE = 0.7, 0.5
STRENGTH = 3.0  # of the fit against its shrinking to nothing


def fit(features: np.ndarray, is_same: np.ndarray) -> LogisticRegression:
    return LogisticRegression(C=STRENGTH, max_iter=2000).fit(features, is_same)


def write(fitted: LogisticRegression, path: Path, *, populations: Sequence[tuple[int, int]], pairs: int) -> None:
    """`populations`: customers and seed of each that was learned from."""
    told = {
        "learned_from": {
            "populations": [{"customers": customers, "seed": seed} for customers, seed in populations],
            "pairs": pairs,
        },
        "sure": SURE,
        "possible": POSSIBLE,
        "intercept": round(float(fitted.intercept_[0]), 3),
        "weights": {name: round(float(weight), 3) for name, weight in zip(FEATURES, fitted.coef_[0], strict=True)},
    }
    path.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
