"""Custom-audience files below SOCIAL_ROOT, written aside and then named; and the post that goes with a list."""

import csv
import hashlib
import os
import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path

from django.conf import settings

from ..base import ChannelError, Rendition
from ..models import AudienceFile
from .networks import NETWORKS


def new_path(network: str, action: str) -> str:
    return f"{network}/{action}-{secrets.token_hex(8)}.csv"


def write(file: AudienceFile, rows: Iterable[Sequence[str]]) -> None:
    """Write a list under its path, and note on the unsaved `file` what was written."""
    path = location(file)
    count = 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
        partial = path.with_name(f".{path.name}.partial")
        with open(partial, "x", encoding="utf-8", newline="") as out:
            lines = csv.writer(out)
            lines.writerow(NETWORKS[file.network].header)
            for count, row in enumerate(rows, 1):  # noqa: B007
                lines.writerow(row)
            out.flush()
            os.fsync(out.fileno())
        partial.rename(path)
    except OSError as error:
        raise ChannelError(f"the list cannot be written: {error.strerror}", permanent=False) from error
    with open(path, "rb") as written:
        file.sha256 = hashlib.file_digest(written, "sha256").hexdigest()
    file.rows = count


def location(file: AudienceFile) -> Path:
    return Path(settings.SOCIAL_ROOT) / file.path


def write_post(file: AudienceFile, rendition: Rendition) -> None:
    """The creative beside its list: what to say, what to show and where it leads."""
    base = location(file)
    try:
        for part, value in rendition.parts.items():
            data = value.encode() if isinstance(value, str) else value
            suffix = ".png" if part == "image" else f".{part}.txt"
            base.with_suffix(suffix).write_bytes(data)
    except OSError as error:
        raise ChannelError(f"the post cannot be written: {error.strerror}", permanent=False) from error


def replace_post(old: str, new: str) -> None:
    """A list was rewritten: its post moves along, and the old list, which names too many, is gone."""
    before, after = Path(settings.SOCIAL_ROOT) / old, Path(settings.SOCIAL_ROOT) / new
    before.unlink(missing_ok=True)
    for path in before.parent.glob(f"{before.stem}.*"):
        path.rename(after.with_name(after.stem + path.name.removeprefix(before.stem)))
