"""Secrets that must be used again, such as a network's token: sealed in the database, opened only to make a call.

Fernet (AES-128 in CBC mode with HMAC-SHA-256), under a key made from SECRET_KEY; SECRET_KEY_FALLBACKS still open what
was sealed before.
"""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac


class SealError(Exception):
    """What was sealed cannot be opened: SECRET_KEY is another one."""


def seal(secret: str) -> str:
    return _keys().encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str:
    """Raises SealError."""
    try:
        return _keys().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise SealError("the secret was sealed under another SECRET_KEY; enter it again") from None


def _keys() -> MultiFernet:
    return MultiFernet([_key(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _key(secret: str) -> Fernet:
    made = salted_hmac("channels.social.sealing", "key", secret=secret, algorithm="sha256").digest()
    return Fernet(urlsafe_b64encode(made))
