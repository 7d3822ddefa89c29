"""Files to import, made by tests, and the one call that imports them."""

import csv
import json
import zipfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import openpyxl

from campaigns import importing
from campaigns.importing import readers
from campaigns.models import ImportMapping, ImportRun
from tests import builders

CUSTOMER = ("number", "email", "phone", "card", "first_name", "last_name", "street", "postcode", "city", "agreed_at")
CUSTOMERS: dict[str, Any] = {
    "source": "shop",
    "customer_number": "number",
    "identifiers": [
        {"kind": "email", "value": "email"},
        {"kind": "phone", "value": "phone"},
        {"kind": "loyalty_card", "value": "card"},
    ],
    "fields": {"first_name": "first_name", "last_name": "last_name"},
    "address": {"street": "street", "postcode": "postcode", "city": "city"},
    "consents": [{"channel": "email", "given_at": "agreed_at"}],
}
EVENT = ("number", "email", "kind", "at", "value", "key")
EVENTS: dict[str, Any] = {
    "source": "till",
    "customer_number": "number",
    "identifiers": [{"kind": "email", "value": "email"}],
    "events": [
        {
            "kind": "kind",
            "medium": {"constant": "store"},
            "is_online": {"constant": False},
            "occurred_at": "at",
            "value_cents": "value",
            "source_key": "key",
        }
    ],
}
Records = Iterable[dict[str, Any]]


def csv_file(folder: Path, records: Records, *, columns: Sequence[str] = CUSTOMER, name: str = "file.csv") -> Path:
    """Columns that a record does not have are empty."""
    path = folder / name
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(records)
    return path


def xlsx_file(folder: Path, lines: Iterable[Sequence[Any]], *, sheet: str = "Sheet") -> Path:
    book = openpyxl.Workbook()
    book.active.title = sheet
    for line in lines:
        book.active.append(list(line))
    path = folder / "file.xlsx"
    book.save(path)
    return path


MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
EXCEL_PARTS = {
    "[Content_Types].xml": f"""<Types xmlns="{PACKAGE}/content-types">
        <Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
        <Override PartName="/xl/workbook.xml" ContentType="{TYPE}.sheet.main+xml"/>
        <Override PartName="/xl/worksheets/sheet1.xml" ContentType="{TYPE}.worksheet+xml"/>
        <Override PartName="/xl/sharedStrings.xml" ContentType="{TYPE}.sharedStrings+xml"/></Types>""",
    "_rels/.rels": f"""<Relationships xmlns="{PACKAGE}/relationships">
        <Relationship Id="r1" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>""",
    "xl/workbook.xml": f"""<workbook {MAIN} xmlns:r="{RELATIONS}"><sheets>
        <sheet name="Sheet" sheetId="1" r:id="r1"/></sheets></workbook>""",
    "xl/_rels/workbook.xml.rels": f"""<Relationships xmlns="{PACKAGE}/relationships">
        <Relationship Id="r1" Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>
        <Relationship Id="r2" Type="{RELATIONS}/sharedStrings" Target="sharedStrings.xml"/></Relationships>""",
    "xl/sharedStrings.xml": f"<sst {MAIN}><si><t>name</t></si><si><t>Anna</t></si></sst>",
    "xl/worksheets/sheet1.xml": f"""<worksheet {MAIN}><sheetData>
        <row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="A2" t="s"><v>1</v></c></row>
        </sheetData></worksheet>""",
}


def excel_file(folder: Path) -> Path:
    """One name under a header, with its texts apart from the sheet, as Excel keeps them and openpyxl does not."""
    path = folder / "excel.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in EXCEL_PARTS.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>\n{content}')
    return path


def changed(path: Path, part: str, change: Callable[[bytes], bytes]) -> Path:
    """The same workbook with another content of one of its parts."""
    target = path.with_name("changed.xlsx")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            content = source.read(name)
            archive.writestr(name, change(content) if name.endswith(part) else content)
    return target


def json_file(folder: Path, records: Records) -> Path:
    path = folder / "file.jsonl"
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")
    return path


def mapping(definition: dict[str, Any], *, kind: str = "customers") -> ImportMapping:
    return importing.save_mapping(name=f"mapping {next(builders.number)}", kind=kind, definition=definition)


def import_file(
    path: Path, definition: dict[str, Any] = CUSTOMERS, *, kind: str = "customers", **how: Any
) -> ImportRun:
    """How it ended, as the database has it."""
    begun = importing.start(path, mapping(definition, kind=kind), **how)
    importing.run(begun, path=path)
    begun.refresh_from_db()
    return begun


def import_customers(folder: Path, *records: dict[str, Any], **how: Any) -> ImportRun:
    return import_file(csv_file(folder, records), **how)


def import_events(folder: Path, *records: dict[str, Any], **how: Any) -> ImportRun:
    return import_file(csv_file(folder, records, columns=EVENT), EVENTS, kind="events", **how)


def reported(run: ImportRun) -> list[tuple[int, str, str]]:
    """The rows of the report of errors."""
    with run.error_report.open("r") as file:
        rows = list(csv.reader(file.read().removeprefix("\ufeff").splitlines()))
    return [(int(row), field, reason) for row, field, reason in rows[1:]]


def read(path: Path, *needed: str, **definition: Any) -> list[readers.Row]:
    return list(readers.rows(path, definition, needed=set(needed)))
