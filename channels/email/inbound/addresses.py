"""Addresses of BOUNCE_DOMAIN that people write to: unsubscribe+<token>@, and what the receiver takes at all."""

import re
from base64 import b32decode, b32encode, urlsafe_b64decode, urlsafe_b64encode

from django.conf import settings

from channels import tracking
from channels.tracking import Purpose

from .. import verp

UNSUBSCRIBE = re.compile(r"(?<![a-z0-9])unsubscribe\+([a-z2-7]{20,50})@", re.I)


def unsubscribe_address(dispatch_id: int) -> str | None:
    """For List-Unsubscribe beside the link; None where no mail comes back. In base32, as letters may change their case."""
    if not settings.BOUNCE_DOMAIN:
        return None
    token = tracking.make(Purpose.UNSUBSCRIBE, dispatch_id)
    raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    return f"unsubscribe+{b32encode(raw).decode().rstrip('=').lower()}@{settings.BOUNCE_DOMAIN}"


def read_unsubscribe(address: str) -> int | None:
    """The dispatch whose receiver wrote to this address; None for every other address."""
    found = UNSUBSCRIBE.search(address)
    if found is None:
        return None
    token = found[1].upper()
    try:
        raw = b32decode(token + "=" * (-len(token) % 8))
    except ValueError:
        return None
    content = tracking.read(Purpose.UNSUBSCRIBE, urlsafe_b64encode(raw).rstrip(b"=").decode())
    return content.dispatch_id if content else None


def is_taken(address: str) -> bool:
    """Whether the receiver takes mail for this address: one that we signed, or one that staff named."""
    named = {one.lower() for one in settings.INBOUND_ADDRESSES}
    return address.lower() in named or verp.read(address) is not None or read_unsubscribe(address) is not None
