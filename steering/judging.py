"""How good a model is, judged on decisions that it has not seen."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from .targeting import UpliftModel, evaluation
from .targeting.evaluation import Estimate
from .targeting.outcomes import fit_outcomes, predict_outcomes

TRAINING_SHARE = 0.7
LEAST_PROPENSITY = 0.01  # smaller ones are raised to this: a little bias against much variance
FEWEST = 50  # of each kind, to say anything about a channel
SEED = 11


class Decisions(Protocol):
    """What is needed of a log."""

    features: np.ndarray
    treatment: np.ndarray
    outcome: np.ndarray
    propensity: np.ndarray
    eligible: np.ndarray


def judge(log: Decisions, channels: Sequence[str], *, new_model: Callable[[], UpliftModel]) -> dict[str, Any]:
    """Learn on some decisions and judge on the others: ranking by channel, and what deciding by the scores would bring.

    All in cents of sales per customer. `policy`: every customer gets the eligible channel with the largest score above 0;
    `random_cents` an eligible one by chance, `nobody_cents` no contact at all.
    """
    learns = np.random.default_rng(SEED).random(len(log.outcome)) < TRAINING_SHARE
    seen, unseen = _part(log, learns), _part(log, ~learns)
    model = new_model().fit(*seen[:4], eligible=seen[4])
    scores = model.predict(unseen[0])
    options = {
        channel: figures
        for column, channel in enumerate(channels)
        if (figures := _ranking(column, scores[:, column], unseen, model)) is not None
    }
    return {"options": options, "policy": _policy(scores, seen, unseen, len(channels))}


Part = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def _part(log: Decisions, rows: np.ndarray) -> Part:
    propensity = np.maximum(log.propensity[rows], LEAST_PROPENSITY)
    return log.features[rows], log.treatment[rows], log.outcome[rows], propensity, log.eligible[rows]


def _ranking(column: int, score: np.ndarray, unseen: Part, model: UpliftModel) -> dict[str, float] | None:
    """Does the score find those whom a contact moves? None where too few were contacted to say."""
    _, treatment, outcome, propensity, eligible = unseen
    rows = eligible[:, column] & ((treatment == 0) | (treatment == column + 1))
    treated = treatment[rows] == column + 1
    if min(treated.sum(), (~treated).sum()) < FEWEST:
        return None
    given = (score[rows], treated, outcome[rows], propensity[rows])
    return {
        "contacted": int(treated.sum()),
        "qini_cents": round(evaluation.qini_coefficient(*given), 3),
        "auuc_cents": round(evaluation.auuc(*given), 3),
        "pooled_cents": round(float(model.pooled_[column]), 3),
    }


def _policy(scores: np.ndarray, seen: Part, unseen: Part, n_options: int) -> dict[str, float]:
    features, treatment, outcome, propensity, eligible = unseen
    expected = predict_outcomes(
        fit_outcomes(seen[0], seen[1], seen[2], n_options, random_state=SEED), features, n_options
    )

    def worth(policy: np.ndarray) -> Estimate:
        return evaluation.policy_value_dr(policy, treatment, outcome, propensity, expected)

    steered = worth(_best(scores, eligible))
    low, high = steered.interval
    return {
        "value_cents": round(steered.value, 3),
        "low_cents": round(low, 3),
        "high_cents": round(high, 3),
        "random_cents": round(worth(_best(np.random.default_rng(SEED).random(scores.shape), eligible)).value, 3),
        "nobody_cents": round(worth(np.zeros(len(outcome), dtype=np.int64)).value, 3),
        "judged_on": len(outcome),
    }


def _best(scores: np.ndarray, eligible: np.ndarray) -> np.ndarray:
    """(n,) treatment of whoever decides by scores alone."""
    scores = np.where(eligible, scores, -np.inf)
    best = scores.argmax(axis=1)
    return np.where(scores[np.arange(len(best)), best] > 0, best + 1, 0)
