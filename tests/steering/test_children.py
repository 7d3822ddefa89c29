"""Child processes end together and in order, whatever happens to them or to us."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from steering.children import Children, Command

UNTIL_TOLD = "import signal; print('up', flush=True); signal.pause()"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {UNTIL_TOLD}"


def python(name: str, code: str, **options: object) -> Command:
    return Command(name, [sys.executable, "-u", "-c", code], os.environ, **options)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)


def is_gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


@pytest.fixture
def children(tmp_path: Path) -> Iterator[Children]:
    made = Children(logs=tmp_path)
    yield made
    made.hurry()
    made.stop()


def start(children: Children, command: Command) -> int:
    children.start(command)
    until(lambda: "up" in (children.logs / f"{command.name}.log").read_text())
    return children.pid(command.name)


def test_all_end_when_told(children: Children) -> None:
    pids = [start(children, python(name, UNTIL_TOLD)) for name in ("web", "worker")]
    assert children.ended() is None
    children.stop()
    assert all(is_gone(pid) for pid in pids)


def test_the_last_started_ends_first(children: Children, tmp_path: Path) -> None:
    code = "import signal, time; print('up'); signal.sigwait([15]); open({path!r}, 'a').write({name!r})"
    for name in "abc":
        blocked = "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, [15]);"
        start(children, python(name, blocked + code.format(path=str(tmp_path / "order"), name=name)))
    children.stop()
    assert (tmp_path / "order").read_text() == "cba"


def test_one_that_does_not_listen_is_killed_after_its_grace(children: Children) -> None:
    pid = start(children, python("worker", STUBBORN, grace_seconds=0.2))
    children.stop()
    assert is_gone(pid)


def test_what_a_child_started_itself_ends_too(children: Children, tmp_path: Path) -> None:
    grandchild = f"import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', {STUBBORN!r}]).pid)"
    start(children, python("worker", f"{grandchild}; {UNTIL_TOLD}"))
    until(lambda: (tmp_path / "worker.log").read_text().count("up") == 2)
    pid = int((tmp_path / "worker.log").read_text().split("\n")[0])
    children.stop()
    until(lambda: is_gone(pid))


def test_one_that_ends_by_itself_is_named_with_its_exit_code(children: Children) -> None:
    start(children, python("web", UNTIL_TOLD))
    children.start(python("worker", "raise SystemExit(3)"))
    until(lambda: children.ended() is not None)
    assert children.ended() == ("worker", 3)


def test_in_the_terminal_every_line_begins_with_the_name(capfd: pytest.CaptureFixture[str]) -> None:
    children = Children()
    children.start(python("web", "print('first'); print('second')"))
    until(lambda: children.ended() is not None)
    children.stop()
    assert capfd.readouterr().out == "   web | first\n   web | second\n"


def test_children_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    code = f"""
import os, sys, signal
from pathlib import Path
from steering.children import Children, Command
children = Children(logs=Path({str(tmp_path)!r}))
children.start(Command("web", [sys.executable, "-u", "-c", {UNTIL_TOLD!r}], os.environ))
print(children.pid("web"), flush=True)
signal.pause()
"""
    root = Path(__file__).resolve().parents[2]
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=root, stdout=subprocess.PIPE, text=True)
    pid = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    until(lambda: is_gone(pid))
