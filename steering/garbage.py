"""Python's search for cycles passes over what a process has loaded: it stays until the process ends."""

import gc

YOUNG = 10_000  # new objects until the youngest are looked through; a batch of messages makes that many and drops them


def leave_out_what_stays() -> None:
    """Called once by a worker's process when all is loaded. Else a sixth of its time goes into looking through modules."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 10, 10)
