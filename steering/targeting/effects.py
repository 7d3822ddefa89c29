"""Mean and individual effects of options and of the channels they belong to, from one cross-fitted set of candidates."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from . import candidates, selector
from .bases import View, ridge
from .candidates import NAMES, Candidates
from .columns import Standardised
from .hierarchy import Means
from .learners.base import Sample, pseudo_effect
from .learners.curves import Curves
from .learners.distilled import Distilled
from .outcomes import doubly_robust, folds_of
from .parts import Parts
from .shrinkage import effective_count

DISTILLED_FROM = 25_000  # rows; the small model repeats what has no luck in it


@dataclass(frozen=True, eq=False)
class Settings:
    """Of m options in `n_groups` channels; `fewest`: customers below which a channel has no individual effects."""

    groups: np.ndarray
    n_groups: int
    fewest: int
    folds: int
    categorical: tuple[int, ...]
    random_state: int


@dataclass(frozen=True, eq=False)
class Decisions:
    """n logged decisions about m options, checked; `propensity` is not too small."""

    view: View
    treatment: np.ndarray
    propensity: np.ndarray
    eligible: np.ndarray
    parts: Parts

    def concerns(self, option: int) -> np.ndarray:
        return self.eligible[:, option] | (self.treatment == option + 1)

    def by_group(self, settings: Settings) -> Sample:
        """The same about channels. The probability of a channel is that of what was given, by the content's usual share."""
        groups, n_groups = settings.groups, settings.n_groups
        member = np.arange(n_groups) == groups[:, None]
        treatment = np.append(0, groups + 1)[self.treatment]
        counts = np.bincount(self.treatment, minlength=len(groups) + 1)[1:].astype(float)
        open_to = self.eligible * counts @ member  # (n, g) how often contents open to a customer were given
        rows, given = np.arange(len(treatment)), np.maximum(self.treatment - 1, 0)
        usual = open_to[rows, groups[given]] if len(groups) else np.ones(len(rows))
        share = np.where(self.treatment > 0, counts[given] / np.maximum(usual, counts[given]), 1.0)
        return Sample(
            self.view, treatment, self.parts.rate, self.parts.amount, np.minimum(self.propensity / share, 1.0),
            self.eligible @ member, self.parts.is_chance,
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Learned:
    """What was learned, not yet made small."""

    sample: Sample
    candidates: Candidates
    weights: np.ndarray  # (g, K) of the candidates
    curves: Curves  # what the first of them say
    lines: np.ndarray  # (columns, g + m): effects on amounts by channel, and what sets options apart
    chosen: dict[str, Any]

    def distilled(self, X: np.ndarray, columns: Standardised, settings: Settings) -> Distilled | None:  # noqa: N803
        """None where everybody gets the mean. Scores are differences from the mean: g channels, then m options.

        It repeats what customers were told by models that had not seen them, so it averages over the folds' models.
        """
        if not self.weights.any() and not self.lines.any():
            return None
        n, n_groups = len(X), settings.n_groups
        rows = np.arange(n) if n <= DISTILLED_FROM else np.linspace(0, n - 1, DISTILLED_FROM).astype(np.int64)
        view, amount = self.sample.view.rows(rows), self.sample.amount[rows]
        rest, known = view.lines @ self.lines, self.curves.predict(view.bent)
        trees = slice(len(candidates.LINES), None)
        told = np.einsum("ngk,gk->ng", self.candidates.held_out[rows, :, trees], self.weights[:, trees])
        rest[:, :n_groups] += (told + self.curves.effects(view.bent)) * amount[:, None] - known
        for group in range(n_groups):
            open_to = self.sample.concerns(group)[rows]
            own = [group, *(n_groups + np.flatnonzero(settings.groups == group))]
            if open_to.any():
                rest[:, own] -= rest[open_to][:, own].mean(axis=0)
                rest[:, group] -= known[open_to, group].mean()
        small = Distilled(categorical=settings.categorical, random_state=settings.random_state)
        return small.fit(X[rows], rest, columns=columns, curves=self.curves)


def learn(decisions: Decisions, settings: Settings) -> Learned:
    """Who is moved by which channel and option."""
    sample = decisions.by_group(settings)
    fold = folds_of(sample.treatment, settings.folds, random_state=settings.random_state)
    wanted = _enough(sample, settings.fewest)
    learners = candidates.Learners.of(sample, settings.categorical, settings.random_state)
    cross = candidates.cross_fit(sample, fold, wanted, learners)
    n_groups, columns = settings.n_groups, sample.view.lines.shape[1]
    weights, chosen = np.zeros((n_groups, len(NAMES))), {}
    lines = np.zeros((columns, n_groups + len(settings.groups)))
    groups = np.flatnonzero(wanted)
    if groups.size:
        weights[groups], chosen = _weigh(sample, cross, fold, groups)
    for group in groups:
        lines[:, group] = _amount_line(sample, decisions.parts.residual, fold, group)
        options = np.flatnonzero(settings.groups == group)
        for option in options[_told(decisions, options, settings.fewest)] if options.size > 1 else ():
            lines[:, n_groups + option] = _option_line(decisions, sample, cross.expected, fold, option, group)
    curves = candidates.curves(sample, weights, learners)
    return Learned(sample, cross, weights, curves, lines, chosen)


def means(decisions: Decisions, learned: Learned, settings: Settings) -> Means:
    """Doubly robust, each treatment's errors averaged with weights that sum to 1 (Hájek 1971), which is steadier."""
    found = [_mean(decisions, learned, option, group) for option, group in enumerate(settings.groups)]
    return Means(*np.array(found, dtype=float).reshape(-1, 4).T)


def _enough(sample: Sample, fewest: int) -> np.ndarray:
    given = [effective_count(1 / sample.propensity[sample.treatment == code]) for code in range(sample.n_options + 1)]
    return np.minimum(given[1:], given[0]) >= max(fewest, 2)


def _told(decisions: Decisions, options: np.ndarray, fewest: int) -> np.ndarray:
    return np.array([np.count_nonzero(decisions.treatment == option + 1) >= fewest for option in options], dtype=bool)


def _weigh(
    sample: Sample, cross: Candidates, fold: np.ndarray, groups: np.ndarray
) -> tuple[np.ndarray, dict[str, Any]]:  # fmt: skip
    pseudo = doubly_robust(cross.expected, sample.treatment, sample.rate, sample.propensity)
    evidence = []
    for group in groups:
        rows = np.flatnonzero(sample.concerns(group))
        money = sample.amount[rows]
        effect = (pseudo[rows, group + 1] - pseudo[rows, 0]) * money
        evidence.append(selector.Evidence.of(cross.held_out[rows, group] * money[:, None], effect, fold[rows]))
    weights = selector.weights_of(evidence, candidates.START)
    chosen = {}
    for place, (group, found) in enumerate(zip(groups, evidence, strict=True)):
        chosen[str(group)] = selector.report(NAMES, found, weights[place])
    return weights, chosen


def _amount_line(sample: Sample, residual: np.ndarray, fold: np.ndarray, group: int) -> np.ndarray:
    """(columns,) of the effect on amounts beyond that on the rate, 0 where it is no more than noise."""
    rows = np.flatnonzero(sample.concerns(group))
    if not residual.any():
        return np.zeros(sample.view.lines.shape[1])
    effect = pseudo_effect(sample.treatment[rows], residual[rows], sample.propensity[rows], group)
    return _believed_line(sample.view.lines[rows], effect, fold[rows])


def _option_line(
    decisions: Decisions, sample: Sample, expected: np.ndarray, fold: np.ndarray, option: int, group: int
) -> np.ndarray:  # fmt: skip
    """(columns,) of what sets an option apart from its channel, 0 where it is no more than noise."""
    rows = np.flatnonzero(decisions.concerns(option) & (sample.treatment == group + 1))
    own = decisions.treatment[rows] == option + 1
    apart = own / decisions.propensity[rows] - 1 / sample.propensity[rows]
    error = (sample.rate[rows] - expected[rows, group + 1]) * sample.amount[rows]
    everybody = np.flatnonzero(decisions.concerns(option))
    effect = np.zeros(len(fold))
    effect[rows] = apart * error
    return _believed_line(sample.view.lines[everybody], effect[everybody], fold[everybody])


def _believed_line(lines: np.ndarray, effect: np.ndarray, fold: np.ndarray) -> np.ndarray:
    lines = lines.astype(float)
    held_out = np.zeros(len(effect))
    for number in np.unique(fold):
        out = fold == number
        held_out[out] = lines[out] @ ridge(lines[~out], effect[~out]).weights if (~out).sum() > 1 else 0.0
    found = selector.Evidence.of(held_out[:, None], effect, fold)
    factor = selector.proven(found.effects[:, 0], found.pseudo)
    return factor * ridge(lines, effect).weights if factor else np.zeros(lines.shape[1])


def _mean(decisions: Decisions, learned: Learned, option: int, group: int) -> tuple[float, float, float, float]:
    """Effect, variance, and equally weighted customers with it and without any contact."""
    concerns = decisions.concerns(option)
    given, spared = decisions.treatment == option + 1, (decisions.treatment == 0) & concerns
    if not given.any() or not spared.any():
        return 0.0, np.inf, 0.0, 0.0
    sample, expected = learned.sample, learned.candidates.expected
    base = ((expected[:, group + 1] - expected[:, 0]) * sample.amount)[concerns]
    effect, variance = base.mean(), base.var() / base.size
    beyond, beyond_variance = 0.0, 0.0
    for rows, sign, column in ((given, 1.0, group + 1), (spared, -1.0, 0)):
        weight = 1 / decisions.propensity[rows]
        moved = _average((sample.rate - expected[:, column])[rows] * sample.amount[rows], weight)
        luck = _average(decisions.parts.residual[rows], weight)
        effect, variance = effect + sign * moved[0], variance + moved[1]
        beyond, beyond_variance = beyond + sign * luck[0], beyond_variance + luck[1]
    # What amounts say beyond the rate counts as far as it is more than noise (James and Stein).
    kept = max(0.0, 1 - beyond_variance / beyond**2) if beyond else 0.0
    counts = [effective_count(1 / decisions.propensity[rows]) for rows in (given, spared)]
    return effect + kept * beyond, variance + kept * beyond_variance, *counts


def _average(values: np.ndarray, weight: np.ndarray) -> tuple[float, float]:
    """Weighted mean and its variance."""
    mean = float(weight @ values / weight.sum())
    return mean, float(weight**2 @ (values - mean) ** 2 / weight.sum() ** 2)
