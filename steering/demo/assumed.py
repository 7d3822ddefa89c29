"""How real people might respond, since nobody knows: a model of the Hillstrom customers, in the form of a truth.

Measured by the randomised experiment, by segment: purchases without contact, what the e-mail added, the basket.
Assumed, because the experiment had no other channel: what those add, as multiples of the e-mail's effect.
"""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from steering.population.behaviour import CHANNELS
from steering.population.truth import Truth

WORDS = (
    "Of each customer segment (medium, new or not, months since the last purchase) the experiment tells how many buy "
    "without contact, what the e-mail adds and what they spend.",
    "Assumed: what the other channels add, as multiples of the e-mail's mean effect (banner 0.5, social 0.7, letter 3, "
    "leaflet 1), more for those whom they suit; who opens mails, and where people buy. So the margins say how well "
    "the platform learns and decides in such a world, not what these channels would have earned.",
)
CONTROL = "No E-Mail"
COLUMNS = ("recency", "history", "zip_code", "newbie", "channel", "segment", "visit", "conversion", "spend")
# Small segments are drawn to the mean of all with the weight of so many customers, and of so many buyers.
CUSTOMERS_WEIGHT, BUYERS_WEIGHT = 3000, 50
ONLINE = {"Web": 0.9, "Multichannel": 0.5, "Phone": 0.1}
OPENS_PER_VISIT = 2.0


@dataclass(frozen=True, eq=False)
class Experiment:
    """Columns of the file, a row a customer."""

    column: Mapping[str, np.ndarray]

    def number(self, name: str) -> np.ndarray:
        return self.column[name].astype(float)

    @property
    def is_mailed(self) -> np.ndarray:
        return self.column["segment"] != CONTROL

    @property
    def group(self) -> np.ndarray:
        """(n,) index of the segment."""
        recency = np.digitize(self.number("recency"), (4, 9)).astype(str)
        keys = np.char.add(np.char.add(self.column["channel"], self.column["newbie"]), recency)
        return np.unique(keys, return_inverse=True)[1]


# Around 1; what each channel is assumed to depend on.
SUITS: Mapping[str, tuple[float, Callable[[Experiment], np.ndarray]]] = {
    "banner": (0.5, lambda of: 0.5 + _online(of)),
    "social": (0.7, lambda of: np.where(of.column["newbie"] == "1", 1.3, 0.7)),
    "print_mailing": (3.0, lambda of: np.where(of.number("history") > 200, 1.6, 0.6)),
    "direct_post": (
        1.0,
        lambda of: np.select([of.column["zip_code"] == name for name in ("Rural", "Urban")], [1.6, 0.6], 1.0),
    ),
}


def read(path: Path) -> Experiment:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return Experiment({name: np.array([row[name] for row in rows]) for name in COLUMNS})


def truth_of(experiment: Experiment, customer_numbers: np.ndarray) -> Truth:
    """`customer_numbers`: in the order of the rows, and sorted."""
    mailed = experiment.is_mailed
    baseline = _rate(experiment, "conversion", ~mailed)
    email = _rate(experiment, "conversion", mailed) - baseline
    uplift = np.column_stack([email if name == "email" else _assumed(name, experiment, email) for name in CHANNELS])
    return Truth(
        customer_numbers=customer_numbers,
        baseline=baseline.astype(np.float32),
        uplift=np.maximum(uplift, -0.8 * baseline[:, None]).astype(np.float32),
        basket_euro=_basket(experiment).astype(np.float32),
        open_rate=np.minimum(OPENS_PER_VISIT * _rate(experiment, "visit", mailed), 0.9).astype(np.float32),
        online=_online(experiment).astype(np.float32),
    )


def _assumed(channel: str, experiment: Experiment, email: np.ndarray) -> np.ndarray:
    multiple, suits = SUITS[channel]
    return multiple * email.mean() * suits(experiment)


def _rate(experiment: Experiment, name: str, among: np.ndarray) -> np.ndarray:
    """(n,) the share of the customer's segment, within one arm, that did something."""
    return _mean(experiment.number(name), experiment.group, among, CUSTOMERS_WEIGHT)


def _basket(experiment: Experiment) -> np.ndarray:
    buys = experiment.number("conversion") > 0
    return _mean(experiment.number("spend"), experiment.group, buys, BUYERS_WEIGHT)


def _mean(values: np.ndarray, group: np.ndarray, among: np.ndarray, weight: float) -> np.ndarray:
    total = np.bincount(group, weights=values * among)
    count = np.bincount(group, weights=among)
    return ((total + weight * values[among].mean()) / (count + weight))[group]


def _online(experiment: Experiment) -> np.ndarray:
    return np.select([experiment.column["channel"] == name for name in ONLINE], list(ONLINE.values()), 0.5)
