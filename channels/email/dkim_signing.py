"""DKIM (RFC 6376): mails are signed here when a key is configured; otherwise that is left to the relay.

To change the key, put the new public key into DNS under a new selector, then change DKIM_SELECTOR and the key; the old
record stays until what was signed by it has been read.
"""

from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path

import dkim
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

# Also what must be signed for one-click unsubscribing to be honoured (RFC 8058, 4).
SIGNED = (
    b"from", b"to", b"subject", b"date", b"message-id", b"mime-version", b"content-type",
    b"list-unsubscribe", b"list-unsubscribe-post", b"feedback-id",
)  # fmt: skip


def signer(sender: str) -> Callable[[bytes], bytes] | None:
    """What puts a signature before a mail in CRLF lines, as the domain of this address; None without a key."""
    key = private_key(settings.DKIM_KEY, settings.DKIM_KEY_FILE, settings.DKIM_SELECTOR)
    if key is None:
        return None
    domain = (settings.DKIM_DOMAIN or sender.rpartition("@")[2]).encode("idna")
    sign = partial(_signed, selector=settings.DKIM_SELECTOR.encode("idna"), domain=domain, key=key)
    _try_key(key)
    return sign


def _signed(content: bytes, *, selector: bytes, domain: bytes, key: bytes) -> bytes:
    header = dkim.sign(
        content,
        selector,
        domain,
        key,
        canonicalize=(b"relaxed", b"relaxed"),
        signature_algorithm=b"rsa-sha256" if b"BEGIN" in key else b"ed25519-sha256",
        include_headers=SIGNED,
    )
    return header + content


@lru_cache(maxsize=4)
def _try_key(key: bytes) -> None:
    """Before any message is begun: what is no key would otherwise fail every one of them."""
    try:
        _signed(b"From: a@example.com\r\n\r\nx\r\n", selector=b"s", domain=b"example.com", key=key)
    except Exception:  # noqa: BLE001 - libraries raise what they like about bytes that are no key
        raise ImproperlyConfigured("the DKIM key is neither an RSA key in PEM nor an Ed25519 key in base64") from None


@lru_cache(maxsize=4)
def private_key(text: str, path: str, selector: str) -> bytes | None:
    """The key itself, PEM (RSA) or base64 (Ed25519). Raises ImproperlyConfigured, which never shows a key."""
    if not text and not path:
        return None
    if not selector:
        raise ImproperlyConfigured("DKIM_SELECTOR must be set when a DKIM key is: the name of its record in DNS")
    if text:
        return text.replace("\\n", "\n").strip().encode()
    try:
        return Path(path.replace("{selector}", selector)).read_bytes().strip()
    except OSError as error:
        raise ImproperlyConfigured(f"the file that DKIM_KEY_FILE names cannot be read: {error.strerror}") from None
