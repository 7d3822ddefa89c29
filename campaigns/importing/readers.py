"""Files become rows, one at a time: CSV, JSON lines, XLSX, GeoJSON. What cannot be read is a row with its reason.

A row is (number, cells); the first row of data is number 1, whatever stands before it. Instead of cells there may be a
reason why this row cannot be read. Memory is bounded by the longest line, not by the file.
"""

import codecs
import csv
import json
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import ijson

from . import spreadsheet
from .errors import ImportRefused

Row = tuple[int, dict[str, Any] | str]
LONGEST_LINE = 1_000_000
FORMATS = {
    ".csv": "csv",
    ".txt": "csv",
    ".tsv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".xlsx": "xlsx",
    ".geojson": "geojson",
}
DELIMITERS = ",;\t"
SEPARATOR = re.compile(r'"?sep=([^"\r\n])"?[\r\n]*', re.IGNORECASE)  # a line for Excel, above the header
GEOMETRY = "geometry"
csv.field_size_limit(500_000)  # an outline fills a cell


def rows(path: Path, definition: dict[str, Any], *, needed: set[str], name: str = "") -> Iterator[Row]:
    """The rows of a file. Raises ImportRefused for a file that cannot be read as what it should be."""
    suffix = Path(name or path.name).suffix.lower()
    kind = definition.get("format") or FORMATS.get(suffix)
    if kind is None:
        raise ImportRefused(f"a file of type {suffix or '(none)'} cannot be imported, only {', '.join(FORMATS)}")
    encoding = definition.get("encoding", "utf-8-sig")
    if kind == "jsonl":
        return json_lines(path, encoding=encoding)
    if kind == "xlsx":
        return _tabular(spreadsheet.lines(path, sheet=definition.get("sheet")), needed)
    if kind == "geojson":
        return features(path)
    separator = definition.get("delimiter") or delimiter(path, encoding=encoding)
    return _tabular(_csv_lines(path, encoding=encoding, delimiter=separator), needed)


def delimiter(path: Path, *, encoding: str = "utf-8-sig") -> str:
    """What the header of a CSV is separated by; a file of one column has nothing to separate."""
    with path.open(encoding=encoding, errors="replace") as file:
        try:
            header = file.readline(LONGEST_LINE)
        except UnicodeError as error:
            raise ImportRefused(f"the file is not {encoding}") from error
    named = SEPARATOR.fullmatch(header)
    return named[1] if named else max(DELIMITERS, key=header.count)


def features(path: Path) -> Iterator[Row]:
    """The features of a GeoJSON FeatureCollection: their properties, and `geometry` as an object."""
    number = 0
    with path.open("rb") as file:
        if file.read(len(codecs.BOM_UTF8)) != codecs.BOM_UTF8:
            file.seek(0)
        try:
            for number, feature in enumerate(ijson.items(file, "features.item", use_float=True), 1):
                yield number, _feature(feature)
        except (ijson.JSONError, UnicodeDecodeError) as error:
            raise ImportRefused("the file is not GeoJSON") from error
    if not number:
        raise ImportRefused("the file has no features: GeoJSON must come as a FeatureCollection")


def _feature(feature: Any) -> dict[str, Any] | str:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return "is not a GeoJSON feature"
    properties = feature.get("properties") or {}
    return {**properties, GEOMETRY: feature.get(GEOMETRY)} if isinstance(properties, dict) else "has no properties"


def _tabular(lines: Iterator[list[Any] | str], needed: set[str]) -> Iterator[Row]:
    """Lines under a header. Blank lines are no rows."""
    header = _header(next(lines, []), needed)
    number = 0
    for line in lines:
        if isinstance(line, str):
            number += 1
            yield number, line
        elif any(cell not in (None, "") for cell in line):
            number += 1
            yield number, _under_header(header, line)


def _under_header(header: list[str], line: list[Any]) -> dict[str, Any] | str:
    if len(line) != len(header):
        return f"has {len(line)} fields, the header has {len(header)}"
    return dict(zip(header, line, strict=True))


def _header(line: list[Any] | str, needed: set[str]) -> list[str]:
    if isinstance(line, str):
        raise ImportRefused(f"the header {line}")
    header = [str(cell or "").strip() for cell in line]
    if not any(header):
        raise ImportRefused("the file has no header")
    if missing := sorted(needed - set(header)):
        raise ImportRefused(f"the header lacks {', '.join(missing)}")
    if doubled := sorted({name for name in needed if header.count(name) > 1}):
        raise ImportRefused(f"the header has more than one {', '.join(doubled)}")
    return header


def _text_lines(path: Path, encoding: str) -> Iterator[str]:
    """Bytes that are no text become lone surrogates, which are refused where they stand, by row and field."""
    with path.open(encoding=encoding, errors="surrogateescape", newline="") as file:
        try:
            while line := file.readline(LONGEST_LINE):
                if len(line) == LONGEST_LINE and not line.endswith("\n"):
                    raise ImportRefused(f"a line is longer than {LONGEST_LINE} characters")
                yield line
        except UnicodeError as error:
            raise ImportRefused(f"the file is not {encoding}") from error


def _csv_lines(path: Path, *, encoding: str, delimiter: str) -> Iterator[list[str] | str]:
    """A quotation mark that nothing closes takes the lines below with it, so the lines that are lost are named."""
    text = _text_lines(path, encoding)
    first = next(text, "")
    above = 1 if SEPARATOR.fullmatch(first) else 0
    reader = csv.reader(text if above or not first else chain([first], text), delimiter=delimiter, strict=True)
    while True:
        before = reader.line_num + above
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            last = reader.line_num + above
            lost = f"line {last}" if last == before + 1 else f"lines {before + 1} to {last}"
            yield f"is not proper CSV ({lost} of the file): {error}"


def json_lines(path: Path, *, encoding: str) -> Iterator[Row]:
    """One JSON object a line; blank lines are no rows."""
    filled = (line for line in _text_lines(path, encoding) if not line.isspace())
    for number, line in enumerate(filled, 1):
        yield number, _json_object(line)


def _json_object(line: str) -> dict[str, Any] | str:
    try:
        found = json.loads(line, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return "is not JSON"
    return found if isinstance(found, dict) else "is not a JSON object"


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
