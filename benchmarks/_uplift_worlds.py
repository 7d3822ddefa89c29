"""Synthetic decisions whose true uplift is known: strong, weak and no effects, confounded and uneven logs, yes/no and money."""

from dataclasses import dataclass

import numpy as np

BASKET = 50.0


@dataclass(frozen=True, eq=False)
class World:
    """`uplift` (n, m) true, in the outcome's unit."""

    X: np.ndarray
    treatment: np.ndarray
    outcome: np.ndarray
    propensity: np.ndarray
    uplift: np.ndarray


@dataclass(frozen=True)
class Kind:
    features: int = 10
    effect: str = "steps"  # none, steps, smooth, crossed: of the first features
    strength: float = 0.08  # of the probability of a purchase
    is_money: bool = True
    confounded: float = 0.0  # how strongly what was given leans on the features that move people
    shares: tuple[float, ...] = (1.0, 1.0, 1.0)  # of no contact and each option
    missing: float = 0.0


KINDS = {
    "strong": Kind(strength=0.2),
    "weak": Kind(strength=0.03),
    "none": Kind(effect="none"),
    "smooth": Kind(effect="smooth"),
    "crossed": Kind(effect="crossed", strength=0.15),
    "yes_or_no": Kind(is_money=False, effect="smooth"),
    "confounded": Kind(confounded=1.0),
    "uneven": Kind(shares=(16.0, 3.0, 1.0)),
    "wide": Kind(features=80, missing=0.1),
}


def shape(effect: str, X: np.ndarray) -> np.ndarray:  # noqa: N803
    """(n, 2) between 0 and 1: how much each option moves each customer."""
    if effect == "steps":
        return np.column_stack([X[:, 0] > 0.4, X[:, 1] > 0.4]) * 1.0
    if effect == "smooth":
        return 1 / (1 + np.exp(-2 * (X[:, :2] + 0.5 * X[:, 2:4])))
    if effect == "crossed":
        return np.column_stack([(X[:, 0] > 0) & (X[:, 1] > 0), (X[:, 2] > 0) ^ (X[:, 3] > 0)]) * 1.0
    return np.zeros((len(X), 2))


def draw(kind: Kind, n: int, seed: int) -> World:
    rng = np.random.default_rng([seed, 9])
    X = rng.normal(size=(n, kind.features))  # noqa: N806
    baseline = 0.06 * np.exp(0.5 * np.clip(X[:, 4], -2, 2) - 0.1)
    added = kind.strength * shape(kind.effect, X)
    leaning = kind.confounded * np.column_stack([np.zeros(n), X[:, :2]])
    chance = np.array(kind.shares) * np.exp(leaning)
    chance /= chance.sum(axis=1, keepdims=True)
    treatment = (rng.random(n)[:, None] > np.cumsum(chance, axis=1)[:, :-1]).sum(axis=1)
    rows = np.arange(n)
    bought = rng.random(n) < baseline + np.column_stack([np.zeros(n), added])[rows, treatment]
    basket = BASKET * np.exp(0.3 * X[:, 5]) if kind.is_money else np.ones(n)
    spent = basket * rng.lognormal(-0.18, 0.6, n) if kind.is_money else basket
    X[rng.random(X.shape) < kind.missing] = np.nan
    return World(
        X.astype(np.float32), treatment, np.where(bought, spent, 0.0), chance[rows, treatment], basket[:, None] * added
    )
