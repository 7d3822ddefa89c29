"""Check every promise of the ledger and of the plans; exit 1 and the ids when one is broken."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from steering import invariants


class Command(BaseCommand):
    help = "Check every invariant; exits with 1 and names the ids when one is broken."

    def handle(self, **_: Any) -> None:
        verdicts = invariants.check_and_note()
        for verdict in verdicts:
            ids = f": {verdict.count} broken, e.g. {', '.join(map(str, verdict.broken_by))}" if verdict.count else ""
            self.stdout.write(f"{'holds ' if verdict.holds else 'BROKEN'}  {verdict.name}{ids}")
        if not all(verdict.holds for verdict in verdicts):
            sys.exit(1)
