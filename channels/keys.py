"""Keys of machines that call us: made here, shown once, kept as a hash, checked and replaced here."""

import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from . import prepared
from .models import VENDOR_SCOPES, ApiKey, Scope, Vendor

PREFIX_LENGTH = 12
# A busy key must not write its row on every call, not even where two programs of other addresses share it.
USE_IS_NOTED_EVERY = timedelta(minutes=5)
FROM_ELSEWHERE_EVERY = timedelta(seconds=30)
LONGEST_OVERLAP = timedelta(days=90)
# What every request asks of a key and its vendor.
OF_KEY = prepared.Part(
    ApiKey,
    frozenset({"id", "name", "vendor_id", "scopes", "networks", "prefix", "digest", "expires_at", "revoked_at", "last_used_at",
               "last_used_from"}),
)  # fmt: skip
OF_VENDOR = prepared.Part(Vendor, frozenset({"id", "is_active", "requests_per_minute"}))
FIND = f"""
    SELECT {OF_KEY.columns("k")}, {OF_VENDOR.columns("v")}
    FROM channels_apikey k LEFT JOIN channels_vendor v ON v.id = k.vendor_id WHERE k.prefix = %s
"""  # noqa: S608 - names of ours


class NoRotationError(Exception):
    """This key cannot be replaced; the message says why."""


def create(
    *,
    name: str,
    scope: str,
    vendor: Vendor | None = None,
    expires_at: datetime | None = None,
    networks: Collection[str] = (),
    replaces: ApiKey | None = None,
) -> tuple[ApiKey, str]:
    """Make a key; the second value is the key itself, which cannot be shown again.

    `scope`: one, or several with blanks between, as in OAuth (RFC 6749, 3.3). `networks`: from which it may be used, empty
    for everywhere. Raises ValueError for scopes and networks that there are not.
    """
    prefix = secrets.token_hex(PREFIX_LENGTH // 2)
    raw = f"{prefix}.{secrets.token_urlsafe(32)}"
    key = ApiKey.objects.create(
        name=name,
        scopes=_scopes(scope, vendor),
        vendor=vendor,
        expires_at=expires_at,
        networks=[network(one) for one in networks],
        replaces=replaces,
        prefix=prefix,
        digest=_digest(raw),
    )
    return key, raw


def _scopes(scope: str, vendor: Vendor | None) -> list[str]:
    asked = sorted(set(scope.split()))
    if not asked or not set(asked) <= set(Scope.values):
        raise ValueError(f"scope must be some of {', '.join(Scope.values)}, got {scope!r}")
    if any((one in VENDOR_SCOPES) != (vendor is not None) for one in asked):
        raise ValueError(f"only a vendor's key opens the vendor API, and nothing else: {scope!r}")
    return asked


def network(text: str) -> str:
    """As it is kept: 198.51.100.0/24. Raises ValueError for what is no network, or has bits beyond its mask."""
    return str(ipaddress.ip_network(text.strip()))


def find(raw: str) -> ApiKey | None:
    """The key of this text, valid or not."""
    key = _of_prefix(prefix_of(raw)) if _is_text(raw) else None
    # Compared also when there is no such prefix, so that the time taken does not tell which prefixes exist.
    is_right = hmac.compare_digest(_digest(raw), key.digest if key else "0" * 64)
    return key if is_right else None


def _of_prefix(prefix: str) -> ApiKey | None:
    for row in prepared.rows(FIND, [prefix]):
        key, of_vendor = OF_KEY.split(row)
        if key.vendor_id is not None:
            key.vendor = OF_VENDOR.of(of_vendor)
        return key
    return None


def prefix_of(raw: str) -> str:
    return raw.partition(".")[0][:PREFIX_LENGTH]


def _is_text(raw: str) -> bool:
    """The database takes no NUL."""
    return raw.isascii() and raw.isprintable()


def authenticate(raw: str, *, scope: str) -> ApiKey | None:
    """The key, if it is valid now and opens this scope."""
    key = find(raw)
    if key is None or not is_valid(key) or not opens(key, scope):
        return None
    note_use(key)
    return key


def is_valid(key: ApiKey) -> bool:
    is_expired = key.expires_at is not None and key.expires_at <= timezone.now()
    is_blocked = key.vendor is not None and not key.vendor.is_active
    return key.revoked_at is None and not is_expired and not is_blocked


def opens(key: ApiKey, scope: str) -> bool:
    return scope in key.scopes or (scope in VENDOR_SCOPES and Scope.VENDOR in key.scopes)


def may_come_from(key: ApiKey, address: str) -> bool:
    """Whether this address lies in the key's networks. An unknown address, empty, lies in none."""
    if not key.networks:
        return True
    return bool(address) and any(ipaddress.ip_address(address) in ipaddress.ip_network(one) for one in key.networks)


def revoke(key: ApiKey) -> None:
    """At once and for good."""
    ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now())


@transaction.atomic
def rotate(key: ApiKey, *, overlap: timedelta) -> tuple[ApiKey, str]:
    """A new key that opens the same; the old one ends after `overlap`, or earlier if it would anyway.

    A key that expires is followed by one that lives as long as it did. Raises NoRotationError for a key that is not valid
    or was replaced before, ValueError for an overlap below 0 or above 90 days.
    """
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise ValueError(f"the overlap must be 0 to {LONGEST_OVERLAP.days} days, got {overlap}")
    key = ApiKey.objects.select_for_update(of=("self",)).select_related("vendor").get(pk=key.pk)
    if not is_valid(key):
        raise NoRotationError("this key is not valid any more: make another")
    if ApiKey.objects.filter(replaces=key).exists():
        raise NoRotationError("this key was replaced before")
    now = timezone.now()
    made = create(
        name=key.name,
        scope=" ".join(key.scopes),
        vendor=key.vendor,
        expires_at=key.expires_at and now + (key.expires_at - key.created_at),
        networks=key.networks,
        replaces=key,
    )
    ends_at = min(filter(None, (key.expires_at, now + overlap)))
    ApiKey.objects.filter(pk=key.pk).update(expires_at=ends_at)
    return made


def note_use(key: ApiKey, address: str = "") -> None:
    """When and from where it was used last: at most every five minutes, or every half where it comes from elsewhere."""
    now = timezone.now()
    is_same = key.last_used_from == (address or None)
    due = now - (USE_IS_NOTED_EVERY if is_same else FROM_ELSEWHERE_EVERY)
    if key.last_used_at is None or key.last_used_at < due:
        not_noted = Q(last_used_at=None) | Q(last_used_at__lt=due)
        ApiKey.objects.filter(not_noted, pk=key.pk).update(last_used_at=now, last_used_from=address or None)


def _digest(raw: str) -> str:
    # A fast hash is right here: the key has 256 bits of randomness, so there is nothing to guess.
    return hashlib.sha256(raw.encode(errors="replace")).hexdigest()
