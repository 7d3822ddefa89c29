"""The report of characters that a table's format or encoding lacks: a CSV beside it, begun with the first of them."""

import csv
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from ..mailing_files.packing import Packing
from ..mailing_files.replacing import Replaced
from ..models import FileKind, PrintJob
from ..print_files import NewFile, create

COLUMNS = ("row", "column", "character", "replaced_by")
MEDIA_TYPE = "text/csv; charset=utf-8; header=present"


@dataclass
class Report:
    """`made` is None as long as nothing was replaced."""

    job: PrintJob
    name: str
    revision: int
    part: int
    packing: Packing
    stack: ExitStack
    made: NewFile | None = None

    def note(self, replaced: Replaced) -> None:
        made = self.made or self._begin()
        _line(made, replaced.line)
        made.rows += 1

    def _begin(self) -> NewFile:
        opened = create(
            self.job,
            self.name,
            revision=self.revision,
            kind=FileKind.REPORT,
            part=self.part,
            media_type=MEDIA_TYPE,
            packing=self.packing,
        )
        self.made = self.stack.enter_context(opened)
        _line(self.made, COLUMNS)
        return self.made


def _line(made: NewFile, cells: tuple[object, ...]) -> None:
    csv.writer(_Encoded(made), lineterminator="\r\n").writerow(cells)


@dataclass(frozen=True)
class _Encoded:
    made: NewFile

    def write(self, text: str) -> int:
        return self.made.write(text.encode())


@contextmanager
def report(job: PrintJob, name: str, *, revision: int, part: int, packing: Packing) -> Iterator[Report]:
    """Complete when the block ends, and gone if it fails."""
    with ExitStack() as stack:
        yield Report(job, name, revision, part, packing, stack)
