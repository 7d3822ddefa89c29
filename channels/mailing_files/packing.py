"""What is done to a file on its way to the disk, while it is counted and hashed: never more of it in memory than a block."""

import gzip
import hashlib
from contextlib import ExitStack
from dataclasses import dataclass
from typing import IO, BinaryIO

from .encryption import MEDIA_TYPES, SUFFIXES, encrypted

LEVEL = 5  # of gzip: a fifth larger than the most that it can do, in half of the time
BLOCK = 1024 * 1024


@dataclass(frozen=True)
class Packing:
    """Compressed, then encrypted to a vendor's keys; or as it is."""

    is_gzipped: bool = False
    encryption: str = ""
    keys: tuple[str, ...] = ()
    fingerprints: tuple[str, ...] = ()  # of the keys, sorted

    def name(self, name: str) -> str:
        name = f"{name}.gz" if self.is_gzipped else name
        return f"{name}.{SUFFIXES[self.encryption]}" if self.encryption else name

    def media_type(self, media_type: str) -> str:
        if self.encryption:
            return MEDIA_TYPES[self.encryption]
        return "application/gzip" if self.is_gzipped else media_type


AS_IT_IS = Packing()


class Counted:
    """Passes on what is written, and knows how many bytes these were and their SHA-256."""

    def __init__(self, target: IO[bytes]) -> None:
        self._target = target
        self._hash = hashlib.sha256()
        self.bytes = 0

    def write(self, data: bytes) -> int:
        self._hash.update(data)
        self.bytes += len(data)
        self._target.write(data)
        return len(data)

    def flush(self) -> None:
        self._target.flush()

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


class Sink:
    """Where the plain text of a file goes. `stored` is about what is on the disk, `plain` about what was written here."""

    def __init__(self, raw: BinaryIO, packing: Packing = AS_IT_IS) -> None:
        self._raw = raw
        self._stack = ExitStack()  # closed from the inside out
        self._is_encrypted = bool(packing.encryption)
        if packing.encryption:
            target = self._stack.enter_context(encrypted(raw, packing.encryption, packing.keys))
        else:
            target = self.stored = Counted(raw)
        if packing.is_gzipped:
            target = self._stack.enter_context(
                gzip.GzipFile(filename="", mode="wb", compresslevel=LEVEL, fileobj=target, mtime=0)
            )
        self.plain = target if isinstance(target, Counted) else Counted(target)  # the same bytes are counted once
        self.write = self.plain.write
        self.rows = 0  # said by whoever writes

    def close(self) -> None:
        self._stack.close()
        self._raw.flush()
        if self._is_encrypted:
            self.stored = _counted(self._raw)

    def abandon(self, error: BaseException) -> None:
        """End whatever is under way, of which nothing will be used."""
        self._stack.__exit__(type(error), error, error.__traceback__)


class _Nowhere:
    def write(self, data: bytes) -> int:
        return len(data)

    def flush(self) -> None:
        """Nothing is kept."""


def _counted(raw: BinaryIO) -> Counted:
    """What another process has written."""
    counted = Counted(_Nowhere())
    with open(raw.name, "rb") as written:
        while block := written.read(BLOCK):
            counted.write(block)
    return counted
