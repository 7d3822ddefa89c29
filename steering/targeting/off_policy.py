"""What a policy would have earned, judged by decisions that another one made and logged with their probabilities.

A policy is either (n,) the treatment of each customer, coded as in `UpliftModel.fit` (0 is no contact, j + 1 is option j;
so a plan's `choice` is a policy after adding 1), or (n, 1 + m) the probabilities with which it gives each. Rows without a
known propensity must be left out by the caller. Where one customer stands behind several rows, or one purchase, `units`
(n,) says which rows belong together; the errors then are those of whole units (Liang and Zeger 1986).
"""

from dataclasses import dataclass

import numpy as np

from .logged import checked_column, checked_propensity, checked_treatment
from .outcomes import doubly_robust


@dataclass(frozen=True)
class Estimate:
    """An average per customer, with its standard error and how many equally weighted customers stand behind it."""

    value: float
    standard_error: float
    effective_count: float

    @property
    def interval(self) -> tuple[float, float]:
        """95 %, by the normal approximation."""
        return self.value - 1.96 * self.standard_error, self.value + 1.96 * self.standard_error


UNKNOWN = Estimate(float("nan"), float("inf"), 0.0)


def policy_value_ips(
    policy: np.ndarray, treatment: np.ndarray, outcome: np.ndarray, propensity: np.ndarray,
    *, units: np.ndarray | None = None,
) -> Estimate:  # fmt: skip
    """Mean outcome had `policy` decided, by inverse propensity weighting (Horvitz and Thompson 1952): without bias.

    Unknown (NaN, endless error) where the policy would never have done what was done.
    """
    log = _checked(policy, treatment, outcome, propensity, units)
    weight = log.weight
    if not weight.any():
        return UNKNOWN
    earned = weight * log.outcome
    return _estimate(earned.mean(), earned - earned.mean(), log)


def policy_value_snips(
    policy: np.ndarray, treatment: np.ndarray, outcome: np.ndarray, propensity: np.ndarray,
    *, units: np.ndarray | None = None,
) -> Estimate:  # fmt: skip
    """The same, divided by the sum of the weights (Swaminathan and Joachims 2015): a little bias, far less variance."""
    log = _checked(policy, treatment, outcome, propensity, units)
    weight = log.weight
    if not weight.any():
        return UNKNOWN
    value = float(weight @ log.outcome / weight.sum())
    return _estimate(value, weight * (log.outcome - value) / weight.mean(), log)


def policy_value_dr(
    policy: np.ndarray, treatment: np.ndarray, outcome: np.ndarray, propensity: np.ndarray, expected: np.ndarray,
    *, units: np.ndarray | None = None,
) -> Estimate:  # fmt: skip
    """The same, doubly robust (Dudík, Langford and Li 2011): the expectation, put right by what it misses.

    `expected` (n, 1 + m) outcomes by a model that has not seen these rows. Where the policy would never have done what was
    done, this is the model's word alone, and `effective_count` is 0.
    """
    log = _checked(policy, treatment, outcome, propensity, units)
    if not len(log.outcome):
        return UNKNOWN
    earned = (log.chances(log.policy) * _pseudo(log, expected)).sum(axis=1)
    return _estimate(earned.mean(), earned - earned.mean(), log)


def policy_difference_dr(
    policy: np.ndarray, other: np.ndarray, treatment: np.ndarray, outcome: np.ndarray, propensity: np.ndarray,
    expected: np.ndarray, *, units: np.ndarray | None = None,
) -> Estimate:  # fmt: skip
    """What `policy` earns more than `other` per customer, doubly robust and row by row.

    Where both do the same the difference is exactly 0, so its error is far smaller than those of the two values.
    """
    log = _checked(policy, treatment, outcome, propensity, units)
    if not len(log.outcome):
        return UNKNOWN
    other = _checked_policy(other, len(log.outcome))
    more = ((log.chances(log.policy) - log.chances(other)) * _pseudo(log, expected)).sum(axis=1)
    return _estimate(more.mean(), more - more.mean(), log)


@dataclass(frozen=True, eq=False)
class _Log:
    policy: np.ndarray
    treatment: np.ndarray
    outcome: np.ndarray
    propensity: np.ndarray
    units: np.ndarray | None

    @property
    def weight(self) -> np.ndarray:
        """(n,) how much likelier the policy does what was done than what decided then."""
        if self.policy.ndim == 1:
            return (self.policy == self.treatment) / self.propensity
        return self.policy[np.arange(len(self.treatment)), self.treatment] / self.propensity

    def chances(self, policy: np.ndarray) -> np.ndarray:
        """(n, 1 + most treatments) of a policy, as probabilities."""
        codes = 1 + max(
            int(one.max(initial=0)) for one in (self._codes(self.policy), self._codes(policy), self.treatment)
        )
        if policy.ndim == 2:
            return np.pad(policy, ((0, 0), (0, max(0, codes - policy.shape[1]))))
        return (policy[:, None] == np.arange(codes)).astype(float)

    @staticmethod
    def _codes(policy: np.ndarray) -> np.ndarray:
        return policy if policy.ndim == 1 else np.array([policy.shape[1] - 1])


def _pseudo(log: _Log, expected: np.ndarray) -> np.ndarray:
    expected = np.asarray(expected, dtype=float)
    codes = log.chances(log.policy).shape[1]
    if expected.ndim != 2 or len(expected) != len(log.outcome) or expected.shape[1] < codes:
        raise ValueError(f"expected must have shape ({len(log.outcome)}, at least {codes}), got {expected.shape}")
    if not np.isfinite(expected).all():
        raise ValueError("expected must be finite")
    return doubly_robust(expected, log.treatment, log.outcome, log.propensity)[:, :codes]


def _estimate(value: float, deviation: np.ndarray, log: _Log) -> Estimate:
    """From each row's influence on the value; those of one unit are added before they are squared."""
    n, weight = len(deviation), log.weight
    if log.units is not None:
        deviation = np.bincount(np.unique(log.units, return_inverse=True)[1], weights=deviation)
    parts = len(deviation)
    error = np.sqrt((deviation**2).sum() * parts / (parts - 1)) / n if parts > 1 else np.inf
    squares = float((weight**2).sum())
    return Estimate(float(value), float(error), float(weight.sum()) ** 2 / squares if squares else 0.0)


def _checked(policy: object, treatment: object, outcome: object, propensity: object, units: object | None) -> _Log:
    n = np.size(outcome)
    log = _Log(
        _checked_policy(policy, n),
        checked_treatment("treatment", treatment, n, None),
        checked_column("outcome", outcome, n),
        checked_propensity(propensity, n),
        None if units is None else np.asarray(units),
    )
    if log.units is not None and log.units.shape != (n,):
        raise ValueError(f"units must have shape {(n,)}, got {log.units.shape}")
    if log.policy.ndim == 2 and n and log.treatment.max() >= log.policy.shape[1]:
        raise ValueError(f"policy must have a column for each treatment up to {log.treatment.max()}")
    return log


def _checked_policy(policy: object, n: int) -> np.ndarray:
    policy = np.asarray(policy)
    if policy.ndim != 2:
        return checked_treatment("policy", policy, n, None)
    if len(policy) != n or not policy.shape[1]:
        raise ValueError(f"policy must have shape {(n,)} or ({n}, 1 + options), got {policy.shape}")
    policy = policy.astype(float)
    if not ((policy >= 0).all() and np.allclose(policy.sum(axis=1), 1.0)):
        raise ValueError("policy must be probabilities that add up to 1 in every row")
    return policy
