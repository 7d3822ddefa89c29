"""How good a model is, judged on decisions about customers whom it has not seen.

The log is cut into folds by customer, so that nobody's other decisions give away what is asked. For each fold a model learns
from all others and predicts this one; what is judged is how such models rank, whether they are right about the size of
effects, and what deciding by them would have earned: margin after the cost of the piece, per customer, with no budget.
"""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np
from django.conf import settings

from .logbook import Log
from .targeting import UpliftModel, apart, evaluation
from .targeting.apart import Result, Task
from .targeting.evaluation import Estimate
from .targeting.importances import permutation_importances
from .targeting.outcomes import doubly_robust

FOLDS = 3
MOST_LEARNED = 100_000  # decisions for each fold; learning from more would take its time three times
LEAST_PROPENSITY = 0.01  # smaller ones are raised to this: a little bias against much variance
FEWEST = 50  # of each kind, to say anything about a channel
IMPORTANCES_KEPT = 20
SEED = 11


@dataclass(frozen=True, eq=False)
class HeldOut:
    """n decisions with what models that have not seen their customers say of them."""

    log: Log
    names: Sequence[str]  # of the features that the models see, the first of the log's
    scores: np.ndarray  # (n, m) cents of sales that each treatment adds
    channel_scores: np.ndarray  # (n, channels)
    expected: np.ndarray  # (n, 1 + m) cents of sales under each treatment
    model: UpliftModel  # the last one
    unseen: np.ndarray  # (n,) bool, by the last one

    @property
    def propensity(self) -> np.ndarray:
        return np.maximum(self.log.propensity, LEAST_PROPENSITY)


def learned_and_held_out(
    log: Log, names: Sequence[str], *, new_model: Callable[[Log], UpliftModel], most: int | None = None
) -> tuple[UpliftModel, HeldOut]:
    """The model of all decisions, and how such models do; all of them are learned side by side."""
    whole = partial(_task, log, names, new_model)
    folds = _Folds.of(log, names, new_model, most or MOST_LEARNED)
    model, *found = apart.learn_all([whole, *folds.tasks()], processes=_processes(), decisions=len(log.outcome))
    return model.model, folds.held_out(found)


def held_out(
    log: Log, names: Sequence[str], *, new_model: Callable[[Log], UpliftModel], most: int | None = None
) -> HeldOut:
    """Cross-fitted predictions, each fold's model learned from at most `most` (MOST_LEARNED) decisions of the other folds.

    Of a log of more than FOLDS times as many, some customers are judged, with all of their decisions.
    """
    folds = _Folds.of(log, names, new_model, most or MOST_LEARNED)
    return folds.held_out(apart.learn_all(folds.tasks(), processes=_processes(), decisions=len(log.outcome)))


@dataclass(frozen=True, eq=False)
class _Folds:
    """A log cut by customer."""

    log: Log
    names: Sequence[str]
    new_model: Callable[[Log], UpliftModel]
    most: int
    fold: np.ndarray  # (n,)

    @classmethod
    def of(cls, log: Log, names: Sequence[str], new_model: Callable[[Log], UpliftModel], most: int) -> "_Folds":
        log = _of_some_customers(log, FOLDS * most)
        return cls(log, names, new_model, most, _folds(log.customer_ids))

    def tasks(self) -> list[Callable[[], Task]]:
        return [partial(self._task, number) for number in range(FOLDS)]

    def _task(self, number: int) -> Task:
        asked = self.log.features[self.fold == number, : len(self.names)]
        return _task(_part(self.log, self.fold != number, self.most), self.names, self.new_model, asked)

    def held_out(self, results: Sequence[Result]) -> HeldOut:
        n, m = self.log.eligible.shape
        scores, of_channels, expected = np.zeros((n, m)), np.zeros((n, len(self.log.channels))), np.zeros((n, 1 + m))
        for number, result in enumerate(results):
            out = self.fold == number
            scores[out], of_channels[out], expected[out] = result.scores, result.group_scores, result.expected
        return HeldOut(self.log, self.names, scores, of_channels, expected, results[-1].model, out)


