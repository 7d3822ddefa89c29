"""Crops: the part of a picture around its focal point, in the size that a medium asks for, made once."""

import hashlib
import io
import re
from dataclasses import dataclass

from PIL import Image

from ..models import Asset, AssetKind
from . import sources, storage
from .pictures import encode

MOST = 10_000  # pixels that may be asked for
QUALITY = 85
CROP = re.compile(r"media/crops/[0-9a-f]{32}/(\d+)x(\d+)-\d+-\d+\.(?:png|jpg)", re.ASCII)
CENTRE = (500, 500)


@dataclass(frozen=True)
class Window:
    """The part of the original from `left` and `top`, `width` x `height` pixels, shown as `shown_width` x `shown_height`.

    `is_short`: the original is too small for what was asked, so the same part is shown in fewer pixels.
    """

    left: int
    top: int
    width: int
    height: int
    shown_width: int
    shown_height: int
    is_short: bool


def window(original: tuple[int, int], asked: tuple[int, int], focal: tuple[int, int] = CENTRE) -> Window:
    """The largest part of the asked shape, with the focal point in its middle or as near to it as the edges allow.

    Sizes are (width, height) in pixels, the focal point is in thousandths of the original's width and height. It always
    lies inside, and nothing is ever enlarged. Raises ValueError for a size below 1 or above 10,000.
    """
    if not all(1 <= edge <= MOST for edge in asked):
        raise ValueError(f"a crop must have 1 to {MOST} pixels each way, got {asked[0]} x {asked[1]}")
    scale = min(original[0] / asked[0], original[1] / asked[1])
    width, height = (min(whole, max(1, round(edge * scale))) for whole, edge in zip(original, asked, strict=True))
    left = _start(original[0], width, focal[0])
    top = _start(original[1], height, focal[1])
    shown = asked if scale >= 1 else (width, height)
    return Window(left, top, width, height, *shown, is_short=scale < 1)


def _start(whole: int, part: int, focal: int) -> int:
    return min(max(0, round(whole * focal / 1000 - part / 2)), whole - part)


def crop(source: str, width: int, height: int) -> str:
    """The source of the crop, a file of its own whose name never changes its meaning; made if it is not there yet.

    It has exactly `width` x `height` pixels, or the same shape in fewer where the original is too small: `fits` tells,
    and `size` of the crop. Raises ContentError for a source that is no image of ours.
    """
    known = sources.KEPT.fullmatch(source)
    data = None if known else sources.read(source)
    original = size(source)
    part = window(original, (width, height), focal(source))
    if (part.width, part.height) == original == (part.shown_width, part.shown_height):
        return source
    digest = known[2] if known else hashlib.sha256(data or b"").hexdigest()[:32]
    ending = "png" if source.endswith(".png") else "jpg"
    name = f"crops/{digest}/{part.shown_width}x{part.shown_height}-{part.left}-{part.top}.{ending}"
    if not storage.place().exists(name):
        storage.keep(name, _cut(data or sources.read(source), part))
    return f"media/{name}"


def fits(source: str, width: int, height: int) -> bool:
    """Whether the original has enough pixels for this crop."""
    return not window(size(source), (width, height)).is_short


def size(source: str) -> tuple[int, int]:
    """Width and height of an image in pixels: at 300 dpi a print shows 300 of them an inch. Raises ContentError.

    Crops have it in their names and the library knows it, so that most files need not be fetched.
    """
    if cropped := CROP.fullmatch(source):
        return int(cropped[1]), int(cropped[2])
    return _in_library(source, "width", "height") or sources.pixels(source)


def focal(source: str) -> tuple[int, int]:
    """In thousandths of width and height; the middle for what is not in the library."""
    found = _in_library(source, "focal_x", "focal_y")
    return (round(found[0] * 1000), round(found[1] * 1000)) if found else CENTRE


def _in_library(source: str, *columns: str) -> tuple | None:
    """Whatever is shipped is in no library, so nobody has to be asked."""
    if not sources.KEPT.fullmatch(source):
        return None
    return Asset.objects.filter(source=source, kind=AssetKind.IMAGE).values_list(*columns).first()


def _cut(data: bytes, part: Window) -> bytes:
    with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as image:
        right, bottom = part.left + part.width, part.top + part.height
        mode = "RGBA" if image.has_transparency_data else "RGB"
        plain = image if image.mode == mode else image.convert(mode)
        cut = plain.resize(
            (part.shown_width, part.shown_height), Image.Resampling.LANCZOS, box=(part.left, part.top, right, bottom)
        )
    cut.info = {}
    return encode(cut, sources.kind(data), quality=QUALITY, is_small=True)
