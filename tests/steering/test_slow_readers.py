"""What the loop does with files that were left to it; with gunicorn around it in test_lanes.py."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from selectors import DefaultSelector
from types import SimpleNamespace

import pytest

from steering import slow_readers
from steering.slow_readers import Rest, SlowReaders


@pytest.fixture
def sockets() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    yield ours, theirs
    ours.close(), theirs.close()


@pytest.fixture
def worker() -> SimpleNamespace:
    return SimpleNamespace(poller=DefaultSelector())


def left(folder: Path, *, announced: int = 10) -> Rest:
    (folder / "file").write_bytes(b"0123456789")
    return Rest(os.open(folder / "file", os.O_RDONLY), 2, announced - 2)


def turn(worker: SimpleNamespace) -> None:
    for key, _ in worker.poller.select(0):
        key.data(key.fileobj)


def test_what_is_left_is_sent_and_then_it_is_told(worker, sockets, tmp_path):
    readers, told = SlowReaders(worker), []
    readers.leave(sockets[0], left(tmp_path))
    assert readers.take(sockets[0], then=told.append)
    turn(worker)
    assert (sockets[1].recv(100), told) == (b"23456789", [True])
    assert not worker.poller.get_map()


def test_of_whom_nothing_was_left_nothing_is_taken(worker, sockets):
    assert not SlowReaders(worker).take(sockets[0], then=pytest.fail)


def test_who_takes_nothing_for_long_is_given_up(worker, sockets, tmp_path, monkeypatch):
    monkeypatch.setattr(slow_readers, "STALL_SECONDS", -1)
    readers, told = SlowReaders(worker), []
    readers.leave(sockets[0], left(tmp_path))
    readers.take(sockets[0], then=told.append)
    readers.end_late()
    assert told == [False]
    assert not worker.poller.get_map()


def test_a_file_that_is_shorter_than_was_announced_is_no_whole_one(worker, sockets, tmp_path):
    readers, told = SlowReaders(worker), []
    readers.leave(sockets[0], left(tmp_path, announced=11))
    readers.take(sockets[0], then=told.append)
    turn(worker), turn(worker)
    assert told == [False]


def test_a_connection_that_was_closed_meanwhile_is_left_alone(worker, sockets, tmp_path):
    readers, rest = SlowReaders(worker), left(tmp_path)
    readers.leave(sockets[0], rest)
    sockets[0].close()
    assert not readers.take(sockets[0], then=pytest.fail)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(rest.file)
