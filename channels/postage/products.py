"""Which postal product an option orders, and what a piece of it weighs."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ..models import PostalProduct

SETTINGS = ("product", "pages")  # of an option, beside its vendor
MOST_PAGES = 200


def of_option(settings: Mapping[str, Any]) -> PostalProduct | None:
    """The product that the settings of an option name; None where they name none. Raises ValueError."""
    if not settings.get("product"):
        return None
    found = ordered(settings)
    if found is None:
        vendor, slug = str(settings.get("vendor", "")), str(settings["product"])
        raise ValueError(f'product: vendor "{vendor[:50]}" has no postal product "{slug[:50]}"')
    if not found.is_active:
        raise ValueError(f'product: "{found.slug}" is not active')
    return found


def ordered(settings: Mapping[str, Any]) -> PostalProduct | None:
    """The same of something that was ordered already: also one that is not active any more; None where it is gone."""
    vendor, slug = str(settings.get("vendor", "")), str(settings.get("product", ""))
    return PostalProduct.objects.select_related("vendor").filter(vendor__slug=vendor, slug=slug).first()


def check_option(settings: Mapping[str, Any], *, is_leaflet: bool) -> None:
    """Raises ValueError for a product that is not there, or not for this channel, and for pages that are no number."""
    pages = settings.get("pages")
    if pages is not None and (isinstance(pages, bool) or not isinstance(pages, int) or not 1 <= pages <= MOST_PAGES):
        raise ValueError(f"pages: must be a whole number from 1 to {MOST_PAGES}, got {pages!r}")
    product = of_option(settings)
    if product is not None and product.is_leaflet != is_leaflet:
        wanted = "a leaflet without an address" if is_leaflet else "a letter or card"
        raise ValueError(f'product: must be {wanted}, and "{product.slug}" is {product.get_format_display()}')
    if product is None and pages is not None:
        raise ValueError("pages: only with a product, whose prices hang on them")


def pages_of(product: PostalProduct, settings: Mapping[str, Any]) -> int:
    return int(settings.get("pages") or product.usual_pages)


def sheets(product: PostalProduct, pages: int) -> int:
    return -(-max(pages, 1) // product.pages_per_sheet)


def grams(product: PostalProduct, pages: int) -> Decimal:
    """Of a piece with so many pages: sheets and envelope."""
    return sheets(product, pages) * product.sheet_grams + product.envelope_grams
