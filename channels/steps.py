"""Steps of upkeep one after the other, of which a failing one must not stop the others."""

from collections.abc import Callable
from contextlib import ExitStack


def run_all(*steps: Callable[[], object]) -> None:
    """Every step in this order, whatever fails; then the last failure is raised."""
    with ExitStack() as stack:
        for step in reversed(steps):
            stack.callback(step)
