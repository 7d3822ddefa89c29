"""Which variant a customer gets where an option compares several contents: by chance that can be reckoned once more.

A hash of the campaign's seed and of the customer falls into the shares, which stand in WaveContent. With fixed shares it is
the same in every wave, so a customer stays with a variant; where shares follow results it is another one in each wave.
What is bought by delivery area is drawn by area.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from campaigns.areas import living
from campaigns.models import Comparison, Option, Sharing, Wave, WaveContent

from .. import registry

BITS = 52
# Uniform in [0, 1): the first bits of a SHA-256.
DRAWN = f"""
    ('x' || left(encode(sha256(convert_to(%({{salt}})s || {{unit}}, 'UTF8')), 'hex'), 13))::bit({BITS})::bigint
    / {2**BITS}.0::float8
"""
CUSTOMER = "p.customer_id::text"
# The household as a value: joined, all households would be gone through for each customer.
AREA = """
    coalesce((SELECT 'area ' || l.area_id FROM {living} l
              WHERE l.household_id = (SELECT c.household_id FROM campaigns_customer c WHERE c.id = p.customer_id)),
             p.customer_id::text)
"""


@dataclass(frozen=True)
class Drawing:
    """An expression over rows `p` of what is queued, that gives the number of the variant."""

    sql: str = "0"
    params: Mapping[str, Any] = field(default_factory=dict)


def of_wave(wave_id: int) -> Drawing:
    """One query for most waves, which compare nothing."""
    shares: dict[int, list[tuple[int, float]]] = defaultdict(list)
    found = WaveContent.objects.filter(wave_id=wave_id, variant__gt=0).order_by("option_id", "variant")
    for option_id, variant, share in found.values_list("option_id", "variant", "share"):
        shares[option_id].append((variant, share))
    if not shares:
        return Drawing()
    wave = Wave.objects.select_related("campaign").get(pk=wave_id)
    comparisons = Comparison.objects.select_related("option").filter(option_id__in=shares)
    parts, params = [], {}
    for comparison in comparisons:
        id_ = comparison.option_id
        unit, more = _unit(comparison.option)
        parts.append(f"WHEN p.option_id = {id_} THEN {_drawn(id_, unit)}")
        params |= {f"salt_{id_}": salt(wave, comparison), **_bounds(id_, shares[id_]), **more}
    return Drawing(f"CASE {' '.join(parts)} ELSE 0 END", params)


def salt(wave: Wave, comparison: Comparison) -> str:
    """What the hash begins with, before the customer's id."""
    own = [wave.campaign.seed, wave.campaign_id, comparison.option_id]
    if comparison.sharing == Sharing.THOMPSON:
        own.append(wave.number)
    return ":".join(map(str, own)) + " "


def _unit(option: Option) -> tuple[str, dict[str, Any]]:
    """What is drawn as a whole, and its parameters."""
    if not (option.channel in registry.CHANNELS and registry.get(option.channel).reach.decided_by_area):
        return CUSTOMER, {}
    lived_in, params = living.in_areas(living.carrier_of(option.settings), param=f"carrier_{option.pk}")
    return AREA.format(living=lived_in), params


def _drawn(option_id: int, unit: str) -> str:
    drawn = DRAWN.format(salt=f"salt_{option_id}", unit=unit)
    return f"(%(variants_{option_id})s::int[])[width_bucket({drawn}, %(from_{option_id})s::float8[])]"


def _bounds(option_id: int, shares: list[tuple[int, float]]) -> dict[str, Any]:
    """Where the share of each variant begins."""
    sums = list(accumulate(share for _, share in shares))
    return {
        f"variants_{option_id}": [variant for variant, _ in shares],
        f"from_{option_id}": [0.0, *(upto / sums[-1] for upto in sums[:-1])],
    }
