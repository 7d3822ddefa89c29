"""Sources: how blocks name an asset's file, `media/…` (uploaded) or `static/…` (shipped), and how it is read."""

import re
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.files.base import File
from PIL import Image

from ..content_error import ContentError
from . import storage

SOURCE = re.compile(
    r"(media|static)/((?:[A-Za-z0-9_][A-Za-z0-9_.-]*/)*[A-Za-z0-9_][A-Za-z0-9_.-]*\.(?:png|jpe?g|mp4))", re.ASCII
)
KEPT = re.compile(r"media/(images/([0-9a-f]{32})\.(?:png|jpg))", re.ASCII)  # what `save` calls a picture
LARGEST = 20 * 1024 * 1024  # bytes of an image
LARGEST_VIDEO = 50 * 1024 * 1024
TYPES = {"png": "image/png", "jpg": "image/jpeg", "mp4": "video/mp4"}
SIGNATURES = ((b"\x89PNG\r\n\x1a\n", 0, "png"), (b"\xff\xd8\xff", 0, "jpg"), (b"ftyp", 4, "mp4"))
HEAD = 12  # bytes by which a kind is known


def kind(data: bytes) -> str:
    """png, jpg or mp4 by the first 12 bytes; empty for anything else."""
    return next((name for sign, at, name in SIGNATURES if data[at : at + len(sign)] == sign), "")


def url(source: str) -> str:
    """Where a mail program or browser finds it: always on our own site, wherever the file is kept."""
    return f"{settings.SITE_URL}/{source}"


def read(source: str, *, path: str = "") -> bytes:
    """The bytes of an image. Raises ContentError unless it is an existing PNG or JPEG of ours, judged by its content."""
    with opened(source, path=path) as file:
        if file.size > LARGEST:
            raise ContentError(path, f"{source} is larger than {LARGEST // 1024 // 1024} MB")
        data = file.read()
    if kind(data) not in ("png", "jpg"):
        raise ContentError(path, f"{source} is neither a PNG nor a JPEG image")
    return data


def check(source: str, *, path: str) -> None:
    """Raises ContentError unless it is an image of ours. What `save` has kept is not read again, only looked for."""
    kept = KEPT.fullmatch(source)
    if not (kept and storage.place().exists(kept[1])):
        read(source, path=path)


def check_video(source: str, *, path: str) -> None:
    """Raises ContentError unless it is an MP4 of ours."""
    with opened(source, path=path) as file:
        if kind(file.read(HEAD)) != "mp4":
            raise ContentError(path, f"{source} is no MP4 video")


def pixels(source: str) -> tuple[int, int]:
    """Width and height as the head of the file says."""
    with opened(source) as file:
        return _pixels(file, source)


def _pixels(file: File, source: str) -> tuple[int, int]:
    try:
        with Image.open(file, formats=("PNG", "JPEG")) as image:
            return image.size
    except (OSError, SyntaxError, ValueError) as error:
        raise ContentError("", f"{source} is neither a PNG nor a JPEG image") from error


def opened(source: str, *, path: str = "") -> File:
    """The file, which can be sought in and is closed by whoever asked for it, best by `with`.

    Raises ContentError for a source that is none or of which there is no file.
    """
    parts = SOURCE.fullmatch(source)
    if not parts:
        raise ContentError(path, f"an image must be media/….png, .jpg or static/…, got {source[:80]!r}")
    try:
        return _static(parts[2]) if parts[1] == "static" else storage.place().open(parts[2])
    except FileNotFoundError as error:
        raise ContentError(path, f"there is no image {source}") from error


def _static(name: str) -> File:
    found = finders.find(name)
    if not found:
        raise FileNotFoundError(name)
    return File(Path(found).open("rb"))
