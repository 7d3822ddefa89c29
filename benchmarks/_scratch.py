"""A database made for a benchmark and dropped after it, beside the one that the environment names."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from steering import embedded

CHECKOUT = Path(__file__).resolve().parent.parent


@contextmanager
def database(name: str) -> Iterator[str]:
    """The URL of a new, empty database."""
    named = os.environ.get("DATABASE_URL") or embedded.database_url()
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with psycopg.connect(named, autocommit=True) as server:
        server.execute(drop)
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield urlsplit(named)._replace(path=f"/{name}").geturl()
        finally:
            server.execute(drop)


def environment(url: str, folder: Path) -> dict[str, str]:
    """For a command that works in this database and writes its files to this folder."""
    return os.environ | {
        "DATABASE_URL": url,
        "REDIS_URL": os.environ.get("REDIS_URL") or embedded.redis_url(),
        "STEERING_VAR": str(folder),
        "SECRET_KEY": "of a benchmark",
        "SITE_URL": "http://127.0.0.1:8000",
    }


def run(environment: Mapping[str, str], *arguments: object) -> bytes:
    """Python with these arguments, to its end; returns what it printed."""
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, cwd=CHECKOUT, env=environment, check=True, stdout=subprocess.PIPE).stdout
