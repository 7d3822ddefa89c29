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

# Tasks by their names, for whoever calls them (channels.calls).
SEND_CHANNEL = "channels.tasks.send_channel"
SEND_URGENT = "channels.tasks.send_urgent"
WRITE_PRINT_JOB = "channels.tasks.write_print_job"
ENCRYPT_PRINT_JOB = "channels.tasks.encrypt_print_job"
DELIVER_WEBHOOKS = "channels.tasks.deliver_webhooks"
LOOK_AT_LINK = "channels.tasks.look_at_link"

OF_THEIR_OWN = {WRITE_PRINT_JOB: PRINT, ENCRYPT_PRINT_JOB: PRINT, SEND_URGENT: URGENT, DELIVER_WEBHOOKS: WEBHOOKS}


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
    if name != SEND_CHANNEL:
        return None
    channel = args[0] if args else kwargs["channel"]
    return {"queue": of_channel(channel)} if channel in CHANNELS else None
