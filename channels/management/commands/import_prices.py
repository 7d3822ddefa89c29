"""Import price tables of postal products from a CSV file, or give a vendor the made-up ones."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from channels.models import Vendor
from channels.postage import examples, importing


class Command(BaseCommand):
    help = f"Price tables from CSV: {', '.join((*importing.COLUMNS, *importing.MORE_COLUMNS))}."

    def add_arguments(self, parser: ArgumentParser) -> None:
        source = parser.add_mutually_exclusive_group(required=True)
        source.add_argument("file", type=Path, nargs="?")
        source.add_argument("--examples", metavar="VENDOR", help="made-up products and prices for this vendor")

    def handle(self, *, file: Path | None, examples: str | None, **_: object) -> None:
        try:
            tables = importing.read(file) if file else _examples(examples or "")
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from error
        except importing.PriceFileError as error:
            raise CommandError(f"Nothing was imported.\n{error}") from error
        for table in tables:
            self.stdout.write(str(table))


def _examples(slug: str) -> list:
    vendor = Vendor.objects.filter(slug=slug).first()
    if vendor is None:
        raise CommandError(f'there is no vendor "{slug}"')
    return examples.give(vendor)
