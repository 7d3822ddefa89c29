"""Images of contents: only our own, known by a path below MEDIA_ROOT or among the static files."""

import hashlib
import re
import secrets
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders

from .content_error import ContentError

SOURCE = re.compile(r"(media|static)((?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)+\.(?:png|jpe?g))", re.ASCII)
LARGEST = 5 * 1024 * 1024
SIGNATURES = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg"}


def check(source: str, *, path: str) -> None:
    """Raises ContentError unless it is an existing PNG or JPEG of ours, judged by its content and not by its name."""
    read(source, path=path)


def read(source: str, *, path: str = "") -> bytes:
    place = _place(source, path)
    if place.stat().st_size > LARGEST:
        raise ContentError(path, f"{source} is larger than {LARGEST // 1024 // 1024} MB")
    data = place.read_bytes()
    if not data.startswith(tuple(SIGNATURES)):
        raise ContentError(path, f"{source} is neither a PNG nor a JPEG image")
    return data


def save(data: bytes) -> str:
    """Keep an uploaded image below MEDIA_ROOT; returns its source. The same image has the same name for ever."""
    if len(data) > LARGEST:
        raise ContentError("image", f"is larger than {LARGEST // 1024 // 1024} MB")
    if not data.startswith(tuple(SIGNATURES)):
        raise ContentError("image", "is neither a PNG nor a JPEG image")
    name = f"images/{hashlib.sha256(data).hexdigest()[:32]}.{kind(data)}"
    place = Path(settings.MEDIA_ROOT, name)
    place.parent.mkdir(parents=True, exist_ok=True)
    partial = place.with_name(f".{secrets.token_hex(8)}.partial")
    partial.write_bytes(data)
    partial.replace(place)
    return f"media/{name}"


def kind(data: bytes) -> str:
    """png or jpg."""
    return next(kind for signature, kind in SIGNATURES.items() if data.startswith(signature))


def url(source: str) -> str:
    """Where a mail program or browser finds it."""
    return f"{settings.SITE_URL}/{source}"


def _place(source: str, path: str) -> Path:
    parts = SOURCE.fullmatch(source)
    if not parts:
        raise ContentError(path, f"an image must be media/….png, .jpg or static/…, got {source[:80]!r}")
    below = parts[2].lstrip("/")
    found = finders.find(below) if parts[1] == "static" else Path(settings.MEDIA_ROOT, below)
    if not found or not Path(found).is_file():
        raise ContentError(path, f"there is no image {source}")
    place = Path(found).resolve()
    if parts[1] == "media" and not place.is_relative_to(Path(settings.MEDIA_ROOT).resolve()):
        raise ContentError(path, f"there is no image {source}")
    return place
