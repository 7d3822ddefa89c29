"""Plans with areas, for tests."""

from typing import Any

from django.utils import timezone

from campaigns.models import DeliveryArea
from steering.models import Plan, PlanArea
from tests import builders


def plan(**fields: Any) -> Plan:
    """Of a wave with a leaflet as its only option."""
    wave = builders.wave(builders.campaign(channels=("direct_post",)))
    known = {"as_of_at": timezone.now(), "seed": 1, "customers": 0, "eligible": 0, "holdout": 0, "value_cents": 0}
    sums = {"dual_bound_cents": 0, "gap": 0, "cost_cents": 0, "prices": {}, "options": [], "excluded": {}}
    return Plan.objects.create(wave=wave, **(known | sums | fields))


def planned(
    of: Plan, area: DeliveryArea | None = None, *, area_fields: dict[str, Any] | None = None, **fields: Any
) -> PlanArea:
    area = area or builders.area(**(area_fields or {}))
    known = {
        "customers": 10,
        "quantity": area.quantity,
        "expected_customer_value": 5000.0,
        "expected_new_value": 1000.0,
    }
    more = {"cost": 4000.0, "chosen": True, "wanted": True}
    option = of.wave.campaign.options.get()
    return PlanArea.objects.create(plan=of, area=area, option=option, **(known | more | fields))
