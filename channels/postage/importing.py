"""Price tables from CSV: a file that is wrong anywhere changes nothing, and every wrong row is named."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction

from ..models import PostagePrice, PostalProduct, PriceTable, ProductionPrice, SortingDiscount

COLUMNS = ("vendor", "product", "valid_from", "part", "from_pieces", "piece_cents")
MORE_COLUMNS = ("country", "zone", "up_to_grams", "depth", "sheet_cents", "setup_cents", "currency", "note")
# What a row of each part holds, beside from_pieces and piece_cents.
PARTS: Mapping[str, tuple[type[models.Model], tuple[str, ...]]] = {
    "production": (ProductionPrice, ("sheet_cents", "setup_cents")),
    "postage": (PostagePrice, ("country", "zone", "up_to_grams")),
    "sorting": (SortingDiscount, ("depth",)),
}
LARGEST = 10_000_000  # bytes
MOST_PROBLEMS = 50
NUMBER = re.compile(r"[0-9]{1,9}([.,][0-9]{1,3})?")
PIECES = re.compile(r"[0-9]{1,9}")


class PriceFileError(ValueError):
    """What is wrong with a file of prices, one line each: row, field and reason."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = list(problems)
        more = len(self.problems) - MOST_PROBLEMS
        told = [*self.problems[:MOST_PROBLEMS], *([f"and {more} more"] if more > 0 else [])]
        super().__init__("\n".join(told))


Key = tuple[int, date]  # a product and the day from which on


@dataclass
class Read:
    """Of a file, by table."""

    prices: dict[Key, list[models.Model]] = field(default_factory=dict)
    said: dict[Key, dict[str, str]] = field(default_factory=dict)  # currency and note
    problems: list[str] = field(default_factory=list)


def read(source: Path | bytes, *, is_example: bool = False) -> list[PriceTable]:
    """The tables of a CSV file, each in the place of the one of that product and day. Raises PriceFileError."""
    found = _found(_rows(_text(source)))
    if found.problems or not found.prices:
        raise PriceFileError(found.problems or ["the file holds no prices"])
    with transaction.atomic():
        return [_written(key, prices, found.said[key], is_example) for key, prices in found.prices.items()]


def _written(key: Key, prices: Iterable[models.Model], said: Mapping[str, str], is_example: bool) -> PriceTable:
    product_id, valid_from = key
    PriceTable.objects.filter(product_id=product_id, valid_from_on=valid_from).delete()
    table = PriceTable.objects.create(
        product_id=product_id, valid_from_on=valid_from, is_example=is_example, note=said["note"],
        **({"currency": said["currency"]} if said["currency"] else {}),
    )  # fmt: skip
    for model, _ in PARTS.values():
        own = [price for price in prices if isinstance(price, model)]
        for price in own:
            price.table = table
        model.objects.bulk_create(own)
    return table


def _text(source: Path | bytes) -> str:
    if (source.stat().st_size if isinstance(source, Path) else len(source)) > LARGEST:
        raise PriceFileError([f"the file is larger than {LARGEST // 1_000_000} MB"])
    raw = source.read_bytes() if isinstance(source, Path) else source
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PriceFileError([f"the file is not UTF-8: see byte {error.start}"]) from error
    if "\0" in text:
        raise PriceFileError(["the file holds a NUL character"])
    return text


def _rows(text: str) -> list[dict[str, Any]]:
    delimiter = ";" if ";" in text.partition("\n")[0] else ","
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        if missing := [name for name in COLUMNS if name not in (reader.fieldnames or ())]:
            raise PriceFileError([f"the header lacks {', '.join(missing)}"])
        if unknown := [name for name in reader.fieldnames or () if name not in (*COLUMNS, *MORE_COLUMNS)]:
            raise PriceFileError([f"the header has unknown columns: {', '.join(unknown)[:200]}"])
        return list(reader)
    except csv.Error as error:
        raise PriceFileError([f"the file is no CSV: {error}"]) from error


