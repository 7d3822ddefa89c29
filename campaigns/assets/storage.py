"""Where the files of assets lie: any of Django's storages, below names that never change their meaning."""

import os
import secrets
from pathlib import Path

from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, Storage, storages

ALIAS = "assets"


class WholeFiles(FileSystemStorage):
    """A folder in which a file has its name only once it is whole, and whose names lead to nothing outside."""

    def _save(self, name: str, content: File) -> str:
        partial = super()._save(f"{name}.{secrets.token_hex(8)}.partial", content)
        os.replace(self.path(partial), self.path(name))
        return name

    def _open(self, name: str, mode: str = "rb") -> File:
        if not Path(self.path(name)).resolve().is_relative_to(Path(self.location).resolve()):
            raise FileNotFoundError(name)
        return super()._open(name, mode)


def place() -> Storage:
    return storages[ALIAS]


def keep(name: str, data: bytes) -> None:
    """Keep a file whose name says what it holds; whoever kept it before has kept the same."""
    if place().exists(name):
        return
    kept_as = place().save(name, ContentFile(data))
    if kept_as != name:  # another process was faster
        place().delete(kept_as)


def remove(folder: str, *names: str) -> None:
    """Remove files, and all that lie directly in a folder."""
    try:
        inside = [f"{folder}/{name}" for name in place().listdir(folder)[1]]
    except FileNotFoundError:
        inside = []
    for name in (*names, *inside):
        place().delete(name)
