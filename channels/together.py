"""Many threads ask at once and one of them does the work for all, so that a commit is paid once for many requests.

There is no thread of its own: whoever comes while nobody works leads, takes everything that waits, and then hands the lead
to the first who came meanwhile. So a process may fork, end or be killed at any moment without leaving anything behind.
"""

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")
MOST = 500


class _Asked(Generic[Item, Answer]):
    """One request of one thread; `woken` is released when it is answered, or shall lead."""

    __slots__ = ("answer", "error", "item", "leads", "woken")

    def __init__(self, item: Item) -> None:
        self.item = item
        self.answer: Answer | None = None
        self.error: BaseException | None = RuntimeError("whoever worked for this request has ended")
        self.leads = False
        self.woken = Lock()
        self.woken.acquire()


class Together(Generic[Item, Answer]):
    """`work` takes items and returns an answer each, in their order; it runs in one thread at a time."""

    def __init__(self, work: Callable[[Sequence[Item]], Sequence[Answer]], *, most: int = MOST) -> None:
        self._work = work
        self._most = most
        self._lock = Lock()
        self._waiting: list[_Asked[Item, Answer]] = []
        self._is_led = False

    def ask(self, item: Item) -> Answer:
        """The answer to this item, or the error that it alone has caused: an item that fails spoils no other."""
        asked: _Asked[Item, Answer] = _Asked(item)
        with self._lock:
            self._waiting.append(asked)
            asked.leads, self._is_led = not self._is_led, True
        if not asked.leads:
            asked.woken.acquire()
        if asked.leads:
            self._lead()
        if asked.error is not None:
            raise asked.error
        return asked.answer  # type: ignore[return-value]

    def _lead(self) -> None:
        with self._lock:
            batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
        try:
            self._answer(batch)
        finally:
            self._hand_on()
            for asked in batch:
                asked.woken.release()

    def _hand_on(self) -> None:
        with self._lock:
            following = self._waiting[0] if self._waiting else None
            self._is_led = following is not None
        if following:
            following.leads = True
            following.woken.release()

    def _answer(self, batch: Sequence[_Asked[Item, Answer]]) -> None:
        for asked, answer in zip(batch, each(self._work, [asked.item for asked in batch]), strict=True):
            if isinstance(answer, Exception):
                asked.error = answer
            else:
                asked.answer, asked.error = answer, None


def each(work: Callable[[Sequence[Item]], Sequence[Answer]], items: Sequence[Item]) -> list[Answer | Exception]:
    """The answers of work done together, or the error that an item alone has caused: it spoils no other."""
    try:
        return list(work(items)) if items else []
    except Exception as error:  # noqa: BLE001 - whoever asked decides
        return [error] if len(items) == 1 else [answer for item in items for answer in each(work, [item])]
