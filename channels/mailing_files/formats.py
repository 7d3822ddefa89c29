"""A vendor's choice of format, kept with the job: how its table is written, and what the file is."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ..models import FileFormat, Vendor
from . import csv_table, jsonl, xlsx, xml_table
from .packing import Sink
from .replacing import Note, unnoted
from .tables import Table

MEDIA_TYPES = {
    FileFormat.JSONL: jsonl.MEDIA_TYPE,
    FileFormat.XLSX: xlsx.MEDIA_TYPE,
    FileFormat.XML: xml_table.MEDIA_TYPE,
}


@dataclass(frozen=True)
class Choice:
    """As a vendor has asked for it."""

    format: str = FileFormat.CSV
    delimiter: str = ","
    quoting: str = "minimal"
    encoding: str = "utf-8"
    is_gzipped: bool = False

    @property
    def dialect(self) -> csv_table.Dialect:
        return csv_table.Dialect(self.delimiter, self.quoting == "all", self.encoding)

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES.get(FileFormat(self.format)) or self.dialect.media_type()

    @property
    def most_rows(self) -> int | None:
        """Of one file."""
        return xlsx.MOST_ROWS if self.format == FileFormat.XLSX else None

    def write(self, sink: Sink, table: Table, *, note: Note = unnoted) -> None:
        match self.format:
            case FileFormat.CSV:
                csv_table.write(sink, table, dialect=self.dialect, note=note)
            case FileFormat.JSONL:
                jsonl.write(sink, table)
            case FileFormat.XLSX:
                xlsx.write(sink, table, note=note)
            case FileFormat.XML:
                xml_table.write(sink, table, note=note)

    @property
    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def of_vendor(vendor: Vendor) -> Choice:
    return Choice(vendor.file_format, vendor.csv_delimiter, vendor.csv_quoting, vendor.file_encoding, vendor.is_gzipped)


def of_spec(spec: Mapping[str, Any]) -> Choice:
    """As it was when the job was begun."""
    return Choice(**spec.get("file", {}))
