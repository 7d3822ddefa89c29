"""New customers on their way into the database, and what the plans of trials of the past knew of areas."""

from collections.abc import Collection
from datetime import timedelta

import numpy as np
from django.db import transaction

from campaigns import identity
from campaigns.models import Customer, DeliveryArea, Event, EventKind, Household, Wave
from steering.models import Plan, PlanArea

from . import newcomers, trial_write
from . import shape as shapes
from .newcomers import BASKET_EURO, SOURCE, SPREAD, STREAM, Newcomers
from .trials import OPENED_AREAS

OF_TRIAL = """
    SELECT d.id, count(*) AS people, d.households - d.refusing_households AS takers,
           bool_or(a.option_id IS NOT DISTINCT FROM %(leaflet)s) AS is_opened
    FROM steering_assignment a JOIN campaigns_customer c ON c.id = a.customer_id
    JOIN campaigns_household h ON h.id = c.household_id JOIN campaigns_deliveryarea d ON d.id = h.delivery_area_id
    WHERE a.wave_id = %(wave)s AND %(leaflet)s = ANY(a.eligible) GROUP BY d.id ORDER BY d.id
"""


def arrive(known: Newcomers, wave: Wave, with_leaflet: Collection[int], *, seed: int) -> int:
    """Write down who became a customer within the 14 days after the wave's start; returns how many. Once a wave."""
    counts = known.draw(with_leaflet, seed=seed)
    area_ids = np.repeat(known.area_ids, counts)
    areas = DeliveryArea.objects.in_bulk(np.unique(area_ids).tolist())
    rng = np.random.default_rng([seed, STREAM, 1])
    days, values = 1 + 12 * rng.random(len(area_ids)) ** 1.5, rng.lognormal(np.log(BASKET_EURO), SPREAD, len(area_ids))
    homes = Household.objects.bulk_create(
        [_home(areas[area_id], wave, number) for number, area_id in enumerate(area_ids.tolist(), 1)], batch_size=2000
    )
    arrived = [wave.started_at + timedelta(days=float(after)) for after in days]
    people = Customer.objects.bulk_create(
        (
            Customer(
                customer_number=f"N{wave.pk:05d}{number:06d}", household=home, region=areas[home.delivery_area_id].region,
                customer_since_on=at.date(), contact_is_made_up=True, source=SOURCE,
            )
            for number, (home, at) in enumerate(zip(homes, arrived, strict=True), 1)
        ),
        batch_size=2000,
    )  # fmt: skip
    Event.objects.bulk_create(
        (
            Event(
                customer=one, kind=EventKind.PURCHASED, medium="store", is_online=False, occurred_at=at,
                value_cents=round(100 * euro), source=SOURCE, source_key=one.customer_number,
            )
            for one, at, euro in zip(people, arrived, values.tolist(), strict=True)
        ),
        batch_size=2000,
    )  # fmt: skip
    return len(people)


@transaction.atomic
def settle(*, customers: int, seed: int) -> tuple[Newcomers, int]:
    """Of a population that was generated: who came in its trials of the past, and the truth of all who will.

    Returns the truth, and how many came. Also what the trials' plans knew of areas is written.
    """
    drawn = shapes.draw(customers=customers, seed=seed)
    first = DeliveryArea.objects.get(carrier=drawn.areas.carrier(0), code=drawn.areas.code(0))
    known = newcomers.of(drawn, first_area_id=first.pk)
    came = 0
    for wave in Wave.objects.filter(campaign__name=trial_write.NAME).order_by("number"):
        came += arrive(known, wave, _plan_areas(wave), seed=seed * 1000 + wave.number)
    return known, came


def _plan_areas(wave: Wave) -> set[int]:
    """Rows of a plan without expectations, in which chance opened areas; returns the ids of those."""
    plan = Plan.objects.get(wave=wave)
    leaflet = wave.campaign.options.get(channel="direct_post")
    found = PlanArea.objects.raw(OF_TRIAL, {"wave": wave.pk, "leaflet": leaflet.pk})
    rows = [
        PlanArea(
            plan=plan, area_id=row.pk, option=leaflet, customers=row.people, quantity=row.takers,
            expected_customer_value=0.0, expected_new_value=0.0, cost=12.0 * row.takers, chosen=row.is_opened, wanted=False,
            chance=OPENED_AREAS,
        )
        for row in found
    ]  # fmt: skip
    PlanArea.objects.bulk_create(rows, batch_size=2000)
    return {row.area_id for row in rows if row.chosen}


def _home(area: DeliveryArea, wave: Wave, number: int) -> Household:
    street = f"Am Neubau {1 + number % 900} {wave.pk}-{number}"
    key = identity.address_key(street=street, postcode=area.postcode, city=area.place)
    return Household(
        address_key=key, street=street, postcode=area.postcode, city=area.place, delivery_area=area,
        latitude=area.latitude, longitude=area.longitude,
    )  # fmt: skip
