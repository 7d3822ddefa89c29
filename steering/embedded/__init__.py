"""The platform's own PostgreSQL and Redis, for when no DATABASE_URL or REDIS_URL names another.

Both come from pip wheels and run as daemons shared by every process of a checkout. Each process that uses them holds
a shared lock on `users.lock`; a small guard process waits for the exclusive lock, which the kernel grants when the last
user has ended in whatever way, and then stops both cleanly. A guard that was killed is replaced by the next user.
"""

from .lifetime import ensure_running, stop
from .places import EmbeddedError, database_url, make_var, places, redis_url

__all__ = ["EmbeddedError", "database_url", "ensure_running", "make_var", "places", "redis_url", "stop"]
