"""What a run costs: production and postage by how many pieces it has, told by the price table of the day.

A step holds for all pieces of a run that reaches it, as with bulk postage, so a run is worth more or less as a whole. A
run too small for a step is priced at the step before; one too small for every step cannot be made.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils import timezone

from ..models import PostagePrice, PostalProduct, PriceTable, ProductionPrice
from . import products

ELSEWHERE = ""  # the zone of countries that are not named


class PriceError(ValueError):
    """There is no price for this; the message is for people."""


@dataclass(frozen=True)
class Tier:
    """What pieces cost in runs of at least so many, in cents. Zones are named "DE:80", "DE:" or "" for elsewhere."""

    least: int
    production: Decimal  # a piece
    setup: Decimal  # once
    postage: Mapping[str, Decimal]  # a piece, by zone; where none fits nothing can be posted

    def postage_to(self, country: str, postcode: str) -> Decimal:
        """Raises PriceError where there is no price."""
        zone = fitting(self.postage, country, postcode)
        if zone is None:
            raise PriceError(f"there is no postage to {country} {postcode}")
        return self.postage[zone]


def table_on(product: PostalProduct, on: date | None = None) -> PriceTable:
    """The newest that is valid on a day (today). Raises PriceError where there is none yet."""
    on = on or timezone.localdate()
    table = product.price_tables.filter(valid_from_on__lte=on).order_by("-valid_from_on").first()
    if table is None:
        raise PriceError(f"{product} has no prices that are valid on {on}")
    return table


def tiers(product: PostalProduct, *, pages: int | None = None, on: date | None = None) -> list[Tier]:
    """Each step of price, from the smallest run on. Raises PriceError where a piece has no price at all."""
    return tiers_of(table_on(product, on), pages=pages or product.usual_pages)


def tiers_of(table: PriceTable, *, pages: int) -> list[Tier]:
    grams = products.grams(table.product, pages)
    production = list(table.production.all())
    postage = [price for price in table.postage.all() if price.up_to_grams >= grams]
    if not production:
        raise PriceError(f"{table} has no price of production")
    if not postage:
        raise PriceError(f"{table} has no postage for {grams:.1f} g")
    least = min(price.from_pieces for price in production)
    steps = sorted({least, *(price.from_pieces for price in (*production, *postage) if price.from_pieces > least)})
    sheets = products.sheets(table.product, pages)
    found = [_tier(step, production, postage, sheets) for step in steps]
    return [tier for tier in found if tier.postage]


def unit_cost(
    product: PostalProduct, pieces: int, *, pages: int | None = None, country: str = "", postcode: str = "",
    on: date | None = None,
) -> Decimal:  # fmt: skip
    """Cents of one piece, production and postage, in a run of so many; set-up comes once beside. Raises PriceError."""
    tier = tier_for(tiers(product, pages=pages, on=on), pieces)
    return tier.production + tier.postage_to(country or product.country, postcode)


def tier_for(steps: Iterable[Tier], pieces: int) -> Tier:
    """The highest that so many pieces reach. Raises PriceError."""
    steps = list(steps)
    reached = [tier for tier in steps if tier.least <= pieces]
    if not reached:
        least = min((tier.least for tier in steps), default=0)
        raise PriceError(f"{pieces:,} pieces are too few: the least is {least:,}")
    return reached[-1]


def fitting(zones: Iterable[str], country: str, postcode: str) -> str | None:
    """Of the zones the longest that an address lies in."""
    place = f"{country}:{''.join(filter(str.isalnum, postcode)).upper()}"
    return max((zone for zone in zones if place.startswith(zone)), key=len, default=None)


def _tier(step: int, production: list[ProductionPrice], postage: list[PostagePrice], sheets: int) -> Tier:
    made = max((price for price in production if price.from_pieces <= step), key=lambda price: price.from_pieces)
    return Tier(
        least=step,
        production=made.piece_cents + (sheets - 1) * made.sheet_cents,
        setup=made.setup_cents,
        postage=_cheapest(price for price in postage if price.from_pieces <= step),
    )


def _cheapest(reached: Iterable[PostagePrice]) -> dict[str, Decimal]:
    """By zone. Of each weight its latest step counts; of several weights that are enough nobody pays the dearer one."""
    latest: dict[tuple[str, Decimal], PostagePrice] = {}
    for price in sorted(reached, key=lambda price: price.from_pieces):
        zone = f"{price.country}:{price.zone}" if price.country else ELSEWHERE
        latest[zone, price.up_to_grams] = price
    found: dict[str, Decimal] = {}
    for (zone, _), price in latest.items():
        found[zone] = min(price.piece_cents, found.get(zone, price.piece_cents))
    return found
