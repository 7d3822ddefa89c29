"""The Celery application. Why each setting is as it is: docs/operations.md."""

import os

from celery import Celery
from celery.signals import beat_init, celeryd_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "steering.settings")

app = Celery("steering")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_finalize.connect
def set_schedule(sender: Celery, **_: object) -> None:
    from .tasks import BEAT

    sender.conf.beat_schedule = BEAT


@celeryd_init.connect
@beat_init.connect
def start_services(**_: object) -> None:
    from .services import ensure_services

    ensure_services()
