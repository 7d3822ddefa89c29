"""Fail if a process of this checkout still runs once the embedded services had time to stop."""

import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from steering.embedded import places
from steering.embedded.places import CHECKOUT

STOP_SECONDS = 20


def main() -> int:
    deadline = time.monotonic() + STOP_SECONDS
    while left := ours():
        if time.monotonic() > deadline:
            print("Left behind:", *left, sep="\n")  # noqa: T201
            return 1
        time.sleep(0.2)
    return 0


def ours() -> list[str]:
    here = places()
    marks = [str(path) for path in (CHECKOUT / ".venv", here.postgres, here.sockets)]
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and int(process.name) != os.getpid():
            command = command_line(process)
            found += [f"{process.name} {command}"] if any(mark in command for mark in marks) else []
    return found


def command_line(process: Path) -> str:
    try:
        return (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:  # it has just ended
        return ""


if __name__ == "__main__":
    sys.exit(main())
