"""Whether the files of print jobs are on the disk as their rows say: there and whole, or gone."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from django.conf import settings

from ..models import MailingFile
from ..print_files import location

AT_ONCE = 1000


def broken() -> list[int]:
    """Ids of files that are kept, and are not there, or not as long as they were written."""
    kept = MailingFile.objects.filter(destroyed_at=None).only("id", "path", "bytes").order_by("id")
    return [file.pk for file in kept.iterator(AT_ONCE) if not _is_whole(file)]


def _is_whole(file: MailingFile) -> bool:
    try:
        return location(file).stat().st_size == file.bytes
    except FileNotFoundError:
        return False


def left_over() -> list[int]:
    """Ids of files that count as destroyed, and are still there. One that a newer revision keeps counts as kept."""
    paths = _paths()
    found: list[int] = []
    while some := list(islice(paths, AT_ONCE)):
        there = MailingFile.objects.filter(path__in=some)
        kept = there.filter(destroyed_at=None).values_list("path", flat=True)
        found += there.exclude(path__in=list(kept)).values_list("id", flat=True)
    return sorted(found)


def _paths() -> Iterator[str]:
    """Of all files of all jobs, as rows name them."""
    for folder in Path(settings.PRINT_ROOT).glob("*"):
        if folder.name.isdecimal() and folder.is_dir():
            yield from (f"{folder.name}/{path.name}" for path in folder.iterdir())
