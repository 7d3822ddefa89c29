"""The public keys of print vendors: taken in, confirmed by a person who compared the fingerprint, and then used.

As soon as a vendor has a key, nothing of its jobs is written that is not encrypted, and while none of its keys is valid
nothing is. While a key is changed for another, two are in use, and either opens the files.
"""

import secrets
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from . import prepared
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
    # Locked, so that two at once are counted.
    vendor = Vendor.objects.select_for_update(no_key=True).get(encryption_keys=key_id)
    key = EncryptionKey.objects.get(pk=key_id)
    told = "".join(fingerprint.split()).lower()
    if not secrets.compare_digest(told.encode(), key.fingerprint.encode()):
        raise KeyRefused("this is not the fingerprint of the key; do not use it before you know why")
    if key.revoked_at or key.confirmed_at:
        raise KeyRefused("this key was revoked" if key.revoked_at else "this key is confirmed already")
    others = in_use(vendor)
    if others.exclude(kind=key.kind).exists():
        raise KeyRefused("the keys in use are of another kind; revoke them first")
    if others.count() >= MOST_IN_USE:
        raise KeyRefused(f"{MOST_IN_USE} keys are in use; revoke one first")
    key.confirmed_at, key.confirmed_by = timezone.now(), by
    key.save(update_fields=["confirmed_at", "confirmed_by"])
    transaction.on_commit(_renew_files)
    return key


@transaction.atomic
def revoke(key_id: int) -> None:
    """Not used from now on; files of jobs that are not in production yet are made anew for the keys that are left."""
    EncryptionKey.objects.filter(pk=key_id, revoked_at=None).update(revoked_at=timezone.now())
    transaction.on_commit(_renew_files)


def _renew_files() -> None:
    """Of what was offered to a vendor whose keys were others."""
    from .print_jobs import encrypting  # it imports us

    encrypting.call_due()


def in_use(vendor: Vendor) -> QuerySet[EncryptionKey]:
    return valid().filter(vendor=vendor).order_by("id")


def valid() -> QuerySet[EncryptionKey]:
    """Of all vendors."""
    known = EncryptionKey.objects.filter(revoked_at=None).exclude(confirmed_at=None)
    return known.filter(Q(ends_at=None) | Q(ends_at__gt=timezone.now()))


KNOWN = """
    SELECT fingerprint, confirmed_at IS NOT NULL AND revoked_at IS NULL AND (ends_at IS NULL OR ends_at > now())
    FROM channels_encryptionkey WHERE vendor_id = %s
"""


def known(vendor_id: int) -> dict[str, bool]:
    """Of every key of a vendor whether it is valid. Asked with every download."""
    return dict(prepared.rows(KNOWN, [vendor_id]))


def fingerprints(vendor: Vendor) -> list[str]:
    """Of the keys to which a file must be encrypted that is written now, as a file tells them."""
    return sorted(in_use(vendor).values_list("fingerprint", flat=True))


def packing(vendor: Vendor, *, is_gzipped: bool = False) -> Packing:
    """How this vendor's files are stored and served.

    Raises ChannelError where it has keys and none that may be used: better no file than one that others can read.
    """
    keys = list(in_use(vendor))
    if not keys and EncryptionKey.objects.filter(vendor=vendor).exists():
        raise ChannelError("no key of the vendor is confirmed and valid", permanent=False, code="encryption")
    return Packing(
        is_gzipped,
        keys[0].kind if keys else "",
        tuple(key.public_key for key in keys),
        tuple(sorted(key.fingerprint for key in keys)),
    )
