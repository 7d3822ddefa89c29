"""The steps of a batch, told to whoever traces. Nobody does unless steering.tracing listens, and then it costs nothing."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

Begin = Callable[[str, Mapping[str, Any]], AbstractContextManager[Any]]
_listener: Begin | None = None
_NOTHING = nullcontext()


def listen(begin: Begin | None) -> None:
    global _listener
    _listener = begin


def span(name: str, **about: Any) -> AbstractContextManager[Any]:
    """`about` are names and numbers of ours, nothing personal."""
    return _NOTHING if _listener is None else _listener(name, about)
