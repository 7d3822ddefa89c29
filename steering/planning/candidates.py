"""Whom a wave decides about: everybody in the audience who may get at least one option, as arrays, with their scores."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from campaigns.models import Campaign, DeliveryArea
from steering import eligibility, holdout, people
from steering.people import People, Who

from .options import Offer, area_column
from .scoring import Scorer


@dataclass(frozen=True, eq=False)
class Candidates:
    """n customers, m options; in the order of the customers' ids."""

    customer_ids: np.ndarray  # (n,)
    household: np.ndarray  # (n,) or -1
    area: np.ndarray  # (n,) index into `areas`, -1 for none
    eligible: np.ndarray  # (n, m) bool
    uplift: np.ndarray  # (n, m) expected incremental margin in cents, before cost
    units: np.ndarray  # (n,) what is held out as a whole
    is_holdout: np.ndarray  # (n,) bool
    areas: list[DeliveryArea]  # those in which somebody may get the option that is bought by area


@dataclass(frozen=True)
class Excluded:
    """How many customers the audience has, and per channel how many are left out for which reason."""

    customers: int
    reasons: dict[str, dict[str, int]]


def read(
    who: Who, *, campaign: Campaign, offers: list[Offer], scorer: Scorer, as_of_at: datetime
) -> tuple[Candidates, Excluded]:
    """One query; the features of a chunk are scored and forgotten. An audience of nobody has one chunk of nobody."""
    channels = sorted({offer.channel for offer in offers})
    columns = [channels.index(offer.channel) for offer in offers]
    treatments = [offer.treatment for offer in offers]
    counted, kept, uplift, customers = [Counter() for _ in channels], [], [], 0
    for chunk in people.read(who, names=scorer.names, channels=channels, as_of_at=as_of_at):
        customers += len(chunk.customer_ids)
        for counter, codes in zip(counted, chunk.reasons.T, strict=True):
            counter.update(dict(enumerate(np.bincount(codes, minlength=len(eligibility.REASONS) + 1).tolist())))
        rows = (chunk.reasons == eligibility.ELIGIBLE).any(axis=1)
        kept.append(_only(chunk, rows))
        uplift.append(scorer.score(chunk.features[rows], treatments))
    whole = joined(kept)
    found = arranged(
        whole,
        eligible=(whole.reasons == eligibility.ELIGIBLE)[:, columns],
        uplift=np.concatenate(uplift) * float(campaign.margin_share),
        campaign=campaign,
        offers=offers,
    )
    return found, Excluded(customers, {name: _named(counter) for name, counter in zip(channels, counted, strict=True)})


def arranged(
    whole: People, *, eligible: np.ndarray, uplift: np.ndarray, campaign: Campaign, offers: list[Offer]
) -> Candidates:
    """Candidates from what is known of each; draws the holdout and finds the delivery areas."""
    leaflet = area_column(offers)
    areas = _areas(whole.area, eligible[:, leaflet]) if leaflet is not None else []
    units = holdout.unit_of(whole.customer_ids, whole.area, by_area=leaflet is not None)
    return Candidates(
        customer_ids=whole.customer_ids,
        household=whole.household,
        area=_index(whole.area, [area.pk for area in areas]),
        eligible=eligible,
        uplift=uplift,
        units=units,
        is_holdout=holdout.is_held_out(units, campaign_id=campaign.pk, share=float(campaign.holdout_share)),
        areas=areas,
    )


def _only(chunk: People, rows: np.ndarray) -> People:
    nothing = np.empty((0, 0), dtype=np.float32)  # features are used up
    return People(chunk.customer_ids[rows], chunk.household[rows], chunk.area[rows], chunk.reasons[rows], nothing)


def joined(chunks: Sequence[People]) -> People:
    names = ("customer_ids", "household", "area", "reasons", "features")
    return People(*(np.concatenate([getattr(chunk, name) for chunk in chunks]) for name in names))


def _named(codes: Counter[int]) -> dict[str, int]:
    return {eligibility.REASONS[code - 1]: number for code, number in sorted(codes.items()) if code and number}


def _areas(area_ids: np.ndarray, is_eligible: np.ndarray) -> list[DeliveryArea]:
    wanted = np.unique(area_ids[is_eligible & (area_ids >= 0)])
    return list(DeliveryArea.objects.filter(pk__in=wanted.tolist()).order_by("pk"))


def _index(area_ids: np.ndarray, known: Iterable[int]) -> np.ndarray:
    known = np.fromiter(known, dtype=np.int64)
    if not known.size:
        return np.full(area_ids.size, people.NONE)
    place = np.minimum(np.searchsorted(known, area_ids), known.size - 1)
    return np.where(known[place] == area_ids, place, people.NONE)
