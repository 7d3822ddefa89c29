"""What is done to a file on its way to the disk, while it is counted and hashed: never more of it in memory than a block."""

import gzip
import hashlib
from dataclasses import dataclass
from typing import BinaryIO

LEVEL = 5  # of gzip: a fifth larger than the most that it can do, in half of the time


@dataclass(frozen=True)
class Packing:
    """Compressed, or as it is."""

    is_gzipped: bool = False

    def name(self, name: str) -> str:
        return f"{name}.gz" if self.is_gzipped else name

    def media_type(self, media_type: str) -> str:
        return "application/gzip" if self.is_gzipped else media_type


AS_IT_IS = Packing()


class Counted:
    """Passes on what is written, and knows how many bytes these were and their SHA-256."""

    def __init__(self, target: BinaryIO) -> None:
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
        self.stored = Counted(raw)
        self._gzip = (
            gzip.GzipFile(filename="", mode="wb", compresslevel=LEVEL, fileobj=self.stored, mtime=0)
            if packing.is_gzipped
            else None
        )
        self.plain = Counted(self._gzip or self.stored)
        self.write = self.plain.write
        self.rows = 0  # said by whoever writes

    def close(self) -> None:
        if self._gzip:
            self._gzip.close()
        self.stored.flush()
