"""Which database the demo may use, and making room in it. It runs on the embedded one, where `make run` shows it later.

A former demo's data is emptied. Customers whose contact data is not made up are never touched, nor is what staff made
themselves, unless it is told to go.
"""

import os
import shutil
from collections.abc import Iterator, Sequence

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models import Model

from campaigns.models import Audience, Campaign, Content, Customer, ImportMapping
from channels.models import AuditEntry, Vendor
from steering.celery import app
from steering.models import ScheduleRun

from .errors import DemoError

APPS = ("campaigns", "channels", "steering")
STAYS = (ImportMapping, ScheduleRun, AuditEntry)  # they concern no customer
NAMED = (Campaign, Audience, Content, Vendor)  # by their names it is seen who made them
ELSEWHERE = ("DATABASE_URL", "REDIS_URL")


def refuse_foreign_services() -> None:
    """Before anything is connected to."""
    if named := [name for name in ELSEWHERE if os.environ.get(name)]:
        raise DemoError(f"the demo runs on the embedded services only, so that it harms nobody: unset {named[0]}")


def refuse_company() -> None:
    """Another worker on this database would send the demo's mails to a mail server that the demo does not read."""
    if app.control.ping(timeout=1):
        raise DemoError("a worker runs on this database already (make run?): end it first")


def make_room(*, own: Sequence[str], empty: bool) -> str:
    """Empty the database of a former demo; returns what was emptied, in words. Raises DemoError for foreign data.

    `own`: how the names begin that a demo gives.
    """
    real = Customer.objects.filter(contact_is_made_up=False).count()
    if real:
        raise DemoError(
            f"this database holds {real:,} customers whose contact data is not made up; the demo leaves them alone. "
            "Run it with another STEERING_VAR"
        )
    foreign = [thing for model in NAMED for thing in _foreign(model, own)]
    if foreign and not empty:
        raise DemoError(
            f"this database holds what the demo did not make ({', '.join(foreign[:3])}): --empty deletes that too"
        )
    words = f"{Customer.objects.count():,} made-up customers, campaigns: {Campaign.objects.count()}"
    _empty_tables()
    _empty_folders()
    return words


def _foreign(model: type[Model], own: Sequence[str]) -> Iterator[str]:
    for name in model.objects.values_list("name", flat=True):
        if not name.startswith(tuple(own)):
            yield f"{model._meta.verbose_name} {name}"


def _empty_tables() -> None:
    models = (model for name in APPS for model in apps.get_app_config(name).get_models() if model not in STAYS)
    tables = ", ".join(sorted(model._meta.db_table for model in models))
    with connection.cursor() as cursor:
        # Ids go on: a link of an older demo's mail must not open another person's message.
        cursor.execute(f"TRUNCATE {tables} CONTINUE IDENTITY")


def _empty_folders() -> None:
    """Files that only the emptied tables knew of; folders elsewhere are left alone."""
    for folder in (settings.PRINT_ROOT, settings.SOCIAL_ROOT, settings.VAR / "demo"):
        if folder.is_relative_to(settings.VAR):
            shutil.rmtree(folder, ignore_errors=True)
