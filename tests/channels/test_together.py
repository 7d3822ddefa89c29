"""Requests of many threads are worked off together, each with its own answer or its own error."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest

from channels.together import Together

THREADS = 8


class Work:
    """Answers with the double; the first batch waits until everybody else stands in line."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.may_go = Event()

    def __call__(self, items):
        self.batches.append(list(items))
        self.may_go.wait(60)
        if -1 in items:
            raise ValueError("poison")
        return [2 * item for item in items]


def ask_all(work: Work, items: list[int], **options: int) -> list[int | Exception]:
    together = Together(work, **options)
    start = Barrier(len(items))

    def ask(item: int) -> int | Exception:
        start.wait(60)
        try:
            return together.ask(item)
        except ValueError as error:
            return error

    with ThreadPoolExecutor(len(items)) as threads:
        asked = [threads.submit(ask, item) for item in items]
        while len(together._waiting) < len(items) - len(work.batches[0] if work.batches else []):
            time.sleep(0.001)  # until all of them wait
        work.may_go.set()
        return [one.result(60) for one in asked]


def test_everybody_gets_their_own_answer():
    assert ask_all(Work(), list(range(THREADS))) == [2 * item for item in range(THREADS)]


def test_who_comes_while_one_works_shares_the_next_turn():
    work = Work()
    ask_all(work, list(range(THREADS)))
    assert len(work.batches) == 2
    assert sorted(work.batches[0] + work.batches[1]) == list(range(THREADS))


def test_no_turn_takes_more_than_it_may():
    work = Work()
    ask_all(work, list(range(THREADS)), most=3)
    assert max(map(len, work.batches)) <= 3


def test_an_item_that_fails_spoils_no_other():
    answers = ask_all(Work(), [-1, *range(1, THREADS)])
    assert isinstance(answers[0], ValueError)
    assert answers[1:] == [2 * item for item in range(1, THREADS)]


def test_after_an_error_the_next_one_is_answered():
    work = Work()
    work.may_go.set()
    together = Together(work)
    with pytest.raises(ValueError, match="poison"):
        together.ask(-1)
    assert together.ask(4) == 8
