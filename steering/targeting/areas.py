"""How many new customers a leaflet brings where it is delivered, learned from areas that got it and areas that did not.

The R-learner (Nie and Wager, Quasi-oracle estimation of heterogeneous treatment effects, 2021) with areas in the place of
people: what came beyond what an area like this could expect is compared with how much more often than expected it got the
leaflet. The mean effect is shrunk to 0 by James and Stein's positive part, so that few data say nothing. Where effects
differ is a ridge line over the areas' features, believed as far as it foretells areas that it has not seen.
"""

from typing import Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, RidgeCV

from .columns import EmptyColumnsFilled, Standardised
from .observed import Observed

FEWEST = 30  # areas in waves with the leaflet, and without it, and different areas, below which nothing is learned
FEWEST_ARRIVALS = 30  # new customers in all
FOLDS = 5
LEAST_CHANCE = 0.02  # of having got the leaflet, and of not; nearer to 0 or 1 nothing can be compared
STANDARD_ERRORS = 2.0  # of a slope that is believed
ALPHAS = np.logspace(-1, 5, 13)
ASSUMED = (
    "There were too few areas in which chance decided, so areas that the plans left out are taken for what those with the"
    " leaflet would have been: this holds only if areas that are alike by these features differ in nothing else."
)


class NewCustomers(BaseEstimator):
    """Expected new customers per household that a leaflet adds. Same data and random_state, same model.

    After `fit`: `reason_` says why nothing was learned (then `predict` is 0 everywhere), `assumption_` what must be true
    for the rest to be; `effect_`, `error_` the mean over areas and its standard error, both per household; `believed_`
    how far it is, 0 to 1; `slope_`, `slope_error_` of what was found against what was foretold of areas unseen,
    `believed_slope_` how far that is.
    """

    def __init__(self, *, random_state: int = 0) -> None:
        self.random_state = random_state

    def fit(self, observed: Observed) -> Self:
        """ValueError "X must be ..., got ..." for arrays that make no sense."""
        _check(observed)
        observed = observed.only(observed.households > 0)
        self.n_features_ = observed.features.shape[1]
        self._know_nothing()
        compared, chance = self._compared(observed)
        self.treated_, self.untreated_ = int(compared.treated.sum()), int((~compared.treated).sum())
        self.arrived_ = int(compared.arrived.sum())
        self.reason_ = self._too_few(np.unique(compared.area).size)
        if not self.reason_:
            self._learn(compared, chance)
        return self

    def predict(self, features: np.ndarray) -> np.ndarray:
        """(n,) per household, of areas with these features (n, p)."""
        features = np.asarray(features, dtype=float)
        if features.ndim != 2 or features.shape[1] != self.n_features_:
            raise ValueError(f"features must have shape (n, {self.n_features_}), got {features.shape}")
        mean = np.full(len(features), self.believed_ * self.effect_)
        if not self.believed_slope_ or not len(features):
            return mean
        differs = self.view_.transform(features).astype(float) @ self.coef_ + self.intercept_
        return mean + self.believed_slope_ * np.clip(differs, self.low_, self.high_)

    def _know_nothing(self) -> None:
        self.reason_, self.assumption_ = "", ""
        self.effect_ = self.error_ = self.believed_ = 0.0
        self.slope_ = self.slope_error_ = self.believed_slope_ = 0.0
        self.view_, self.coef_, self.intercept_, self.low_, self.high_ = None, np.zeros(0), 0.0, 0.0, 0.0

    def _compared(self, observed: Observed) -> tuple[Observed, np.ndarray]:
        """The areas in which chance decided, with its probability; all of them, with a learned one, where these are few."""
        known = np.nan_to_num(observed.chance, nan=0.0)
        by_chance = (known >= LEAST_CHANCE) & (known <= 1 - LEAST_CHANCE)
        drawn = observed.treated[by_chance]
        if min(drawn.sum(), (~drawn).sum()) >= FEWEST:
            return observed.only(by_chance), known[by_chance]
        self.assumption_ = ASSUMED
        chance = _learned_chance(observed)
        alike = (chance >= LEAST_CHANCE) & (chance <= 1 - LEAST_CHANCE)
        return observed.only(alike), chance[alike]

    def _too_few(self, areas: int) -> str:
        if min(self.treated_, self.untreated_) < FEWEST:
            return (
                f"{self.treated_} areas with the leaflet can be compared with {self.untreated_} without it,"
                f" at least {FEWEST} of each are needed"
            )
        if areas < FEWEST:  # the same few in many waves tell nothing of others
            return f"only {areas} different areas can be compared, at least {FEWEST} are needed"
        if self.arrived_ < FEWEST_ARRIVALS:
            return f"only {self.arrived_} new customers came in all, at least {FEWEST_ARRIVALS} are needed"
        return ""

    def _learn(self, seen: Observed, chance: np.ndarray) -> None:
        rate = seen.arrived / seen.households
        fold = _folds(seen.area, self.random_state)
        surprise = rate - self._expected(seen, rate, fold)
        given = seen.treated - chance
        weight = seen.households / seen.households.mean()
        self.effect_, self.error_ = _slope(given, surprise, weight, seen.area)
        self.believed_ = _believed(self.effect_, self.error_)
        if not self.n_features_:
            return
        rest = surprise - given * self.effect_
        foretold = np.zeros(len(rate))
        for number in range(FOLDS):
            out = fold == number
            foretold[out] = self._line(seen.features[~out], rest[~out], given[~out], weight[~out])(seen.features[out])
        spread = np.sqrt(np.average(np.square(foretold), weights=weight))
        if spread <= 0:
            return
        self.slope_, self.slope_error_ = _slope(given * foretold, rest, weight, seen.area)
        if self.slope_ > STANDARD_ERRORS * self.slope_error_:
            self.believed_slope_ = min(1.0, self.slope_ * _believed(self.slope_, self.slope_error_))
            self._line(seen.features, rest, given, weight, keep=True)
            self.low_, self.high_ = float(foretold.min()), float(foretold.max())

    def _expected(self, seen: Observed, rate: np.ndarray, fold: np.ndarray) -> np.ndarray:
        """(n,) arrivals per household of an area like this, leaflets or not, told by models that have not seen it."""
        expected = np.zeros(len(rate))
        for number in range(FOLDS):
            out = fold == number
            expected[out] = _arrivals(seen.only(~out), self.random_state)(seen.features[out])
        return expected

    def _line(
        self, features: np.ndarray, rest: np.ndarray, given: np.ndarray, weight: np.ndarray, *, keep: bool = False
    ):
        """By how much the effect differs from its mean: a function of features; mean 0 over the areas it is learned from."""
        view = Standardised(is_bent=True).fit(features)
        standard = view.transform(features).astype(float)
        pull = weight * given**2
        scale = np.sqrt(np.average(np.square(rest / given), weights=pull)) or 1.0
        coef = np.zeros(standard.shape[1])
        if coef.size:  # areas that differ in nothing differ in no effect
            line = RidgeCV(alphas=ALPHAS * pull.mean()).fit(standard, rest / given / scale, sample_weight=pull)
            coef = line.coef_ * scale
        intercept = -float(np.average(standard @ coef, weights=weight))
        if keep:
            self.view_, self.coef_, self.intercept_ = view, coef, intercept
        return lambda asked: view.transform(asked).astype(float) @ coef + intercept


