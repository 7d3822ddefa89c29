"""Import the company's stores from a CSV file."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from campaigns import stores


class Command(BaseCommand):
    help = (
        "Bring stores up to date from CSV: code, name, street, postcode, city, latitude, longitude, and hours and url."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *, file: Path, **_: object) -> None:
        try:
            count = stores.read(file)
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from error
        except stores.StoreFileError as error:
            raise CommandError(f"Nothing was imported.\n{error}") from error
        self.stdout.write(f"{count} stores")
