"""What carriers tell of areas: figures that go with who lives there, with an error of their own, as bought data has."""

import numpy as np

from .places import PLACES
from .shape import Shape

STREAM = 11
# From the birthdays of those who are customers, a sample of who lives there.
MEAN_AGE = """
    UPDATE campaigns_deliveryarea SET statistics = statistics || jsonb_build_object(
        'mean_age', round((52 + 0.7 * ((%(as_of_on)s::date - mean_born_on) / 365.25 - 52))::numeric, 1))
    WHERE mean_born_on IS NOT NULL AND statistics ? 'purchasing_power'
"""


def of(shape: Shape) -> list[dict[str, float]]:
    """Per area: purchasing power (100 in the mean), shares of houses and of families in percent."""
    areas, rng = shape.areas, shape.random(STREAM)
    noise = rng.normal(size=(3, len(areas)))
    is_urban = np.array([place.is_urban for place in PLACES])[areas.place]
    families = _families(shape)
    power = 100 + 6 * areas.effect - 3 * is_urban + 6 * noise[0]
    houses = 100 / (
        1 + np.exp(0.6 + 1.1 * is_urban - 2 * (families - families.mean()) - 0.3 * areas.effect - 0.5 * noise[1])
    )
    shares = np.clip(100 * (0.6 * families + 0.4 * families.mean()) + 4 * noise[2], 0, 100)
    columns = zip(power.round(1).tolist(), houses.round(1).tolist(), shares.round(1).tolist(), strict=True)
    return [
        {"purchasing_power": power, "houses_share": houses, "families_share": families}
        for power, houses, families in columns
    ]


def _families(shape: Shape) -> np.ndarray:
    """Share of households of three and more among those with customers."""
    count = np.bincount(shape.area, minlength=len(shape.areas))
    return np.bincount(shape.area, weights=shape.sizes >= 3, minlength=len(shape.areas)) / np.maximum(count, 1)
