"""What print costs by the size of its run: steps of a price table as an option of a plan knows them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from campaigns.models import Option
from channels import postage
from channels.postage import PriceError, prices, products


@dataclass(frozen=True)
class PriceStep:
    """For runs of at least so many pieces; cents, of production and postage a piece, of set-up once."""

    least: int
    production: float
    setup: float
    postage: Mapping[str, float]  # by zone, as "DE:80"; "" elsewhere

    @property
    def is_plain(self) -> bool:
        """Any number of pieces at the same price."""
        return self.least <= 1 and not self.setup


@dataclass(frozen=True)
class Priced:
    """An option that names a postal product."""

    product: str
    country: str
    currency: str
    steps: tuple[PriceStep, ...]


def of_option(option: Option, *, on: date | None) -> Priced | None:
    """The prices of the day; None where no product is named, or the option says itself what a piece costs.

    Raises ValueError where there is no price.
    """
    product = postage.of_option(option.settings)
    if product is None or option.unit_cost_cents is not None:
        return None
    table = prices.table_on(product, on)
    tiers = prices.tiers_of(table, pages=products.pages_of(product, option.settings))
    if not tiers:
        raise PriceError(f"{table} has no step with postage")
    steps = tuple(
        PriceStep(
            least=tier.least,
            production=float(tier.production),
            setup=float(tier.setup),
            postage={zone: float(cents) for zone, cents in tier.postage.items()},
        )
        for tier in tiers
    )
    return Priced(str(product), product.country, table.currency, steps)


def told(step: PriceStep) -> dict[str, Any]:
    """As a plan keeps it; PriceStep(**told) is the step again."""
    return asdict(step)
