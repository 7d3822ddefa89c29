"""Tokens of tracking links: short, signed, and without personal data; a token names a dispatch, never a URL."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings

from .signing import sign

SIGNATURE_BYTES = 12  # 96 bits: guessing is hopeless
# 64 bits, for links on paper, whose codes stay small: at a thousand guesses a second one hits in a hundred million years.
SHORT_BYTES = 8

# Instead of the picture that counts opened mails, where nothing is to be counted.
BLANK = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


class Purpose(StrEnum):
    """What a token opens. Each purpose has a key of its own, so no token opens anything else."""

    OPEN = "open"
    SHOWN = "shown"
    CLICK = "click"
    LANDING = "landing"
    PAPER = "paper"  # a landing page, by a short token
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
    if not payload or not _is_ours(payload, signature, purpose):
        return None
    length = payload[0]
    return Token(int.from_bytes(payload[1 : 1 + length]), payload[1 + length :].decode())


def short(dispatch_id: int) -> str:
    """Of a landing page, for paper: the id and a signature, nothing else; 16 characters up to four thousand million."""
    payload = dispatch_id.to_bytes((dispatch_id.bit_length() + 7) // 8 or 1)
    signature = _sign(Purpose.PAPER, payload, settings.SECRET_KEY)[:SHORT_BYTES]
    return urlsafe_b64encode(payload + signature).rstrip(b"=").decode()


def read_landing(token: str) -> Token | None:
    """What a landing page's token names, a short one or one of those that letters had before."""
    return _read_short(token) or read(Purpose.LANDING, token)


def _read_short(token: str) -> Token | None:
    raw = _decoded(token)
    payload, signature = raw[:-SHORT_BYTES], raw[-SHORT_BYTES:]
    if not 1 <= len(payload) <= 8 or not _is_ours(payload, signature, Purpose.PAPER):
        return None
    return Token(int.from_bytes(payload))


def _decoded(token: str) -> bytes:
    """Empty where it is no token; each has one way to be written only."""
    try:
        raw = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except ValueError:
        return b""
    return raw if urlsafe_b64encode(raw).rstrip(b"=").decode() == token else b""


def _is_ours(payload: bytes, signature: bytes, purpose: Purpose) -> bool:
    """Links in letters outlive a change of the secret key."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    signed = (_sign(purpose, payload, key)[: len(signature)] for key in keys)
    return any(hmac.compare_digest(signature, one) for one in signed)


def _sign(purpose: Purpose, payload: bytes, key: str) -> bytes:
    return sign(f"channels.tracking.{purpose}", payload, key)[:SIGNATURE_BYTES]


def open_url(dispatch_id: int) -> str:
    return f"{settings.SITE_URL}/t/o/{make(Purpose.OPEN, dispatch_id)}.gif"


def shown_url(dispatch_id: int) -> str:
    return f"{settings.SITE_URL}/t/s/{make(Purpose.SHOWN, dispatch_id)}.gif"


def link_url(dispatch_id: int, block_id: str) -> str:
    return f"{settings.SITE_URL}/t/c/{make(Purpose.CLICK, dispatch_id, block_id)}"


def landing_url(dispatch_id: int) -> str:
    """Where the QR code of a letter or leaflet leads."""
    return f"{settings.SHORT_URL}/r/{short(dispatch_id)}"


def unsubscribe_url(dispatch_id: int) -> str:
    return f"{settings.SITE_URL}/u/{make(Purpose.UNSUBSCRIBE, dispatch_id)}"
