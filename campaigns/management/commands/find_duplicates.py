"""Look through all customers for records of one person; they wait in the admin for somebody to decide."""

import time
from typing import Any

from django.core.management.base import BaseCommand

from campaigns.duplicates import automatic, finding

SECONDS_BETWEEN_LINES = 2


class Command(BaseCommand):
    help = "Find records of one person. Sure ones are merged only where MERGE_SURE_DUPLICATES is set."

    def handle(self, **options: Any) -> None:
        self.last_line_at = time.monotonic()
        found = finding.find(progress=self._progress)
        self.stdout.write(
            f"{found.customers} customers, {found.candidates} pairs compared ({found.too_common} keys too common to tell): "
            f"{found.pairs} pairs to decide about, {found.sure} of them sure"
        )
        if merged := automatic.merge_sure():
            self.stdout.write(f"{merged} customers merged into others")

    def _progress(self, compared: int, of: int) -> None:
        if time.monotonic() - self.last_line_at > SECONDS_BETWEEN_LINES:
            self.last_line_at = time.monotonic()
            self.stderr.write(f"{compared} of {of} pairs compared")
