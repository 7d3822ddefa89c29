"""Import events from a file by a mapping."""

from campaigns.importing.command import ImportCommand
from campaigns.models import ImportKind


class Command(ImportCommand):
    help = "Import events from CSV, XLSX or JSON lines; exits with 1 and says why when nothing was imported."
    kinds = (ImportKind.EVENTS,)
