"""The public keys of print vendors: taken in, confirmed by a person who compared the fingerprint, and then used.

As soon as a vendor has a key, nothing of its jobs is written that is not encrypted. While a key is changed for another, two
are in use, and either opens the files.
"""

import secrets
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from .base import ChannelError
from .mailing_files import encryption
from .mailing_files.encryption import KeyRefused
from .mailing_files.packing import Packing
from .models import EncryptionKey, Vendor

MOST_IN_USE = 2
PERMISSION = "channels.confirm_encryptionkey"


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
    key = EncryptionKey.objects.select_related("vendor").get(pk=key_id)
    Vendor.objects.select_for_update(no_key=True).get(pk=key.vendor_id)  # so that two at once are counted
    told = "".join(fingerprint.split()).lower()
    if not secrets.compare_digest(told.encode(), key.fingerprint.encode()):
        raise KeyRefused("this is not the fingerprint of the key; do not use it before you know why")
    if key.revoked_at or key.confirmed_at:
        raise KeyRefused("this key was revoked" if key.revoked_at else "this key is confirmed already")
    others = in_use(key.vendor)
    if others.exclude(kind=key.kind).exists():
        raise KeyRefused("the keys in use are of another kind; revoke them first")
    if others.count() >= MOST_IN_USE:
        raise KeyRefused(f"{MOST_IN_USE} keys are in use; revoke one first")
    key.confirmed_at, key.confirmed_by = timezone.now(), by
    key.save(update_fields=["confirmed_at", "confirmed_by"])
    transaction.on_commit(_encrypt_what_is_there)
    return key


def _encrypt_what_is_there() -> None:
    """What was offered before anybody could encrypt it."""
    from .print_jobs import encrypting  # it imports us

    encrypting.call_due()


def revoke(key_id: int) -> None:
    """Not used from now on; what was encrypted to it stays so."""
    EncryptionKey.objects.filter(pk=key_id, revoked_at=None).update(revoked_at=timezone.now())


def in_use(vendor: Vendor) -> QuerySet[EncryptionKey]:
    now = timezone.now()
    known = EncryptionKey.objects.filter(vendor=vendor, revoked_at=None).exclude(confirmed_at=None)
    return known.filter(Q(ends_at=None) | Q(ends_at__gt=now)).order_by("id")


def packing(vendor: Vendor, *, is_gzipped: bool = False) -> Packing:
    """How this vendor's files are stored and served.

    Raises ChannelError where it has keys and none that may be used: better no file than one that others can read.
    """
    keys = list(in_use(vendor))
    if not keys and EncryptionKey.objects.filter(vendor=vendor).exists():
        raise ChannelError("no key of the vendor is confirmed and valid", permanent=False, code="encryption")
    return Packing(is_gzipped, keys[0].kind if keys else "", tuple(key.public_key for key in keys))
