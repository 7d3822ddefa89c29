"""HiGHS prints a line now and then, whatever it is told, and behind Python's back: keep it out of what we print."""

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_C = ctypes.CDLL(None)
_ALONE = Lock()  # standard output belongs to the whole process


@contextmanager
def quiet() -> Iterator[None]:
    """What C code prints to standard output meanwhile goes nowhere."""
    with _ALONE:
        if sys.stdout is not None:
            sys.stdout.flush()
        try:
            kept = os.dup(1)
        except OSError:  # a daemon without standard output
            yield
            return
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        try:
            yield
        finally:
            _C.fflush(None)  # C keeps lines back
            os.dup2(kept, 1)
            os.close(nowhere)
            os.close(kept)
