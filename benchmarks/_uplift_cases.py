"""Hillstrom's e-mail experiment as six cases of one contact against none: two outcomes, three contacts."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

CONTACTS = {
    "womens": ("Womens E-Mail",),
    "mens": ("Mens E-Mail",),
    "both": ("Womens E-Mail", "Mens E-Mail"),
}
OUTCOMES = ("visit", "spend")
NUMBERS = ("recency", "history", "mens", "womens", "newbie")
LEARNS = 0.5  # of the rows of each treatment


@dataclass(frozen=True, eq=False)
class Case:
    X: np.ndarray
    treatment: np.ndarray
    outcome: np.ndarray
    learns: np.ndarray  # (splits, n) bool


def read(path: Path, splits: int) -> dict[str, Case]:
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    X, segment = _features(rows), np.array([row["segment"] for row in rows])  # noqa: N806
    cases = {}
    for outcome in OUTCOMES:
        values = np.array([float(row[outcome]) for row in rows])
        for contact, segments in CONTACTS.items():
            own = np.flatnonzero(np.isin(segment, (*segments, "No E-Mail")))
            treatment = (segment[own] != "No E-Mail").astype(np.int64)
            learns = np.array([_halves(treatment, seed) for seed in range(splits)])
            cases[f"{outcome}_{contact}"] = Case(X[own], treatment, values[own], learns)
    return cases


def _features(rows: list[dict[str, str]]) -> np.ndarray:
    numbers = [[float(row[name]) for name in NUMBERS] for row in rows]
    segment = [[float(row["history_segment"].partition(")")[0])] for row in rows]
    coded = [_coded([row[name] for row in rows]) for name in ("zip_code", "channel")]
    return np.hstack([np.array(part, dtype=np.float32) for part in (numbers, segment, *coded)])


def _coded(values: list[str]) -> np.ndarray:
    return (np.array(values)[:, None] == np.unique(values)).astype(np.float32)


def _halves(treatment: np.ndarray, seed: int) -> np.ndarray:
    """Every treatment is halved, so that no split is luckier in that."""
    learns = np.zeros(treatment.size, dtype=bool)
    rng = np.random.default_rng([seed, 5])
    for code in (0, 1):
        own = np.flatnonzero(treatment == code)
        learns[rng.choice(own, int(LEARNS * own.size), replace=False)] = True
    return learns
