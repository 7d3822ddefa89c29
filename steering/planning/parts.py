"""One part of an audience at a time is read and scored; its features are forgotten, and whoever may get nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np

from steering import eligibility
from steering.people import People, Reading

from .options import Offer
from .scoring import Scorer


@dataclass(frozen=True, eq=False)
class Scored:
    """What is left of a part of an audience."""

    people: People  # who may get at least one option, without features
    uplift: np.ndarray  # (n, treatments) expected sales in cents
    counted: np.ndarray  # (channels, codes) how many customers of the part have each eligibility code


@dataclass(frozen=True)
class PartScorer:
    """How the parts of an audience are scored, all alike."""

    scorer: Scorer
    channels: Sequence[str]
    treatments: Sequence[str]
    as_of_at: datetime
    campaign_id: int

    @classmethod
    def of(cls, offers: list[Offer], scorer: Scorer, *, as_of_at: datetime, campaign_id: int) -> "PartScorer":
        return cls(scorer, channels_of(offers), [offer.treatment for offer in offers], as_of_at, campaign_id)

    def score(self, customer_ids: np.ndarray) -> Scored:
        """`customer_ids` rise."""
        read = self._reading.of_ids(customer_ids)
        rows = (read.reasons == eligibility.ELIGIBLE).any(axis=1)
        nothing = np.empty((0, 0), dtype=np.float32)  # features are used up
        return Scored(
            People(read.customer_ids[rows], read.household[rows], read.area[rows], read.reasons[rows], nothing),
            self.scorer.score(read.features[rows], self.treatments),
            np.array([np.bincount(codes, minlength=len(eligibility.REASONS) + 1) for codes in read.reasons.T]),
        )

    @cached_property
    def _reading(self) -> Reading:
        return Reading.of(self.scorer.names, self.channels, as_of_at=self.as_of_at, campaign_id=self.campaign_id)


def channels_of(offers: list[Offer]) -> list[str]:
    """In the order in which their eligibility is read."""
    return sorted({offer.channel for offer in offers})
