"""Processes that share the work of one. Each is fresh, knows Django, and ends when its parent does, however that ends.

Outside campaigns.importing, since a fresh process imports this before Django is set up.
"""

import multiprocessing
import os
import threading
from concurrent.futures import ProcessPoolExecutor

import django


def is_allowed() -> bool:
    """A Celery worker's process is a daemon, and daemons may not have children."""
    return not multiprocessing.current_process().daemon


def processes(count: int) -> ProcessPoolExecutor:
    """Not copies of this process, which would share its database connection."""
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(count, mp_context=context, initializer=_begin)


def _begin() -> None:
    """It would wait for work for ever if its parent were killed."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    django.setup()


def _end_with_parent() -> None:
    multiprocessing.parent_process().join()
    os._exit(1)
