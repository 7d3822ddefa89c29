"""One examination: every check whose service answers."""

from collections.abc import Iterator

from . import checks
from .finding import Result, run


def examine() -> Iterator[Result]:
    """As they are found, so that a slow check holds up no word about the others."""
    (postgresql,) = run([checks.POSTGRESQL])
    (redis,) = run([checks.REDIS])
    yield from (postgresql, redis)
    yield from run(checks.ALONE)
    if postgresql.is_well:
        yield from run(checks.NEEDS_POSTGRESQL)
    if redis.is_well:
        yield from run(checks.NEEDS_REDIS)
    if postgresql.is_well and redis.is_well:
        yield from run(checks.NEEDS_BOTH)
