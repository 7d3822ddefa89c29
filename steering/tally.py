"""The plan beside the ledger: in every wave the sum over the states is what was planned, no more and no less."""

from collections.abc import Mapping
from dataclasses import dataclass

from channels.ledger.sql import rows

from .models import Plan

# Who was erased since is in neither, as in steering.invariants.
PLANNED = """
    SELECT wave_id, count(option_id) + count(*) FILTER (WHERE has_leaflet_on_top)
    FROM steering_assignment WHERE wave_id = ANY(%s) GROUP BY wave_id
"""


@dataclass(frozen=True)
class Tally:
    planned: int
    in_ledger: int

    @property
    def holds(self) -> bool:
        return self.planned == self.in_ledger


def of_waves(in_ledger: Mapping[int, int]) -> dict[int, Tally]:
    """From the number of dispatches by wave; waves that no plan made are left out.

    People are counted only where the plan's own sums, which forget nobody, are not the ledger's.
    """
    plans = Plan.objects.filter(wave__in=in_ledger, wave__started_at__isnull=False)
    planned = {
        plan.wave_id: sum(option["planned"] for option in plan.options) for plan in plans.only("wave", "options")
    }
    if differing := [wave_id for wave_id, number in planned.items() if number != in_ledger[wave_id]]:
        counted = dict(rows(PLANNED, [differing]))
        planned = {id_: n for id_, n in planned.items() if id_ not in differing} | counted
    return {wave_id: Tally(number, in_ledger[wave_id]) for wave_id, number in planned.items()}
