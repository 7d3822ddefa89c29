"""What the import commands share: their arguments, progress lines and exit code."""

import shutil
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from campaigns.models import ImportMapping, ImportRun

from . import mappings, runs
from .errors import ImportFailed, ImportRefused

SECONDS_BETWEEN_LINES = 2


class ImportCommand(BaseCommand):
    """Import one file. Exits with 1 and says why when nothing was imported."""

    kinds: tuple[str, ...]
    needs_mapping = True

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="CSV, XLSX or JSON lines")
        parser.add_argument("--mapping", required=self.needs_mapping, metavar="NAME", help="see docs/importing.md")
        parser.add_argument("--dry-run", action="store_true", help="check everything, import nothing")
        parser.add_argument("--skip-bad-rows", action="store_true", help="import the good rows all the same")
        parser.add_argument("--errors", type=Path, metavar="FILE", help="write the report of bad rows here")

    def handle(self, *, file: Path, mapping: str | None, **options: Any) -> None:
        self.last_line_at = time.monotonic()
        try:
            ended = self._import(file, mapping, options)
        except (ImportRefused, ImportFailed) as error:
            raise CommandError(str(error)) from None
        if options["errors"] and ended.error_report:
            _copy(ended, options["errors"])
        if ended.state != ImportRun.State.DONE:
            raise CommandError(ended.message)
        self.stdout.write(ended.message)

    def mapping(self, file: Path, name: str | None, options: dict[str, Any]) -> ImportMapping:
        return mappings.get(str(name))

    def _import(self, file: Path, name: str | None, options: dict[str, Any]) -> ImportRun:
        mapping = self.mapping(file, name, options)
        if mapping.kind not in self.kinds:
            raise ImportRefused(f"the mapping {name!r} is for {mapping.kind}, not for {' or '.join(self.kinds)}")
        if not file.is_file():
            raise ImportRefused(f"there is no file {file}")
        started = runs.start(file, mapping, dry_run=options["dry_run"], skip_bad=options["skip_bad_rows"])
        return runs.run(started, path=file, progress=self._progress)

    def _progress(self, run: ImportRun) -> None:
        if time.monotonic() - self.last_line_at > SECONDS_BETWEEN_LINES:
            self.last_line_at = time.monotonic()
            self.stderr.write(f"{run.rows_read} rows read, {run.rows_bad} bad")


def _copy(ended: ImportRun, target: Path) -> None:
    """All of it or none: a reader must never see half a report."""
    partial = target.with_name(f".{target.name}.partial")
    with ended.error_report.open("rb") as source, partial.open("wb") as file:
        shutil.copyfileobj(source, file)
    partial.replace(target)
