"""One Celery queue a channel, so that a slow channel holds up no other; pure, settings import it.

A worker started without -Q serves every queue declared here.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from .registry import CHANNELS

DEFAULT = "celery"
URGENT = "urgent"  # answers to what a customer has just done, which no wave may hold up
WEBHOOKS = "webhooks"  # calls to vendors, who may keep us waiting
PRINT = "print"  # writing mailing files, which takes long

OF_THEIR_OWN = {
    "channels.tasks.write_print_job": PRINT,
    "channels.tasks.encrypt_print_job": PRINT,
    "channels.tasks.send_urgent": URGENT,
    "channels.tasks.deliver_webhooks": WEBHOOKS,
}


def of_channel(channel: str) -> str:
    return f"send.{channel}"


def every() -> list[str]:
    return [DEFAULT, URGENT, WEBHOOKS, PRINT, *map(of_channel, CHANNELS)]


def declare() -> dict[str, dict[str, str]]:
    """The platform's queues, in the form that Celery's task_queues takes."""
    names = every()
    return {name: {"exchange": name, "routing_key": name} for name in names}


def route(name: str, args: Sequence[Any], kwargs: Mapping[str, Any], options: Any, task: Any = None, **_: Any) -> Any:
    """Celery's router: sending goes to its channel's queue, some tasks to one of their own, the rest to the default."""
    if name in OF_THEIR_OWN:
        return {"queue": OF_THEIR_OWN[name]}
    if name != "channels.tasks.send_channel":
        return None
    channel = args[0] if args else kwargs["channel"]
    return {"queue": of_channel(channel)} if channel in CHANNELS else None
