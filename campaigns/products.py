"""Products that a customer's attribute holds, for a list of products: names, or objects with name, price and text.

{"recommended": [{"name": "Tisch Robinie", "price": "349 €"}, "Bank"]}
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from . import plain_text

MOST = 6  # of one customer
LONGEST = 80
ATTRIBUTE = "attribute_"


@dataclass(frozen=True)
class Product:
    name: str
    price: str = ""
    text: str = ""


NONE = Product("")


def of(fields: Mapping[str, Any], attribute: str) -> list[Product]:
    """The products in an attribute (`attribute_<name>`) of a person's fields; what is none is passed over."""
    held = (fields.get("attributes") or {}).get(attribute.removeprefix(ATTRIBUTE))
    return list(read(held))


def nth(fields: Mapping[str, Any], attribute: str, n: int) -> Product:
    """The n-th from 0, or one without a name."""
    found = of(fields, attribute)
    return found[n] if n < len(found) else NONE


def read(held: Any) -> Iterator[Product]:
    rows = held if isinstance(held, list) else [held]
    found = 0
    for row in rows[: MOST * 4]:
        product = _product(row)
        if product.name and found < MOST:
            found += 1
            yield product


def _product(row: Any) -> Product:
    if isinstance(row, Mapping):
        return Product(*(_word(row.get(name)) for name in ("name", "price", "text")))
    return Product(_word(row))


def _word(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    text = f"{value:.15g}" if isinstance(value, float) else str(value)
    return plain_text.one_line(text, longest=LONGEST)
