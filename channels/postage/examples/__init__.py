"""Made-up products and prices, so that a vendor's page shows how it works; marked as examples wherever they are shown."""

from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction

from ...models import PostalFormat, PostalProduct, PriceTable, Vendor
from .. import importing

PRICES = Path(__file__).parent / "prices.csv"
PRODUCTS: dict[str, dict[str, Any]] = {
    "example-letter": {"name": "Bulk letter", "format": PostalFormat.DL},
    "example-postcard": {"name": "Bulk postcard", "format": PostalFormat.POSTCARD, "envelope_grams": 0},
    "example-leaflet": {
        "name": "Leaflet",
        "format": PostalFormat.LEAFLET_A5,
        "envelope_grams": 0,
        "sheet_grams": Decimal("4.20"),
        "production_days_least": 4,
        "production_days_most": 7,
    },
}


@transaction.atomic
def give(vendor: Vendor) -> list[PriceTable]:
    """The examples to a vendor, in the place of examples that it has already."""
    for slug, said in PRODUCTS.items():
        PostalProduct.objects.update_or_create(vendor=vendor, slug=slug, defaults=said | {"is_example": True})
    return importing.read(PRICES.read_bytes().replace(b"\nVENDOR,", f"\n{vendor.slug},".encode()), is_example=True)
