"""Who becomes a customer in the two weeks after a wave, where leaflets were delivered and where they were not."""

from dataclasses import dataclass

import numpy as np

from campaigns.models import Wave
from channels.models import Dispatch
from steering.models import AreaModel, PlanArea
from steering.population import settling

from .world import World

OUT = ("handed_over", "sent", "delivered")


@dataclass(frozen=True)
class Arrived:
    people: int
    areas: int  # with leaflets
    true_per_thousand: float  # of their households, by leaflets
    expected_per_thousand: float | None  # by the model; None: there is none yet

    @property
    def words(self) -> str:
        expected = "" if self.expected_per_thousand is None else f", the plan expected {self.expected_per_thousand:.2f}"
        return (
            f"{self.people:,} new customers; in the {self.areas:,} areas with leaflets these bring"
            f" {self.true_per_thousand:.2f} per 1,000 households{expected}"
        )


def arrive(world: World, wave: Wave, *, seed: int) -> Arrived | None:
    """None where the world has no truth about it."""
    if world.newcomers is None:
        return None
    out = Dispatch.objects.filter(wave=wave, channel="direct_post", state__in=OUT)
    opened = sorted(set(out.values_list("customer__household__delivery_area_id", flat=True)) - {None})
    people = settling.arrive(world.newcomers, wave, opened, seed=seed)
    known = world.newcomers
    inside = np.isin(known.area_ids, opened)
    households = known.households[inside].sum()
    true = 1000 * (known.households * known.added)[inside].sum() / max(households, 1)
    return Arrived(people, len(opened), float(true), _expected(wave, opened, households))


def _expected(wave: Wave, opened: list[int], households: float) -> float | None:
    version = AreaModel.objects.filter(known_until_at__lte=wave.plan.as_of_at).order_by("-number").first()
    if version is None or version.reason or not version.new_customer_cents:
        return None
    rows = PlanArea.objects.filter(plan=wave.plan, area__in=opened)
    cents = sum(rows.values_list("expected_new_value", flat=True))
    each = version.new_customer_cents * float(wave.campaign.margin_share)
    return 1000 * cents / each / max(households, 1)
