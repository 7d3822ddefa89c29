"""Work over customers in parts that fit the processor's cache, on several threads where there are many."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

Part = TypeVar("Part")

SIZE = 1 << 15
THREADED = 150_000  # customers; for fewer, threads cost more than they bring


def over(n: int, work: Callable[[slice], Part]) -> list[Part]:
    """What `work` returns for each part, in order; parts are independent."""
    if n <= SIZE:
        return [work(slice(0, n))]
    if n < THREADED:
        return [work(part) for part in _parts(n)]
    return list(_pool().map(work, _parts(n)))


def _parts(n: int) -> Iterator[slice]:
    return (slice(start, min(start + SIZE, n)) for start in range(0, n, SIZE))


@cache
def _pool() -> ThreadPoolExecutor:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return ThreadPoolExecutor(min(cores, 8), thread_name_prefix="allocation")
