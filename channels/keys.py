"""Keys of machines that call us: made here, shown once, kept as a hash, and checked here."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from .models import ApiKey, Vendor

PREFIX_LENGTH = 12
USE_IS_NOTED_EVERY = timedelta(minutes=5)  # a busy key must not write its row on every call


def create(
    *, name: str, scope: str, vendor: Vendor | None = None, expires_at: datetime | None = None
) -> tuple[ApiKey, str]:
    """Make a key; the second value is the key itself, which cannot be shown again."""
    prefix = secrets.token_hex(PREFIX_LENGTH // 2)
    raw = f"{prefix}.{secrets.token_urlsafe(32)}"
    key = ApiKey.objects.create(
        name=name, scope=scope, vendor=vendor, expires_at=expires_at, prefix=prefix, digest=_digest(raw)
    )
    return key, raw


def authenticate(raw: str, *, scope: str) -> ApiKey | None:
    """The key, if it is valid now and opens this scope."""
    key = ApiKey.objects.select_related("vendor").filter(prefix=raw.partition(".")[0][:PREFIX_LENGTH]).first()
    # Compared also when there is no such prefix, so that the time taken does not tell which prefixes exist.
    is_right = hmac.compare_digest(_digest(raw), key.digest if key else "0" * 64)
    if key is None or not is_right or key.scope != scope or not is_valid(key):
        return None
    _note_use(key)
    return key


def is_valid(key: ApiKey) -> bool:
    is_expired = key.expires_at is not None and key.expires_at <= timezone.now()
    is_blocked = key.vendor is not None and not key.vendor.is_active
    return key.revoked_at is None and not is_expired and not is_blocked


def revoke(key: ApiKey) -> None:
    """At once and for good."""
    ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now())


def _note_use(key: ApiKey) -> None:
    now = timezone.now()
    not_noted = Q(last_used_at=None) | Q(last_used_at__lt=now - USE_IS_NOTED_EVERY)
    if key.last_used_at is None or key.last_used_at < now - USE_IS_NOTED_EVERY:
        ApiKey.objects.filter(not_noted, pk=key.pk).update(last_used_at=now)


def _digest(raw: str) -> str:
    # A fast hash is right here: the key has 256 bits of randomness, so there is nothing to guess.
    return hashlib.sha256(raw.encode()).hexdigest()
