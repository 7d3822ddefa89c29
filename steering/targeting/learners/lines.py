"""A line for each treatment, all drawn to one that they share: what treatments have in common is learned from all of them."""

from dataclasses import dataclass

import numpy as np

from steering.targeting.bases import FEWEST, LINE_VARIANCE, View

from .base import Sample

APART = 0.25  # before the data say anything: variance of how a treatment's line differs, in that of the shared line
DOUBT = 10.0  # columns that this, and LINE_VARIANCE, are worth against what the data say
LEAST, MOST = 1e-6, 1.0  # variance of a column's weight; what separates all would have any
STEPS = 20
SMALL = 1e-5
MOST_ROWS = 30_000  # from which variances are learned


@dataclass(frozen=True)
class Spreads:
    """Prior variance of one column's weight in the shared line, and in how a treatment's line differs from it: in logits, or
    in variances of the value.
    """

    shared: float
    apart: float


@dataclass(frozen=True, eq=False)
class Lines:
    """`weights` (1 + m, 1 + columns), the intercept first."""

    weights: np.ndarray
    is_chance: bool

    def predict(self, view: View) -> np.ndarray:
        """(n, 1 + m) rate under each treatment."""
        score = view.bent @ self.weights[:, 1:].T.astype(view.bent.dtype) + self.weights[:, 0]
        return _chance(score) if self.is_chance else score


@dataclass(frozen=True, eq=False)
class _Arm:
    """Who got one treatment."""

    lines: np.ndarray
    rate: np.ndarray
    weight: np.ndarray


def spreads_of(sample: Sample, *, random_state: int = 0) -> Spreads:
    """Learned from the data: type II likelihood, by EM (MacKay 1992), with a weak prior where it begins."""
    n, columns = len(sample.rate), max(1, sample.view.bent.shape[1])
    rows = np.ones(n, dtype=bool)
    if n > MOST_ROWS:
        rows = np.random.default_rng([random_state, 23]).permutation(n) < MOST_ROWS
    begin = Spreads(LINE_VARIANCE / columns, APART * LINE_VARIANCE / columns)
    if _is_hopeless(sample, rows):
        return begin
    fit = _Fit(_arms(sample, rows), _start(sample, rows) / _scale(sample, rows), begin, sample.is_chance)
    for _ in range(STEPS):
        fit.step()
        fit.learn_spreads(begin)
    return fit.spreads


def fit_lines(sample: Sample, rows: np.ndarray, spreads: Spreads) -> Lines:
    """Logistic or least squares with normal priors (Gelman and Hill 2007, varying slopes); `rows` (n,) bool, learned on."""
    if _is_hopeless(sample, rows):
        return Lines(_start(sample, rows), sample.is_chance)
    scale = _scale(sample, rows)
    fit = _Fit(_arms(sample, rows), _start(sample, rows) / scale, spreads, sample.is_chance)
    for _ in range(STEPS):
        if fit.step() < SMALL:
            break
    return Lines(scale * np.vstack([fit.shared, fit.shared + fit.apart]), sample.is_chance)


class _Fit:
    """Newton's method. No contact, the first arm, has the shared line; the others differ from it by `apart`."""

    def __init__(self, arms: list[_Arm], start: np.ndarray, spreads: Spreads, is_chance: bool) -> None:
        self.arms, self.start, self.spreads, self.is_chance = arms, start[0], spreads, is_chance
        self.shared, self.apart = start[0].copy(), np.zeros_like(start[1:])

    def step(self) -> float:
        """One step of all lines; its largest part."""
        columns = len(self.shared) - 1
        prior = np.append(1e-3, np.full(columns, 1 / self.spreads.shared))
        own_prior = np.append(1.0, np.full(columns, 1 / self.spreads.apart))
        first, *others = [
            _curve(arm, line, self.is_chance)
            for arm, line in zip(self.arms, [self.shared, *(self.shared + self.apart)], strict=True)
        ]
        left, right = np.diag(prior) + first[0], first[1] - prior * (self.shared - self.start)
        solved = []
        for (curvature, slope), own in zip(others, self.apart, strict=True):
            inverse = np.linalg.inv(curvature + np.diag(own_prior))
            toward = slope - own_prior * own
            moved = inverse @ curvature
            left += curvature - curvature @ moved
            right += slope - moved.T @ toward
            solved.append((inverse, moved, toward))
        covariance = np.linalg.inv(left)
        step = covariance @ right
        self.shared = self.shared + step
        for own, (inverse, moved, toward) in zip(self.apart, solved, strict=True):
            own += inverse @ toward - moved @ step
        self.luck = np.diag(covariance)[1:].sum()
        self.own_luck = sum(
            np.diag(inverse)[1:].sum() + ((moved @ covariance) * moved)[1:].sum() for inverse, moved, _ in solved
        )
        return float(np.abs(step).max())

    def learn_spreads(self, begin: Spreads) -> None:
        columns, m = len(self.shared) - 1, len(self.apart)
        shared = (self.shared[1:] ** 2).sum() + self.luck + DOUBT * begin.shared
        apart = (self.apart[:, 1:] ** 2).sum() + self.own_luck + DOUBT * begin.apart
        found = shared / (columns + DOUBT), apart / (m * columns + DOUBT)
        self.spreads = Spreads(*(min(MOST, max(LEAST, float(own))) for own in found))


def _arms(sample: Sample, rows: np.ndarray) -> list[_Arm]:
    weight, arms, scale = sample.balance(), [], _scale(sample, rows)
    for treatment in range(sample.n_options + 1):
        own = np.flatnonzero(rows & (sample.treatment == treatment))
        lines = np.column_stack([np.ones(own.size), sample.view.bent[own]])
        arms.append(_Arm(lines, sample.rate[own] / scale, np.ones(own.size) if weight is None else weight[own]))
    return arms


def _scale(sample: Sample, rows: np.ndarray) -> float:
    """Of a value that is no chance: its standard deviation, so that variances mean the same in any unit."""
    return 1.0 if sample.is_chance else float(sample.rate[rows].std())


def _start(sample: Sample, rows: np.ndarray) -> np.ndarray:
    weights = np.zeros((sample.n_options + 1, 1 + sample.view.bent.shape[1]))
    weights[:, 0] = _level(sample, rows)
    return weights


def _curve(arm: _Arm, line: np.ndarray, is_chance: bool) -> tuple[np.ndarray, np.ndarray]:
    """Curvature and slope of the log-likelihood."""
    expected = arm.lines @ line
    bend = arm.weight
    if is_chance:
        expected = _chance(expected)
        bend = arm.weight * np.maximum(expected * (1 - expected), 1e-9)
    return arm.lines.T @ (arm.lines * bend[:, None]), arm.lines.T @ (arm.weight * (arm.rate - expected))


def _chance(score: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(score, -30, 30)))


def _level(sample: Sample, rows: np.ndarray) -> float:
    mean = float(sample.rate[rows].mean()) if rows.any() else 0.0
    if not sample.is_chance:
        return mean
    return float(np.log((mean + 1e-9) / (1 - mean + 1e-9)))


def _is_hopeless(sample: Sample, rows: np.ndarray) -> bool:
    rate = sample.rate[rows]
    if sample.is_chance:
        ones = np.count_nonzero(rate)
        return min(ones, rate.size - ones) < FEWEST
    return rate.size < FEWEST or bool(np.ptp(rate) <= 1e-12 * np.abs(rate).max())
