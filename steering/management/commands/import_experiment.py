"""manage.py import_experiment: a randomised experiment of the past becomes a finished wave, to learn from."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from steering import experiments


class Command(BaseCommand):
    help = "Import a randomised experiment of the past as a finished wave with its outcomes (docs/importing.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the file from which its customers were imported")
        parser.add_argument(
            "--mapping",
            default="hillstrom",
            choices=sorted(experiments.EXPERIMENTS),
            help="the mapping by which its customers were imported",
        )

    def handle(self, *, file: Path, mapping: str, **_: Any) -> None:
        try:
            done = experiments.record(file, mapping=mapping)
        except experiments.ExperimentError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{done.customers} customers, {done.contacted} contacted, "
            f"{done.visits} visits, {done.purchases} purchases: wave {done.wave_id}"
        )
