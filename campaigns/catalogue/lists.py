"""Customers' own lists of products: ids in an attribute, looked up in the feed; what is not available is left out."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from campaigns import languages, products
from campaigns.blocks.overrides import layers
from campaigns.blocks.types import BLOCK_TYPES, Kind
from campaigns.models import Product

from . import showing

Lists = dict[str, list[products.Product]]  # by language
# What is one word with a digit in it is an id and no name; unknown ones are left out.
LOOKS_LIKE_ID = re.compile(r"(?=\S*\d)\S{1,50}")


def named(blocks: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """Attributes (without `attribute_`) that lists of products in these blocks show."""
    return frozenset(_named(blocks))


def _named(blocks: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for block in blocks:
        kinds = {name for name, field in BLOCK_TYPES[block["type"]].fields.items() if field.kind == Kind.PRODUCTS}
        for layer in layers(block):
            for name in kinds:
                if isinstance(layer.get(name), str):
                    yield layer[name].removeprefix(products.ATTRIBUTE)


def own_lists(
    attributes: Mapping[int, Mapping[str, Any]], names: Collection[str], *, at: datetime | None = None
) -> dict[int, dict[str, Lists]]:
    """What lists of these names show to each customer; `attributes` by customer. At most two queries.

    Only lists in which something may be an id are there; the others say what they say. Nothing where there is no feed.
    """
    asked = {(id_, name): _entries(own.get(name)) for id_, own in attributes.items() for name in names}
    held = {key: entries for key, entries in asked.items() if any(map(_sku, entries))}
    if not held or not Product.objects.exists():
        return {}
    known = showing.of((sku for entries in held.values() for one in entries if (sku := _sku(one))), at=at)
    shown: dict[int, dict[str, Lists]] = {}
    for (id_, name), entries in held.items():
        shown.setdefault(id_, {})[name] = _lists(entries, known)
    return shown


def _lists(entries: Sequence[Any], known: Mapping[str, Product]) -> Lists:
    return {language: list(_shown(entries, known, language))[: products.MOST] for language in languages.LANGUAGES}


def _shown(entries: Sequence[Any], known: Mapping[str, Product], language: str) -> Iterator[products.Product]:
    for entry in entries:
        product = known.get(_sku(entry))
        if product is None and not _is_id(entry):
            yield from products.read(entry)
        elif product and product.is_available:
            said = showing.said(product)
            yield products.Product(
                name=said["name"],
                price=said.get(f"price@{language}") or said.get("price", ""),
                text=said.get("text", ""),
                source=said.get("source", ""),
                url=said.get("url", ""),
            )


def _entries(held: Any) -> list[Any]:
    return (held if isinstance(held, list) else [held])[: products.MOST_READ]


def _sku(entry: Any) -> str:
    """What may be an id: of an object its `id`, else a word or number; empty for what is none."""
    if isinstance(entry, Mapping):
        entry = entry.get("id")
    if isinstance(entry, bool) or not isinstance(entry, str | int):
        return ""
    return str(entry).strip()[:51]


def _is_id(entry: Any) -> bool:
    """Whether an entry that the feed does not know says nothing by itself."""
    if isinstance(entry, Mapping):
        return not entry.get("name")
    return bool(LOOKS_LIKE_ID.fullmatch(_sku(entry)))
