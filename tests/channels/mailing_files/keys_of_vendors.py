"""Key pairs of vendors, and what only they can do with them."""

from collections.abc import Callable
from dataclasses import dataclass

import pyrage
import pysequoia

from channels import encryption_keys
from channels.models import EncryptionKey, Vendor
from tests import builders


@dataclass(frozen=True)
class Pair:
    public: str
    secret: str
    decrypt: Callable[[bytes], bytes]


def age() -> Pair:
    identity = pyrage.x25519.Identity.generate()
    return Pair(str(identity.to_public()), str(identity), lambda data: pyrage.decrypt(data, [identity]))


def openpgp() -> Pair:
    key = pysequoia.Tsk.generate("Press <press@example.com>")
    public = str(key.extract_certificate())
    return Pair(public, str(key), lambda data: pysequoia.decrypt(data, key.decryptor()).bytes)


PAIRS = {"age": age, "openpgp": openpgp}


def confirmed(vendor: Vendor, public: str) -> EncryptionKey:
    key = encryption_keys.register(vendor, public)
    by = builders.user(encryption_keys.PERMISSION)
    return encryption_keys.confirm(key.pk, fingerprint=key.fingerprint, by=by)
