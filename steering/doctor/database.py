"""PostgreSQL: whether it keeps what was committed, lets all processes in, and is as new as the code."""

import time
from collections.abc import Iterator

from django.db import DatabaseError, InterfaceError

from channels.ledger.sql import rows

from ..celery import app
from ..watching import deadline, dependencies
from .finding import Finding

OLDEST, SECONDS = 180_000, 5.0
WEB_CONNECTIONS = 8  # of a web process with as many threads
MOST_CLOCK_SECONDS = 2.0
SAFE = {
    "fsync": "after a crash of the machine the database may be broken",
    "full_page_writes": "after a crash of the machine the database may be broken",
    "synchronous_commit": "after a crash what was just claimed or recorded may be forgotten, and be sent twice",
}


def answers() -> Iterator[Finding]:
    try:
        with deadline.of_postgresql(SECONDS):
            rows("SELECT 1", [])
    except (DatabaseError, InterfaceError) as error:
        why = str(error).partition("\n")[0][:200]
        yield Finding(
            f"PostgreSQL does not answer: {why}",
            "start it, and check host, port, user, password and name in DATABASE_URL; a firewall shows as a time-out",
        )


def version_and_safety() -> Iterator[Finding]:
    shown = dict(rows("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [_NAMES]))
    if int(shown["server_version_num"]) < OLDEST:
        yield Finding(f"PostgreSQL is {shown['server_version']}", "upgrade to 18 or later (pg_upgrade)")
    for name, danger in SAFE.items():
        if shown[name] == "off":
            yield Finding(f"{name} is off: {danger}", f"ALTER SYSTEM SET {name} = on; SELECT pg_reload_conf();")
    if shown["server_encoding"] != "UTF8":
        yield Finding(f"the database is encoded in {shown['server_encoding']}", "make it anew with ENCODING 'UTF8'")


_NAMES = ["server_version", "server_version_num", "server_encoding", *SAFE]


def connections() -> Iterator[Finding]:
    most, reserved = (int(rows("SELECT current_setting(%s)", [name])[0][0]) for name in _LIMITS)
    used = rows("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'", [])[0][0]
    processes = worker_processes()
    needed = processes + 2 * WEB_CONNECTIONS
    remedy = "raise max_connections (PostgreSQL restarts), run fewer processes, or put a pooler before it"
    if most - reserved < needed:
        yield Finding(
            f"{most - reserved} connections are there for {processes} worker processes and the web: {needed} are needed",
            remedy,
        )
    elif used > 0.8 * (most - reserved):
        yield Finding(f"{used} of {most - reserved} connections are used", remedy)


_LIMITS = ("max_connections", "superuser_reserved_connections")


def worker_processes() -> int:
    """Of all Celery workers that answer; 0 where none does."""
    stats = app.control.inspect(timeout=1).stats() or {}
    return sum(int(of.get("pool", {}).get("max-concurrency", 1)) for of in stats.values())


def migrations() -> Iterator[Finding]:
    if missing := dependencies.missing_migrations():
        names = ", ".join(sorted(f"{app_label}.{name}" for app_label, name in missing)[:5])
        yield Finding(f"{len(missing)} migrations are not applied: {names}", "manage.py migrate")


def clock() -> Iterator[Finding]:
    """Between this machine and PostgreSQL, whose clock decides what is due."""
    before = time.time()
    theirs = rows("SELECT extract(epoch FROM clock_timestamp())::float8", [])[0][0]
    yield from clock_findings("PostgreSQL", theirs, before, time.time())


def clock_findings(of: str, theirs: float, before: float, after: float) -> Iterator[Finding]:
    """The other clock was read between `before` and `after` by ours, all in seconds."""
    off = max(before - theirs, theirs - after, 0.0)
    if off > MOST_CLOCK_SECONDS:
        yield Finding(
            f"the clocks of this machine and {of} are {off:.0f} s apart", "let both follow a time server (chrony)"
        )
