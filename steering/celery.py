"""The Celery application. Why each setting is as it is: docs/operations.md."""

import logging
import os
from typing import Any

from celery import Celery, bootsteps
from celery.signals import beat_init, celeryd_init, worker_process_init
from django.conf import settings
from kombu.exceptions import OperationalError

from . import garbage, log_about, tracing

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "steering.settings")

app = Celery("steering")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
log_about.follow_tasks()
tracing.follow_workers()
log = logging.getLogger(__name__)
MINUTE = 60


class Minute(bootsteps.StartStopStep):
    """Every worker asks for the work of each minute too, so nothing waits for a beat that is away; one of them gets it.

    A step of the consumer, because its timers are cleared when the broker goes away, and set again when it is back.
    """

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, consumer: Any, **_: object) -> None:
        self._entry: Any = None

    def start(self, consumer: Any) -> None:
        if settings.WORKERS_KEEP_TIME:
            self._entry = consumer.timer.call_repeatedly(MINUTE, ask_for_the_minute)

    def stop(self, consumer: Any) -> None:
        if self._entry:
            self._entry.cancel()


def ask_for_the_minute() -> None:
    try:
        app.send_task("steering.tasks.every_minute", retry=False)
    except OperationalError as error:
        log.warning("nobody was asked for the work of this minute: %s", type(error).__name__)


app.steps["consumer"].add(Minute)


@app.on_after_finalize.connect
def set_schedule(sender: Celery, **_: object) -> None:
    from .tasks import BEAT

    sender.conf.beat_schedule = BEAT


@celeryd_init.connect
@beat_init.connect
def start_services(**_: object) -> None:
    from .services import ensure_services

    ensure_services()


@worker_process_init.connect
def leave_out_what_stays(**_: object) -> None:
    garbage.leave_out_what_stays()
