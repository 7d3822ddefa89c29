"""Two weeks in a moment: everything that has happened is moved into the past, as if we had waited.

The APIs refuse reports from the future, rightly, and nobody wants to watch a demo for two weeks. Moving every recorded
moment by the same interval leaves all distances as they are: who was contacted when, what was known when a plan was
made, which goal windows are open.
"""

from datetime import timedelta

from django.apps import apps
from django.db import connection, transaction
from django.db.models import DateTimeField, Model

from campaigns.models import ContentVersion, Customer, Identifier
from channels.models import ApiKey, AuditEntry, IdempotentAnswer
from steering.models import ScheduleRun
from steering.population import newcomers

from .own_data import APPS

# Keys, slots and the audit log belong to the real clock. When a row about a person was written decides nothing. What was
# approved never changes, not even when.
# Of customers only the day counts on which somebody came because of a wave, and moves along with that wave.
STAYS = (ApiKey, AuditEntry, IdempotentAnswer, ScheduleRun, Customer, Identifier, ContentVersion)

# From noon, so that half a day more or less is no other day for most waves.
ARRIVED = """
    UPDATE campaigns_customer SET customer_since_on = (customer_since_on + time '12:00' - %(interval)s)::date
    WHERE source = %(newcomer)s AND customer_since_on IS NOT NULL
"""


@transaction.atomic
def travel(interval: timedelta) -> int:
    """Let this much time pass; returns how many rows were moved."""
    with connection.cursor() as cursor:
        cursor.execute(ARRIVED, {"interval": interval, "newcomer": newcomers.SOURCE})
        return cursor.rowcount + sum(_move(cursor, model, interval) for model in _models())


def _models() -> list[type[Model]]:
    return [model for name in APPS for model in apps.get_app_config(name).get_models() if model not in STAYS]


def moments(model: type[Model]) -> list[str]:
    return [field.column for field in model._meta.concrete_fields if isinstance(field, DateTimeField)]


def _move(cursor, model: type[Model], interval: timedelta) -> int:
    columns = moments(model)
    if not columns:
        return 0
    changes = ", ".join(f"{column} = {column} - %(interval)s" for column in columns)
    cursor.execute(f"UPDATE {model._meta.db_table} SET {changes}", {"interval": interval})  # noqa: S608
    return cursor.rowcount
