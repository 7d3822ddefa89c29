"""The public keys of print vendors: taken in, confirmed by a person who compared the fingerprint, and revoked."""

import secrets
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from . import valid_keys
from .mailing_files import encryption
from .mailing_files.encryption import KeyRefused
from .models import EncryptionKey, Vendor
from .print_jobs import encrypting

MOST_IN_USE = 2
PERMISSION = "channels.confirm_encryptionkey"


def unconfirmed() -> QuerySet[EncryptionKey]:
    """Keys of all vendors that wait for somebody to compare their fingerprints."""
    open_keys = EncryptionKey.objects.filter(confirmed_at=None, revoked_at=None)
    return open_keys.filter(Q(ends_at=None) | Q(ends_at__gt=timezone.now()))


def register(vendor: Vendor, text: str, *, ends_at: datetime | None = None) -> EncryptionKey:
    """Take in a public key, which is used once it is confirmed. Raises KeyRefused."""
    key = encryption.read(text)
    if EncryptionKey.objects.filter(vendor=vendor, fingerprint=key.fingerprint).exists():
        raise KeyRefused("this vendor has this key already")
    return EncryptionKey.objects.create(
        vendor=vendor, kind=key.kind, public_key=key.text, fingerprint=key.fingerprint, ends_at=ends_at
    )


@transaction.atomic
def confirm(key_id: int, *, fingerprint: str, by: User) -> EncryptionKey:
    """A person has compared the fingerprint with what the vendor says by another way. Raises KeyRefused."""
    if not by.has_perm(PERMISSION):
        raise KeyRefused("you may not confirm keys")
    # Locked, so that two at once are counted.
    vendor = Vendor.objects.select_for_update(no_key=True).get(encryption_keys=key_id)
    key = EncryptionKey.objects.get(pk=key_id)
    told = "".join(fingerprint.split()).lower()
    if not secrets.compare_digest(told.encode(), key.fingerprint.encode()):
        raise KeyRefused("this is not the fingerprint of the key; do not use it before you know why")
    if key.revoked_at or key.confirmed_at:
        raise KeyRefused("this key was revoked" if key.revoked_at else "this key is confirmed already")
    others = valid_keys.of(vendor)
    if others.exclude(kind=key.kind).exists():
        raise KeyRefused("the keys in use are of another kind; revoke them first")
    if others.count() >= MOST_IN_USE:
        raise KeyRefused(f"{MOST_IN_USE} keys are in use; revoke one first")
    key.confirmed_at, key.confirmed_by = timezone.now(), by
    key.save(update_fields=["confirmed_at", "confirmed_by"])
    transaction.on_commit(encrypting.call_due)
    return key


@transaction.atomic
def revoke(key_id: int) -> None:
    """Not used from now on; files of jobs that are not in production yet are made anew for the keys that are left."""
    EncryptionKey.objects.filter(pk=key_id, revoked_at=None).update(revoked_at=timezone.now())
    transaction.on_commit(encrypting.call_due)
