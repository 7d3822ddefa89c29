"""What a print job comes to once its rows are sorted: set-up, production, postage, and what sorting takes off."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from ..models import PostalProduct
from . import prices, sorting

# As many rows as there are postcodes, however many pieces.
COUNTED = "SELECT depth, country, postcode, count(*) FROM ({sorted}) s JOIN ({rows}) r USING (item_id) GROUP BY 1, 2, 3"


@dataclass(frozen=True)
class Bill:
    """Cents, but for `pieces`."""

    pieces: int
    setup: Decimal
    production: Decimal
    postage: Decimal  # before what sorting takes off
    discount: Decimal

    @property
    def total(self) -> Decimal:
        return self.setup + self.production + self.postage - self.discount


def bill(
    product: PostalProduct, rows: str, params: Mapping[str, Any] | None = None, *, pages: int | None = None,
    on: date | None = None,
) -> Bill:  # fmt: skip
    """Of the pieces that `rows` selects, see sorting.sorted_sql. Raises PriceError."""
    counted = _counted(product, rows, params)
    pieces = sum(number for *_, number in counted)
    if not pieces:
        return Bill(0, *(4 * [Decimal(0)]))
    pages = pages or product.usual_pages
    table = prices.table_on(product, on)
    tier = prices.tier_for(prices.tiers_of(table, pages=pages), pieces)
    of_depth: Counter[str] = Counter()
    postage = Decimal(0)
    for depth, country, postcode, number in counted:
        of_depth[depth] += number
        postage += number * tier.postage_to(country, postcode)
    return Bill(
        pieces=pieces,
        setup=tier.setup,
        production=pieces * tier.production,
        postage=postage,
        discount=min(postage, _discount(table, of_depth, pieces)),
    )


def _counted(product: PostalProduct, rows: str, params: Mapping[str, Any] | None) -> list[tuple[str, str, str, int]]:
    packed = f"SELECT item_id, postcode FROM ({rows}) given"  # noqa: S608
    sorted_ = f"SELECT item_id, depth, country FROM ({sorting.sorted_sql(product, rows)}) placed"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(COUNTED.format(sorted=sorted_, rows=packed), params)
        return cursor.fetchall()


def _discount(table: Any, of_depth: Mapping[str, int], pieces: int) -> Decimal:
    reached = {
        one.depth: one.piece_cents for one in table.discounts.order_by("from_pieces") if one.from_pieces <= pieces
    }
    return sum((number * reached.get(depth, 0) for depth, number in of_depth.items()), Decimal(0))
