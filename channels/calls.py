"""Wake-up calls to workers, by the name of a task: who calls need not import what the task imports."""

import logging

from celery import current_app
from kombu.exceptions import ChannelError, OperationalError

log = logging.getLogger(__name__)


def call(task: str, *args: object, queue: str | None = None, **when: float) -> bool:
    """Whether the broker took it. `when`: Celery's countdown or expires, in seconds.

    A call that is not taken is made up for by the next sweep, so it stops nobody.
    """
    try:
        current_app.send_task(task, args, queue=queue, **when)
        return True
    except OperationalError as error:
        log.warning("%s was not called: %s", task, type(error).__name__)
        return False


def waiting(queue: str) -> int:
    """Messages in a queue that nobody has taken yet; none where the broker does not say."""
    try:
        with current_app.connection_for_write() as connection:
            return connection.default_channel.queue_declare(queue, passive=True).message_count
    except (ChannelError, OperationalError):  # Redis keeps no empty queues
        return 0
