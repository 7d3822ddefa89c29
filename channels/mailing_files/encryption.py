"""Encryption to a vendor's public keys, by age or OpenPGP: what keys are, and a stream that nobody else can read."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, BinaryIO

import pyrage
import pysequoia

HERE = Path(__file__).parent
AGE, OPENPGP = "age", "openpgp"
SUFFIXES = {AGE: "age", OPENPGP: "pgp"}
MEDIA_TYPES = {AGE: "application/age-encryption", OPENPGP: "application/pgp-encrypted"}
MOST_BYTES = 100_000  # of a public key


class KeyRefused(ValueError):  # noqa: N818 - a key is refused
    """What was given is no public key to which files could be encrypted; the message says why."""


@dataclass(frozen=True)
class PublicKey:
    """`text` is what encrypts; `fingerprint` what two people compare."""

    kind: str
    text: str
    fingerprint: str


def read(text: str) -> PublicKey:
    """Raises KeyRefused."""
    text = text.strip()
    if len(text) > MOST_BYTES:
        raise KeyRefused("the key is too long")
    return _age(text) if text.lower().startswith("age") else _openpgp(text)


def _age(text: str) -> PublicKey:
    if text.upper().startswith("AGE-SECRET-KEY"):
        raise KeyRefused("this is the secret key; we need the public one, age1...")
    try:
        recipient = str(pyrage.x25519.Recipient.from_str(text))
    except pyrage.RecipientError:
        raise KeyRefused("this is no public key of age (age1..., 62 characters)") from None
    return PublicKey(AGE, recipient, hashlib.sha256(recipient.encode()).hexdigest())


def _openpgp(text: str) -> PublicKey:
    try:
        certificate = pysequoia.Cert.from_bytes(text.encode())
    except Exception as error:
        raise KeyRefused("this is neither a public key of age (age1...) nor of OpenPGP") from error
    if "PRIVATE KEY" in text:  # armoured, as every text is
        raise KeyRefused("this holds the secret key; we need the public one")
    if certificate.is_revoked:
        raise KeyRefused("this key was revoked by its owner")
    try:
        pysequoia.encrypt(b"", recipients=[certificate])
    except Exception as error:
        raise KeyRefused("nothing can be encrypted to this key: it has expired, or is made for signing only") from error
    return PublicKey(OPENPGP, str(certificate), certificate.fingerprint.lower())


@contextmanager
def encrypted(raw: BinaryIO, kind: str, keys: tuple[str, ...]) -> Iterator[IO[bytes]]:
    """What is written goes to `raw`, a file on the disk, encrypted to all of these keys. Raises OSError where it fails."""
    with NamedTemporaryFile("w", suffix=".json") as said:
        json.dump(keys, said)
        said.flush()
        command = [sys.executable, str(HERE / "encrypt_apart.py"), kind, said.name]
        running = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=raw, stderr=subprocess.PIPE)
        try:
            yield running.stdin
        except BrokenPipeError:  # it says below why it ended
            pass
        except BaseException:
            running.kill()
            raise
        finally:
            with suppress(BrokenPipeError):
                running.stdin.close()
            reason = running.stderr.read().decode(errors="replace").strip()
            running.stderr.close()
            code = running.wait()
        if code:
            raise OSError(5, f"encryption failed: {reason[:200]}")