def _arrivals(seen: Observed, random_state: int):
    """Boosted trees for counts: a function of features."""
    rate = seen.arrived / seen.households
    mean = float(np.average(rate, weights=seen.households))
    if not mean or not seen.features.shape[1]:
        return lambda asked: np.full(len(asked), mean)
    filled = EmptyColumnsFilled().fit(seen.features)
    trees = HistGradientBoostingRegressor(
        loss="poisson", max_iter=60, learning_rate=0.1, max_leaf_nodes=8, min_samples_leaf=40, l2_regularization=1.0,
        random_state=random_state, early_stopping=False,
    )  # fmt: skip
    # Scaled, so that what regularisation means does not hang on how many households there are.
    trees.fit(filled.transform(seen.features), rate / mean, sample_weight=seen.households / seen.households.mean())
    return lambda asked: trees.predict(filled.transform(asked)) * mean


def _learned_chance(observed: Observed) -> np.ndarray:
    """(n,) of having got the leaflet, by features; 0 where there is nothing to tell it from."""
    if len(np.unique(observed.treated)) < 2:
        return np.zeros(len(observed.treated))
    standard = Standardised().fit(observed.features).transform(observed.features)
    if not standard.shape[1]:
        return np.full(len(observed.treated), observed.treated.mean())
    return LogisticRegression(C=0.1, max_iter=500).fit(standard, observed.treated).predict_proba(standard)[:, 1]


def _slope(x: np.ndarray, y: np.ndarray, weight: np.ndarray, area: np.ndarray) -> tuple[float, float]:
    """Of y on x through 0, with its standard error where rows of one area hang together."""
    square = float((weight * x**2).sum())
    if square <= 0:
        return 0.0, 0.0
    slope = float((weight * x * y).sum()) / square
    _, number = np.unique(area, return_inverse=True)
    scores = np.bincount(number, weights=weight * x * (y - slope * x))
    return slope, float(np.sqrt((scores**2).sum()) / square)


def _believed(estimate: float, error: float) -> float:
    """James and Stein's positive part: 0 where an estimate is within its own noise."""
    return max(0.0, 1.0 - (error / estimate) ** 2) if estimate else 0.0


def _folds(area: np.ndarray, seed: int) -> np.ndarray:
    """(n,) all rows of an area are in one."""
    areas, number = np.unique(area, return_inverse=True)
    return (np.random.default_rng(seed).permutation(areas.size) % FOLDS)[number]


def _check(observed: Observed) -> None:
    n = len(observed.households)
    if observed.features.ndim != 2:
        raise ValueError(f"features must have two dimensions, got {observed.features.ndim}")
    for name in observed.__dataclass_fields__:
        if len(getattr(observed, name)) != n:
            raise ValueError(f"{name} must have {n} rows, got {len(getattr(observed, name))}")
    if observed.treated.dtype != bool:
        raise ValueError(f"treated must be true or false, got {observed.treated.dtype}")
    if n and not (observed.arrived.min() >= 0 and observed.households.min() >= 0):
        raise ValueError("arrived and households must be at least 0")
    chance = observed.chance[~np.isnan(observed.chance)]
    if chance.size and not (chance.min() >= 0 and chance.max() <= 1):
        raise ValueError("chance must be between 0 and 1, or NaN")
