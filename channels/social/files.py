"""Custom-audience files below SOCIAL_ROOT, written aside and then named; and the post that goes with a list."""

import csv
import hashlib
import os
import secrets
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from ..base import ChannelError, Rendition
from ..models import AudienceFile
from .networks import NETWORKS

ORPHAN_SECONDS = 24 * 3600  # longer than any transaction


def new_path(network: str, action: str) -> str:
    return f"{network}/{action}-{secrets.token_hex(8)}.csv"


def write(file: AudienceFile, rows: Iterable[Sequence[str]]) -> None:
    """Write a list under its path, and note on the unsaved `file` what was written."""
    path = location(file)
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
        file.rows = _write_rows(partial, NETWORKS[file.network].header, rows)
        partial.rename(path)
    except OSError as error:
        with suppress(OSError):
            partial.unlink()
        raise ChannelError(f"the list cannot be written: {error.strerror}", permanent=False) from error
    with open(path, "rb") as written:
        file.sha256 = hashlib.file_digest(written, "sha256").hexdigest()


def _write_rows(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
    count = 0
    with open(path, "x", encoding="utf-8", newline="") as out:
        lines = csv.writer(out)
        lines.writerow(header)
        for count, row in enumerate(rows, 1):  # noqa: B007
            lines.writerow(row)
        out.flush()
        os.fsync(out.fileno())
    return count


def location(file: AudienceFile) -> Path:
    return Path(settings.SOCIAL_ROOT) / file.path


def write_post(file: AudienceFile, rendition: Rendition) -> None:
    """The creative beside its list: what to say, what to show and where it leads."""
    base = location(file)
    try:
        base.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
        for part, value in rendition.parts.items():
            data = value.encode() if isinstance(value, str) else value
            suffix = f".{part}".removesuffix(".image") + (".txt" if isinstance(value, str) else ".png")
            base.with_suffix(suffix).write_bytes(data)
    except OSError as error:
        raise ChannelError(f"the post cannot be written: {error.strerror}", permanent=False) from error


def replace_post(old: str, new: str) -> None:
    """A list was rewritten: its post moves along, and the old list, which names too many, is gone."""
    before, after = Path(settings.SOCIAL_ROOT) / old, Path(settings.SOCIAL_ROOT) / new
    before.unlink(missing_ok=True)
    for path in before.parent.glob(f"{before.stem}.*"):
        path.rename(after.with_name(after.stem + path.name.removeprefix(before.stem)))


def sweep(*, older_than_seconds: int = ORPHAN_SECONDS) -> int:
    """Clear away what a rolled-back transaction left behind: files that belong to no list; returns how many."""
    before = time.time() - older_than_seconds
    removed = 0
    for path in Path(settings.SOCIAL_ROOT).glob("*/*"):
        list_name = f"{path.parent.name}/{path.name.removeprefix('.').partition('.')[0]}.csv"
        if path.stat().st_mtime < before and not AudienceFile.objects.filter(path=list_name).exists():
            path.unlink()
            removed += 1
    return removed