def _task(
    log: Log, names: Sequence[str], new_model: Callable[[Log], UpliftModel], asked: np.ndarray | None = None
) -> Task:
    return Task(
        new_model(log), log.features[:, : len(names)], log.treatment, log.outcome, log.propensity, log.eligible, asked, SEED
    )  # fmt: skip


def _processes() -> int:
    return settings.LEARNING_PROCESSES or len(os.sched_getaffinity(0))


def judge(held: HeldOut) -> dict[str, Any]:
    """Figures for `ModelVersion.metrics`; money in cents per customer."""
    worth = Worth(held)
    channels = {
        name: figures for place, name in enumerate(held.log.channels) if (figures := _ranking(held, place)) is not None
    }
    policies = {"model": worth.best(held.scores), "random": worth.at_random(), "nobody": worth.nobody()}
    return {
        "options": channels,
        "policy": _summary(worth, policies),
        "off_policy": {name: worth.values(policy) for name, policy in policies.items()},
        "against": {name: told(worth.difference(policies["model"], policies[name])) for name in ("random", "nobody")},
        "importances": _importances(held),
    }


class Worth:
    """What policies would have earned in margin after cost, had they decided what the log decided."""

    def __init__(self, held: HeldOut, rows: np.ndarray | None = None) -> None:
        """Of all decisions, or of some `rows` (n,) of them only."""
        rows = np.ones(len(held.scores), dtype=bool) if rows is None else rows
        log = held.log.only(rows)
        self.margin, self.costs, self.eligible = log.margin_share[:, None], log.costs, log.eligible
        given = np.column_stack([np.zeros(len(log.treatment)), log.costs])[np.arange(len(log.treatment)), log.treatment]
        self.log = (log.treatment, log.margin_share * log.outcome - given, held.propensity[rows])
        self.expected = self.margin * held.expected[rows]
        self.expected[:, 1:] -= log.costs
        self.units = log.customer_ids

    def best(self, scores: np.ndarray) -> np.ndarray:
        """(n,) treatment of whoever decides by scores alone: the open one that earns most after cost, if anything."""
        values = np.where(self.eligible, self.margin * scores - self.costs, -np.inf)
        best = values.argmax(axis=1)
        return np.where(values[np.arange(len(best)), best] > 0, best + 1, 0)

    def at_random(self) -> np.ndarray:
        """(n, 1 + m) any open treatment by chance; no contact where none is."""
        is_open = np.column_stack([~self.eligible.any(axis=1), self.eligible])
        return is_open / is_open.sum(axis=1, keepdims=True)

    def nobody(self) -> np.ndarray:
        return np.zeros(len(self.units), dtype=np.int64)

    def values(self, policy: np.ndarray) -> dict[str, Any]:
        """By each of the three estimators."""
        return {
            "ips": told(evaluation.policy_value_ips(policy, *self.log, units=self.units)),
            "snips": told(evaluation.policy_value_snips(policy, *self.log, units=self.units)),
            "dr": told(evaluation.policy_value_dr(policy, *self.log, self.expected, units=self.units)),
        }

    def difference(self, policy: np.ndarray, other: np.ndarray) -> Estimate:
        """What `policy` earns more than `other`, doubly robust and decision by decision."""
        return evaluation.policy_difference_dr(policy, other, *self.log, self.expected, units=self.units)


def told(estimate: Estimate) -> dict[str, float | None]:
    """For JSON, which knows no NaN."""
    low, high = estimate.interval
    return {"value_cents": number(estimate.value), "low_cents": number(low), "high_cents": number(high)}


def number(value: float) -> float | None:
    return round(float(value), 3) if np.isfinite(value) else None


