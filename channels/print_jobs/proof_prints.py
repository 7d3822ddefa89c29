"""A proof before production: a small table and its letters, of seed addresses and of what in this job is most unusual.

The longest line, a foreign address, somebody of whom a field is missing, the most pages, and each content that is compared.
Nothing of it is printed: its rows have no item.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection

from .. import valid_keys
from ..mailing_files import formats, schemas
from ..mailing_files.columns import LINES
from ..mailing_files.tables import Given, stored_columns
from ..models import FileKind, MailingFile, PrintItemState, PrintJob, PrintRow
from ..print_files import create
from ..print_mailing import letters, paper, render
from . import seeds

NAME = "proof"
UNUSUAL = """
    WITH rows AS MATERIALIZED (
        SELECT r.item_id, r.variant, r.country, r.pages, r.cells FROM channels_printrow r
        JOIN channels_printitem i ON i.id = r.item_id
        WHERE i.job_id = %(job)s AND i.state = 'planned' AND NOT i.is_seed
    )
    (SELECT item_id FROM rows ORDER BY (SELECT max(length(line)) FROM unnest(cells[1:%(lines)s]) line) DESC, item_id LIMIT 1)
    UNION (SELECT item_id FROM rows WHERE country <> %(home)s ORDER BY item_id LIMIT 1)
    UNION (SELECT item_id FROM rows WHERE '' = ANY(cells[%(fields)s:]) ORDER BY item_id LIMIT 1)
    UNION (SELECT item_id FROM rows ORDER BY pages DESC NULLS LAST, item_id LIMIT 1)
    UNION (SELECT DISTINCT ON (variant) item_id FROM rows ORDER BY variant, item_id)
"""


@dataclass(frozen=True)
class Shown:
    """One letter of a proof."""

    variant: int
    cells: Sequence[str]  # stored columns
    fields: dict[str, Any]


def is_wanted(job: PrintJob) -> bool:
    return job.channel == letters.CHANNEL and job.vendor.gets_proof


def is_stale(job: PrintJob) -> bool:
    """Whether somebody is in it who is in the job no more."""
    shown = job.spec.get("proof", [])
    planned = PrintRow.objects.filter(item__in=shown, item__state=PrintItemState.PLANNED)
    return is_wanted(job) and planned.count() != len(shown)


def write(job: PrintJob, *, revision: int) -> list[MailingFile]:
    """The proof's files, unsaved. Notes on the locked job who is in it."""
    ids = _unusual(job)
    job.spec["proof"] = ids
    PrintJob.objects.filter(pk=job.pk).update(spec=job.spec)
    shown = [*_seeds(job), *_rows(ids)]
    contents = letters.contents_of(job.wave_id, job.option_id)
    set_ = render.mixed(
        [(contents.get(one.variant) or contents[0], _fields(job, one)) for one in shown], paper.of_vendor(job.vendor)
    )
    return [_write_letters(job, revision, set_.pdf, len(shown)), _write_table(job, revision, shown, set_)]


def _unusual(job: PrintJob) -> list[int]:
    stored = stored_columns(job.spec["columns"])
    fields = next((place for place, name in enumerate(stored, 1) if name.startswith(schemas.FIELD)), len(stored) + 1)
    params = {"job": job.pk, "lines": LINES, "home": settings.CUSTOMER_COUNTRY, "fields": fields}
    with connection.cursor() as cursor:
        cursor.execute(UNUSUAL, params)
        return sorted(id_ for (id_,) in cursor.fetchall())


def _seeds(job: PrintJob) -> list[Shown]:
    stored = stored_columns(job.spec["columns"])
    items = [seeds.item(job, seed) for seed in seeds.active()]
    return [Shown(item.variant, [item.cells[name] for name in stored], dict(item.fields)) for item in items]


def _rows(ids: Sequence[int]) -> list[Shown]:
    rows = PrintRow.objects.filter(pk__in=ids).order_by("item__sequence")
    return [Shown(row.variant, row.cells, row.fields) for row in rows]


def _fields(job: PrintJob, one: Shown) -> dict[str, Any]:
    stored = dict(zip(stored_columns(job.spec["columns"]), one.cells, strict=True))
    return letters.with_address(one.fields, stored)


def _write_letters(job: PrintJob, revision: int, pdf: bytes, rows: int) -> MailingFile:
    packing = valid_keys.packing(job.vendor)
    with create(job, f"{NAME}.pdf", revision=revision, kind=FileKind.PROOF, packing=packing) as made:
        made.write(pdf)
        made.rows = rows
    return made.file


def _write_table(job: PrintJob, revision: int, shown: Sequence[Shown], set_: render.Bundle) -> MailingFile:
    columns = job.spec["columns"]
    stored = stored_columns(columns)
    cells = []
    for number, one in enumerate(shown):
        places = {
            "sequence": str(number + 1),
            "pdf_file": f"{NAME}.pdf",
            "pdf_page": str(set_.first_pages[number]),
            "pdf_pages": str(set_.pages[number]),
        }
        said = places | dict(zip(stored, one.cells, strict=True))
        cells.append(tuple(said.get(name, "") for name in columns))
    choice = formats.of_spec(job.spec)
    packing = valid_keys.packing(job.vendor, is_gzipped=choice.is_gzipped)
    about = {"media_type": choice.media_type, "schema_version": schemas.VERSION, "packing": packing}
    name = f"{NAME}.{choice.format}"
    with create(job, name, revision=revision, kind=FileKind.PROOF, **about) as made:
        choice.write(made, Given(job.pk, tuple(columns), 1, len(cells), tuple(cells)))
    return made.file
