"""Rows are checked in chunks, of large files by several processes, and always stay in order."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from campaigns import pool
from campaigns.importing import checking
from tests.campaigns.importing.files import CUSTOMERS

CHECKOUT = Path(__file__).resolve().parents[3]
ROWS = [(number, {"number": f"K{number}", "email": "bad" if number % 10 == 0 else ""}) for number in range(1, 101)]
# A process that waits for work for ever; its parent waits too.
PARENT = """
import os, time
from campaigns import pool
if __name__ == "__main__":
    workers = pool.processes(1)
    print(workers.submit(os.getpid).result(), flush=True)
    time.sleep(600)
"""


@pytest.fixture
def _small_chunks(monkeypatch):
    monkeypatch.setattr(checking, "CHUNK", 7)
    monkeypatch.setattr(checking, "CHUNKS_HERE", 2)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})  # one process more is enough


def result(rows) -> tuple[int, int, dict[str, bytes]]:
    chunks = list(checking.checked(rows, CUSTOMERS, kind="customers"))
    tables = {table for chunk in chunks for table in chunk.lines}
    lines = {table: b"".join(chunk.lines.get(table, b"") for chunk in chunks) for table in tables}
    return sum(chunk.rows for chunk in chunks), sum(chunk.bad for chunk in chunks), lines


def test_good_rows_are_lines_for_copy_and_bad_ones_are_problems():
    rows, bad, lines = result(ROWS)
    assert (rows, bad) == (100, 10)
    assert lines["import_row"].count(b"\n") == 90
    assert lines["import_problem"].splitlines()[0] == b"10\temail\tis not an e-mail address\tt"


def test_a_row_that_cannot_be_read_is_a_problem_of_the_row():
    assert result([(3, "is not JSON")])[2] == {"import_problem": b"3\trow\tis not JSON\tt\n"}


@pytest.mark.usefixtures("_small_chunks")
def test_processes_give_the_same_in_the_same_order(monkeypatch):
    by_processes = result(ROWS)
    monkeypatch.setattr(pool, "is_allowed", lambda: False)
    assert result(ROWS) == by_processes


@pytest.mark.usefixtures("_small_chunks")
def test_a_daemon_such_as_a_celery_worker_checks_large_files_too(monkeypatch):
    monkeypatch.setitem(multiprocessing.current_process()._config, "daemon", True)
    assert not pool.is_allowed()
    assert result(ROWS)[0] == 100


def test_chunks_are_read_only_as_they_are_needed():
    read = []
    chunks = checking.checked((read.append(row) or row for row in ROWS * 1000), CUSTOMERS, kind="customers")
    next(chunks)
    assert len(read) == checking.CHUNK


def test_no_process_outlives_a_parent_that_is_killed(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    environment = os.environ | {"PYTHONPATH": str(CHECKOUT)}
    with subprocess.Popen([sys.executable, str(script)], env=environment, stdout=subprocess.PIPE, text=True) as parent:
        child = int(parent.stdout.readline())
        assert _is_alive(child)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        deadline = time.monotonic() + 60
        while _is_alive(child) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not _is_alive(child)


def _is_alive(pid: int) -> bool:
    """A zombie, which nobody has waited for, is dead."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except FileNotFoundError:
        return False
