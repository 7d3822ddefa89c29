"""What opening an area is worth beside what its customers do: the margin of the new customers that are expected of it."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from campaigns.models import Campaign

from . import features, training


def new_values(area_ids: Sequence[int], *, campaign: Campaign, as_of_at: datetime) -> np.ndarray:
    """(areas,) cents of margin before cost, in the order of the ids, which rise; 0 where nothing has been learned."""
    version = training.newest(as_of_at=as_of_at)
    if version is None or not len(area_ids):
        return np.zeros(len(area_ids))
    known = features.read(version.features, as_of_at=as_of_at, area_ids=area_ids)
    added = training.per_household(version, known.values) * known.quantity
    return added * version.new_customer_cents * float(campaign.margin_share)
