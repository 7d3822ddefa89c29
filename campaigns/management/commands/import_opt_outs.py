"""Import a national opt-out list by a mapping; it takes the place of the former list of the same source."""

from campaigns.importing.command import ImportCommand
from campaigns.models import ImportKind


class Command(ImportCommand):
    help = "Import an opt-out list from CSV, XLSX or JSON lines; exits with 1 and says why when nothing was imported."
    kinds = (ImportKind.OPT_OUTS,)
