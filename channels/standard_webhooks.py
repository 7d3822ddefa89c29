"""Signatures of calls that we make, by which a receiver knows that they are ours, whole and new.

Source: github.com/standard-webhooks/standard-webhooks, spec: webhook-id (the same on every try, by which receivers know a
repetition), webhook-timestamp, webhook-signature as "v1," and the base64 of HMAC-SHA-256 over id.timestamp.payload, one
for each secret while they are rotated; secrets begin with whsec_ and are base64 of 24 to 64 bytes.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence

PREFIX = "whsec_"
SECRET_BYTES = range(24, 65)


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def key_of(secret: str) -> bytes:
    """Raises ValueError for anything but whsec_ and the base64 of 24 to 64 bytes."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not secret.startswith(PREFIX) or len(key) not in SECRET_BYTES:
        raise ValueError(f"a webhook's secret is {PREFIX} and the base64 of 24 to 64 bytes")
    return key


def headers(keys: Sequence[bytes], id_: str, stamp: str, payload: str) -> dict[str, str]:
    """`stamp`: seconds since 1970, as text."""
    return {
        "Content-Type": "application/json",
        "webhook-id": id_,
        "webhook-timestamp": stamp,
        "webhook-signature": signatures(keys, id_, stamp, payload),
    }


def signatures(keys: Sequence[bytes], id_: str, stamp: str, payload: str) -> str:
    signed = f"{id_}.{stamp}.{payload}".encode()
    made = [base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode() for key in keys]
    return " ".join(f"v1,{one}" for one in made)
