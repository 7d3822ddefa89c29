"""Matched pairs of areas for a campaign's holdout: made when it is first planned, kept for good, added to for new areas."""

from datetime import datetime

import numpy as np
from django.db import connection, transaction

from campaigns.areas import living
from campaigns.models import Campaign, DeliveryArea
from channels.ledger.sql import rows as fetched
from steering import holdout
from steering.models import AreaPair
from steering.targeting.pairs import matched

from . import carriers, features

# Neither what shows in few areas only, nor what hangs on the campaign.
ALIKE_BY = ("households_log", "refusing_share", "penetration", "purchases_per_household", "basket_cents", "store_km")
LIVED_IN = "SELECT DISTINCT l.area_id FROM {living} l JOIN campaigns_customer c ON c.household_id = l.household_id"
LOCK = "SELECT pg_advisory_xact_lock(%s, %s)"
LOCK_NUMBER = 0x6A7E


@transaction.atomic
def ensure(campaign: Campaign, *, as_of_at: datetime) -> int:
    """Match the areas with customers that have no pair yet; returns how many pairs there are now.

    What was matched stays matched, one alone too, so that nobody is held out of one wave and gets the next.
    """
    with connection.cursor() as cursor:  # two plans at once must not make two matchings
        cursor.execute(LOCK, [LOCK_NUMBER, campaign.pk])
    mine = AreaPair.objects.filter(campaign=campaign)
    known = set(mine.values_list("first_id", flat=True)) | set(mine.values_list("second_id", flat=True))
    new = sorted(set(_with_customers(carriers.of_campaign(campaign.pk))) - known)
    if new:
        _match(campaign, new, as_of_at=as_of_at, begin=mine.count())
    return mine.count()


def _with_customers(carrier: str) -> list[int]:
    """Of the carrier; empty: of the first one that has a household."""
    lived_in, params = living.in_areas(carrier)
    return [area_id for (area_id,) in fetched(LIVED_IN.format(living=lived_in), params)]


def _match(campaign: Campaign, area_ids: list[int], *, as_of_at: datetime, begin: int) -> None:
    known = features.read(ALIKE_BY, as_of_at=as_of_at, area_ids=area_ids)
    regions = dict(DeliveryArea.objects.filter(pk__in=area_ids).values_list("pk", "region"))
    _, group = np.unique([regions[area_id] for area_id in known.area_ids.tolist()], return_inverse=True)
    pairs, apart = matched(known.values, group)
    rows = [
        AreaPair(campaign=campaign, number=begin + n, first_id=int(ids[0]), second_id=int(ids[1]), distance=float(far))
        for n, (ids, far) in enumerate(zip(known.area_ids[pairs], apart, strict=True), 1)
    ]
    alone = np.delete(known.area_ids, pairs.ravel())
    rows += [
        AreaPair(campaign=campaign, number=begin + len(pairs) + n, first_id=int(area_id), second=None, distance=0.0)
        for n, area_id in enumerate(alone, 1)
    ]
    AreaPair.objects.bulk_create(rows, batch_size=5000)


class Pairs:
    """Those of one campaign, as arrays by area."""

    def __init__(self, campaign: Campaign) -> None:
        rows = AreaPair.objects.filter(campaign=campaign).values_list("number", "first_id", "second_id")
        table = np.array([(n, one, -1 if other is None else other) for n, one, other in rows], dtype=np.int64)
        table = table.reshape(-1, 3)
        held = holdout.held_in_pairs(table[:, 1:], campaign_id=campaign.pk, share=float(campaign.holdout_share))
        ids = table[:, 1:].ravel()
        order = np.argsort(ids)
        order = order[ids[order] >= 0]
        self.area_ids = ids[order]
        self.number = np.repeat(table[:, 0], 2)[order]
        self.is_held = held.ravel()[order]
        # One of two is held out and the other is not: they can be compared.
        self.is_compared = np.repeat((held[:, 0] != held[:, 1]) & (table[:, 2] >= 0), 2)[order]

    def of(self, area_ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(n,) places in the arrays above, and whether the area is in any pair."""
        if not self.area_ids.size:
            return np.zeros(len(area_ids), dtype=np.int64), np.zeros(len(area_ids), dtype=bool)
        place = np.minimum(np.searchsorted(self.area_ids, area_ids), self.area_ids.size - 1)
        return place, self.area_ids[place] == area_ids

    def held_out(self, area_ids: np.ndarray, otherwise: np.ndarray) -> np.ndarray:
        """(n,) as the pair says, or else `otherwise`, where there is none."""
        place, is_known = self.of(area_ids)
        return np.where(is_known, self.is_held[place] if self.area_ids.size else False, otherwise)
