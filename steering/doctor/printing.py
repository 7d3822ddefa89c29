"""Mailing files: whether they are on the disk as the database says, and gone where it says so."""

from collections.abc import Iterator, Sequence

from channels.print_jobs import on_disk

from .finding import Finding

SHOWN = 5


def files() -> Iterator[Finding]:
    if found := on_disk.broken():
        yield Finding(
            f"{len(found)} mailing files are missing or cut off: {_ids(found)}",
            "restore PRINT_ROOT from its backup, or cancel their print jobs; vendors can fetch neither",
        )
    if found := on_disk.left_over():
        yield Finding(
            f"{len(found)} mailing files count as destroyed and are still there: {_ids(found)}",
            "the next night destroys them; if they stay, let the user of web and workers own PRINT_ROOT",
        )


def _ids(found: Sequence[int]) -> str:
    return ", ".join(map(str, found[:SHOWN])) + (" …" if len(found) > SHOWN else "")
