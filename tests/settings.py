"""The platform's settings as the tests use them: on real services, with a Redis database for every test process.

DATABASE_URL and REDIS_URL name the services if they are set; otherwise the embedded ones are started. Django makes a
test database of its own for every process; here the same is done for Redis. Databases named in the URLs stay untouched.
"""

import os
from urllib.parse import parse_qs, urlsplit

from steering import embedded
from steering.services import ensure_services


def own_redis(url: str) -> str:
    """The same Redis, but a database behind the one that the URL names, for each test process another."""
    parts = urlsplit(url)
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    offset = 2 + int(worker.removeprefix("gw")) if worker else 1
    if parts.scheme == "unix":
        named = int(parse_qs(parts.query).get("db", ["0"])[0])
        return f"unix://{parts.path}?db={named + offset}"
    return parts._replace(path=f"/{int(parts.path.strip('/') or 0) + offset}").geturl()


ensure_services()
os.environ.setdefault("OMP_NUM_THREADS", "1")  # as many test processes as processors run beside each other
os.environ["REDIS_URL"] = own_redis(os.environ.get("REDIS_URL") or embedded.redis_url())
os.environ.setdefault("SECRET_KEY", "of the tests only, and so no secret: 5d1c6f0f3a8e4f3f9a5b")
os.environ.setdefault("SITE_URL", "http://127.0.0.1:8000")
os.environ.setdefault("ALLOWED_HOSTS", "127.0.0.1,localhost,testserver")

from steering.settings import *  # noqa: E402, F403

# Tables are emptied after tests of several connections, and the audit log is emptied only where that is said.
DATABASES["default"]["OPTIONS"]["options"] = "-c audit.may_be_emptied=yes"  # noqa: F405

# One conversation runs in the calling thread, inside the test's transaction; tests of several say so.
DELIVERY_CONNECTIONS = 1

# A test sees at once what it has changed.
NAMED_KEPT_SECONDS = 0.0

# Nothing is collected for tests, and each of them would be told so.
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405

# A slow hash is wanted where passwords are attacked, not where a thousand tests log in.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
