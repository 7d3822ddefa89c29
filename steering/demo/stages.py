"""The stages of the demo: a progress line for each, and how long it took."""

import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

WIDTH = 93  # behind seven blanks


@dataclass(frozen=True)
class Stage:
    name: str
    seconds: float


@dataclass
class Stages:
    """`say` prints a line."""

    say: Callable[[str], None]
    done: list[Stage] = field(default_factory=list)
    _began_at: float = field(default_factory=time.monotonic)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time what happens inside; a stage that fails is not counted as done."""
        began_at = time.monotonic()
        self.say(f"{_clock(began_at - self._began_at)}  {name}")
        yield
        self.done.append(Stage(name, time.monotonic() - began_at))

    def tell(self, text: str) -> None:
        """What came of the stage, below its line."""
        for line in textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False):
            self.say(f"       {line}")

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began_at


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes:2d}:{rest:02d}"
