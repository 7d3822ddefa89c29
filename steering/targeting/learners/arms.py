"""Expected rate under every treatment, by a model of each treatment or by one model of all."""

from dataclasses import replace

import numpy as np

from steering.targeting.bases import Constant, Expects, Fitter, View

from .base import Sample

INTERACTION = 0.5  # how much less a line believes that treatments differ in a feature than in the feature itself


def fit_apart(sample: Sample, rows: np.ndarray, fitter: Fitter) -> list[Expects]:
    """A model of each treatment, no contact first, learned on `rows` (n,) bool."""
    weight = sample.balance()
    models = []
    for treatment in range(sample.n_options + 1):
        own = np.flatnonzero(rows & (sample.treatment == treatment))
        given = None if weight is None else weight[own]
        models.append(fitter.fit(sample.view.rows(own), sample.rate[own], given) if own.size else Constant(0.0))
    return models


def predict_apart(models: list[Expects], view: View) -> np.ndarray:
    """(n, 1 + m)"""
    return np.column_stack([model.predict(view) for model in models])


def fit_together(sample: Sample, rows: np.ndarray, fitter: Fitter) -> Expects:
    """One model of all treatments, the treatment is a feature."""
    own = np.flatnonzero(rows)
    weight = sample.balance()
    view = with_treatment(sample.view.rows(own), sample.treatment[own], sample.n_options, fitter.base)
    return fitter.fit(view, sample.rate[own], None if weight is None else weight[own])


def predict_together(model: Expects, view: View, n_options: int, base: str) -> np.ndarray:
    """(n, 1 + m)"""
    return np.column_stack([predict_under(model, view, code, n_options, base) for code in range(n_options + 1)])


def predict_under(model: Expects, view: View, treatment: int, n_options: int, base: str) -> np.ndarray:
    """(n,) under one treatment."""
    return model.predict(with_treatment(view, np.full(len(view), treatment), n_options, base))


def with_treatment(view: View, treatment: np.ndarray, n_options: int, base: str) -> View:
    """Trees get a column per option; lines also every feature times it, without which all would gain alike."""
    given = (treatment[:, None] == np.arange(1, n_options + 1)).astype(np.float32)
    if base != "linear":
        return replace(view, trees=np.hstack([view.trees, given.astype(view.trees.dtype)]))
    # A treatment's own mean is hardly held back: its column is large, so its weight may be small.
    crossed = [INTERACTION * view.lines * given[:, [option]] for option in range(n_options)]
    lines = np.hstack([view.lines, 10 * given, *crossed])
    # More columns must not make each of them less believed, as they would in a line by itself.
    lines *= np.sqrt(lines.shape[1] / max(1, view.lines.shape[1]), dtype=np.float32)
    return replace(view, lines=lines, bent=lines)