def _of_some_customers(log: Log, most: int) -> Log:
    """About `most` decisions at most."""
    n = len(log.customer_ids)
    if n <= most:
        return log
    customers, place = np.unique(log.customer_ids, return_inverse=True)
    return log.only((np.random.default_rng([SEED, 1]).random(len(customers)) < most / n)[place])


def _folds(customer_ids: np.ndarray) -> np.ndarray:
    """(n,) fold of each decision, all of one customer in the same."""
    customers, place = np.unique(customer_ids, return_inverse=True)
    return (np.random.default_rng(SEED).permutation(len(customers)) % FOLDS)[place]


def _part(log: Log, rows: np.ndarray, most: int) -> Log:
    """These rows (n,), or as many of them by chance as are learned from."""
    places = np.flatnonzero(rows)
    if len(places) > most:
        places = np.sort(np.random.default_rng(SEED).choice(places, most, replace=False))
    return log.only(places)


def _summary(worth: Worth, policies: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """The doubly robust values in short."""
    values = {name: worth.values(policy)["dr"] for name, policy in policies.items()}
    return values["model"] | {
        "random_cents": values["random"]["value_cents"],
        "nobody_cents": values["nobody"]["value_cents"],
        "judged_on": len(worth.units),
    }


def _ranking(held: HeldOut, channel: int) -> dict[str, Any] | None:
    """Does the score find those whom a channel moves, and is it right? None where too few were contacted to say.

    Whatever the content said: so the score is the channel's, and the probability that of the channel.
    """
    log = held.log
    is_channel = np.append(False, log.groups == channel)[log.treatment]
    could = log.eligible[:, log.groups == channel].any(axis=1) | is_channel
    rows = could & ((log.treatment == 0) | is_channel)
    treated = is_channel[rows]
    if min(treated.sum(), (~treated).sum()) < FEWEST:
        return None
    propensity = np.maximum(log.channel_propensity[rows], LEAST_PROPENSITY)
    given = (held.channel_scores[rows, channel], treated, log.outcome[rows], propensity)
    calibration = evaluation.calibration(*given)
    return {
        "contacted": int(treated.sum()),
        "qini_cents": number(evaluation.qini_coefficient(*given)),
        "auuc_cents": number(evaluation.auuc(*given)),
        "pooled_cents": number(float(given[0].mean())),
        "qini_curve": _drawn(evaluation.qini_curve(*given)),
        "uplift_curve": _drawn(evaluation.uplift_curve(*given)),
        "deciles": [_numbers(asdict(decile)) for decile in calibration.bins],
        "calibration": _numbers({name: value for name, value in vars(calibration).items() if name != "bins"}),
    }


def _drawn(curve: evaluation.Curve) -> dict[str, list[float | None]]:
    thin = curve.thinned()
    return {"share": [number(x) for x in thin.share], "gain_cents": [number(y) for y in thin.gain]}


def _numbers(values: Mapping[str, float]) -> dict[str, float | None]:
    return {name: value if isinstance(value, int) else number(value) for name, value in values.items()}


def _importances(held: HeldOut) -> list[dict[str, Any]]:
    """By the last model, on the decisions that it has not seen."""
    log, rows = held.log, held.unseen
    pseudo = doubly_robust(held.expected[rows], log.treatment[rows], log.outcome[rows], held.propensity[rows])
    found = permutation_importances(
        held.model.predict,
        log.features[rows, : len(held.names)],
        np.where(log.eligible[rows], pseudo[:, 1:] - pseudo[:, :1], np.nan),
        held.names,
        families=[family(name) for name in held.names],
    )
    return [{"name": one.name} | _numbers({k: v for k, v in asdict(one).items() if k != "name"}) for one in found][
        :IMPORTANCES_KEPT
    ]


def family(feature: str) -> str:
    """What a feature tells, over whichever days or channels: contacts_30:email and contacts_90:social are contacts."""
    kind, _, what = feature.partition(":")
    if kind == "attribute":
        return f"{kind}:{what.partition('=')[0]}"
    return re.sub(r"_\d+$", "", kind)
