"""Stores: read from a file, and which one is nearest to a delivery area."""

import csv
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction

from .blocks import NEAREST
from .models import Store

COLUMNS = ("code", "name", "street", "postcode", "city", "latitude", "longitude")
MORE_COLUMNS = ("hours", "url")
UPDATED = [name for name in (*COLUMNS, *MORE_COLUMNS, "is_open") if name != "code"]
LARGEST = 20_000_000  # bytes
NUMBER = re.compile(r"-?[0-9]{1,3}([.,][0-9]{1,15})?")

# By the great circle (haversine) where the area has a place on the map, else by as many leading digits of the postcode as
# are the same: postcodes of neighbours begin alike.
NEAREST_STORES = """
    SELECT a.id, s.id FROM campaigns_deliveryarea a CROSS JOIN LATERAL (
        SELECT s.id FROM campaigns_store s WHERE s.is_open
        ORDER BY
            power(sin(radians(s.latitude - a.latitude) / 2), 2)
                + cos(radians(a.latitude)) * cos(radians(s.latitude))
                * power(sin(radians(s.longitude - a.longitude) / 2), 2),
            (SELECT count(*) FROM generate_series(1, length(a.postcode)) n
             WHERE left(s.postcode, n) = left(a.postcode, n)) DESC,
            s.code
        LIMIT 1
    ) s WHERE a.id = ANY(%s)
"""


class StoreFileError(ValueError):
    """What is wrong with a file of stores, one line each: row, field and reason."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))


def nearest(area_ids: Collection[int]) -> dict[int, Store]:
    """The open store nearest to each delivery area, by area id; empty where there are no stores. Two queries."""
    with connection.cursor() as cursor:
        cursor.execute(NEAREST_STORES, [list(area_ids)])
        found = dict(cursor.fetchall())
    stores = Store.objects.in_bulk(set(found.values()))
    return {area_id: stores[store_id] for area_id, store_id in found.items()}


def names_nearest(blocks: Sequence[Mapping[str, Any]]) -> bool:
    return any(_is_nearest(block) for block in blocks)


def with_store(blocks: Sequence[Mapping[str, Any]], store: Store | None) -> list[dict[str, Any]]:
    """Blocks in which the nearest store is this one; without any, they say what they say themselves."""
    return [_placed(block, store) if store and _is_nearest(block) else dict(block) for block in blocks]


def _is_nearest(block: Mapping[str, Any]) -> bool:
    return block["type"] == "place" and block.get("source") == NEAREST


def _placed(block: Mapping[str, Any], store: Store) -> dict[str, Any]:
    """What stores are called is text: braces would be placeholders."""
    said = {"name": store.name, "address": store.address, "hours": store.hours, "url": store.url}
    said = {name: value.replace("{", "(").replace("}", ")") for name, value in said.items()}
    kept = _without(block, said.keys())
    # Every place needs a day or hours; a store without any is as open as the block says.
    kept |= {"hours": block["hours"]} if block.get("hours") else {}
    return kept | {name: value for name, value in said.items() if value}


def _without(layer: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    """Also without what channels and languages say instead."""
    kept = {name: value for name, value in layer.items() if name not in names}
    for deeper in ("overrides", "languages"):
        if deeper in kept:
            kept[deeper] = {key: _without(one, names) for key, one in kept[deeper].items()}
    return kept


def read(path: Path) -> int:
    """Bring the stores up to date from a CSV file, by their codes; returns how many it holds. Others stay as they are.

    Raises StoreFileError for a file that is wrong anywhere: then nothing is changed.
    """
    stores = _stores(path)
    with transaction.atomic():
        Store.objects.bulk_create(stores, update_conflicts=True, unique_fields=["code"], update_fields=UPDATED)
    return len(stores)


def _stores(path: Path) -> list[Store]:
    rows = _rows(path)
    problems: list[str] = []
    found: dict[str, Store] = {}
    for number, row in enumerate(rows, 1):
        store, wrong = _store(row)
        if store.code in found:
            wrong.append(f"code: {store.code} stands in an earlier row")
        problems += [f"row {number}, {reason}" for reason in wrong]
        found[store.code] = store
    if problems or not found:
        raise StoreFileError(problems or ["the file holds no stores"])
    return list(found.values())


def _rows(path: Path) -> csv.DictReader:
    if path.stat().st_size > LARGEST:
        raise StoreFileError([f"the file is larger than {LARGEST // 1_000_000} MB"])
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise StoreFileError([f"the file is not UTF-8: see byte {error.start}"]) from error
    if "\0" in text:
        raise StoreFileError(["the file holds a NUL character"])
    delimiter = ";" if ";" in text.partition("\n")[0] else ","
    rows = csv.DictReader(text.splitlines(), delimiter=delimiter)
    if missing := [name for name in COLUMNS if name not in (rows.fieldnames or ())]:
        raise StoreFileError([f"the header lacks {', '.join(missing)}"])
    return rows


def _store(row: Mapping[str, str | None]) -> tuple[Store, list[str]]:
    cells: dict[str, Any] = {name: (row.get(name) or "").strip() for name in (*COLUMNS, *MORE_COLUMNS)}
    wrong = []
    for name in ("latitude", "longitude"):
        if not NUMBER.fullmatch(cells[name]):
            wrong.append(f"{name}: must be a number, got {cells[name][:20]!r}")
        cells[name] = float(cells[name].replace(",", ".")) if NUMBER.fullmatch(cells[name]) else 0.0
    store = Store(**cells)
    try:
        store.clean_fields(exclude=["id"])
    except ValidationError as error:
        wrong += [f"{name}: {' '.join(reasons)}" for name, reasons in error.message_dict.items()]
    return store, wrong
