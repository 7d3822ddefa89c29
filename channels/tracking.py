"""Tokens of tracking links: short, signed, and without personal data; a token names a dispatch, never a URL."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings

from .signing import sign

SIGNATURE_BYTES = 12  # 96 bits: guessing is hopeless, and a link stays short enough for a QR code


class Purpose(StrEnum):
    """What a token opens. Each purpose has a key of its own, so no token opens anything else."""

    OPEN = "open"
    SHOWN = "shown"
    CLICK = "click"
    LANDING = "landing"
    UNSUBSCRIBE = "unsubscribe"


@dataclass(frozen=True)
class Token:
    dispatch_id: int
    block_id: str = ""


def make(purpose: Purpose, dispatch_id: int, block_id: str = "") -> str:
    """The length of the id, the id, the block's id, a signature; in URL-safe base64."""
    number = dispatch_id.to_bytes((dispatch_id.bit_length() + 7) // 8 or 1)
    payload = bytes([len(number)]) + number + block_id.encode()
    return urlsafe_b64encode(payload + _sign(purpose, payload, settings.SECRET_KEY)).rstrip(b"=").decode()


def read(purpose: Purpose, token: str) -> Token | None:
    """The token's content, or None where it was not made by us for this purpose."""
    try:
        raw = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except ValueError:
        return None
    payload, signature = raw[:-SIGNATURE_BYTES], raw[-SIGNATURE_BYTES:]
    # Links in letters outlive a change of the secret key.
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    if not payload or not any(hmac.compare_digest(signature, _sign(purpose, payload, key)) for key in keys):
        return None
    length = payload[0]
    return Token(int.from_bytes(payload[1 : 1 + length]), payload[1 + length :].decode())


def _sign(purpose: Purpose, payload: bytes, key: str) -> bytes:
    return sign(f"channels.tracking.{purpose}", payload, key)[:SIGNATURE_BYTES]


def open_url(dispatch_id: int) -> str:
    return f"{settings.SITE_URL}/t/o/{make(Purpose.OPEN, dispatch_id)}.gif"


def shown_url(dispatch_id: int) -> str:
    return f"{settings.SITE_URL}/t/s/{make(Purpose.SHOWN, dispatch_id)}.gif"


def link_url(dispatch_id: int, block_id: str) -> str:
    return f"{settings.SITE_URL}/t/c/{make(Purpose.CLICK, dispatch_id, block_id)}"


def landing_url(dispatch_id: int) -> str:
    return f"{settings.SITE_URL}/r/{make(Purpose.LANDING, dispatch_id)}"


def unsubscribe_url(dispatch_id: int) -> str:
    return f"{settings.SITE_URL}/u/{make(Purpose.UNSUBSCRIBE, dispatch_id)}"
