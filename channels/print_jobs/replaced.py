"""The report of characters that a table's format or encoding lacks: a CSV beside it, begun with the first of them."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from ..mailing_files.csv_table import USUAL
from ..mailing_files.packing import Packing
from ..mailing_files.replacing import Replaced
from ..models import FileKind, PrintJob
from ..print_files import NewFile, create

COLUMNS = ("row", "column", "character", "replaced_by")


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
        made.write(USUAL.line(replaced.line).encode())
        made.rows += 1

    def _begin(self) -> NewFile:
        opened = create(
            self.job,
            self.name,
            revision=self.revision,
            kind=FileKind.REPORT,
            part=self.part,
            media_type=USUAL.media_type(),
            packing=self.packing,
        )
        self.made = self.stack.enter_context(opened)
        self.made.write(USUAL.line(COLUMNS).encode())
        return self.made


@contextmanager
def report(job: PrintJob, name: str, *, revision: int, part: int, packing: Packing) -> Iterator[Report]:
    """Complete when the block ends, and gone if it fails."""
    with ExitStack() as stack:
        yield Report(job, name, revision, part, packing, stack)
