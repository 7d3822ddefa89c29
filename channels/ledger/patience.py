"""Steps that outlast a database that is away for a moment: a restart, a cut connection, no connection left."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

log = logging.getLogger(__name__)
Done = TypeVar("Done")
WAITS = (0.1, 0.5, 1, 2, 4, 8, 8)  # seconds; a restart takes about one


def patiently(step: Callable[[bool], Done]) -> Done:
    """Do a step, again on a new connection while the database is away; never inside a transaction, which is then lost.

    `step` is told whether it may have been done already: the connection broke before it could say so.
    """
    is_again = False
    for wait in WAITS:
        try:
            return step(is_again)
        except (OperationalError, InterfaceError) as error:
            if connection.in_atomic_block:
                raise
            log.warning("the database is away, trying again in %s s: %s", wait, type(error).__name__)
            connection.close()
            time.sleep(wait)
            is_again = True
    return step(is_again)
