"""Bring the shop's products up to date from its feed."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from campaigns import catalogue


class Command(BaseCommand):
    help = "Read a product feed (CSV, TSV, JSON lines, XLSX): id, title, price, availability, and description, link, image_link."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--pictures", type=Path, help="folder with the files that end the feed's image_links")
        parser.add_argument("--whole", action="store_true", help="what the feed does not name is no longer available")

    def handle(self, *, file: Path, pictures: Path | None, whole: bool, **_: object) -> None:
        try:
            found = {one.name: one for one in pictures.iterdir() if one.is_file()} if pictures else {}
            told = catalogue.read(file, pictures=found, is_whole=whole)
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from error
        except catalogue.FeedError as error:
            raise CommandError("Nothing was imported.\n" + "\n".join(error.problems)) from error
        self.stdout.write(f"{told.products} products, {told.changed} new or changed, {told.gone} no longer available")
        for line in told.without_picture:
            self.stderr.write(line)
