"""Synthetic worlds whose truth is known: who buys, and what each option adds."""

from dataclasses import dataclass

import numpy as np

N_OPTIONS = 3


@dataclass(frozen=True)
class World:
    X: np.ndarray
    treatment: np.ndarray
    outcome: np.ndarray
    propensity: np.ndarray
    uplift: np.ndarray  # (n, m) true, cents
    expected: np.ndarray  # (n, 1 + m) true, cents


def world(n, *, seed, features=8, biased=False):
    """Option 0 helps where feature 0 is high, option 1 where feature 1 is, option 2 never.

    `biased`: options are logged more often where they help, with known propensities.
    """
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, features))
    baseline = 0.05 * np.exp(0.4 * np.clip(X[:, 2], -2, 2))
    added = np.column_stack([0.25 * (X[:, 0] > 0.3), 0.25 * (X[:, 1] > 0.3), np.zeros(n)])
    basket = 2_000.0
    leaning = 0.8 * X[:, :N_OPTIONS] if biased else np.zeros((n, N_OPTIONS))
    chances = np.exp(np.column_stack([np.zeros(n), leaning]))
    chances /= chances.sum(axis=1, keepdims=True)
    treatment = (rng.random(n)[:, None] > np.cumsum(chances, axis=1)[:, :-1]).sum(axis=1)
    rates = np.column_stack([baseline, baseline[:, None] + added])
    bought = rng.random(n) < rates[np.arange(n), treatment]
    outcome = np.where(bought, basket * rng.lognormal(-0.045, 0.3, n), 0.0)
    return World(X, treatment, outcome, chances[np.arange(n), treatment], basket * added, basket * rates)
