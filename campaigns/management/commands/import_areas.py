"""Import a carrier's delivery areas, or its list of streets, from a file."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from campaigns.importing import carriers
from campaigns.importing.command import ImportCommand
from campaigns.models import ImportKind, ImportMapping


class Command(ImportCommand):
    help = (
        "Bring a carrier's areas up to date from CSV, XLSX, JSON lines or GeoJSON: code, postcode, place, households, and "
        "refusing_households, region, outline, latitude, longitude and statistics where known. Areas that are gone are closed."
    )
    kinds = (ImportKind.AREAS, ImportKind.STREETS)
    needs_mapping = False

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--carrier", default="", metavar="NAME", help="whose areas; else the column carrier")
        parser.add_argument("--streets", action="store_true", help="the file is a list of streets")
        parser.add_argument("--part", action="store_true", help="the file holds some of the areas only: close none")

    def mapping(self, file: Path, name: str | None, options: dict[str, Any]) -> ImportMapping:
        kind = ImportKind.STREETS if options["streets"] else ImportKind.AREAS
        return carriers.mapping(name or carriers.usual(file, kind), carrier=options["carrier"], is_part=options["part"])
