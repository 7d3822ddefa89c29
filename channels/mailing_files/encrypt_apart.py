"""Run by path, as a process of its own: encrypt standard input to standard output, for whoever has one of the keys.

    python encrypt_apart.py age|openpgp KEYS.json      KEYS.json: a list of public keys, as text

Libraries of encryption read until the end of their input, which suits a pipe and not a program that writes.
"""

import json
import os
import sys
from pathlib import Path


class Remembering:
    """Writes at once, and remembers what went wrong: pyrage drops errors of its last write."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self.error: OSError | None = None

    def write(self, data: bytes) -> int:
        left = memoryview(data)
        try:
            while left:
                left = left[os.write(self._handle, left) :]
        except OSError as error:
            self.error = error
            raise
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""


def encrypt(kind: str, keys: list[str]) -> None:
    if kind == "age":
        import pyrage

        recipients = [pyrage.x25519.Recipient.from_str(key) for key in keys]
        target = Remembering(sys.stdout.fileno())
        pyrage.encrypt_io(sys.stdin.buffer, target, recipients)
        if target.error:
            raise target.error
        return
    import pysequoia

    certificates = [pysequoia.Cert.from_bytes(key.encode()) for key in keys]
    pysequoia.encrypt_file("/dev/stdin", "/dev/stdout", recipients=certificates, armor=False)


if __name__ == "__main__":
    try:
        encrypt(sys.argv[1], json.loads(Path(sys.argv[2]).read_text()))
    except Exception as error:  # noqa: BLE001 - told to whoever waits
        sys.exit(f"{type(error).__name__}: {error}")
