"""Whom a wave decides about: everybody in the audience who may get at least one option, as arrays, with their scores."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import numpy as np

from campaigns.models import Campaign, DeliveryArea
from steering import eligibility, holdout, people
from steering.areas import features, valuing
from steering.areas.pairing import Pairs
from steering.people import People

from . import parts
from .options import Offer, area_column
from .parts import Scored

# Beside the reasons of eligibility.
NO_STORE, NO_TAKERS = "no store near enough", "area takes no leaflets"


@dataclass(frozen=True, eq=False)
class Candidates:
    """n customers, m options; in the order of the customers' ids."""

    customer_ids: np.ndarray  # (n,)
    household: np.ndarray  # (n,) or -1
    area: np.ndarray  # (n,) index into `areas`, -1 for none
    eligible: np.ndarray  # (n, m) bool
    uplift: np.ndarray  # (n, m) expected incremental margin in cents, less coupons, before cost
    units: np.ndarray  # (n,) what is held out as a whole
    is_holdout: np.ndarray  # (n,) bool
    areas: list[DeliveryArea]  # those in which somebody may get the option that is bought by area
    new_values: np.ndarray  # (areas,) expected margin of people who are no customers yet, in cents, before cost


@dataclass(frozen=True)
class Excluded:
    """How many customers the audience has, and per channel how many are left out for which reason."""

    customers: int
    reasons: dict[str, dict[str, int]]


def gathered(
    scored: Sequence[Scored], *, campaign: Campaign, offers: list[Offer], as_of_at: datetime
) -> tuple[Candidates, Excluded]:
    """The parts of an audience together, in the order of the customers' ids."""
    channels = parts.channels_of(offers)
    whole = joined([part.people for part in scored])
    found = arranged(
        whole,
        eligible=(whole.reasons == eligibility.ELIGIBLE)[:, [channels.index(offer.channel) for offer in offers]],
        uplift=margin(np.concatenate([part.uplift for part in scored]), campaign=campaign, offers=offers),
        campaign=campaign,
        offers=offers,
        new_values=partial(valuing.new_values, campaign=campaign, as_of_at=as_of_at),
    )
    counted = np.sum([part.counted for part in scored], axis=0)
    reasons = {name: _named(codes) for name, codes in zip(channels, counted, strict=True)}
    if (leaflet := area_column(offers)) is not None:
        channel = channels.index(offers[leaflet].channel)
        could = int((whole.reasons[:, channel] == eligibility.ELIGIBLE).sum())
        if out := could - int(found.eligible[:, leaflet].sum()):
            reason = NO_TAKERS if offers[leaflet].spread.radius_km is None else NO_STORE
            reasons[channels[channel]][reason] = out
    return found, Excluded(int(counted[0].sum()), reasons)


def margin(sales: np.ndarray, *, campaign: Campaign, offers: Sequence[Offer]) -> np.ndarray:
    """(n, m) expected margin of expected sales (n, m), less what the coupons of each option are expected to cost."""
    return sales * float(campaign.margin_share) - np.array([offer.coupon_cents for offer in offers])


def arranged(
    whole: People, *, eligible: np.ndarray, uplift: np.ndarray, campaign: Campaign, offers: list[Offer],
    new_values: Callable[[Sequence[int]], np.ndarray],
) -> Candidates:  # fmt: skip
    """Candidates from what is known of each; draws the holdout and finds the delivery areas.

    `new_values` of area ids, which rise.
    """
    leaflet = area_column(offers)
    if leaflet is not None:
        eligible = _in_reach(offers[leaflet], leaflet, whole.area, eligible)
    areas = _areas(whole.area, eligible[:, leaflet]) if leaflet is not None else []
    units = holdout.unit_of(whole.customer_ids, whole.area, by_area=leaflet is not None)
    return Candidates(
        customer_ids=whole.customer_ids,
        household=whole.household,
        area=_index(whole.area, [area.pk for area in areas]),
        eligible=eligible,
        uplift=uplift,
        units=units,
        is_holdout=_held_out(campaign, units, whole.area, by_area=leaflet is not None),
        areas=areas,
        new_values=new_values([area.pk for area in areas]),
    )


def _held_out(campaign: Campaign, units: np.ndarray, area_ids: np.ndarray, *, by_area: bool) -> np.ndarray:
    """(n,) areas by their pairs, everybody else alone."""
    alone = holdout.is_held_out(units, campaign_id=campaign.pk, share=float(campaign.holdout_share))
    return Pairs(campaign).held_out(area_ids, alone) if by_area else alone


def _in_reach(offer: Offer, column: int, area_ids: np.ndarray, eligible: np.ndarray) -> np.ndarray:
    """(n, m) without the leaflet for areas in which every household refuses it, or that are too far from every store."""
    ids, takers, *place = features.places(np.unique(area_ids[area_ids >= 0]))
    reached = takers > 0
    if offer.spread.radius_km is not None:
        reached &= features.store_km(*place) <= offer.spread.radius_km
    if reached.all():
        return eligible
    eligible = eligible.copy()
    eligible[:, column] &= np.isin(area_ids, ids[reached])
    return eligible


def joined(chunks: Sequence[People]) -> People:
    names = ("customer_ids", "household", "area", "reasons", "features")
    return People(*(np.concatenate([getattr(chunk, name) for chunk in chunks]) for name in names))


def _named(counted: np.ndarray) -> dict[str, int]:
    return {reason: int(number) for reason, number in zip(eligibility.REASONS, counted[1:], strict=True) if number}


def _areas(area_ids: np.ndarray, is_eligible: np.ndarray) -> list[DeliveryArea]:
    wanted = np.unique(area_ids[is_eligible & (area_ids >= 0)])
    return list(DeliveryArea.objects.filter(pk__in=wanted.tolist()).order_by("pk"))


def _index(area_ids: np.ndarray, known: Iterable[int]) -> np.ndarray:
    known = np.fromiter(known, dtype=np.int64)
    if not known.size:
        return np.full(area_ids.size, people.NONE)
    place = np.minimum(np.searchsorted(known, area_ids), known.size - 1)
    return np.where(known[place] == area_ids, place, people.NONE)
