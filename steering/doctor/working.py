"""Who works: workers for every queue, beat, the model, and what sets letters."""

from collections.abc import Iterator
from datetime import timedelta

import typst
from django.utils import timezone

from channels import canary, ledger, queues

from .. import champion, targeting
from ..celery import app
from ..models import ScheduleRun
from .finding import Finding, note

LATE = timedelta(minutes=3)
START = "start one: celery -A steering worker"


def workers() -> Iterator[Finding]:
    inspect = app.control.inspect(timeout=1)
    served = {queue["name"] for of in (inspect.active_queues() or {}).values() for queue in of or []}
    if not served:
        yield Finding("no Celery worker answers", START)
        return
    if unserved := [queue for queue in queues.every() if queue not in served]:
        yield Finding(f"no worker serves {', '.join(unserved)}", f"{START} -Q {','.join(unserved)}, or one without -Q")
    if silent := [queue for queue in canary.silent() if queue in served]:
        yield Finding(
            f"nothing was taken from {', '.join(silent)} for {LATE.seconds // 60} minutes although workers serve it",
            "restart these workers: they may have lost Redis; if they are busy, start more",
        )


def beat() -> Iterator[Finding]:
    if _age("every minute") is None or _age("every minute") > LATE:
        yield Finding("the work of each minute is not done", f"{START}, and beat: celery -A steering beat")
    elif _age("every minute by mail") is None or _age("every minute by mail") > LATE:
        yield Finding(
            "beat gives no sign of life: hourly and nightly work stands still",
            "start it: celery -A steering beat --schedule var/beat-schedule",
        )


def _age(name: str) -> timedelta | None:
    last = ScheduleRun.objects.filter(name=name).order_by("-slot").values_list("slot", flat=True).first()
    return timezone.now() - last if last else None


def stopped() -> Iterator[Finding]:
    if ledger.is_stopped():
        yield note("staff have stopped all sending", "let it go on in the head of the admin, when the reason is gone")


def model() -> Iterator[Finding]:
    version = champion.present()
    if version is None:
        yield note(
            "there is no model yet: options are chosen by what is known beforehand",
            "import an experiment, or run a wave",
        )
        return
    try:
        targeting.loads(bytes(version.model))
    except Exception as error:  # noqa: BLE001 - whatever stands in it
        yield Finding(
            f"the model that decides cannot be loaded: {type(error).__name__}",
            "promote an earlier version, or train a new one",
        )


def typesetting() -> Iterator[Finding]:
    try:
        typst.compile(b"A letter", format="pdf")
    except (typst.TypstError, RuntimeError) as error:
        yield Finding(
            f"letters cannot be set: {type(error).__name__}",
            "install the requirements anew: make .venv/requirements-installed",
        )
