"""Celery tasks of what staff know: imports in the background, and the daily journey stages."""

from celery import shared_task

from . import importing, journey
from .models import ImportRun

HOUR = 3600


@shared_task(time_limit=HOUR, soft_time_limit=HOUR - 60)
def run_import(run_id: int) -> None:
    """Import a waiting file. A message that is delivered again finds it begun, and leaves it alone."""
    importing.run(ImportRun.objects.select_related("mapping").get(pk=run_id))


def wake_imports() -> None:
    """What is waiting is found in the database, so a lost message costs minutes."""
    for run_id in importing.forgotten():
        run_import.delay(run_id)


@shared_task
def refresh_journey() -> None:
    """Customers also move by doing nothing."""
    journey.refresh()
