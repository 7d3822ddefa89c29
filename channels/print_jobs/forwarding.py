"""New addresses of people who moved go on to their customers, and are kept nowhere among the reports."""

from collections.abc import Mapping, Sequence

from ..models import PrintItem, PrintJob
from .reported import Report


def pass_on(job: PrintJob, reports: Sequence[Report], items: Mapping[int, PrintItem]) -> None:
    """What these reports say about where people live now. Nothing is kept of erased people."""
