"""Start and stop the embedded PostgreSQL with the wheel's own programs."""

import os
import shutil
import subprocess
from pathlib import Path

from .places import DATABASE, DATABASE_USER, EmbeddedError, Places

START_SECONDS = 120  # recovery after a kill replays the log
SETTINGS = {
    "listen_addresses": "''",
    "max_connections": 200,
    "shared_buffers": "512MB",
    "work_mem": "64MB",
    "maintenance_work_mem": "256MB",
    "effective_cache_size": "4GB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": 1.1,
    "jit": "off",
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
    if not (here.data / "PG_VERSION").exists():
        _initialise(here)
    options = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
    started = _run(
        here, "pg_ctl", "start", "-D", here.data, "-w", "-t", START_SECONDS, "-s", "-l", here.postgres_log,
        "-o", f"{options} -c unix_socket_directories={here.sockets}",
    )  # fmt: skip
    if started.returncode:
        raise EmbeddedError(f"PostgreSQL did not start; its log is {here.postgres_log}")
    _create_database(here)


def stop(here: Places) -> None:
    if (here.data / "postmaster.pid").exists():
        _run(here, "pg_ctl", "stop", "-D", here.data, "-m", "fast", "-w", "-s")


def _initialise(here: Places) -> None:
    shutil.rmtree(here.data, ignore_errors=True)  # an initialisation that was cut off
    made = _run(
        here, "initdb", "-D", here.data, "-U", DATABASE_USER, "--auth=trust", "--encoding=UTF8",
        "--locale-provider=builtin", "--locale=C.UTF-8", "--no-instructions",
    )  # fmt: skip
    if made.returncode:
        raise EmbeddedError(f"initdb failed in {here.data}: {made.stderr.strip()}")


def _create_database(here: Places) -> None:
    made = _run(here, "createdb", "-h", here.sockets, "-U", DATABASE_USER, DATABASE)
    if made.returncode and "already exists" not in made.stderr:
        raise EmbeddedError(f"createdb failed: {made.stderr.strip()}")


def _programs(here: Places) -> Path:
    """The wheel's programs, or their copy, made once, where PostgreSQL's user could not reach the wheel."""
    if not here.copies_programs:
        return here.wheel / "bin"
    package = here.wheel.parent
    copied = here.postgres / "programs"
    if not copied.exists():
        partial = here.postgres / "programs.partial"
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(here.wheel, partial / package.name / here.wheel.name)
        # The programs find their libraries by this folder's place beside the package.
        shutil.copytree(package.with_name(f"{package.name}.libs"), partial / f"{package.name}.libs")
        partial.rename(copied)
    return copied / package.name / here.wheel.name / "bin"


def _run(here: Places, program: str, *arguments: object) -> subprocess.CompletedProcess:
    """Run one of PostgreSQL's programs as its user, cut off from our terminal, its errors in `stderr`."""
    as_user = {"user": here.user.pw_uid, "group": here.user.pw_gid, "extra_groups": []} if here.user else {}
    # The server inherits what pg_ctl has: pipes would stay open for as long as it lives, so errors go to a file.
    with open(here.var / "postgres-programs.log", "w+") as errors:
        done = subprocess.run(
            [_programs(here) / program, *map(str, arguments)],
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
