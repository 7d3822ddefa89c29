"""All that staff want to know when something stands still, as one JSON object."""

from typing import Any

from django.db import DatabaseError, InterfaceError

from channels import canary, queues

from . import around, dependencies, figures
from .figures import Figures


def gather() -> dict[str, Any]:
    answers = dependencies.answers()
    return {
        "dependencies": answers,
        "delivery": _delivery() if answers["postgresql"] else None,
        "waiting_calls": around.waiting_calls() if answers["redis"] else None,
        "folders": {name: _disk(disk) for name, disk in around.disks().items()},
    }


def is_well(found: dict[str, Any]) -> bool:
    """Whether everything answers and every queue, and beat or a worker in its place, gave a sign of life lately."""
    delivery = found["delivery"]
    if not all(found["dependencies"].values()) or delivery is None or None in found["folders"].values():
        return False
    since = delivery["seconds_since"]["every minute"]
    keeps_time = since is not None and since <= canary.SILENT_AFTER.total_seconds()
    return keeps_time and not delivery["silent_queues"]


def _delivery() -> dict[str, Any] | None:
    try:
        found = figures.KEPT.get()
        breakers = around.open_breakers()
    except (DatabaseError, InterfaceError):
        return None
    heard = {queue: _since(found, found.heard.get(queue)) for queue in queues.every()}
    silent_after = canary.SILENT_AFTER.total_seconds()
    return {
        "is_stopped": found.is_stopped,
        "due": found.due,
        "oldest_due_seconds": {channel: round(age, 1) for channel, age in found.oldest_due.items()},
        "uncertain": found.uncertain,
        "providers": {name: "left alone" if is_open else "used" for name, is_open in breakers.items()},
        "seconds_since": {name: _since(found, found.slots.get(name)) for name in figures.SLOTS},
        "seconds_since_queue_was_heard": heard,
        "silent_queues": [queue for queue, age in heard.items() if age is None or age > silent_after],
        "broken_invariants": {name: number for name, (number, _) in found.invariants.items() if number},
    }


def _since(found: Figures, moment: float | None) -> float | None:
    """None: never. The figures may be some seconds old, and this with them."""
    return None if moment is None else round(found.now - moment, 1)


def _disk(disk: around.Disk | None) -> dict[str, Any] | None:
    if disk is None:
        return None
    return {"free_bytes": disk.free_bytes, "free_percent": round(100 * disk.free_share, 1)}
