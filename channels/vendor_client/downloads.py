"""Files as they lie here after a download: whole, verified, and opened.

<folder>/<job>/<revision>/<name>      as it was downloaded; what was encrypted or compressed is opened beside it
"""

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .client import Client, Job
from .opening import Opener, count_rows, plain_only


class BadFileError(Exception):
    """What was downloaded is not what the platform listed."""


@dataclass(frozen=True)
class Downloaded:
    """A file as it was measured here, after the download. `plain` is what is inside of it."""

    path: Path
    plain: Path
    kind: str
    media_type: str  # of `plain`
    revision: int
    name: str
    sha256: str
    bytes: int
    rows: int

    @property
    def check(self) -> dict[str, Any]:
        """For the acknowledgement."""
        return {"name": self.name, "sha256": self.sha256, "bytes": self.bytes, "rows": self.rows}


def download(
    client: Client, job: Job, file: Mapping[str, Any], folder: Path | str, *, opener: Opener = plain_only
) -> Downloaded:
    """What is there already is verified and not fetched again. Raises BadFileError, after which nothing bad stays."""
    name, revision = str(file["name"]), int(file["revision"])
    if Path(name).name != name:
        raise BadFileError(f"{name!r} is no file name")
    path = Path(folder) / str(job["id"]) / str(revision) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        partial = path.with_name(f"{name}.partial")
        client.fetch(job, file, partial)
        partial.rename(path)
    measured = {"sha256": digest(path), "bytes": path.stat().st_size}
    _compare(path, file, measured)
    plain = opener(path)
    if plain != path:
        inside = {"plain_sha256": digest(plain), "plain_bytes": plain.stat().st_size}
        _compare(path, file, {name: value for name, value in inside.items() if name in file}, plain)
    rows = count_rows(plain, str(file.get("plain_media_type") or file["media_type"]))
    measured["rows"] = int(file["rows"]) if rows is None else rows
    _compare(path, file, measured, plain)
    return Downloaded(
        path=path,
        plain=plain,
        kind=str(file.get("kind", "")),
        media_type=str(file.get("plain_media_type") or file["media_type"]),
        revision=revision,
        name=name,
        **measured,
    )


def forget_older(job: Job, folder: Path | str, *, than: int) -> None:
    """Destroy revisions that were replaced: people who objected since are in them."""
    for path in (Path(folder) / str(job["id"])).glob("*"):
        if path.name.isdecimal() and int(path.name) < than:
            shutil.rmtree(path)


def destroy(job: Job, folder: Path | str) -> bool:
    """Destroy all files of a job; its folder stays as a note that this is to be certified. Returns whether there is one."""
    path = Path(folder) / str(job["id"])
    for revision in path.glob("*"):
        shutil.rmtree(revision)
    return path.exists()


def forget(job: Job, folder: Path | str) -> None:
    """After the certificate."""
    (Path(folder) / str(job["id"])).rmdir()


def digest(path: Path) -> str:
    with open(path, "rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


def _compare(path: Path, file: Mapping[str, Any], measured: Mapping[str, Any], plain: Path | None = None) -> None:
    for name, value in measured.items():
        if value != file[name]:
            for wrong in {path, plain or path}:  # so that the next try fetches it again
                wrong.unlink(missing_ok=True)
            raise BadFileError(f"{path.name}: {name} should be {file[name]}, got {value}")
