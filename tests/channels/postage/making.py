"""Vendors with postal products and prices, for tests."""

from datetime import date
from itertools import count
from typing import Any

from channels.models import PostalProduct, PriceTable, Vendor

number = count(1)


def vendor(**fields: Any) -> Vendor:
    key = next(number)
    return Vendor.objects.create(
        **({"name": f"Press {key}", "slug": f"press-{key}", "processing_contract": "DPA 1"} | fields)
    )


def product(of: Vendor | None = None, **fields: Any) -> PostalProduct:
    """A letter of 10 g with one sheet."""
    return PostalProduct.objects.create(vendor=of or vendor(), **({"name": "Letter", "slug": "letter"} | fields))


def prices(
    of: PostalProduct,
    *,
    production: tuple[tuple[int, float, float], ...] = ((1, 20, 0),),
    postage: tuple[tuple[str, str, int, float, float], ...] = (("DE", "", 1, 20, 80),),
    valid_from_on: date = date(2020, 1, 1),
) -> PriceTable:
    """`production` (from pieces, cents a piece, set-up); `postage` (country, zone, from pieces, up to grams, cents)."""
    table = PriceTable.objects.create(product=of, valid_from_on=valid_from_on)
    for from_pieces, piece, setup in production:
        table.production.create(from_pieces=from_pieces, piece_cents=piece, setup_cents=setup, sheet_cents=2)
    for country, zone, from_pieces, grams, piece in postage:
        table.postage.create(country=country, zone=zone, from_pieces=from_pieces, up_to_grams=grams, piece_cents=piece)
    return table
