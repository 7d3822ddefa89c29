"""Return paths that say which dispatch came back: bounce+<token>@BOUNCE_DOMAIN, made and read here.

Mail programs may change the case of an address, so tokens are written in base32; they are signed, so nobody can make
dispatches bounce by guessing.
"""

import hmac
import re
from base64 import b32decode, b32encode

from django.conf import settings

from ..signing import sign

PREFIX = "bounce+"
TOKEN = re.compile(r"(?<![a-z0-9])bounce\+([a-z2-7]{18,40})@", re.I)
SIGNATURE_BYTES = 10  # 80 bits


def make(dispatch_id: int) -> str | None:
    """The return path of a dispatch; None where BOUNCE_DOMAIN is not set, and the sender's own address stands there."""
    if not settings.BOUNCE_DOMAIN:
        return None
    number = dispatch_id.to_bytes((dispatch_id.bit_length() + 7) // 8 or 1)
    return f"{PREFIX}{_token(number, settings.SECRET_KEY)}@{settings.BOUNCE_DOMAIN}"


def read(address: str) -> int | None:
    """The dispatch of a return path, also in angle brackets or any case; None for every other address."""
    found = TOKEN.search(address)
    if found is None:
        return None
    token = found[1].lower()
    try:
        number = b32decode(token.upper() + "=" * (-len(token) % 8))[:-SIGNATURE_BYTES]
    except ValueError:
        return None
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]  # bounces may come days after a change of the key
    is_ours = any(hmac.compare_digest(token, _token(number, key)) for key in keys)
    return int.from_bytes(number) if number and is_ours else None


def _token(number: bytes, key: str) -> str:
    signature = sign("channels.email.verp", number, key)[:SIGNATURE_BYTES]
    return b32encode(number + signature).rstrip(b"=").decode().lower()
