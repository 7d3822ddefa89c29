"""A row of a product feed, in the columns of Google Merchant Center, as a product; or what is wrong with which field."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from campaigns import links
from campaigns.content_error import ContentError
from campaigns.plain_text import TextError, clean, one_line

NEEDED = {"id", "title", "price", "availability"}
LONGEST_TEXT = 160
PRICE = re.compile(r"(?:([A-Z]{3}) ?)?([0-9]{1,9})(?:[.,]([0-9]{1,2}))?(?: ?(?:([A-Z]{3})|(€)))?", re.ASCII)
AVAILABILITY: Mapping[str, bool] = {
    "in_stock": True, "in stock": True, "available": True, "backorder": True, "preorder": True,
    "out_of_stock": False, "out of stock": False, "unavailable": False, "discontinued": False,
}  # fmt: skip


class FeedError(ValueError):
    """Nothing was imported. `problems`: row, field and reason of each thing that is wrong, the first of them."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("; ".join(problems[:3]) + (" …" if len(problems) > 3 else ""))


@dataclass(frozen=True)
class Row:
    """`image`: what the feed says of the picture, which is looked for afterwards."""

    number: int
    sku: str
    title: str
    description: str
    price_cents: int | None
    currency: str
    url: str
    image: str
    is_available: bool


class _WrongError(ValueError):
    """The reason is what stands behind the field's name."""


def row_of(number: int, cells: Mapping[str, Any]) -> tuple[Row | None, list[str]]:
    """The product, or None and what is wrong with it."""
    problems: list[str] = []

    def read(field: str, reader: Any, *, name: str = "") -> Any:
        try:
            return reader(_text(cells.get(field)), name or field)
        except (_WrongError, TextError, ContentError) as error:
            problems.append(f"row {number}: {field} {getattr(error, 'reason', error)}")
            return None

    price = read("sale_price", _price) if _text(cells.get("sale_price")) else read("price", _price)
    values = {
        "sku": read("id", _sku),
        "title": read("title", _title),
        "description": one_line(_text(cells.get("description")), longest=LONGEST_TEXT),
        "url": read("link", _link),
        "image": read("image_link", _image),
        "is_available": read("availability", _availability),
    }
    if problems:
        return None, problems
    cents, currency = price
    return Row(number, price_cents=cents, currency=currency, **values), []


def rows_of(rows: Iterator[tuple[int, Mapping[str, Any] | str]], problems: list[str]) -> Iterator[Row]:
    """Sound rows; what is wrong with the others is added to `problems`. The first of equal ids is right."""
    seen: dict[str, int] = {}
    for number, cells in rows:
        if isinstance(cells, str):
            problems.append(f"row {number}: {cells}")
            continue
        row, wrong = row_of(number, cells)
        problems += wrong
        if row is None:
            continue
        if seen.setdefault(row.sku, number) != number:
            problems.append(f"row {number}: id is the same as in row {seen[row.sku]}")
        else:
            yield row


def _text(value: Any) -> str:
    """JSON has numbers and nothing, too; whatever else stands there is shown as it is, and refused where it is wrong."""
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value).lower()
    return (f"{value:.15g}" if isinstance(value, float) else str(value)).strip()


def _sku(text: str, name: str) -> str:
    return clean(_filled(text), longest=50)


def _title(text: str, name: str) -> str:
    return clean(_filled(text), longest=150)


def _filled(text: str) -> str:
    if not text:
        raise _WrongError("is required")
    return text


def _price(text: str, name: str) -> tuple[int | None, str]:
    """349.00 EUR, as Google asks for; also 349,00 € and EUR 349. A currency is needed, thousands are not separated."""
    found = PRICE.fullmatch(_filled(text).upper())
    currency = (found[1] or found[4] or ("EUR" if found[5] else "")) if found else ""
    if not found or not currency or (found[1] and (found[4] or found[5])):
        raise _WrongError(f"must be a price like 349.00 EUR, got {text[:20]!r}")
    return int(Decimal(f"{found[2]}.{found[3] or '0'}") * 100), currency


def _availability(text: str, name: str) -> bool:
    known = AVAILABILITY.get(text.lower())
    if known is None:
        raise _WrongError(f"must be in_stock, out_of_stock, preorder or backorder, got {text[:20]!r}")
    return known


def _link(text: str, name: str) -> str:
    if text:
        links.check(clean(text, longest=2000), path=name)
    return text


def _image(text: str, name: str) -> str:
    return clean(text, longest=2000)
