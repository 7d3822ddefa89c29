"""One client a folder: two would write the same files, and one that was killed must not keep the next from going on."""

import hashlib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows, where whoever starts two must give them two folders
    fcntl = None  # type: ignore[assignment]


class BusyError(OSError):
    """Another process works in this folder."""


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Raises BusyError while another process is here; the system lets go of it when that ends, however it does."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "w") as lock:
        if fcntl is not None:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise BusyError(f"another client works in the folder {folder}") from error
        yield


def holder(folder: Path) -> str:
    """The name of this folder's worker, the same after a restart, so that it finds its leases again; empty: has none."""
    if fcntl is None:
        return ""
    mark = hashlib.blake2b(str(folder.resolve()).encode(), digest_size=4).hexdigest()
    return f"{socket.gethostname()}-{mark}"
