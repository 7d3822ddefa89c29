"""Staging tables, private to the import's own connection and gone with it, and the COPY into them."""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db import connection

from campaigns.models import ImportKind

ROW = "row integer, person integer, customer_number text"
IDENTIFIER = "row integer, kind text, value text, digest bytea"
# Only problems that refuse count against the file; what was erased is left out without being anybody's mistake.
PROBLEM = "row integer, field text, reason text, refuses boolean"
TABLES = {
    ImportKind.CUSTOMERS: {
        "import_row": f"""{ROW}, salutation text, title text, first_name text, last_name text, language text,
            time_zone text, region text, born_on date, customer_since_on date, contact_is_made_up boolean,
            attributes jsonb, street text, postcode text, city text, country text, address_key text,
            latitude float, longitude float""",
        "import_identifier": IDENTIFIER,
        "import_consent": """row integer, channel text, purpose text, ground text, given_at timestamptz,
            text_version text, proof jsonb""",
        "import_objection": "row integer, channel text",
        "import_problem": PROBLEM,
    },
    ImportKind.EVENTS: {
        "import_row": ROW,
        "import_identifier": IDENTIFIER,
        "import_event": """row integer, kind text, medium text, is_online boolean, occurred_at timestamptz,
            value_cents bigint, source_key text, content_key text, attributes jsonb""",
        "import_problem": PROBLEM,
    },
    ImportKind.AREAS: {
        "import_area": """row integer, carrier text, code text, postcode text, place text, region text,
            households integer, refusing integer, latitude float, longitude float, outline jsonb, statistics jsonb""",
        "import_problem": PROBLEM,
    },
    ImportKind.STREETS: {
        "import_street": """row integer, carrier text, code text, postcode text, street_key text, numbers text,
            first integer, last integer""",
        "import_problem": PROBLEM,
    },
    ImportKind.OPT_OUTS: {"import_opt_out": "row integer, kind text, sha256 bytea", "import_problem": PROBLEM},
}
MADE_BY_MERGE = (
    "import_match",
    "import_shared",
    "import_namesake",
    "import_suspect",
    "import_claim",
    "import_trait",
    "import_settled",
    "import_person",
    "import_known_street",
    "import_listed",
    "import_barred",
)
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def create(kind: str) -> None:
    drop()
    with connection.cursor() as cursor:
        for name, columns in TABLES[ImportKind(kind)].items():
            cursor.execute(f"CREATE TEMP TABLE {name} ({columns})")


def drop() -> None:
    names = sorted({*MADE_BY_MERGE, *(name for tables in TABLES.values() for name in tables)})
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {', '.join(f'pg_temp.{name}' for name in names)}")


def analyse(kind: str) -> None:
    """Temporary tables are seen by no autovacuum; without figures the joins of a merge would be guesses."""
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(TABLES[ImportKind(kind)])}")


def copy(lines: Mapping[str, bytes]) -> None:
    """Append lines, made by `line`, to their tables."""
    with connection.cursor() as cursor:
        for table, data in lines.items():
            with cursor.copy(f"COPY {table} FROM STDIN") as target:
                target.write(data)


def line(values: Iterable[Any]) -> str:
    """One row in the text format of COPY."""
    return "\t".join(map(_written, values)) + "\n"


def _written(value: Any) -> str:
    if isinstance(value, str):  # nearly all, and nearly none needs escapes
        return value if value.isprintable() and "\\" not in value else value.translate(ESCAPES)
    if value is None:
        return r"\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, bytes):
        return rf"\\x{value.hex()}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return json.dumps(value).translate(ESCAPES) if value else "{}"
    return str(value)
