"""Child processes that start, print and end together, and end with us in whatever way we end."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

_PR_SET_PDEATHSIG = 1
# Looked up here: between fork and exec nothing may be imported.
_prctl = getattr(ctypes.CDLL(None), "prctl", None)


@dataclass(frozen=True)
class Command:
    """What to run as a child, and how long it may take to end when told to."""

    name: str
    arguments: Sequence[object]
    environment: Mapping[str, str]
    grace_seconds: float = 5
    inherits: Sequence[int] = ()  # file descriptors


@dataclass
class Children:
    """The children of this process, in the order in which they started. With `logs` each prints to a file of its own
    there, else to our terminal with its name before every line."""

    logs: Path | None = None
    _running: list[tuple[Command, subprocess.Popen]] = field(default_factory=list)
    _printers: list[threading.Thread] = field(default_factory=list)
    _in_haste: bool = False

    def start(self, command: Command) -> None:
        output = self._log(command) if self.logs else None
        process = subprocess.Popen(
            list(map(str, command.arguments)),
            env=dict(command.environment),
            stdin=subprocess.DEVNULL,
            stdout=output or subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=command.inherits,
            # Ctrl-C in the terminal reaches us alone, so that we can end the children in order.
            start_new_session=True,
            preexec_fn=_end_with_parent,
        )
        self._running.append((command, process))
        if output:
            output.close()
        else:
            self._print_lines(command.name, process)

    def ended(self) -> tuple[str, int] | None:
        """Name and exit code of a child that has ended by itself."""
        for command, process in self._running:
            if process.poll() is not None:
                return command.name, process.returncode
        return None

    def hint(self) -> str:
        return f"; see {self.logs}" if self.logs else ""

    def pid(self, name: str) -> int:
        return next(process.pid for command, process in self._running if command.name == name)

    def stop(self) -> None:
        """End all, the last started first; one that outstays its grace is killed with its own children."""
        for command, process in reversed(self._running):
            process.terminate()
            self._await(command, process)
            _kill_group(process)  # what it left behind
            process.wait()
        for printer in self._printers:
            printer.join(timeout=1)
        self._running.clear()

    def hurry(self) -> None:
        """Let `stop` wait no longer."""
        self._in_haste = True

    def _await(self, command: Command, process: subprocess.Popen) -> None:
        deadline = time.monotonic() + command.grace_seconds
        while process.poll() is None and time.monotonic() < deadline and not self._in_haste:
            time.sleep(0.02)

    def _log(self, command: Command) -> IO[bytes]:
        self.logs.mkdir(parents=True, exist_ok=True)
        return open(self.logs / f"{command.name}.log", "ab")

    def _print_lines(self, name: str, process: subprocess.Popen) -> None:
        printer = threading.Thread(target=_print_prefixed, args=(name, process.stdout), daemon=True)
        printer.start()
        self._printers.append(printer)


def _print_prefixed(name: str, lines: IO[bytes]) -> None:
    for line in lines:
        sys.stdout.write(f"{name:>6} | {line.decode(errors='replace').rstrip()}\n")
        sys.stdout.flush()


def _end_with_parent() -> None:
    """Runs in the child: the kernel sends it SIGTERM when we die, even by kill -9 (Linux)."""
    if _prctl:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _kill_group(process: subprocess.Popen) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