def _found(rows: Sequence[Mapping[str, Any]]) -> Read:
    products = {(one.vendor.slug, one.slug): one.pk for one in PostalProduct.objects.select_related("vendor")}
    found, seen = Read(), {}
    for number, row in enumerate(rows, 1):
        cells = {name: (row.get(name) or "").strip() for name in (*COLUMNS, *MORE_COLUMNS)}
        wrong = ["cells: there are more than the header names"] if None in row else []
        key, of_table = _table(cells, products)
        price, of_price = _price(cells)
        wrong += of_table + of_price
        if not wrong:
            wrong += _repeated(number, (key, *_identity(price)), seen) + _differing(
                found.said.setdefault(key, {}), cells
            )
        found.problems += [f"row {number}, {reason}" for reason in wrong]
        if not wrong:
            found.prices.setdefault(key, []).append(price)
    return found


def _table(cells: Mapping[str, str], products: Mapping[tuple[str, str], int]) -> tuple[Key, list[str]]:
    wrong = []
    product = products.get((cells["vendor"], cells["product"]), 0)
    if not product:
        wrong.append(f"product: vendor {cells['vendor'][:50]!r} has no postal product {cells['product'][:50]!r}")
    try:
        day = date.fromisoformat(cells["valid_from"])
    except ValueError:
        day = date.min
        wrong.append(f"valid_from: must be a day as 2027-01-31, got {cells['valid_from'][:20]!r}")
    if cells["currency"] and not re.fullmatch("[A-Z]{3}", cells["currency"]):
        wrong.append(f"currency: must be three capital letters, as EUR, got {cells['currency'][:20]!r}")
    if len(cells["note"]) > 200:
        wrong.append("note: must not be longer than 200 characters")
    return (product, day), wrong


def _price(cells: Mapping[str, str]) -> tuple[models.Model | None, list[str]]:
    if cells["part"] not in PARTS:
        return None, [f"part: must be one of {', '.join(PARTS)}, got {cells['part'][:20]!r}"]
    model, names = PARTS[cells["part"]]
    others = {name for _, own in PARTS.values() for name in own} - set(names)
    wrong = [f"{name}: is not for {cells['part']}" for name in sorted(others) if cells[name]]
    told: dict[str, Any] = {}
    if cells["from_pieces"] and not PIECES.fullmatch(cells["from_pieces"]):
        wrong.append(f"from_pieces: must be a whole number, got {cells['from_pieces'][:20]!r}")
    elif cells["from_pieces"]:
        told["from_pieces"] = int(cells["from_pieces"])
    for name in ("piece_cents", *names):
        value, reason = _value(name, cells[name], is_needed=name in ("piece_cents", "up_to_grams", "depth"))
        wrong += [reason] if reason else []
        if value != "":
            told[name] = value
    if wrong:
        return None, wrong
    price = model(**told)
    return price, _invalid(price)


def _value(name: str, cell: str, *, is_needed: bool) -> tuple[Any, str]:
    if not cell:
        return "", f"{name}: is missing" if is_needed else ""
    if not name.endswith(("_cents", "_grams")):
        return cell, ""
    if not NUMBER.fullmatch(cell):
        return "", f"{name}: must be a number with at most three decimals, got {cell[:20]!r}"
    return Decimal(cell.replace(",", ".")), ""


def _invalid(price: models.Model) -> list[str]:
    try:
        price.full_clean(exclude=["table"], validate_unique=False)
    except ValidationError as error:
        names = {"__all__": "zone"}
        return [f"{names.get(name, name)}: {' '.join(reasons)}" for name, reasons in error.message_dict.items()]
    return []


def _identity(price: models.Model) -> tuple[Any, ...]:
    names = ("from_pieces", "country", "zone", "up_to_grams", "depth")
    return type(price).__name__, *(getattr(price, name, None) for name in names)


def _repeated(number: int, identity: tuple[Any, ...], seen: dict[tuple[Any, ...], int]) -> list[str]:
    first = seen.setdefault(identity, number)
    return [] if first == number else [f"from_pieces: the same step stands in row {first}"]


def _differing(said: dict[str, str], cells: Mapping[str, str]) -> list[str]:
    """A table has one currency and one note, said in any of its rows."""
    wrong = []
    for name in ("currency", "note"):
        if cells[name] and said.get(name) not in (None, "", cells[name]):
            wrong.append(f"{name}: {cells[name][:20]!r} is another than in an earlier row of the table")
        said[name] = said.get(name) or cells[name]
    return wrong
