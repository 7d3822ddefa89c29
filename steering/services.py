"""Start the embedded services for those that the environment does not name."""

import os

from . import embedded


def ensure_services() -> None:
    """Have a PostgreSQL and a Redis to talk to. Where DATABASE_URL and REDIS_URL are set, nothing is started."""
    with_postgres = not os.environ.get("DATABASE_URL")
    with_redis = not os.environ.get("REDIS_URL")
    if with_postgres or with_redis:
        embedded.ensure_running(with_postgres=with_postgres, with_redis=with_redis)
