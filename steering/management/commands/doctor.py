"""Say what is wrong with configuration and services, and how to mend it; exit 1 on problems."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from steering.doctor.examining import examine
from steering.doctor.finding import Finding, Result


class Command(BaseCommand):
    help = "Check configuration and services, and say how to mend what is wrong; exits with 1 on problems."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object a line and check")

    def handle(self, *, json: bool, **_: Any) -> None:
        results = []
        for result in examine():
            results.append(result)
            self._tell(result, as_json=json)
        problems = sum(finding.is_problem for result in results for finding in result.findings)
        if not json:
            self.stdout.write(f"{problems} problems" if problems else "all is well")
        if problems:
            sys.exit(1)

    def _tell(self, result: Result, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({**asdict(result), "is_well": result.is_well}, ensure_ascii=False))
            return
        if not result.findings:
            self.stdout.write(f"well     {result.name}")
        for finding in result.findings:
            self._tell_finding(result.name, finding)

    def _tell_finding(self, name: str, finding: Finding) -> None:
        self.stdout.write(f"{'PROBLEM' if finding.is_problem else 'note   '}  {name}: {finding.words}")
        self.stdout.write(f"         mend: {finding.remedy}")
