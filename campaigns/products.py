"""Products that a customer's attribute holds, for a list of products: names, objects with name, price and text, or ids.

    {"recommended": [{"name": "Tisch Robinie", "price": "349 €"}, "Bank"]}

Ids of the shop's feed are looked up by campaigns.catalogue, which puts what they say into the fields' `products`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from . import languages, plain_text

MOST = 6  # of one customer
MOST_READ = 4 * MOST  # of what an attribute holds
LONGEST = 80
ATTRIBUTE = "attribute_"


@dataclass(frozen=True)
class Product:
    name: str
    price: str = ""
    text: str = ""
    source: str = ""  # of a picture in the library
    url: str = ""


NONE = Product("")


def of(fields: Mapping[str, Any], attribute: str) -> list[Product]:
    """The products in an attribute (`attribute_<name>`) of a person's fields; what is none is passed over."""
    name = attribute.removeprefix(ATTRIBUTE)
    found = (fields.get("products") or {}).get(name)
    if found is not None:
        return found[languages.chosen(fields.get("spoken") or fields.get("language"))]
    return list(read((fields.get("attributes") or {}).get(name)))


def nth(fields: Mapping[str, Any], attribute: str, n: int) -> Product:
    """The n-th from 0, or one without a name."""
    found = of(fields, attribute)
    return found[n] if n < len(found) else NONE


def read(held: Any) -> Iterator[Product]:
    rows = held if isinstance(held, list) else [held]
    found = 0
    for row in rows[:MOST_READ]:
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
