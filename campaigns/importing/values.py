"""Values of a mapping, compiled: from a row's cells to one converted value.

A value is a column's name, or an object with exactly one origin (`column`, `constant`, `row`, `choose`, `join`) and
optionally `map`, `default`, `as`, `format` and `part`. docs/importing.md is the manual.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import partial
from typing import Any

from . import convert
from .convert import Notation

Cells = Mapping[str, Any]
Getter = Callable[[int, Cells], Any]  # row number and cells to the value, None if there is none
ORIGINS = ("column", "constant", "row", "choose", "join")


def columns(spec: Any) -> Iterator[str]:
    """Every column that a value, or any structure of values, names."""
    if isinstance(spec, str):
        yield spec
    elif "column" in spec:
        yield spec["column"]
    else:
        for item in spec.get("join", ()):
            yield from columns(item)


def compiled(spec: Any, *, as_: str, notation: Notation, longest: int = 500) -> Getter:
    """The function that reads this value from a row and converts it to `as_`, unless the value says otherwise."""
    if isinstance(spec, str):
        spec = {"column": spec}
    origin = _origin(spec)
    convert_cell = _conversion(spec, spec.get("as", as_), notation, longest)
    table, default = spec.get("map"), spec.get("default")
    is_direct = "column" in spec and table is None and default is None

    def simple(row: int, cells: Cells) -> Any:
        cell = cells.get(spec["column"])
        if cell is None or cell == "":
            return None
        return _none_if_blank(convert_cell(cell))

    def full(row: int, cells: Cells) -> Any:
        cell = origin(row, cells)
        if table is not None and not _is_blank(cell):
            cell = convert.mapped(cell, table)
        cell = default if _is_blank(cell) else cell
        return None if _is_blank(cell) else _none_if_blank(convert_cell(cell))

    return simple if is_direct else full


def _is_blank(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip(" \t\xa0"))


def _none_if_blank(value: Any) -> Any:
    return None if value == "" else value


def _origin(spec: Mapping[str, Any]) -> Getter:
    """Where the cell comes from, before mapping and conversion."""
    if "column" in spec:
        column = spec["column"]
        return lambda row, cells: cells.get(column)
    if "row" in spec:
        return partial(_row_number, digits=spec["row"].get("digits", 0), modulo=spec["row"].get("modulo", 0))
    if "choose" in spec:
        choices = spec["choose"]
        return lambda row, cells: choices[row % len(choices)]
    if "join" in spec:
        return partial(_joined, parts=list(map(_part, spec["join"])))
    constant = spec["constant"]
    return lambda row, cells: constant


def _row_number(row: int, cells: Cells, *, digits: int, modulo: int) -> str:
    return str(row % modulo if modulo else row).zfill(digits)


def _part(spec: Any) -> Getter:
    """A constant stands as it is, were it only a blank."""
    if isinstance(spec, Mapping) and isinstance(spec.get("constant"), str) and "map" not in spec:
        return _origin(spec)
    return compiled(spec, as_="text", notation=Notation())


def _joined(row: int, cells: Cells, *, parts: list[Getter]) -> str | None:
    """Nothing if a part is missing: half a number is no number."""
    found = [part(row, cells) for part in parts]
    return None if None in found else "".join(found)


def _conversion(spec: Mapping[str, Any], as_: str, notation: Notation, longest: int) -> Callable[[Any], Any]:
    formats = tuple([spec["format"]] if isinstance(spec.get("format"), str) else spec.get("format", ()))
    conversions: dict[str, Callable[[Any], Any]] = {
        "text": partial(convert.text, longest=longest),
        "cents": partial(convert.cents, notation=notation),
        "number": partial(convert.number, notation=notation),
        "integer": partial(convert.integer, notation=notation),
        "boolean": convert.boolean,
        "date": partial(convert.day, formats=formats),
        "datetime": partial(convert.moment, notation=notation, formats=formats),
    }
    if as_ == "months_before":
        until = date.fromisoformat(spec["until"])
        return partial(convert.months_before, until=until, notation=notation)
    if "part" in spec:
        number, of = spec["part"]
        return lambda cell: convert.part(conversions[as_](cell), number=number, of=of)
    return conversions[as_]
