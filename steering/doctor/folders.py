"""Folders: whether they can be written, have room, and are the same on every machine."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.conf import settings

from ..celery import app
from ..watching import around
from .finding import Finding, note

LEAST_BYTES, LEAST_SHARE, LITTLE_SHARE = 1_000_000_000, 0.05, 0.2
OF_ONE_MACHINE = {"ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "overlay", "tmpfs", "f2fs"}


def writable() -> Iterator[Finding]:
    for name in around.FOLDERS:
        folder = Path(getattr(settings, name))
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with NamedTemporaryFile(dir=folder, prefix=".doctor-") as file:
                file.write(b"x")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            yield Finding(
                f"{name} ({folder}) cannot be written: {error.strerror}",
                "let the user of web and workers own it, or name another folder",
            )


def room() -> Iterator[Finding]:
    for name, disk in around.disks().items():
        if disk is None:
            yield Finding(
                f"{name} does not answer", "see whether the machine that shares it is there, and mount it anew"
            )
        elif disk.free_bytes < LEAST_BYTES or disk.free_share < LEAST_SHARE:
            yield Finding(
                f"the disk of {name} has {_gigabytes(disk.free_bytes)} left", "make room, or take a larger disk"
            )
        elif disk.free_share < LITTLE_SHARE:
            yield note(
                f"the disk of {name} is {100 - 100 * disk.free_share:.0f} % full", "make room before it is needed"
            )


def _gigabytes(number: int) -> str:
    return f"{number / 1e9:.1f} GB"


def shared() -> Iterator[Finding]:
    """Where workers run on several machines, a folder on a disk of one of them is a different one on each."""
    machines = {worker.partition("@")[2] for worker in app.control.inspect(timeout=1).ping() or {}}
    if len(machines) < 2:
        return
    mounts = ""
    with suppress(OSError):
        mounts = Path("/proc/mounts").read_text()
    for name in around.FOLDERS:
        kind = kind_of_disk(Path(getattr(settings, name)).resolve(), mounts)
        if kind in OF_ONE_MACHINE:
            yield Finding(
                f"workers run on {len(machines)} machines, but {name} lies on a disk of this one ({kind})",
                "put it on a disk that all of them share, such as NFS",
            )


def kind_of_disk(folder: Path, mounts: str) -> str:
    """As /proc/mounts names it; empty if it does not."""
    places = [line.split()[1:3] for line in mounts.splitlines() if len(line.split()) >= 3]
    above = [
        (place.replace("\\040", " "), kind)
        for place, kind in places
        if folder.is_relative_to(place.replace("\\040", " "))
    ]
    return max(above, key=lambda found: len(found[0]))[1] if above else ""
