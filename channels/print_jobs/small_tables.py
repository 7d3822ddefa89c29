"""A short CSV file of a job beside its rows, such as sums or bundles: as its tables are written, and packed as they are."""

from collections.abc import Sequence

from .. import valid_keys
from ..mailing_files.csv_table import USUAL
from ..models import FileKind, MailingFile, PrintJob
from ..print_files import create


def write(
    job: PrintJob, name: str, header: Sequence[str], rows: Sequence[Sequence[object]], *, revision: int, kind: FileKind
) -> MailingFile:
    """The file, unsaved."""
    packing = valid_keys.packing(job.vendor)
    with create(job, name, revision=revision, kind=kind, media_type=USUAL.media_type(), packing=packing) as made:
        made.write("".join(map(USUAL.line, [header, *rows])).encode())
        made.rows = len(rows)
    return made.file
