"""What stands in the table of a job, for programs: a JSON Schema, a Table Schema, or an XSD, and every column in words.

A new column leaves the version as it is; one that is changed or gone does not. Columns of personal fields, `field_...`, come
last; which there are depends on the content of the job.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from ..models import FileFormat
from .columns import COLUMNS
from .tables import NUMBERS

VERSION = "1"  # a new column leaves it, a changed or missing one does not
FIELD = "field_"
WORDS = {
    "item_id": "Ours, unique over all jobs",
    "sequence": "Within the job, from 1; what is reported by",
    **{f"address_{n}": f"Line {n} of the address window; empty where there are fewer" for n in range(1, 7)},
    "postcode": "Of the address, or of the area",
    "city": "Of the address",
    "country": "Of the address, ISO 3166",
    "salutation": "As a letter begins",
    "coupon_code": "The letter's personal code; empty if it has none",
    "qr_link": "What the QR code on the page says",
    "pdf_file": "In which the letter is",
    "pdf_page": "Where it begins, from 1",
    "pdf_pages": "How many pages it has",
    "bundle": "For bulk postage: in which the letter is, from 1",
    "container": "For bulk postage: in which its bundle is, from 1",
    "area_code": "The carrier's code of the area",
    "carrier": "Whose areas these are",
    "place": "Where the area is",
    "households": "In the area",
    "refusing_households": "Of them, that want no advertising",
    "quantity": "Leaflets to deliver",
    "bundle_size": "Leaflets in a full bundle",
    "full_bundles": "So many",
    "rest": "Leaflets in the last bundle, which is smaller",
    "week": "In which to deliver, as ISO 8601 writes it (2027-W07); empty: the next",
    "leaflet_file": "Which is printed",
}


@dataclass(frozen=True)
class Schema:
    """A document that describes a table."""

    media_type: str
    text: str


def of(format: str, channel: str, columns: Sequence[str] | None = None) -> Schema:
    """Of a format and channel; `columns`: of one job's table, rather than of any. Raises KeyError for what there is not."""
    known = list(COLUMNS[channel] if columns is None else columns)
    kind = FileFormat(format) if format in FileFormat.values else None
    if kind is None:
        raise KeyError(format)
    if kind == FileFormat.XML:
        return Schema("application/xml", _xsd(channel, known, is_open=columns is None))
    made = _json_schema(channel, known) if kind == FileFormat.JSONL else _table_schema(channel, known)
    return Schema(
        "application/schema+json" if kind == FileFormat.JSONL else "application/json", json.dumps(made, indent=2)
    )


def _json_schema(channel: str, columns: Sequence[str]) -> dict[str, Any]:
    """Of one line."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"A row of {channel}",
        "version": VERSION,
        "type": "object",
        "properties": {name: {"type": _types(name), "description": words(name)} for name in columns},
        "patternProperties": {f"^{FIELD}": {"type": "string"}},
        "required": list(columns),
        "additionalProperties": False,
    }


def _types(name: str) -> Any:
    return "integer" if name in NUMBERS else "string"


def _table_schema(channel: str, columns: Sequence[str]) -> dict[str, Any]:
    """After the Table Schema of Frictionless Data."""
    return {
        "$schema": "https://datapackage.org/profiles/2.0/tableschema.json",
        "title": f"Rows of {channel}",
        "version": VERSION,
        "fieldsMatch": ["superset"],
        "fields": [{"name": name, "type": _types(name), "description": words(name)} for name in columns],
        "primaryKey": ["item_id"],
        "missingValues": [],
    }


def _xsd(channel: str, columns: Sequence[str], *, is_open: bool) -> str:
    elements = "\n".join(
        f'              <xs:element name={quoteattr(name)} type="xs:{_types(name)}">'
        f"<xs:annotation><xs:documentation>{escape(words(name))}</xs:documentation></xs:annotation></xs:element>"
        for name in columns
    )
    others = '\n              <xs:any minOccurs="0" maxOccurs="unbounded" processContents="skip"/>' if is_open else ""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" version="{VERSION}">
  <xs:annotation><xs:documentation>Rows of {escape(channel)}</xs:documentation></xs:annotation>
  <xs:element name="rows">
    <xs:complexType>
      <xs:sequence>
        <xs:element name="row" minOccurs="0" maxOccurs="unbounded">
          <xs:complexType>
            <xs:sequence>
{elements}{others}
            </xs:sequence>
          </xs:complexType>
        </xs:element>
      </xs:sequence>
    </xs:complexType>
  </xs:element>
</xs:schema>
"""


def words(column: str) -> str:
    return WORDS.get(column) or f"The personal field {column.removeprefix(FIELD)}, as the letter's text uses it"
