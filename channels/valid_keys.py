"""The keys to which a vendor's files are encrypted: confirmed, not revoked, not over.

As soon as a vendor has a key, nothing of its jobs is written that is not encrypted, and while none of its keys is valid
nothing is. While a key is changed for another, two are valid, and either opens the files.
"""

from django.db.models import Q, QuerySet
from django.utils import timezone

from . import prepared
from .base import ChannelError
from .mailing_files.packing import Packing
from .models import EncryptionKey, Vendor


def of(vendor: Vendor) -> QuerySet[EncryptionKey]:
    return every().filter(vendor=vendor).order_by("id")


def every() -> QuerySet[EncryptionKey]:
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
    return sorted(of(vendor).values_list("fingerprint", flat=True))


def packing(vendor: Vendor, *, is_gzipped: bool = False) -> Packing:
    """How this vendor's files are stored and served.

    Raises ChannelError where it has keys and none that may be used: better no file than one that others can read.
    """
    keys = list(of(vendor))
    if not keys and EncryptionKey.objects.filter(vendor=vendor).exists():
        raise ChannelError("no key of the vendor is confirmed and valid", permanent=False, code="encryption")
    return Packing(
        is_gzipped,
        keys[0].kind if keys else "",
        tuple(key.public_key for key in keys),
        tuple(sorted(key.fingerprint for key in keys)),
    )
